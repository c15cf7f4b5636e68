/**
 * The loops of attention over rows, heads, positions and dimensions.
 *
 * Where documents may be long, rows are computed in tiles: rows that follow one another look back
 * at the same keys and values, which are loaded once for all of them. A tile of four rows, from
 * position p on:
 *
 *     t            0 ... p   p + 1   p + 2   p + 3
 *     row 0           x
 *     row 1           x        x
 *     row 2           x        x       x
 *     row 3           x        x       x       x
 *                  a loop, then three steps with fewer and fewer rows
 *
 * Each sum has the same terms in the same order as without tiles, so the results are the same, bit
 * for bit. Rows that do not fill a tile are computed one by one.
 *
 * @module
 */

import type { Codes, I32, I32Var, Operand, V128, V128Var } from "../asm/code.ts";
import { advance, i32, loop, VECTOR_BYTES, when } from "../asm/code.ts";
import { acrossLanes, type Lanes } from "../asm/lanes.ts";
import type { NewLocal } from "../asm/module.ts";
import { type AttentionShape, blockOf } from "../memory/attention_shape.ts";
import type { Bytes } from "../memory/place.ts";
import type { Emitter } from "./kernel.ts";

/** A row of a tile: its distances from the first one. */
export interface Row {
  /** Between its queries, keys and values; the same for their gradients. */
  readonly qkv: Bytes;
  /** Between its weights. */
  readonly w: Bytes;
  /** Between its outputs; the same for their gradients. */
  readonly out: Bytes;
  /** Between its numbers for one t in the scratch memory of a tile. */
  readonly scratch: Bytes;
}

/** The loops, which both kernels of attention share. */
export class Heads {
  /** The offset of each j that is computed together, in registers. */
  readonly block: readonly number[];
  readonly #r: Lanes;
  readonly #local: NewLocal;
  readonly #shape: AttentionShape;
  readonly #row: I32Var;
  readonly #position: I32Var;
  readonly #head: I32Var;
  readonly #wEnd: I32Var;
  readonly #jAt: I32Var;
  #shared: V128Var | undefined;

  /** Makes the variables of the loops. */
  constructor({ r, local, attention }: Emitter) {
    this.#r = r;
    this.#local = local;
    this.#shape = attention;
    this.#row = local("i32");
    this.#position = local("i32");
    this.#head = local("i32");
    this.#wEnd = local("i32");
    this.#jAt = local("i32");
    const { headDim, heads } = attention;
    this.block = Array.from({ length: blockOf(headDim) }, (_, j) => j * heads);
  }

  /** Lists the rows of a tile, each with variables of its own. */
  rows<T>(newVariables: () => T): (Row & T)[] {
    const { tile, qkvStride, weightsStride, outStride } = this.#shape;
    return Array.from({ length: tile }, (_, i) => ({
      qkv: i * qkvStride,
      w: i * weightsStride,
      out: i * outStride,
      scratch: i * VECTOR_BYTES,
      ...newVariables(),
    }));
  }

  /** Returns the address of the first row of the tile in a matrix, at the vector of heads. */
  row(base: I32Var, stride: Bytes): I32 {
    return i32.add(i32.add(base, this.#head), i32.mul(this.#row, stride));
  }

  /** Points to the document's first key or value, `offset` bytes on from its query, given the row's. */
  start(ptr: I32Var, query: I32Var, offset: Bytes): Codes {
    const back = i32.mul(this.#position, this.#shape.qkvStride);
    return ptr.set(i32.add(i32.sub(query, back), offset));
  }

  /** Runs `body` for each tile of `rows` or single row, and each vector of heads in it. */
  forEach<T>(
    positions: I32Var,
    n: I32Var,
    rows: readonly T[],
    body: (rows: readonly T[]) => Codes,
  ): Codes {
    const forEachHead = (rows: readonly T[]) =>
      loop(this.#head, 0, this.#shape.heads, VECTOR_BYTES, body(rows));
    const one = forEachHead(rows.slice(0, 1)), last = rows.length - 1;
    if (last === 0) return this.#forEachRow(positions, n, 1, 4, one);
    const count = this.#local("i32");
    // Positions count from 0 in each document: only in one of them is the last row so far on.
    const isInDocument = i32.eq(i32.load(positions, 4 * last), i32.add(this.#position, last));
    return this.#forEachRow(positions, n, count, i32.mul(count, 4), [
      count.set(1),
      when(i32.ltU(i32.add(this.#row, last), n), when(isInDocument, count.set(rows.length))),
      when(i32.eq(count, rows.length), forEachHead(rows), one),
    ]);
  }

  /** Runs `body`, which computes `count` rows, until all n are done; `bytes` is that many positions. */
  #forEachRow(
    positions: I32Var,
    n: I32Var,
    count: Operand<"i32">,
    bytes: Operand<"i32">,
    body: Codes,
  ): Codes {
    return loop(this.#row, 0, n, count, [
      this.#position.set(i32.load(positions)),
      body,
      advance(positions, bytes),
    ]);
  }

  /**
   * Runs `body` for each t of the document up to the rows' positions, with the rows that see it:
   * `wPtr` goes through the weights of the first row, which begin at `weights`, and `ptrs` go from
   * row to row of queries, keys and values.
   */
  forEachT<T>(
    rows: readonly T[],
    wPtr: I32Var,
    weights: I32Var,
    ptrs: readonly I32Var[],
    body: (rows: readonly T[]) => Codes,
  ): Codes {
    const { heads, qkvStride } = this.#shape;
    const length = i32.mul(i32.add(this.#position, 1), heads);
    const next = ptrs.map((ptr) => advance(ptr, qkvStride));
    return [
      this.#wEnd.set(i32.add(weights, length)),
      loop(wPtr, weights, this.#wEnd, heads, [body(rows), next]),
      rows.slice(1).map((_, i) => [body(rows.slice(i + 1)), next, advance(wPtr, heads)]),
    ];
  }

  /** Uses a value for several rows, and computes it once. */
  shared(rows: readonly unknown[], value: V128, use: (value: V128) => Codes): Codes {
    if (rows.length === 1) return use(value);
    this.#shared ??= this.#local("v128");
    return [this.#shared.set(value), use(this.#shared)];
  }

  /** Adds up what the lanes of a head have. */
  addLanes(sum: V128Var): Codes {
    const { split } = this.#shape;
    return split === 1 ? [] : sum.set(acrossLanes(this.#r, sum, this.#r.add, split));
  }

  /** Runs the code for each block of j: `at` adds its offset to the address of a row. */
  forEachBlock(body: (at: (ptr: I32Var) => I32) => Codes): Codes {
    const { headDim, heads } = this.#shape;
    const length = this.block.length;
    if (length === headDim) return body((ptr) => ptr);
    const at = this.#jAt;
    return loop(at, 0, headDim * heads, length * heads, body((ptr) => i32.add(ptr, at)));
  }
}
