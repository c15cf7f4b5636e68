/**
 * Panels: how matrices of weights lie in memory. They are cut into panels 64 bytes wide, the width
 * of a cache line and of the tiles that the kernels compute. Within a panel row follows row, so a
 * kernel reads a panel from its first byte to its last:
 *
 *     W[out][in] in memory: [in / P][out][P], P = 64 bytes / size of a number
 *
 * Everything is padded with zeros to whole panels. Zeros stay zeros: the gradient of a weight that
 * only ever meets zeros is zero, and so is its update.
 *
 * @module
 */

import { VECTOR_BYTES } from "../asm/code.ts";

/** The width of a panel, and of a tile, in bytes. */
export const PANEL = 64;

/**
 * The width, in bytes, of the columns of rows that the kernel `gradient` packs at a time, beside a
 * panel: for 256 rows, a quarter of a cache of 1 MB.
 */
export const PACKED_COLUMNS = 1024;

/** The number of vectors in a row of a panel. */
export const PANEL_VECTORS = PANEL / VECTOR_BYTES;

/**
 * Returns the index of the weight of output `o` and input `i`.
 *
 * @param outs The number of outputs, padding included.
 * @param P The numbers in a row of a panel.
 */
export function panelIndex(o: number, i: number, outs: number, P: number): number {
  return (i - i % P) * outs + o * P + i % P;
}

/** Returns the smallest multiple of `unit` that is at least `n`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}
