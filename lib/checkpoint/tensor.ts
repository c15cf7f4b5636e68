/**
 * Tensors as bytes: what a file of tensors holds, and how the numbers get in
 * and out.
 *
 * What it does not do: compute with tensors, take apart the types of fewer than
 * 16 bits that are no integers; these stay bytes.
 *
 * @example Numbers to bytes and back
 * ```ts
 * import { numbersOf, tensorOf, valuesAs } from "./tensor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const tensor = tensorOf(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
 * assertEquals(tensor.dtype, "F32");
 * assertEquals(tensor.data.length, 24);
 * assertEquals(valuesAs(tensor, "F32"), Float32Array.of(1, 2, 3, 4, 5, 6));
 * assertEquals(numbersOf(tensor), Float64Array.of(1, 2, 3, 4, 5, 6));
 * ```
 *
 * @module
 */

import { quote } from "../text/quote.ts";

/**
 * The type of a tensor's elements: what is in it (F is for floating point, BF
 * for the upper half of an F32, C for two F32 that are a complex number) and
 * its size in bits.
 */
export type TensorDtype =
  | "BOOL"
  | "F4"
  | "F6_E2M3"
  | "F6_E3M2"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "C64"
  | "F64"
  | "I64"
  | "U64";

/** The bits of an element. The order is that of `Dtype` in safetensors/src/tensor.rs. */
const BITS: Readonly<Record<TensorDtype, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** The types there are, those that need the larger alignment later. */
export const TENSOR_DTYPES: readonly TensorDtype[] = Object.keys(BITS) as TensorDtype[]; // its keys

/** An array of numbers, row by row, as bytes. */
export interface Tensor {
  /** The type of its elements. */
  readonly dtype: TensorDtype;
  /** Its sizes, the outermost first; `[]` is that of a single number. */
  readonly shape: readonly number[];
  /** The elements in a row, little-endian. */
  readonly data: Uint8Array;
}

/** The typed array for each type of elements that has one. */
export interface TensorValues {
  /** 0 or 1. */
  readonly BOOL: Uint8Array;
  /** 0 to 255. */
  readonly U8: Uint8Array;
  /** -128 to 127. */
  readonly I8: Int8Array;
  /** 16 bits, unsigned. */
  readonly U16: Uint16Array;
  /** 16 bits, signed. */
  readonly I16: Int16Array;
  /** 32 bits, unsigned. */
  readonly U32: Uint32Array;
  /** 32 bits, signed. */
  readonly I32: Int32Array;
  /** 64 bits, unsigned. */
  readonly U64: BigUint64Array;
  /** 64 bits, signed. */
  readonly I64: BigInt64Array;
  /** IEEE 754 half precision. */
  readonly F16: Float16Array;
  /** IEEE 754 single precision. */
  readonly F32: Float32Array;
  /** IEEE 754 double precision. */
  readonly F64: Float64Array;
}

/** How a typed array is made. */
type ValuesClass<Values> = new (buffer: ArrayBufferLike, byteOffset: number, n: number) => Values;

const CLASSES: { readonly [Dtype in keyof TensorValues]: ValuesClass<TensorValues[Dtype]> } = {
  U8: Uint8Array,
  BOOL: Uint8Array, // after U8, which tensorOf() is to find
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  U32: Uint32Array,
  I32: Int32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
  F16: globalThis.Float16Array, // of 2025: where it is missing, nothing else shall be; so the last
};

/**
 * How many bytes the elements of a tensor take.
 *
 * @param dtype The type of its elements.
 * @param shape Its sizes.
 * @returns The bytes. If they are not whole, no file can hold the tensor; above 2⁵³ the number is
 * not exact.
 */
export function byteLengthOf(dtype: TensorDtype, shape: readonly number[]): number {
  if (shape.includes(0)) return 0; // ∞ · 0 would be NaN
  return shape.reduce((product, size) => product * size, 1) * (BITS[dtype] / 8);
}

/**
 * Checks that a tensor is one.
 *
 * @param tensor The tensor.
 * @param action What fails if it is not, such as `Cannot write the tensor`.
 * @throws {TypeError} If its type or shape is none, or its data are not as long as they say.
 */
export function assertTensor({ dtype, shape, data }: Tensor, action: string): void {
  if (!Object.hasOwn(BITS, dtype)) {
    throw new TypeError(`${action}: there is no dtype ${quote(dtype)}`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new TypeError(
      `${action}: sizes must be integers from 0 up: the shape is [${shape.join(", ")}]`,
    );
  }
  const byteLength = byteLengthOf(dtype, shape);
  if (byteLength !== data.length) {
    throw new TypeError(
      `${action}: ${dtype} of shape [${shape.join(", ")}] takes ${byteLength} bytes: ` +
        `its data have ${data.length}`,
    );
  }
}

/**
 * Makes a tensor of numbers. Their type follows from that of the array.
 *
 * @param values The elements, row by row. They are kept, not copied.
 * @param shape Its sizes; one of the length of `values` if there are none.
 * @throws {TypeError} If the shape is not one for so many elements, or the machine is big-endian.
 */
export function tensorOf(
  values: TensorValues[keyof TensorValues],
  shape: readonly number[] = [values.length],
): Tensor {
  assertLittleEndian();
  const dtypes = Object.keys(CLASSES) as (keyof TensorValues)[]; // its keys
  const dtype = dtypes.find((dtype) => values instanceof CLASSES[dtype]);
  if (dtype === undefined) throw new TypeError("Cannot make the tensor: no typed array is given");
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensor = { dtype, shape: [...shape], data };
  assertTensor(tensor, "Cannot make the tensor");
  return tensor;
}

/**
 * The elements of a tensor, as they are.
 *
 * @param tensor The tensor.
 * @param dtype The type that they are expected to be of.
 * @returns A view of the tensor's data; a copy if these do not begin where the platform can read
 * elements of this size.
 * @throws {TypeError} If they are of another type, the tensor is none, or the machine is big-endian.
 */
export function valuesAs<Dtype extends keyof TensorValues>(
  tensor: Tensor,
  dtype: Dtype,
): TensorValues[Dtype] {
  assertLittleEndian();
  if (tensor.dtype !== dtype) {
    throw new TypeError(`Cannot take the elements as ${dtype}: they are ${tensor.dtype}`);
  }
  assertTensor(tensor, "Cannot take the elements of the tensor");
  const elementSize = BITS[dtype] / 8;
  const data = tensor.data.byteOffset % elementSize === 0 ? tensor.data : tensor.data.slice();
  return new CLASSES[dtype](data.buffer, data.byteOffset, data.length / elementSize);
}

/**
 * The elements of a tensor as numbers, whatever real type they are of, for what other programs
 * store in fewer bits.
 *
 * @param tensor The tensor.
 * @returns A copy. It is exact, but for integers of 64 bits beyond ±2⁵³, which are rounded.
 * @throws {TypeError} If they are of no type that can be taken apart here, the tensor is none, or
 * the machine is big-endian.
 */
export function numbersOf(tensor: Tensor): Float64Array {
  const { dtype } = tensor;
  if (dtype === "BF16") return numbersOfBF16(tensor);
  if (!isOfValues(dtype)) {
    throw new TypeError(`Cannot convert the elements of the tensor to numbers: they are ${dtype}`);
  }
  const values = valuesAs(tensor, dtype);
  return values instanceof BigInt64Array || values instanceof BigUint64Array
    ? Float64Array.from(values, Number)
    : new Float64Array(values);
}

/** BF16 is an F32 whose lower 16 bits have been cut off. */
function numbersOfBF16(tensor: Tensor): Float64Array {
  const upper = valuesAs({ ...tensor, dtype: "U16" }, "U16");
  const bits = Uint32Array.from(upper, (half) => half << 16);
  return new Float64Array(new Float32Array(bits.buffer));
}

function isOfValues(dtype: TensorDtype): dtype is keyof TensorValues {
  return Object.hasOwn(CLASSES, dtype);
}

/** The bytes of typed arrays are the platform's, those of tensors little-endian. */
function assertLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new TypeError("Cannot share bytes with tensors: a little-endian machine is needed");
  }
}
