/**
 * Causal attention, all heads at once: a head is a lane. A row looks back at as many rows before
 * it as its position says, to the start of its document: one call serves many documents.
 *
 * The j-th numbers of all heads lie side by side, see `attention_shape.ts`: a vector holds the
 * same j of 2 (f64) or 4 (f32) heads. So the dot product of a query and a key is a plain sum of
 * products of vectors, with nothing to add up across lanes.
 *
 * @module
 */

import type { Codes, I32, I32Var, V128Var } from "../asm/code.ts";
import { advance, i32, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import { acrossLanes, type Lanes } from "../asm/lanes.ts";
import { type AttentionShape, blockOf } from "../memory/attention_shape.ts";
import type { Address, Bytes } from "../memory/place.ts";
import type { Views } from "../memory/views.ts";
import { exponential } from "./exp.ts";
import { type Emitter, kernel, type TwinArgs } from "./kernel.ts";
import { NO_LOGIT } from "./softmax.ts";

const params = {
  qkv: "ptr", // [T][3][D][H], the queries first
  weights: "ptr", // [T][B][H], written
  out: "ptr", // [T][D][H], written
  positions: "ptr", // [T] integers
  n: "count", // T
} as const;

/**
 * For each head of each row at position p of its document, whose rows 0 to p are t:
 *
 *     w = softmax(s), s[t] = q · k[t] · scale
 *     out = sum of w[t] · v[t]
 *
 * The keys and values of earlier rows are those in memory.
 */
export const attention = kernel({
  params,
  twin(args, memory, shape) {
    const { headDim, split, scale } = shape;
    for (const { q, k, v, w, out } of rowViews(args, memory, shape)) {
      for (let h = 0; h < q[0]!.length; h++) { // a head has a dimension
        const first = h - h % split; // of the lanes of the head
        let max = NO_LOGIT, sum = 0;
        for (let t = 0; t < w.length; t++) {
          let score = 0;
          for (let j = 0; j < headDim; j++) {
            for (let i = first; i < first + split; i++) score += q[j]![i]! * k[t]![j]![i]!;
          }
          w[t]![h] = score * scale;
          max = Math.max(max, score * scale);
        }
        for (let t = 0; t < w.length; t++) sum += w[t]![h] = Math.exp(w[t]![h]! - max);
        for (let j = 0; j < headDim; j++) out[j]![h] = 0;
        for (let t = 0; t < w.length; t++) {
          const weight = w[t]![h]! /= sum;
          for (let j = 0; j < headDim; j++) out[j]![h]! += weight * v[t]![j]![h]!;
        }
      }
    }
  },
  code(p, emitter) {
    const { r, local, constant, attention: shape } = emitter;
    const heads = new Heads(emitter), { block } = heads;
    const q = local("i32"), k = local("i32"), v = local("i32");
    const w = local("i32"), out = local("i32"), wPtr = local("i32");
    const exp = exponential(emitter);
    const score = local("v128"), max = local("v128"), sum = local("v128"), weight = local("v128");
    const outs = block.map(() => local("v128"));

    const scores = [
      max.set(constant(NO_LOGIT)),
      heads.start(k, q, shape.section),
      heads.forEachT(wPtr, w, [k], [
        score.set(v128.zero()),
        heads.forEachBlock((at) =>
          block.map((j) => score.set(r.madd(v128.load(at(q), j), v128.load(at(k), j), score)))
        ),
        heads.addLanes(score),
        score.set(r.mul(score, constant(shape.scale))),
        v128.store(wPtr, score),
        max.set(r.pmax(max, score)),
      ]),
    ];
    const exponentials = [
      sum.set(v128.zero()),
      heads.forEachT(wPtr, w, [], [
        exp(weight, r.sub(v128.load(wPtr), max)),
        v128.store(wPtr, weight),
        sum.set(r.add(sum, weight)),
      ]),
      sum.set(r.div(constant(1), sum)),
      heads.forEachT(wPtr, w, [], [v128.store(wPtr, r.mul(v128.load(wPtr), sum))]),
    ];
    const outputs = heads.forEachBlock((at) => [
      outs.map((o) => o.set(v128.zero())),
      heads.start(v, q, 2 * shape.section),
      heads.forEachT(wPtr, w, [v], [
        weight.set(v128.load(wPtr)),
        outs.map((o, i) => o.set(r.madd(weight, v128.load(at(v), block[i]), o))),
      ]),
      outs.map((o, i) => v128.store(at(out), o, block[i])),
    ]);
    return heads.forEach(p.positions, p.n, [
      q.set(heads.row(p.qkv, shape.qkvStride)),
      w.set(heads.row(p.weights, shape.weightsStride)),
      out.set(heads.row(p.out, shape.outStride)),
      scores,
      exponentials,
      outputs,
    ]);
  },
});

/** Views rows of attention, or of its gradients, each with the keys and values up to it. */
export function rowViews(
  { qkv, weights, out, positions, n }: TwinArgs<typeof params>,
  memory: Views,
  { headDim, heads, section, qkvStride, weightsStride, outStride }: AttentionShape,
) {
  const dims = (ptr: Address) => memory.rows({ ptr, stride: heads }, headDim, heads);
  const position = memory.integers(positions, n);
  const before = position[0]!; // rows of the first one's document; a call has a row
  const part = (i: number) =>
    Array.from(
      { length: before + n },
      (_, t) => dims(qkv + (t - before) * qkvStride + i * section),
    );
  const [q, k, v] = [part(0), part(1), part(2)];
  return Array.from(position, (p, row) => {
    const last = before + row, first = last - p;
    return {
      q: q[last]!, // [D][H]; there are before + n
      k: k.slice(first, last + 1), // [p + 1][D][H]
      v: v.slice(first, last + 1), // [p + 1][D][H]
      w: memory.rows({ ptr: weights + row * weightsStride, stride: heads }, p + 1, heads), // [p + 1][H]
      out: dims(out + row * outStride), // [D][H]
    };
  });
}

/** The loops over rows, heads, positions and dimensions, which both kernels share. */
export class Heads {
  /** The offset of each j that is computed together, in registers. */
  readonly block: readonly number[];
  readonly #r: Lanes;
  readonly #shape: AttentionShape;
  readonly #row: I32Var;
  readonly #position: I32Var;
  readonly #head: I32Var;
  readonly #wEnd: I32Var;
  readonly #jAt: I32Var;

  constructor({ r, local, attention }: Emitter) {
    this.#r = r;
    this.#shape = attention;
    this.#row = local("i32");
    this.#position = local("i32");
    this.#head = local("i32");
    this.#wEnd = local("i32");
    this.#jAt = local("i32");
    const { headDim, heads } = attention;
    this.block = Array.from({ length: blockOf(headDim) }, (_, j) => j * heads);
  }

  /** Returns the address of the row in a matrix, at the vector of heads. */
  row(base: I32Var, stride: Bytes): I32 {
    return i32.add(i32.add(base, this.#head), i32.mul(this.#row, stride));
  }

  /** Points to the document's first key or value, `offset` bytes on from its query, given the row's. */
  start(ptr: I32Var, query: I32Var, offset: Bytes): Codes {
    const back = i32.mul(this.#position, this.#shape.qkvStride);
    return ptr.set(i32.add(i32.sub(query, back), offset));
  }

  /** Runs `body` for each row, and each vector of heads in it. */
  forEach(positions: I32Var, n: I32Var, body: Codes): Codes {
    return loop(this.#row, 0, n, 1, [
      this.#position.set(i32.load(positions)),
      loop(this.#head, 0, this.#shape.heads, VECTOR_BYTES, body),
      advance(positions, 4),
    ]);
  }

  /**
   * Runs `body` for each t of the document up to the row's position: `wPtr` goes through the row
   * of weights that begins at `weights`, and `rows` go from row to row of queries, keys and values.
   */
  forEachT(wPtr: I32Var, weights: I32Var, rows: readonly I32Var[], body: Codes): Codes {
    const { heads, qkvStride } = this.#shape;
    const length = i32.mul(i32.add(this.#position, 1), heads);
    return [
      this.#wEnd.set(i32.add(weights, length)),
      loop(wPtr, weights, this.#wEnd, heads, [
        body,
        ...rows.map((row) => advance(row, qkvStride)),
      ]),
    ];
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
