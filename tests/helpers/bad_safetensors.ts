/** Headers of safetensors files that must be refused, and what is to be said of them. */

import { TENSOR_DTYPES } from "../../lib/checkpoint/tensor.ts";

/** What a header says of a tensor, in JSON. */
export function entry(
  shape: readonly number[],
  begin: number,
  end: number,
  dtype: string = "U8",
): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

const OPEN = '"{"', STRING = "a string", END = "its end", SHAPE = 'tensor "a": "shape": ';
const INTEGER = `an integer from 0 to ${2 ** 53 - 1}`, NOTHING = "nothing but white space";
const ENDLESS = "one that does not end", NOT_JSON = "one that JSON does not allow";

/** What it is, the header, the object, the index of the character, what is wanted and found there. */
const UNEXPECTED: readonly [string, string, string, number, string, string][] = [
  ["empty", "", "", 0, OPEN, END],
  ["white space first", " {}", "", 0, OPEN, '" "'],
  ["a byte order mark", "\uFEFF{}", "", 0, OPEN, '"\\ufeff"'],
  ["an array", "[]", "", 0, OPEN, '"["'],
  ["null", "null", "", 0, OPEN, "null"],
  ["no end", "{", "", 1, STRING, END],
  ["no end after a name", '{"a"', 'tensor "a": ', 4, '":"', END],
  ["no key", "{1:2}", "", 1, STRING, "1"],
  ["a comma too many", '{"__metadata__":{},}', "", 19, STRING, '"}"'],
  ["no comma", '{"__metadata__":{}"a"', "", 18, '"," or "}"', '"\\""'],
  ["two objects", "{}{}", "", 2, NOTHING, '"{"'],
  ["a zero byte after it", "{}\0", "", 2, NOTHING, '"\\u0000"'],
  ["a comment", "{/**/}", "", 1, STRING, '"/"'],
  ["a no-break space", "{\u00a0}", "", 1, STRING, '"\\u00a0"'],
  ["a string that does not end", '{"a', "", 1, STRING, ENDLESS],
  ["an escaped end", '{"a\\"', "", 1, STRING, ENDLESS],
  ["half an escape at the end", '{"a\\', "", 1, STRING, ENDLESS],
  ["an unknown escape", '{"\\x41":1}', "", 1, STRING, NOT_JSON],
  ["a line break in a string", '{"\n":1}', "", 1, STRING, NOT_JSON],
  ["half a surrogate pair", '{"\\ud800":1}', "", 1, STRING, "one with half a surrogate pair"],
  ["a tensor that is none", '{"a":1}', 'tensor "a": ', 5, OPEN, "1"],
  ["deep nesting", `{"a":${"[".repeat(1e6)}`, 'tensor "a": ', 5, OPEN, '"["'],
  ["a dtype that is a number", '{"a":{"dtype":32}}', 'tensor "a": "dtype": ', 14, STRING, "32"],
  ["a shape that is a number", '{"a":{"shape":1}}', SHAPE, 14, '"["', "1"],
  ["a shape that is null", '{"a":{"shape":null}}', SHAPE, 14, '"["', "null"],
  ["a shape of shapes", '{"a":{"shape":[[1]]}}', SHAPE, 15, INTEGER, '"["'],
  ["a negative size", '{"a":{"shape":[-1]}}', SHAPE, 15, INTEGER, "-1"],
  ["a negative zero", '{"a":{"shape":[-0]}}', SHAPE, 15, INTEGER, "-0"],
  ["a fraction", '{"a":{"shape":[2,1.5]}}', SHAPE, 17, INTEGER, "1.5"],
  ["a whole fraction", '{"a":{"shape":[1.0]}}', SHAPE, 15, INTEGER, "1.0"],
  ["an exponent", '{"a":{"shape":[1e2]}}', SHAPE, 15, INTEGER, "1e2"],
  ["a leading zero", '{"a":{"shape":[01]}}', SHAPE, 15, INTEGER, "01"],
  ["2 ** 53", `{"a":{"shape":[${2n ** 53n}]}}`, SHAPE, 15, INTEGER, "9007199254740992"],
  [
    "2 ** 64 + 1",
    `{"a":{"shape":[${2n ** 64n + 1n}]}}`,
    SHAPE,
    15,
    INTEGER,
    "18446744073709551617",
  ],
  ["many digits", `{"a":{"shape":[${"1".repeat(1e6)}]}}`, SHAPE, 15, INTEGER, "1".repeat(40)],
  ["a size in quotes", '{"a":{"shape":["1"]}}', SHAPE, 15, INTEGER, '"\\""'],
  ["two numbers in a row", '{"a":{"shape":[1 2]}}', SHAPE, 17, '"," or "]"', "2"],
  ["a comma too many in a shape", '{"a":{"shape":[1,]}}', SHAPE, 17, INTEGER, '"]"'],
  [
    "a negative offset",
    '{"a":{"data_offsets":[-1,0]}}',
    'tensor "a": "data_offsets": ',
    22,
    INTEGER,
    "-1",
  ],
  ["metadata that are null", '{"__metadata__":null}', '"__metadata__": ', 16, OPEN, "null"],
  [
    "metadata that are a number",
    '{"__metadata__":{"k":1}}',
    '"__metadata__": "k": ',
    21,
    STRING,
    "1",
  ],
  [
    "metadata in metadata",
    '{"__metadata__":{"k":{}}}',
    '"__metadata__": "k": ',
    21,
    STRING,
    '"{"',
  ],
  [
    "a long name",
    `{"${"x".repeat(1e6)}":1}`,
    `tensor "${"x".repeat(60)}...": `,
    1000004,
    OPEN,
    "1",
  ],
];

const TWICE = "the key occurs twice", DTYPES = `is not known: ${TENSOR_DTYPES.join(", ")} are`;
const A = `"a":${entry([], 0, 1)}`;

/** What it is, the header, what is said of it. */
const REFUSED: readonly [string, string, string][] = [
  ["nested objects", '{"a":'.repeat(1e5), 'tensor "a": "a": there is no such key of a tensor'],
  ["another key", '{"a":{"x":1}}', 'tensor "a": "x": there is no such key of a tensor'],
  ["no dtype", '{"a":{"shape":[],"data_offsets":[0,1]}}', 'tensor "a": dtype is missing'],
  ["no shape", '{"a":{"dtype":"U8","data_offsets":[0,1]}}', 'tensor "a": shape is missing'],
  ["no offsets", '{"a":{"dtype":"U8","shape":[]}}', 'tensor "a": data_offsets is missing'],
  ["nothing", '{"__proto__":{}}', 'tensor "__proto__": dtype is missing'],
  ["an unknown dtype", '{"a":{"dtype":"F33"}}', `tensor "a": "dtype": "F33" ${DTYPES}`],
  ["a dtype of lower case", '{"a":{"dtype":"f32"}}', `tensor "a": "dtype": "f32" ${DTYPES}`],
  ["a key of Object", '{"a":{"dtype":"toString"}}', `tensor "a": "dtype": "toString" ${DTYPES}`],
  [
    "one offset",
    '{"a":{"dtype":"U8","shape":[],"data_offsets":[0]}}',
    'tensor "a": data_offsets has 1 numbers: 2 are wanted',
  ],
  [
    "three offsets",
    '{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}}',
    'tensor "a": data_offsets has 3 numbers: 2 are wanted',
  ],
  ["a tensor twice", `{${A},${A}}`, `tensor "a": ${TWICE}`],
  ["a tensor twice, once escaped", `{${A},"\\u0061":1}`, `tensor "a": ${TWICE}`],
  [
    "__proto__ twice",
    `{${A.replace("a", "__proto__")},"__proto__":1}`,
    `tensor "__proto__": ${TWICE}`,
  ],
  ["metadata twice", '{"__metadata__":{},"__metadata__":{}}', `"__metadata__": ${TWICE}`],
  ["a key twice in metadata", '{"__metadata__":{"k":"","k":""}}', `"__metadata__": "k": ${TWICE}`],
  [
    "__proto__ twice in metadata",
    '{"__metadata__":{"__proto__":"","__proto__":""}}',
    `"__metadata__": "__proto__": ${TWICE}`,
  ],
  ["a dtype twice", '{"a":{"dtype":"U8","dtype":"U8"}}', `tensor "a": "dtype": ${TWICE}`],
  ["a shape twice, once escaped", '{"a":{"shape":[],"\\u0073hape":[]}}', `${SHAPE}${TWICE}`],
];

/** Headers that are not of the form: what they are, the header, what is said of it. */
export const BAD_TEXTS: readonly (readonly [string, string, string])[] = [
  ...UNEXPECTED.map(([what, header, where, i, wanted, found]) => {
    const why = `${where}${wanted} is wanted at character ${i} of the header: found ${found}`;
    return [what, header, why] as const;
  }),
  ...REFUSED,
];

const HUGE = 2 ** 52;

/** Tensors that do not fit 8 bytes of data: what they are, the tensors, what is said of them. */
export const BAD_NUMBERS: readonly [string, Record<string, string>, string][] = [
  [
    "fewer bytes than the shape says",
    { a: entry([2, 2], 0, 8, "F32") },
    'tensor "a": F32 of shape [2, 2] takes 16 bytes: data_offsets [0, 8] hold 8',
  ],
  [
    "more bytes than the shape says",
    { a: entry([], 0, 8, "F32") },
    'tensor "a": F32 of shape [] takes 4 bytes: data_offsets [0, 8] hold 8',
  ],
  [
    "an end before the beginning",
    { a: entry([4], 8, 4) },
    'tensor "a": U8 of shape [4] takes 4 bytes: data_offsets [8, 4] hold -4',
  ],
  [
    "half a byte",
    { a: entry([3], 0, 2, "F4") },
    'tensor "a": F4 of shape [3] takes 1.5 bytes: data_offsets [0, 2] hold 2',
  ],
  [
    "a quarter of a byte",
    { a: entry([3], 0, 2, "F6_E2M3") },
    'tensor "a": F6_E2M3 of shape [3] takes 2.25 bytes: data_offsets [0, 2] hold 2',
  ],
  [
    "elements that 64 bits cannot count",
    { a: entry([2 ** 32, 2 ** 32], 0, 8) },
    'tensor "a": U8 of shape [4294967296, 4294967296] takes 18446744073709552000 bytes: ' +
    "data_offsets [0, 8] hold 8",
  ],
  [
    "bytes that 64 bits cannot count",
    { a: entry([HUGE, 512], 0, 8, "F64") },
    'tensor "a": F64 of shape [4503599627370496, 512] takes 18446744073709552000 bytes: ' +
    "data_offsets [0, 8] hold 8",
  ],
  [
    "elements that no number can count",
    { a: entry(Array(30).fill(HUGE), 0, 8) },
    `tensor "a": U8 of shape [${Array(8).fill(HUGE).join(", ")}, ...] takes Infinity bytes: ` +
    "data_offsets [0, 8] hold 8",
  ],
  [
    "an overlap",
    { a: entry([8], 0, 8), b: entry([4], 4, 8) },
    'tensor "b": data_offsets [4, 8] overlap with those before, which end at 8',
  ],
  [
    "the same bytes twice",
    { b: entry([8], 0, 8), a: entry([8], 0, 8) },
    'tensor "a": data_offsets [0, 8] overlap with those before, which end at 8',
  ],
  [
    "an empty tensor inside another",
    { a: entry([8], 0, 8), b: entry([0], 4, 4) },
    'tensor "b": data_offsets [4, 4] overlap with those before, which end at 8',
  ],
  [
    "a hole",
    { a: entry([2], 0, 2), b: entry([4], 4, 8) },
    'tensor "b": data_offsets [4, 8] leave a hole after those before, which end at 2',
  ],
  [
    "a hole at the beginning",
    { a: entry([4], 4, 8) },
    'tensor "a": data_offsets [4, 8] leave a hole after those before, which end at 0',
  ],
  [
    "a hole before an empty tensor",
    { a: entry([8], 0, 8), b: entry([0], 9, 9) },
    'tensor "b": data_offsets [9, 9] leave a hole after those before, which end at 8',
  ],
  [
    "a byte of no tensor",
    { a: entry([7], 0, 7) },
    "its tensors take 7 bytes: after the header are 8",
  ],
  ["no tensor", {}, "its tensors take 0 bytes: after the header are 8"],
  [
    "a byte that is missing",
    { a: entry([9], 0, 9) },
    "its tensors take 9 bytes: after the header are 8",
  ],
  [
    "an end far outside",
    { a: entry([2 ** 53 - 1], 0, 2 ** 53 - 1) },
    "its tensors take 9007199254740991 bytes: after the header are 8",
  ],
];
