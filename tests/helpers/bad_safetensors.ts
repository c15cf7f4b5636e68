/** Headers of safetensors files that must be refused, and what is to be said of them. */

/** The entry of a tensor in a header, in JSON. */
export function entry(
  shape: readonly number[],
  begin: number,
  end: number,
  dtype: string = "U8",
): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

const NOT_JSON = "its header is not a JSON object in UTF-8", MEGABYTES = 1 << 23;
const SHAPE = 'tensor "a": shape is not a list of integers from 0 on';
const OFFSETS = 'tensor "a": data_offsets are not two integers from 0 on';

/** A tensor with these members, in JSON. */
const a = (members: string) => `{"a":{"dtype":"U8",${members}}}`;

/** A tensor with this shape, in JSON. */
const shaped = (shape: string) => a(`"shape":${shape},"data_offsets":[0,1]`);

/** Headers that are not of the form: what they are, the header, what is said of it. */
export const BAD_TEXTS: readonly (readonly [string, string, string])[] = [
  ["empty", "", NOT_JSON],
  ["white space first", " {}", NOT_JSON],
  ["a byte order mark", "\uFEFF{}", NOT_JSON],
  ["an array", "[]", NOT_JSON],
  ["null", "null", NOT_JSON],
  ["no end", "{", NOT_JSON],
  ["a comma too many", '{"__metadata__":{},}', NOT_JSON],
  ["two objects", "{}{}", NOT_JSON],
  ["a zero byte after it", "{}\0", NOT_JSON],
  ["a comment", "{/**/}", NOT_JSON],
  ["a string that does not end", '{"a', NOT_JSON],
  ["an unknown escape", '{"\\x41":1}', NOT_JSON],
  ["a line break in a string", '{"\n":1}', NOT_JSON],
  ["a leading zero", shaped("[01]"), NOT_JSON],
  ["a digit too many for a number", shaped(`[${"1".repeat(400)}]`), SHAPE],
  ["half a surrogate pair", '{"\\ud800":{}}', 'tensor "\\ud800": its name is not Unicode'],
  ["a tensor that is a number", '{"a":1}', 'tensor "a" is not an object'],
  ["a tensor that is null", '{"a":null}', 'tensor "a" is not an object'],
  ["a tensor that is an array", '{"a":[1]}', 'tensor "a" is not an object'],
  ["nothing", '{"__proto__":{}}', 'tensor "__proto__": dtype is not a string'],
  ["no dtype", '{"a":{"shape":[],"data_offsets":[0,1]}}', 'tensor "a": dtype is not a string'],
  ["a dtype that is a number", '{"a":{"dtype":32}}', 'tensor "a": dtype is not a string'],
  ["no shape", a('"data_offsets":[0,1]'), SHAPE],
  ["a shape of __proto__", a('"__proto__":{"shape":[]},"data_offsets":[0,1]'), SHAPE],
  ...["1", "null", "{}", '{"length":0}', "[[1]]", "[-1]", "[2,1.5]", "[1e400]", '["1"]', "[null]"]
    .map((shape) => [`the shape ${shape}`, shaped(shape), SHAPE] as const),
  ["2 ** 53", shaped(`[${2n ** 53n}]`), SHAPE],
  ["2 ** 64 + 1", shaped(`[${2n ** 64n + 1n}]`), SHAPE],
  ["no offsets", a('"shape":[]'), OFFSETS],
  ...["[0]", "[0,1,1]", "[-1,0]", '"01"', "[0,1.5]"].map((offsets) =>
    [`the offsets ${offsets}`, a(`"shape":[],"data_offsets":${offsets}`), OFFSETS] as const
  ),
  ["metadata that are null", '{"__metadata__":null}', "__metadata__ is not an object"],
  ["metadata that are an array", '{"__metadata__":["a"]}', "__metadata__ is not an object"],
  ...["1", "{}", "null", '"\\ud800"'].map((value) =>
    [
      `metadata that are ${value}`,
      `{"__metadata__":{"k":${value}}}`,
      '__metadata__: "k" is not a string of Unicode',
    ] as const
  ),
  ["a long name", `{"${"x".repeat(1e6)}":1}`, `tensor "${"x".repeat(60)}..." is not an object`],
  ["as many brackets and colons as there may be", '{"a":'.repeat(1 << 18), NOT_JSON],
  ["8 MB of digits", shaped(`[${"1".repeat(8e6)}]`), SHAPE],
];

/** Headers with too much in them: what they are, the header, what is said of it. */
export const BOMBS: readonly (readonly [string, string, string])[] = [
  [
    "a million brackets",
    `{"a":${"[".repeat(1e6)}`,
    "its header has 1000002 brackets and colons: at most 524288 are allowed",
  ],
  [
    "8 MB of objects in objects",
    '{"":'.repeat(MEGABYTES / 4),
    "its header has 4194304 brackets and colons: at most 524288 are allowed",
  ],
];

/** A header of half a million keys in its metadata. */
export function manyKeys(): string {
  const keys = Array.from({ length: 520_000 }, (_, i) => `"${i.toString(36)}":""`);
  return `{"__metadata__":{${keys.join(",")}},"x":1}`;
}

const HUGE = 2 ** 52;

/** Tensors that do not fit 8 bytes of data: what they are, the tensors, what is said of them. */
export const BAD_NUMBERS: readonly [string, Record<string, string>, string][] = [
  [
    "fewer bytes than the shape says",
    { a: entry([2, 2], 0, 8, "F32") },
    'tensor "a": "F32" of shape [2, 2] takes 16 bytes: data_offsets [0, 8] hold 8',
  ],
  [
    "more bytes than the shape says",
    { a: entry([], 0, 8, "F32") },
    'tensor "a": "F32" of shape [] takes 4 bytes: data_offsets [0, 8] hold 8',
  ],
  [
    "an end before the beginning",
    { a: entry([4], 8, 4) },
    'tensor "a": "U8" of shape [4] takes 4 bytes: data_offsets [8, 4] hold -4',
  ],
  [
    "an end before the beginning, of an unknown type",
    { a: entry([8], 0, 8), b: entry([4], 8, 4, "I8") },
    'tensor "b": "I8" of shape [4] takes 0 bytes: data_offsets [8, 4] hold -4',
  ],
  [
    "elements that 64 bits cannot count",
    { a: entry([2 ** 32, 2 ** 32], 0, 8) },
    'tensor "a": "U8" of shape [4294967296, 4294967296] takes 18446744073709552000 bytes: ' +
    "data_offsets [0, 8] hold 8",
  ],
  [
    "bytes that 64 bits cannot count",
    { a: entry([HUGE, 512], 0, 8, "F64") },
    'tensor "a": "F64" of shape [4503599627370496, 512] takes 18446744073709552000 bytes: ' +
    "data_offsets [0, 8] hold 8",
  ],
  [
    "elements that no number can count",
    { a: entry(Array(30).fill(HUGE), 0, 8) },
    `tensor "a": "U8" of shape [${Array(8).fill(HUGE).join(", ")}, ...] takes Infinity bytes: ` +
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
