/**
 * Views of memory as rows of numbers: the twins of the kernels write `Y[t][j]` where the kernels
 * compute addresses.
 *
 * @module
 */

import type { Precision } from "../asm/lanes.ts";
import { PANEL } from "./panel.ts";
import type { Address, Bytes, Count, Strided } from "./place.ts";

/** A row of numbers. */
export type RealArray = Float64Array | Float32Array;

/** Makes views of a memory. */
export class Views {
  /** All numbers, from address 0. */
  readonly reals: RealArray;
  /** The size of a number. */
  readonly size: Bytes;

  /** Views a memory as numbers of a precision. */
  constructor(memory: ArrayBufferLike, dtype: Precision) {
    this.reals = dtype === "f64" ? new Float64Array(memory) : new Float32Array(memory);
    this.size = this.reals.BYTES_PER_ELEMENT;
  }

  row(ptr: Address, width: Bytes): RealArray {
    return this.reals.subarray(ptr / this.size, (ptr + width) / this.size);
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
    return new Int32Array(this.reals.buffer, ptr, n);
  }
}
