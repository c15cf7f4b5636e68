/**
 * Places in memory: the address of something for each row and each layer of a model, and the
 * allocator that assigns them.
 *
 * A plain number passes for each of the three units below, but none of them passes for another:
 * a width does not compile where a count is expected.
 *
 * @module
 */

import { VECTOR_BYTES } from "../asm/code.ts";
import { PANEL, roundUp } from "./panel.ts";

/** An address in bytes. */
export type Address = number & { readonly unit?: "address" };

/** A number of bytes. */
export type Bytes = number & { readonly unit?: "bytes" };

/** A number of things, such as rows. */
export type Count = number & { readonly unit?: "count" };

/** Rows at equal distances. */
export interface Strided {
  /** The address of the first row. */
  readonly ptr: Address;
  /** The distance from a row to the next; 0 if they are all the same one. */
  readonly stride: Bytes;
}

/** Something in memory, for each row and each layer. */
export interface Place extends Strided {
  /** The distance from a layer to the next; 0 if all share one. */
  readonly layerStride: Bytes;
}

/** A matrix of activations, or of their gradients: one row per position. */
export interface Rows extends Place {
  /** The width of a row, padded. */
  readonly width: Bytes;
}

/** A normalized matrix, and for each row its scale in all lanes of a vector. */
export interface Norm {
  readonly y: Rows;
  readonly scales: Place;
}

/**
 * Returns the distance from a row to the next. A multiple of 512 would put too many rows on the
 * same lines of the cache.
 */
export function rowStride(width: Bytes): Bytes {
  return width % 512 === 0 ? width + PANEL : width;
}

/** Assigns addresses, each at the start of a cache line. */
export class Allocator {
  /** The bytes that have been taken. */
  length: Bytes = 0;
  readonly #rows: Count;

  /** Begins at address 0, for matrices of `rows` rows. */
  constructor(rows: Count = 0) {
    this.#rows = rows;
  }

  take(bytes: Bytes): Address {
    const ptr: Address = this.length + 0; // the memory begins at 0
    this.length = roundUp(ptr + bytes, PANEL);
    return ptr;
  }

  /** Allocates `stride` bytes for each row. */
  each(stride: Bytes, layerStride: Bytes = 0): Place {
    return { ptr: this.take(this.#rows * stride), stride, layerStride };
  }

  /** Allocates a matrix, and a row more: kernels take rows in pairs. */
  matrix(width: Bytes, layerStride: Bytes = 0): Rows {
    const stride = rowStride(width);
    return { ptr: this.take((this.#rows + 1) * stride), stride, width, layerStride };
  }

  /** Allocates one row that stands for all rows of a matrix. */
  row(width: Bytes): Rows {
    return { ptr: this.take(width), stride: 0, width, layerStride: 0 };
  }

  norm(width: Bytes, layerStride: Bytes = 0): Norm {
    return { y: this.matrix(width, layerStride), scales: this.each(VECTOR_BYTES, layerStride) };
  }

  /** Lays out layers one after the other, all in the same way, and returns the first. */
  layers<T>(count: Count, newLayer: (memory: Allocator, layerStride: Bytes) => T): T {
    const trial = new Allocator(this.#rows);
    newLayer(trial, 0);
    const first = newLayer(this, trial.length);
    this.length += (count - 1) * trial.length;
    return first;
  }
}
