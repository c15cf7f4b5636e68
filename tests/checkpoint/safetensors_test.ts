import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  decodeHeader,
  decodeHeaderLength,
  decodeSafetensors,
  encodeSafetensors,
  HEADER_START,
  MAX_HEADER_LENGTH,
  type Safetensors,
} from "../../lib/checkpoint/safetensors.ts";
import { byteLengthOf, type Tensor, TENSOR_DTYPES, tensorOf } from "../../lib/checkpoint/tensor.ts";
import { assertFails } from "../helpers/assert.ts";
import { BAD_NUMBERS, BAD_TEXTS, BOMBS, entry, manyKeys } from "../helpers/bad_safetensors.ts";
import { newRandom, times } from "../helpers/random.ts";
import { fileOf, mutate, ODD_NAMES, randomTensor, randomTensors } from "../helpers/safetensors.ts";

const CANNOT_READ = "Cannot read the safetensors file: ";

/** Checks that what came back from a file is what went in; the order of tensors is the file's. */
function assertSame(actual: Safetensors, tensors: ReadonlyMap<string, Tensor>) {
  assertEquals([...actual.tensors.keys()].sort(), [...tensors.keys()].sort());
  for (const [name, tensor] of tensors) assertEquals(actual.tensors.get(name), tensor, name);
}

Deno.test("decodeSafetensors() undoes encodeSafetensors() for each dtype", () => {
  for (const dtype of [...TENSOR_DTYPES, "I64", "F8_E4M3", "toString"]) { // the last are unknown
    const size = byteLengthOf(dtype, []) ?? 3;
    const data = Uint8Array.from({ length: 8 * size }, (_, i) => 255 - i);
    const tensors = new Map<string, Tensor>([
      ["matrix", { dtype, shape: [2, 4], data }],
      ["empty", { dtype, shape: [3, 0, 2], data: new Uint8Array() }],
      ["scalar", { dtype, shape: [], data: data.subarray(0, size) }],
    ]);
    assertSame(decodeSafetensors(encodeSafetensors(tensors)), tensors);
  }
});

Deno.test("decodeSafetensors() undoes encodeSafetensors() for odd names and metadata", () => {
  const tensors = new Map(ODD_NAMES.map((name, i) => [name, tensorOf(Uint8Array.of(i))]));
  const metadata = new Map(ODD_NAMES.map((name) => [name, `${name}!`]));
  metadata.set("__metadata__", "a key like any other, there");
  const file = decodeSafetensors(encodeSafetensors(tensors, metadata));
  assertSame(file, tensors);
  assertEquals(file.metadata, metadata);
});

Deno.test("decodeSafetensors() undoes encodeSafetensors() on random tensors", () => {
  const random = newRandom("safetensors there and back");
  for (let round = 0; round < 500; round++) {
    const tensors = randomTensors(random);
    assertSame(decodeSafetensors(encodeSafetensors(tensors)), tensors);
  }
});

Deno.test("encodeSafetensors() of nothing is a file that can be read", () => {
  const bytes = encodeSafetensors(new Map());
  assertEquals(bytes, fileOf("{}      "));
  const { tensors, metadata } = decodeSafetensors(bytes);
  assertEquals([tensors.size, metadata.size], [0, 0]);
});

Deno.test("encodeSafetensors() writes the file that the format describes, byte for byte", () => {
  const tensors = new Map([
    ["b", tensorOf(Float32Array.of(1.5))],
    ["a", { dtype: "F16", shape: [2, 1], data: Uint8Array.of(1, 2, 3, 4) }],
  ]);
  const header = '{"__metadata__":{"k":"v"},' +
    '"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
    '"a":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]}}  ';
  assertEquals(
    encodeSafetensors(tensors, new Map([["k", "v"]])),
    fileOf(header, [0, 0, 0xc0, 0x3f, 1, 2, 3, 4]),
  );
});

Deno.test("encodeSafetensors() puts larger alignments first, then goes by name", () => {
  const names = ["1.x", "Z", "a", "ab", "é"];
  const dtypes = ["F64", "F32", "U32", "BF16", "F16", "U8"];
  const expected = dtypes.flatMap((dtype) => names.map((name) => `${dtype} ${name}`));
  const tensors = expected.map((name): [string, Tensor] => {
    const dtype = dtypes.find((dtype) => name.startsWith(`${dtype} `))!; // one of them
    return [name, { dtype, shape: [0], data: new Uint8Array() }];
  });
  newRandom("order of tensors").shuffle(tensors);
  const { tensors: decoded } = decodeSafetensors(encodeSafetensors(new Map(tensors)));
  assertEquals([...decoded.keys()], expected);
});

Deno.test("encodeSafetensors() gives the same bytes in whatever order the tensors come", () => {
  const random = newRandom("deterministic files");
  for (let round = 0; round < 50; round++) {
    const tensors = [...randomTensors(random)];
    const bytes = encodeSafetensors(new Map(tensors));
    random.shuffle(tensors);
    assertEquals(encodeSafetensors(new Map(tensors)), bytes);
  }
});

Deno.test("encodeSafetensors() aligns the data, and decodeSafetensors() gives views of it", () => {
  const random = newRandom("alignment");
  for (let round = 0; round < 50; round++) {
    const bytes = encodeSafetensors(randomTensors(random));
    assertEquals(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
    for (const { dtype, data } of decodeSafetensors(bytes).tensors.values()) {
      assertStrictEquals(data.buffer, bytes.buffer);
      assertEquals(data.byteOffset % byteLengthOf(dtype, [])!, 0); // of a known type
    }
  }
});

Deno.test("encodeSafetensors() throws on what the format cannot hold", () => {
  const one = tensorOf(Uint8Array.of(1));
  const table: [string, [string, string][], string][] = [
    ["a\ud800", [], '"a\\ud800" has half a surrogate pair'],
    ["a", [["k", "\udfff"]], '"\\udfff" has half a surrogate pair'],
    ["a", [["\udfff", ""]], '"\\udfff" has half a surrogate pair'],
  ];
  for (const [name, metadata, why] of table) {
    assertFails(
      () => encodeSafetensors(new Map([[name, one]]), new Map(metadata)),
      TypeError,
      `Cannot write the safetensors file: ${why}`,
    );
  }
});

Deno.test("encodeSafetensors() throws on a header that no reader would take", () => {
  const table: [string, string][] = [
    // Three bytes a character: fewer than the limit of those, and more of these.
    ["\u2028".repeat(Math.ceil(MAX_HEADER_LENGTH / 3)), "8388640 bytes: at most 8388608"],
    ["[".repeat(600_000), "600004 brackets and colons: at most 524288"],
  ];
  for (const [text, why] of table) {
    assertFails(
      () => encodeSafetensors(new Map(), new Map([["text", text]])),
      RangeError,
      `Cannot write the safetensors file: its header has ${why} are allowed`,
    );
  }
});

Deno.test("decodeSafetensors() reads the file within a larger buffer, as a view", () => {
  const file = encodeSafetensors(new Map([["a", tensorOf(Float64Array.of(1, -2))]]));
  const larger = new Uint8Array(file.length + 8).fill(0xff);
  larger.set(file, 3);
  const bytes = larger.subarray(3, 3 + file.length);
  const { data } = decodeSafetensors(bytes).tensors.get("a")!; // it is in the file
  assertStrictEquals(data.buffer, larger.buffer);
  assertEquals(data, new Uint8Array(Float64Array.of(1, -2).buffer));
});

Deno.test("decodeSafetensors() accepts all that the rules leave open", () => {
  const a = '"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
  const b = (begin: number, end: number) => `"b":${entry([end - begin], begin, end)}`;
  const table: [string, string, number, string[]][] = [
    ["white space", '{ "a" :\n{"dtype":\t"U8","shape":[ 1 ],"data_offsets":[0 , 1]}\r}', 1, ["a"]],
    ["white space after it", `{${a}} \n\t\r`, 1, ["a"]],
    ["another order of keys", '{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}}', 1, ["a"]],
    ["escapes", '{"\\u0061":{"\\u0064type":"U8","shape":[1],"data_offsets":[0,1]}}', 1, ["a"]],
    ["a surrogate pair", `{${a.replace('"a"', '"\\ud83d\\ude00"')}}`, 1, ["😀"]],
    ["metadata in the middle", `{${a},"__metadata__":{},${b(1, 2)}}`, 2, ["a", "b"]],
    ["tensors in another order", `{${b(1, 2)},${a}}`, 2, ["b", "a"]],
    ["empty tensors anywhere", `{${b(1, 1)},${a},"c":${entry([0], 0, 0)}}`, 1, ["b", "a", "c"]],
    ["another key", `{${a.replace("}", ',"x":[{}]}')}}`, 1, ["a"]],
    ["a key twice", `{${a},${a}}`, 1, ["a"]], // JSON.parse() takes the last
    ["a type of others", `{"a":${entry([1], 0, 5, "I40")}}`, 5, ["a"]],
    ["whole numbers in other ways", `{${a.replace("[1]", "[1.0, 1e0]")}}`, 1, ["a"]],
    ["many sizes", `{"a":${entry(Array(1000).fill(1), 0, 1)}}`, 1, ["a"]],
    ["sizes that only a 0 makes small", `{"a":${entry([2 ** 52, 2 ** 52, 0], 0, 0)}}`, 0, ["a"]],
  ];
  for (const [name, header, dataLength, names] of table) {
    const file = decodeSafetensors(fileOf(header, new Uint8Array(dataLength)));
    assertEquals([...file.tensors.keys()], names, name);
  }
});

for (const [name, header, why] of BAD_TEXTS) {
  Deno.test(`decodeSafetensors() throws on a header with a wrong form: ${name}`, () => {
    assertFails(() => decodeSafetensors(fileOf(header)), SyntaxError, CANNOT_READ + why);
  });
}

for (const [name, header, why] of BOMBS) {
  Deno.test(`decodeSafetensors() throws on a header with too much in it: ${name}`, () => {
    assertFails(() => decodeSafetensors(fileOf(header)), RangeError, CANNOT_READ + why);
  });
}

Deno.test("decodeSafetensors() takes little memory for a header that is a bomb", () => {
  const bombs = [manyKeys(), '{"a":'.repeat(1 << 18), `{"a":[${"1,".repeat(4e6)}1]}`].map((
    header,
  ) => fileOf(header));
  const before = Deno.memoryUsage().rss;
  for (const file of bombs) assertThrows(() => decodeSafetensors(file), SyntaxError, CANNOT_READ);
  const growth = Deno.memoryUsage().rss - before;
  assert(growth < 250e6, `resident memory grew by ${growth} bytes`);
});

Deno.test("decodeSafetensors() throws on a header that is not UTF-8", () => {
  const table = [
    [0xff], // a byte that UTF-8 does not have
    [0xc3], // a character cut off
    [0xed, 0xa0, 0x80], // half a surrogate pair
    [0xc1, 0x81], // "A" in two bytes
  ];
  for (const code of table) {
    const bytes = fileOf(Uint8Array.of(0x7b, 0x22, ...code, 0x22, 0x7d));
    const message = `${CANNOT_READ}its header is not a JSON object in UTF-8`;
    assertFails(() => decodeSafetensors(bytes), SyntaxError, message);
  }
});

for (const [name, tensors, why] of BAD_NUMBERS) {
  Deno.test(`decodeSafetensors() throws on tensors that do not fit: ${name}`, () => {
    const members = Object.entries(tensors).map(([name, entry]) => `"${name}":${entry}`);
    const bytes = fileOf(`{${members.join(",")}}`, new Uint8Array(8));
    assertFails(() => decodeSafetensors(bytes), RangeError, CANNOT_READ + why);
  });
}

Deno.test("decodeSafetensors() throws on a length of the header that cannot be", () => {
  const table: [bigint, number, string][] = [
    [3n, 2, "its header has 3 bytes: the file ends after 2 of them"],
    [8_388_608n, 2, "its header has 8388608 bytes: the file ends after 2 of them"],
    [8_388_609n, 2, "its header has 8388609 bytes: at most 8388608 are allowed"],
    [2n ** 53n + 1n, 2, "its header has 9007199254740993 bytes: at most 8388608 are allowed"],
    [2n ** 60n, 2, "its header has 1152921504606846976 bytes: at most 8388608 are allowed"],
    [2n ** 64n - 1n, 2, "its header has 18446744073709551615 bytes: at most 8388608 are allowed"],
  ];
  for (const [length, rest, why] of table) {
    const bytes = new Uint8Array(8 + rest);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    assertFails(() => decodeSafetensors(bytes), RangeError, CANNOT_READ + why);
  }
});

Deno.test("decodeSafetensors() throws on a file that ends within the length of its header", () => {
  for (let size = 0; size < 8; size++) {
    assertFails(
      () => decodeSafetensors(new Uint8Array(size)),
      RangeError,
      `${CANNOT_READ}it has ${size} bytes: the length of its header alone takes 8`,
    );
  }
});

Deno.test("decodeSafetensors() throws on each beginning of a file, and on a byte more", () => {
  const tensors = new Map(ODD_NAMES.map((name, i) => [name, tensorOf(Float32Array.of(i, -i))]));
  const bytes = encodeSafetensors(tensors, new Map([["k", "v"]]));
  decodeSafetensors(bytes);
  for (let size = 0; size < bytes.length; size++) {
    const error = assertThrows(() => decodeSafetensors(bytes.subarray(0, size)), RangeError);
    assert(error.message.startsWith(CANNOT_READ), error.message);
  }
  assertThrows(() => decodeSafetensors(Uint8Array.of(...bytes, 0)), RangeError, "after the header");
});

Deno.test("decodeHeader() checks a file of terabytes by its first few bytes", () => {
  const n = 2 ** 40;
  const start = fileOf(
    `{"b":${entry([n / 4], 4 * n, 5 * n, "F32")},"a":${entry([n], 0, 4 * n, "F32")}}`,
  );
  const fileSize = start.length + 5 * n;
  const length = decodeHeaderLength(start.subarray(0, HEADER_START), fileSize);
  assertEquals(length, start.length - HEADER_START);
  const { tensors, metadata } = decodeHeader(start.subarray(HEADER_START), fileSize);
  assertEquals([...tensors], [
    ["b", { dtype: "F32", shape: [n / 4], begin: start.length + 4 * n, end: fileSize }],
    ["a", { dtype: "F32", shape: [n], begin: start.length, end: start.length + 4 * n }],
  ]);
  assertEquals(metadata.size, 0);
  for (const wrong of [fileSize - 1, fileSize + 1, start.length, 0]) {
    assertThrows(() => decodeHeader(start.subarray(HEADER_START), wrong), RangeError, CANNOT_READ);
  }
});

Deno.test("decodeSafetensors() reads or refuses whatever it is given", () => {
  const random = newRandom("fuzzed safetensors");
  const outcomes: Record<string, number> = { read: 0, SyntaxError: 0, RangeError: 0 };
  for (let i = 0; i < times(5_000, 1_000_000); i++) {
    const metadata = new Map(i % 2 === 0 ? [["k", "v"]] : []);
    let bytes: Uint8Array = encodeSafetensors(randomTensors(random), metadata);
    for (let n = random.randbelow(3); n > 0; n--) bytes = mutate(random, bytes);
    if (i % 16 === 0) bytes = fileOf(randomTensor(random).data, [0]);
    try {
      const { tensors, metadata } = decodeSafetensors(bytes);
      outcomes.read!++; // it is there
      assertSame(decodeSafetensors(encodeSafetensors(tensors, metadata)), tensors);
    } catch (error) {
      const { name, message } = error as Error; // as all that is thrown here
      const isExpected = name in outcomes && message.startsWith(CANNOT_READ) &&
        message.length < 2000;
      if (!isExpected) throw new Error(`${i}: ${bytes.toHex()}`, { cause: error });
      outcomes[name]!++; // it is there
    }
  }
  // Each is a tenth of the files at least.
  for (const n of Object.values(outcomes)) assert(n > 0, Deno.inspect(outcomes));
});
