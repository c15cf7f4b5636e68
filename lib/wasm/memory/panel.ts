/**
 * How matrices lie in the memory of the kernels. Weights are cut into panels of
 * 64 bytes' width, the width of a cache line and of the tiles that the kernels
 * compute: within a panel row follows row, so that a kernel reads a panel from
 * its first byte to its last.
 *
 * Everything is padded with zeros to whole panels. Zeros stay zeros: the
 * gradient of a weight that only ever meets zeros is zero, and so is its step.
 *
 * @module
 */

import { i32, type Local, type Void } from "../asm/code.ts";

/** The width of a panel, and of a tile, in bytes. */
export const PANEL = 64;

/** The size of a vector in bytes. */
export const VECTOR_BYTES = 16;

/** Vectors in the width of a panel. */
export const PANEL_VECTORS = PANEL / VECTOR_BYTES;

/** The memory of an engine as the numbers it holds. */
export type RealArray = Float64Array | Float32Array;

/**
 * Where the weight of output `o` and input `i` is, counted in numbers.
 *
 * @param o The row.
 * @param i The column.
 * @param outs How many rows the matrix has, padding included.
 * @param width How many numbers a panel is wide.
 */
export function panelIndex(o: number, i: number, outs: number, width: number): number {
  return (i - i % width) * outs + o * width + i % width;
}

/** The smallest multiple of `unit` that is not below `n`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}

/** ptr += by. */
export function advance(ptr: Local<"i32">, by: number | Local<"i32">): Void {
  return ptr.set(i32.add(ptr, by));
}
