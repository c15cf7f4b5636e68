/**
 * Causal attention, all heads at once: a head is a lane. A row looks back at as
 * many rows before it as its position says, which is where its document begins:
 * one call serves many documents.
 *
 * Rows of queries, keys and values are stored so that the j-th numbers of all
 * heads lie side by side,
 *
 *     row = [dimension j of the head][head]
 *
 * and a vector holds the same j of 2 (f64) or 4 (f32) heads. So the dot product
 * of a query and a key is a plain sum of products of vectors, with nothing to
 * add up across lanes.
 *
 * @module
 */

import { type I32, i32, type Local, loop, v128, type Void } from "../asm/code.ts";
import { Exp } from "./exp.ts";
import { Constants, type Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder, NewLocal } from "../asm/module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";
import { NO_LOGIT } from "./softmax.ts";

/** How the rows of attention lie in memory, all in bytes. */
export interface AttentionShape {
  /** From a row of queries, keys and values to the next; the queries come first. */
  readonly qkvStride: number;
  /** From a query to the key of its row, and from the key to the value. */
  readonly section: number;
  /** From a row of outputs to the next. */
  readonly outStride: number;
  /** From a row of attention weights to the next: room for `blockSize` times `heads`. */
  readonly weightsStride: number;
  /** The numbers of all heads for one j: a multiple of a vector. */
  readonly heads: number;
  /** How many j there are: a multiple of {@linkcode blockOf}. */
  readonly headDim: number;
  /** What scores are multiplied with: 1 / sqrt(headDim) without padding. */
  readonly scale: number;
}

/**
 * For each row at position p of its document, whose rows 0 to p are t:
 *
 *     weights[t] = softmax of q · k[t] · scale
 *     out = sum of weights[t] · v[t]
 *
 * for each head. The keys and values of the rows before are those in memory.
 *
 * @param qkv The queries, keys and values.
 * @param weights The attention weights, written: [row][t][head].
 * @param out The outputs, written.
 * @param positions The position of each row, as integers of 32 bits.
 * @param n How many rows.
 */
export type Attention = (
  qkv: number,
  weights: number,
  out: number,
  positions: number,
  n: number,
) => void;

/** How many j are computed together, in registers. */
export function blockOf(headDim: number): number {
  return Math.min(headDim, 8);
}

/** {@linkcode Attention} in plain TypeScript. */
export function attentionTwin(memory: RealArray, shape: AttentionShape): Attention {
  const size = memory.BYTES_PER_ELEMENT;
  const integers = new Int32Array(memory.buffer);
  const heads = shape.heads / size;
  return (qkv, weights, out, positions, n) => {
    for (let row = 0; row < n; row++) {
      const p = integers[positions / 4 + row]!; // in bounds, here and below
      for (let h = 0; h < heads; h++) {
        const { q, w, o } = places(shape, size, qkv, weights, out, row, h);
        let max = -Infinity, sum = 0;
        for (let t = 0; t <= p; t++) {
          const { k } = places(shape, size, qkv, weights, out, row - p + t, h);
          let score = 0;
          for (let j = 0; j < shape.headDim; j++) {
            score += memory[q + j * heads]! * memory[k + j * heads]!;
          }
          memory[w + t * heads] = score * shape.scale;
          max = Math.max(max, score * shape.scale);
        }
        for (let t = 0; t <= p; t++) {
          sum += memory[w + t * heads] = Math.exp(memory[w + t * heads]! - max);
        }
        for (let j = 0; j < shape.headDim; j++) memory[o + j * heads] = 0;
        for (let t = 0; t <= p; t++) {
          const weight = memory[w + t * heads]! /= sum;
          const { v } = places(shape, size, qkv, weights, out, row - p + t, h);
          for (let j = 0; j < shape.headDim; j++) {
            memory[o + j * heads]! += weight * memory[v + j * heads]!;
          }
        }
      }
    }
  };
}

/** Where the numbers of a row and a head begin, in elements. */
export function places(
  { qkvStride, section, weightsStride, outStride }: AttentionShape,
  size: number,
  qkv: number,
  weights: number,
  out: number,
  row: number,
  head: number,
): Readonly<Record<"q" | "k" | "v" | "w" | "o", number>> {
  const q = (qkv + row * qkvStride) / size + head;
  return {
    q,
    k: q + section / size,
    v: q + 2 * section / size,
    w: (weights + row * weightsStride) / size + head,
    o: (out + row * outStride) / size + head,
  };
}

/** What the two kernels have in common. */
export class AttentionKernel {
  readonly shape: AttentionShape;
  readonly r: Lanes;
  readonly local: NewLocal;
  /** One vector for each j that is computed together. */
  readonly block: readonly number[];
  readonly constants: Constants;
  readonly #row: Local<"i32">;
  readonly #position: Local<"i32">;
  readonly #head: Local<"i32">;
  readonly #wEnd: Local<"i32">;
  readonly #jAt: Local<"i32">;

  constructor(r: Lanes, local: NewLocal, shape: AttentionShape) {
    this.r = r;
    this.local = local;
    this.shape = shape;
    this.#row = local("i32");
    this.#position = local("i32");
    this.#head = local("i32");
    this.#wEnd = local("i32");
    this.#jAt = local("i32");
    this.constants = new Constants(r, local);
    const { headDim, heads } = shape;
    this.block = Array.from({ length: blockOf(headDim) }, (_, j) => j * heads);
  }

  pointers<K extends string>(...names: readonly K[]): Record<K, Local<"i32">> {
    return Object.fromEntries(names.map((name) => [name, this.local("i32")])) as Record<
      K,
      Local<"i32">
    >; // one for each name
  }

  vectors(): Local<"v128">[] {
    return this.block.map(() => this.local("v128"));
  }

  /** The address of the row in a matrix, at the vector of heads. */
  row(base: Local<"i32">, stride: number): I32 {
    const row = i32.mul(this.#row, stride);
    return i32.add(i32.add(base, this.#head), row);
  }

  /** Points to the document's first key or value, `offset` bytes on from its query, given the row's. */
  start(ptr: Local<"i32">, query: Local<"i32">, offset: number): Void {
    const back = i32.mul(this.#position, this.shape.qkvStride);
    return ptr.set(i32.add(i32.sub(query, back), offset));
  }

  /** For each row, and each vector of heads in it. */
  forEachHead(positions: Local<"i32">, n: Local<"i32">, body: readonly Void[]): Void {
    return loop(this.#row, 0, n, 1, [
      this.#position.set(i32.load(positions)),
      loop(this.#head, 0, this.shape.heads, VECTOR_BYTES, body),
      advance(positions, 4),
    ]);
  }

  /**
   * For each t of the document up to the row's position: `wPtr` goes through the
   * row of weights that begins at `weights`, and `rows` go from row to row of `qkv`.
   */
  forEachT(
    wPtr: Local<"i32">,
    weights: I32,
    rows: readonly Local<"i32">[],
    body: readonly Void[],
  ): Void[] {
    const { heads, qkvStride } = this.shape;
    const length = i32.mul(i32.add(this.#position, 1), heads);
    return [
      this.#wEnd.set(i32.add(weights, length)),
      loop(wPtr, weights, this.#wEnd, heads, [
        ...body,
        ...rows.map((row) => advance(row, qkvStride)),
      ]),
    ];
  }

  /** For each block of j: `at` is its place in a row. */
  forEachBlock(body: (at: (ptr: Local<"i32">) => I32) => readonly Void[]): Void[] {
    const { headDim, heads } = this.shape;
    const blocks = headDim / this.block.length;
    if (blocks === 1) return [...body((ptr) => ptr)];
    return [
      loop(
        this.#jAt,
        0,
        headDim * heads,
        this.block.length * heads,
        body((ptr) => i32.add(ptr, this.#jAt)),
      ),
    ];
  }
}

/** Adds {@linkcode Attention} to a module. */
export function addAttention(module: ModuleBuilder, r: Lanes, shape: AttentionShape): void {
  const params = { qkv: "i32", weights: "i32", out: "i32", positions: "i32", n: "i32" } as const;
  const { qkvStride, section, outStride, weightsStride } = shape;
  module.function("attention", params, (a, local) => {
    const kernel = new AttentionKernel(r, local, shape);
    const { block } = kernel;
    const { q, k, v, w, out, wPtr } = kernel.pointers("q", "k", "v", "w", "out", "wPtr");
    const exp = new Exp(r, local, kernel.constants);
    const score = local("v128"), max = local("v128"), sum = local("v128"), weight = local("v128");
    const outs = kernel.vectors();

    const scores = [
      max.set(kernel.constants.of(NO_LOGIT)),
      kernel.start(k, q, section),
      ...kernel.forEachT(wPtr, w, [k], [
        score.set(v128.zero()),
        ...kernel.forEachBlock((at) =>
          block.map((j) => score.set(r.madd(v128.load(at(q), j), v128.load(at(k), j), score)))
        ),
        score.set(r.mul(score, kernel.constants.of(shape.scale))),
        v128.store(wPtr, score),
        max.set(r.pmax(max, score)),
      ]),
    ];
    const exponentials = [
      sum.set(v128.zero()),
      ...kernel.forEachT(wPtr, w, [], [
        ...exp.compute(weight, r.sub(v128.load(wPtr), max)),
        v128.store(wPtr, weight),
        sum.set(r.add(sum, weight)),
      ]),
      sum.set(r.div(kernel.constants.of(1), sum)),
      ...kernel.forEachT(wPtr, w, [], [
        v128.store(wPtr, r.mul(v128.load(wPtr), sum)),
      ]),
    ];
    const outputs = kernel.forEachBlock((at) => [
      ...outs.map((o) => o.set(v128.zero())),
      kernel.start(v, q, 2 * section),
      ...kernel.forEachT(wPtr, w, [v], [
        weight.set(v128.load(wPtr)),
        ...outs.map((o, i) => o.set(r.madd(weight, v128.load(at(v), block[i]), o))),
      ]),
      ...outs.map((o, i) => v128.store(at(out), o, block[i])),
    ]);
    return [
      kernel.forEachHead(a.positions, a.n, [
        q.set(kernel.row(a.qkv, qkvStride)),
        w.set(kernel.row(a.weights, weightsStride)),
        out.set(kernel.row(a.out, outStride)),
        ...scores,
        ...exponentials,
        ...outputs,
      ]),
    ];
  });
}
