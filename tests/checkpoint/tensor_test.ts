import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import {
  byteLengthOf,
  numbersOf,
  type Tensor,
  TENSOR_DTYPES,
  type TensorDtype,
  tensorOf,
  type TensorValues,
  valuesAs,
} from "../../lib/checkpoint/tensor.ts";
import { assertFails } from "../helpers/assert.ts";
import { bitsOf } from "../helpers/safetensors.ts";

/** Elements of each type that has a typed array, the least and the largest among them, as bytes and as numbers. */
const VALUES: [keyof TensorValues, TensorValues[keyof TensorValues], number[], number[]][] = [
  ["U8", Uint8Array.of(1, 255), [1, 255], [1, 255]],
  ["I8", Int8Array.of(-1, -128), [0xff, 0x80], [-1, -128]],
  ["U16", Uint16Array.of(0x0102, 65535), [2, 1, 0xff, 0xff], [258, 65535]],
  ["I16", Int16Array.of(0x0102, -32768), [2, 1, 0, 0x80], [258, -32768]],
  ["U32", Uint32Array.of(2 ** 32 - 2), [0xfe, 0xff, 0xff, 0xff], [2 ** 32 - 2]],
  ["I32", Int32Array.of(-(2 ** 31)), [0, 0, 0, 0x80], [-(2 ** 31)]],
  ["U64", BigUint64Array.of(2n ** 64n - 1n), Array(8).fill(0xff), [2 ** 64]],
  ["I64", BigInt64Array.of(-(2n ** 53n)), [0, 0, 0, 0, 0, 0, 0xe0, 0xff], [-(2 ** 53)]],
  ["F16", Float16Array.of(1.5, -0.25), [0, 0x3e, 0, 0xb4], [1.5, -0.25]],
  ["F32", Float32Array.of(-1.5), [0, 0, 0xc0, 0xbf], [-1.5]],
  ["F64", Float64Array.of(1 / 3), [85, 85, 85, 85, 85, 85, 0xd5, 0x3f], [1 / 3]],
];

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
  assertEquals(numbersOf(tensor), Float64Array.of(-1, 3, 4, 5));
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
    [[0, 2 ** 53], "sizes must be integers from 0 up: the shape is [0, 9007199254740992]"],
    [[-3, -1], "sizes must be integers from 0 up: the shape is [-3, -1]"],
    [[1.5, 2], "sizes must be integers from 0 up: the shape is [1.5, 2]"],
    [[NaN], "sizes must be integers from 0 up: the shape is [NaN]"],
  ];
  for (const [shape, why] of table) {
    const call = () => tensorOf(Uint8Array.of(1, 2, 3), shape);
    assertFails(call, TypeError, `Cannot make the tensor: ${why}`);
  }
});

Deno.test("tensorOf() throws on what is no typed array of elements", () => {
  for (const values of [[1, 2], new DataView(new ArrayBuffer(1)), Uint8ClampedArray.of(1)]) {
    assertFails(
      () => tensorOf(values as unknown as Uint8Array), // as JavaScript may call it
      TypeError,
      "Cannot make the tensor: no typed array is given",
    );
  }
});

Deno.test("valuesAs() undoes tensorOf(), without a copy", () => {
  for (const [dtype, values] of VALUES) {
    const back = valuesAs(tensorOf(values), dtype);
    assertEquals(back, values);
    assertStrictEquals(back.buffer, values.buffer);
  }
});

Deno.test("valuesAs() gives the bytes of truth values", () => {
  const tensor: Tensor = { dtype: "BOOL", shape: [3], data: Uint8Array.of(0, 1, 1) };
  assertEquals(valuesAs(tensor, "BOOL"), Uint8Array.of(0, 1, 1));
  assertEquals(numbersOf(tensor), Float64Array.of(0, 1, 1));
});

Deno.test("valuesAs() copies elements that are not aligned", () => {
  for (const [dtype, values, bytes] of VALUES) {
    const unaligned = new Uint8Array(bytes.length + 1);
    unaligned.set(bytes, 1);
    const tensor = { dtype, shape: [values.length], data: unaligned.subarray(1) };
    const back = valuesAs(tensor, dtype);
    assertEquals(back, values);
    if (back.BYTES_PER_ELEMENT > 1) assertNotStrictEquals(back.buffer, unaligned.buffer);
  }
});

Deno.test("valuesAs() throws on elements of another type", () => {
  const tensor = tensorOf(Float32Array.of(1, 2));
  for (const dtype of ["F64", "U32", "BOOL"] as const) {
    assertFails(
      () => valuesAs(tensor, dtype),
      TypeError,
      `Cannot take the elements as ${dtype}: they are F32`,
    );
  }
});

Deno.test("valuesAs() throws on data that are too short or too long", () => {
  for (const length of [0, 7, 9, 16]) {
    assertFails(
      () => valuesAs({ dtype: "F64", shape: [1], data: new Uint8Array(length) }, "F64"),
      TypeError,
      "Cannot take the elements of the tensor: " +
        `F64 of shape [1] takes 8 bytes: its data have ${length}`,
    );
  }
});

Deno.test("numbersOf() gives the numbers of each real type, as a copy", () => {
  for (const [dtype, values, _, numbers] of VALUES) {
    const actual = numbersOf(tensorOf(values));
    assertEquals(actual, Float64Array.from(numbers), dtype);
    assertNotStrictEquals(actual.buffer, values.buffer, dtype);
  }
});

Deno.test("numbersOf() takes BF16 for the upper half of F32, for each of its 65,536 patterns", () => {
  const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const { data } = tensorOf(halves);
  const numbers = numbersOf({ dtype: "BF16", shape: [256, 256], data });
  const view = new DataView(new ArrayBuffer(4));
  const expected = Float64Array.from(halves, (half) => {
    view.setUint16(0, half);
    return view.getFloat32(0);
  });
  assertEquals(numbers, expected);
  assertEquals([numbers[0x3fc0], numbers[0xff80], numbers[0x0001]], [1.5, -Infinity, 2 ** -133]);
});

Deno.test("numbersOf() reads BF16 that is not aligned", () => {
  const data = Uint8Array.of(0xff, 0xc0, 0x3f).subarray(1);
  assertEquals(numbersOf({ dtype: "BF16", shape: [], data }), Float64Array.of(1.5));
});

Deno.test("numbersOf() throws on types that it cannot take apart", () => {
  const table: [TensorDtype, number][] = [
    ["C64", 8],
    ["F8_E4M3", 1],
    ["F8_E5M2", 1],
    ["F8_E8M0", 1],
    ["F8_E4M3FNUZ", 1],
    ["F8_E5M2FNUZ", 1],
    ["F6_E2M3", 3],
    ["F6_E3M2", 3],
    ["F4", 2],
  ];
  for (const [dtype, length] of table) {
    assertFails(
      () => numbersOf({ dtype, shape: [length * 8 / bitsOf(dtype)], data: new Uint8Array(length) }),
      TypeError,
      `Cannot convert the elements of the tensor to numbers: they are ${dtype}`,
    );
  }
});

Deno.test("byteLengthOf() counts the bytes of each type", () => {
  for (const dtype of TENSOR_DTYPES) {
    assertEquals(byteLengthOf(dtype, [2, 4]), bitsOf(dtype), dtype);
    assertEquals(byteLengthOf(dtype, []), bitsOf(dtype) / 8, dtype);
    assertEquals(byteLengthOf(dtype, [3, 0]), 0, dtype);
  }
  assertEquals(byteLengthOf("U8", [...Array(100).fill(2 ** 52), 0]), 0, "not NaN");
});

Deno.test("Tensors throw on a machine that is big-endian", () => {
  const tensor = tensorOf(Uint16Array.of(1));
  const { of } = Uint16Array;
  try {
    Uint16Array.of = () => new Uint16Array(Uint8Array.of(0, 1).buffer); // 1 on such a machine
    for (const call of [() => tensorOf(Uint16Array.from([1])), () => valuesAs(tensor, "U16")]) {
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
