/**
 * Views of memory as rows of numbers: the twins of the kernels write `Y[t][j]` where the kernels
 * compute addresses.
 *
 * @module
 */

import { PANEL } from "./panel.ts";
import type { Address, Bytes, Count, Strided } from "./place.ts";

/** The numbers of a memory, or a row of them. */
export type RealArray = Float64Array | Float32Array;

/** Makes views of a memory. */
export class Views {
  /** The size of a number. */
  readonly size: Bytes;
  readonly #reals: RealArray;

  /** Takes all numbers of a memory, from address 0. */
  constructor(reals: RealArray) {
    this.size = reals.BYTES_PER_ELEMENT;
    this.#reals = reals;
  }

  row(ptr: Address, width: Bytes): RealArray {
    return this.#reals.subarray(ptr / this.size, (ptr + width) / this.size);
  }

  /** Views a matrix: `rows(...)[t][j]`. */
  rows({ ptr, stride }: Strided, n: Count, width: Bytes): RealArray[] {
    return Array.from({ length: n }, (_, t) => this.row(ptr + t * stride, width));
  }

  /** Cuts a matrix into panels: column i of row t is `columns(...)[i / P][t][i % P]`. */
  columns({ ptr, stride }: Strided, n: Count, width: Bytes): RealArray[][] {
    return Array.from(
      { length: width / PANEL },
      (_, q) => this.rows({ ptr: ptr + q * PANEL, stride }, n, PANEL),
    );
  }

  /** Views weights that lie in panels: W[o][i] is `panels(...)[i / P][o][i % P]`. */
  panels(ptr: Address, outBytes: Bytes, inBytes: Bytes): RealArray[][] {
    const outs = outBytes / this.size;
    return Array.from(
      { length: inBytes / PANEL },
      (_, q) => this.rows({ ptr: ptr + q * outs * PANEL, stride: PANEL }, outs, PANEL),
    );
  }

  /** Views one integer of 32 bits per row. */
  integers(ptr: Address, n: Count): Int32Array {
    return new Int32Array(this.#reals.buffer, ptr, n);
  }
}
