/**
 * Places in memory: where something is for each row and each layer of a model,
 * and who hands them out. All in bytes.
 *
 * @module
 */

import { PANEL, roundUp, VECTOR_BYTES } from "./panel.ts";

/** Something in memory: its address may depend on the row and on the layer. */
export interface Place {
  /** The address: in the first row, and in the first layer. */
  readonly ptr: number;
  /** From a row to the next; 0 if all have the same. */
  readonly stride: number;
  /** From a layer to the next; 0 if all have the same. */
  readonly layerStride: number;
}

/** A matrix of activations, or of their gradients: one row a position. */
export interface Rows extends Place {
  /** The width of a row, padded. */
  readonly width: number;
}

/** A normalised vector, and for each row the scale in all lanes of a vector. */
export interface Norm {
  readonly y: Rows;
  readonly scales: Place;
}

/** From a row to the next: a multiple of 512 would put too many rows on the same lines of the cache. */
export function rowStride(width: number): number {
  return width % 512 === 0 ? width + PANEL : width;
}

/** Hands out addresses, each at the start of a cache line. */
export class Allocator {
  top: number;
  readonly #rows: number;

  /** Begins at an address, with matrices of so many rows. */
  constructor(start: number, rows = 0) {
    this.top = start;
    this.#rows = rows;
  }

  take(bytes: number): number {
    const ptr = this.top;
    this.top = roundUp(ptr + bytes, PANEL);
    return ptr;
  }

  /** Room for something of each row. */
  each(stride: number, layerStride = 0): Place {
    return { ptr: this.take(this.#rows * stride), stride, layerStride };
  }

  matrix(width: number, layerStride = 0): Rows {
    const stride = rowStride(width);
    const ptr = this.take((this.#rows + 1) * stride); // kernels take rows in pairs
    return { ptr, stride, width, layerStride };
  }

  /** A row that serves as all rows of a matrix. */
  row(width: number): Rows {
    return { ptr: this.take(width), stride: 0, width, layerStride: 0 };
  }

  norm(width: number, layerStride = 0): Norm {
    return { y: this.matrix(width, layerStride), scales: this.each(VECTOR_BYTES, layerStride) };
  }

  /** Lays out one layer after the other, all in the same way, and returns the first. */
  layers<T>(count: number, newLayer: (memory: Allocator, layerStride: number) => T): T {
    const trial = new Allocator(0, this.#rows);
    newLayer(trial, 0);
    const layerStride = trial.top;
    const first = newLayer(this, layerStride);
    this.top += (count - 1) * layerStride;
    return first;
  }
}
