/**
 * Tensors as bytes: how the numbers of a model get into a file and out of it.
 *
 * Only the types that a model's file uses have a meaning here. The bytes of any other type can be
 * read, but not converted.
 *
 * @module
 */

/**
 * Bytes per element: U for unsigned integers, F for floating point, BF16 for the upper half of an
 * F32. The order is that of `Dtype` in safetensors/src/tensor.rs.
 */
const ELEMENT_SIZES: ReadonlyMap<string, number> = new Map([
  ["U8", 1],
  ["F16", 2],
  ["BF16", 2],
  ["U32", 4],
  ["F32", 4],
  ["F64", 8],
]);

/** The types with a known size, those of the larger alignment last. */
export const TENSOR_DTYPES: readonly string[] = [...ELEMENT_SIZES.keys()];

/** An array of numbers, row by row, as bytes. */
export interface Tensor {
  /** The type of its elements, such as F64. */
  readonly dtype: string;
  /** Its sizes, the outermost first; `[]` is that of a single number. */
  readonly shape: readonly number[];
  /** The elements in a row, little-endian. */
  readonly data: Uint8Array;
}

/**
 * Returns the size of a tensor in bytes; `undefined` if its type is not known. Above 2⁵³ it is not
 * exact, and it can be infinite.
 */
export function byteLengthOf(dtype: string, shape: readonly number[]): number | undefined {
  const elementSize = ELEMENT_SIZES.get(dtype);
  if (elementSize === undefined) return undefined;
  if (shape.includes(0)) return 0; // ∞ · 0 would be NaN
  return shape.reduce((product, size) => product * size, elementSize);
}

/**
 * Makes a tensor of numbers, whose type follows from that of the array.
 *
 * @param values The elements, row by row. They are kept, not copied.
 * @throws {TypeError} If the shape has another number of elements, or the machine is big-endian.
 */
export function tensorOf(
  values: Float64Array | Float32Array | Uint32Array | Uint8Array,
  shape: readonly number[] = [values.length],
): Tensor {
  assertLittleEndian();
  const kind = values instanceof Float64Array || values instanceof Float32Array ? "F" : "U";
  const dtype = `${kind}${8 * values.BYTES_PER_ELEMENT}`;
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const byteLength = byteLengthOf(dtype, shape);
  if (byteLength !== data.length) {
    throw new TypeError(
      `Cannot make the tensor: ${dtype} of shape [${
        shape.join(", ")
      }] takes ${byteLength} bytes: ` +
        `its data have ${data.length}`,
    );
  }
  return { dtype, shape: [...shape], data };
}

/**
 * Copies the elements of a tensor to an array of as many numbers. The conversion is exact.
 *
 * @throws {TypeError} If they are no floating-point numbers, or the machine is big-endian.
 */
export function copyNumbers({ dtype, data }: Tensor, to: Float64Array): void {
  assertLittleEndian();
  const { buffer } = data.slice(); // aligned
  if (dtype === "F64") to.set(new Float64Array(buffer));
  else if (dtype === "F32") to.set(new Float32Array(buffer));
  else if (dtype === "F16") to.set(new Float16Array(buffer));
  else if (dtype === "BF16") copyBF16(new Uint16Array(buffer), to);
  else throw new TypeError(`Cannot convert the elements of the tensor: they are ${dtype}`);
}

/** Copies BF16, which is F32 without its lower 16 bits. */
function copyBF16(halves: Uint16Array, to: Float64Array): void {
  const float = new Float32Array(1), bits = new Uint32Array(float.buffer);
  for (let i = 0; i < halves.length; i++) {
    bits[0] = halves[i]! << 16;
    to[i] = float[0]!; // of length 1
  }
}

/** Returns a copy of the 32-bit integers of a tensor. */
export function wordsOf({ data }: Tensor): Uint32Array<ArrayBuffer> {
  assertLittleEndian();
  return new Uint32Array(data.slice().buffer);
}

/** Checks the byte order of typed arrays, the platform's: tensors are little-endian. */
function assertLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new TypeError("Cannot share bytes with tensors: a little-endian machine is needed");
  }
}
