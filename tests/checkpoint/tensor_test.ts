import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import {
  byteLengthOf,
  copyNumbers,
  type Tensor,
  TENSOR_DTYPES,
  tensorOf,
  wordsOf,
} from "../../lib/checkpoint/tensor.ts";
import { assertFails } from "../helpers/assert.ts";
import { bytesOf } from "../helpers/safetensors.ts";

/** Elements of each type that is written, as bytes. */
const VALUES: [string, Parameters<typeof tensorOf>[0], number[]][] = [
  ["U8", Uint8Array.of(1, 255), [1, 255]],
  ["U32", Uint32Array.of(2 ** 32 - 2), [0xfe, 0xff, 0xff, 0xff]],
  ["F32", Float32Array.of(-1.5), [0, 0, 0xc0, 0xbf]],
  ["F64", Float64Array.of(1 / 3), [85, 85, 85, 85, 85, 85, 0xd5, 0x3f]],
];

/** The numbers of a tensor that has so many. */
function numbersOf(tensor: Tensor, length: number): Float64Array {
  const numbers = new Float64Array(length).fill(NaN);
  copyNumbers(tensor, numbers);
  return numbers;
}

Deno.test("tensorOf() finds the type, and writes little-endian", () => {
  for (const [dtype, values, bytes] of VALUES) {
    const data = Uint8Array.from(bytes);
    assertEquals(tensorOf(values), { dtype, shape: [values.length], data });
  }
});

Deno.test("tensorOf() keeps the elements that it is given, and no others", () => {
  const all = Float32Array.of(1, 2, 3, 4, 5, 6, 7);
  const tensor = tensorOf(all.subarray(1, 5), [2, 2]);
  assertStrictEquals(tensor.data.buffer, all.buffer);
  assertEquals([tensor.data.byteOffset, tensor.data.length], [4, 16]);
  all[1] = -1;
  assertEquals(numbersOf(tensor, 4), Float64Array.of(-1, 3, 4, 5));
});

Deno.test("tensorOf() copies the shape", () => {
  const shape = [2, 1];
  const tensor = tensorOf(Uint8Array.of(1, 2), shape);
  shape[0] = 7;
  assertEquals(tensor.shape, [2, 1]);
});

Deno.test("tensorOf() makes numbers and empty tensors", () => {
  assertEquals(tensorOf(Float64Array.of(7), []).shape, []);
  assertEquals(tensorOf(new Float64Array(), [3, 0]).data.length, 0);
});

Deno.test("tensorOf() throws on a shape for another number of elements", () => {
  const table: [number[], string][] = [
    [[2, 2], "U8 of shape [2, 2] takes 4 bytes: its data have 3"],
    [[], "U8 of shape [] takes 1 bytes: its data have 3"],
    [[1.5, 3], "U8 of shape [1.5, 3] takes 4.5 bytes: its data have 3"],
    [[NaN], "U8 of shape [NaN] takes NaN bytes: its data have 3"],
  ];
  for (const [shape, why] of table) {
    const call = () => tensorOf(Uint8Array.of(1, 2, 3), shape);
    assertFails(call, TypeError, `Cannot make the tensor: ${why}`);
  }
});

Deno.test("copyNumbers() gives the numbers of each type", () => {
  const table: [string, number[], number[]][] = [
    ["F64", [85, 85, 85, 85, 85, 85, 0xd5, 0x3f], [1 / 3]],
    ["F32", [0, 0, 0xc0, 0xbf, 0, 0, 0x80, 0x7f], [-1.5, Infinity]],
    ["F16", [0, 0x3e, 0, 0xb4], [1.5, -0.25]],
    ["BF16", [0xc0, 0x3f, 0x80, 0xff, 1, 0], [1.5, -Infinity, 2 ** -133]],
  ];
  for (const [dtype, bytes, numbers] of table) {
    for (const offset of [0, 1]) { // the second is not aligned
      const data = Uint8Array.from([...new Uint8Array(offset), ...bytes]).subarray(offset);
      const actual = numbersOf({ dtype, shape: [numbers.length], data }, numbers.length);
      assertEquals(actual, Float64Array.from(numbers), dtype);
    }
  }
});

Deno.test("copyNumbers() takes BF16 for the upper half of F32, for each of its 65,536 patterns", () => {
  const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const data = new Uint8Array(halves.buffer);
  const numbers = numbersOf({ dtype: "BF16", shape: [256, 256], data }, 2 ** 16);
  const view = new DataView(new ArrayBuffer(4));
  const expected = Float64Array.from(halves, (half) => {
    view.setUint16(0, half);
    return view.getFloat32(0);
  });
  assertEquals(numbers, expected);
});

Deno.test("copyNumbers() throws on types that are no floating-point numbers of a model", () => {
  for (const dtype of ["U8", "U32", "I64", "BOOL", "F8_E4M3"]) {
    assertFails(
      () => numbersOf({ dtype, shape: [1], data: new Uint8Array(8) }, 1),
      TypeError,
      `Cannot convert the elements of the tensor: they are ${dtype}`,
    );
  }
});

Deno.test("wordsOf() copies the words, aligned or not", () => {
  const data = Uint8Array.of(0xff, 0xfe, 0xff, 0xff, 0xff).subarray(1);
  const words = wordsOf({ dtype: "U32", shape: [1], data });
  assertEquals(words, Uint32Array.of(2 ** 32 - 2));
  assertNotStrictEquals(words.buffer, data.buffer);
});

Deno.test("byteLengthOf() counts the bytes of each type", () => {
  for (const dtype of TENSOR_DTYPES) {
    assertEquals(byteLengthOf(dtype, [2, 4]), 8 * bytesOf(dtype), dtype);
    assertEquals(byteLengthOf(dtype, []), bytesOf(dtype), dtype);
    assertEquals(byteLengthOf(dtype, [3, 0]), 0, dtype);
  }
  assertEquals(byteLengthOf("U8", [...Array(100).fill(2 ** 52), 0]), 0, "not NaN");
  for (const dtype of ["F8_E4M3", "F99", "f64", "", "constructor"]) {
    assertEquals(byteLengthOf(dtype, [2, 4]), undefined, "it is not known");
  }
});

Deno.test("Tensors throw on a machine that is big-endian", () => {
  const tensor = tensorOf(Uint32Array.of(1));
  const { of } = Uint16Array;
  try {
    Uint16Array.of = () => new Uint16Array(Uint8Array.of(0, 1).buffer); // 1 on such a machine
    const calls = [
      () => tensorOf(Uint8Array.from([1])),
      () => copyNumbers(tensor, new Float64Array(1)),
      () => wordsOf(tensor),
    ];
    for (const call of calls) {
      assertFails(
        call,
        TypeError,
        "Cannot share bytes with tensors: a little-endian machine is needed",
      );
    }
  } finally {
    Uint16Array.of = of;
  }
});
