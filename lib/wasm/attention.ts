/**
 * Causal attention of one document, forwards and backwards, all heads at once:
 * a head is a lane. Rows of queries, keys and values are stored so that the
 * j-th numbers of all heads lie side by side,
 *
 *     row = [dimension j of the head][head]
 *
 * and a vector holds the same j of 2 (f64) or 4 (f32) heads. So the dot product
 * of a query and a key is a plain sum of products of vectors, with nothing to
 * add up across lanes.
 *
 * @module
 */

import { type I32, i32, type Local, loop, type V128, v128, type Void } from "./code.ts";
import { Exp } from "./exp.ts";
import { Constants, type Lanes } from "./lanes.ts";
import type { ModuleBuilder, NewLocal } from "./module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "./panel.ts";
import { NO_LOGIT } from "./softmax.ts";

/**
 * Where the buffers of attention are; the row of a document's first token comes
 * first in each. All in bytes.
 */
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
 * weights[p][t] = softmax over t <= p of q[p] · k[t] · scale;
 * out[p] = sum over t of weights[p][t] · v[t]; for each head.
 *
 * @param qkv The queries, keys and values.
 * @param weights The attention weights, written: [p][t][head].
 * @param out The outputs, written.
 * @param from The first position to compute.
 * @param to The position after the last.
 */
export type Attention = (
  qkv: number,
  weights: number,
  out: number,
  from: number,
  to: number,
) => void;

/**
 * The gradients of queries, keys and values from those of the outputs.
 *
 * @param dqkv Written: as `qkv`.
 * @param dout The gradients of the outputs.
 * @param qkv The queries, keys and values.
 * @param weights The attention weights.
 * @param scratch Room for a vector for each position.
 * @param n How many positions.
 */
export type AttentionBackward = (
  dqkv: number,
  dout: number,
  qkv: number,
  weights: number,
  scratch: number,
  n: number,
) => void;

/** How many j are computed together, in registers. */
export function blockOf(headDim: number): number {
  return Math.min(headDim, 8);
}

/** {@linkcode Attention} in plain TypeScript. */
export function attentionTwin(memory: RealArray, shape: AttentionShape): Attention {
  const size = memory.BYTES_PER_ELEMENT;
  const heads = shape.heads / size;
  return (qkv, weights, out, from, to) => {
    for (let p = from; p < to; p++) {
      for (let h = 0; h < heads; h++) {
        const { q, w, o } = places(shape, size, qkv, weights, out, p, h);
        let max = -Infinity, sum = 0;
        for (let t = 0; t <= p; t++) {
          const { k } = places(shape, size, qkv, weights, out, t, h);
          let score = 0;
          for (let j = 0; j < shape.headDim; j++) {
            score += memory[q + j * heads]! * memory[k + j * heads]!; // in bounds, here and below
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
          const { v } = places(shape, size, qkv, weights, out, t, h);
          for (let j = 0; j < shape.headDim; j++) {
            memory[o + j * heads]! += weight * memory[v + j * heads]!;
          }
        }
      }
    }
  };
}

/** {@linkcode AttentionBackward} in plain TypeScript. */
export function attentionBackwardTwin(
  memory: RealArray,
  shape: AttentionShape,
): AttentionBackward {
  const size = memory.BYTES_PER_ELEMENT;
  const heads = shape.heads / size;
  return (dqkv, dout, qkv, weights, scratch, n) => {
    const s = scratch / size;
    for (let i = 0; i < n * shape.qkvStride / size; i++) memory[dqkv / size + i] = 0;
    for (let p = 0; p < n; p++) {
      for (let h = 0; h < heads; h++) {
        const { q, w, o } = places(shape, size, qkv, weights, dout, p, h);
        const { q: dq } = places(shape, size, dqkv, weights, dout, p, h);
        let mean = 0; // of the weights' gradients
        for (let t = 0; t <= p; t++) {
          const { v } = places(shape, size, qkv, weights, dout, t, h);
          const { v: dv } = places(shape, size, dqkv, weights, dout, t, h);
          const weight = memory[w + t * heads]!; // in bounds, here and below
          let dWeight = 0;
          for (let j = 0; j < shape.headDim; j++) {
            const dOut = memory[o + j * heads]!;
            dWeight += dOut * memory[v + j * heads]!;
            memory[dv + j * heads]! += weight * dOut;
          }
          memory[s + t] = dWeight;
          mean += weight * dWeight;
        }
        for (let t = 0; t <= p; t++) {
          const dScore = memory[w + t * heads]! * (memory[s + t]! - mean) * shape.scale;
          const { k } = places(shape, size, qkv, weights, dout, t, h);
          const { k: dk } = places(shape, size, dqkv, weights, dout, t, h);
          for (let j = 0; j < shape.headDim; j++) {
            memory[dq + j * heads]! += dScore * memory[k + j * heads]!;
            memory[dk + j * heads]! += dScore * memory[q + j * heads]!;
          }
        }
      }
    }
  };
}

/** Where the numbers of a position and a head begin, in elements. */
function places(
  { qkvStride, section, weightsStride, outStride }: AttentionShape,
  size: number,
  qkv: number,
  weights: number,
  out: number,
  position: number,
  head: number,
): Readonly<Record<"q" | "k" | "v" | "w" | "o", number>> {
  const q = (qkv + position * qkvStride) / size + head;
  return {
    q,
    k: q + section / size,
    v: q + 2 * section / size,
    w: (weights + position * weightsStride) / size + head,
    o: (out + position * outStride) / size + head,
  };
}

/** What the two kernels have in common. */
class Kernel {
  readonly shape: AttentionShape;
  readonly r: Lanes;
  readonly local: NewLocal;
  readonly p: Local<"i32">;
  readonly head: Local<"i32">;
  /** One vector for each j that is computed together. */
  readonly block: readonly number[];
  readonly constants: Constants;
  readonly #wEnd: Local<"i32">;
  readonly #jAt: Local<"i32">;

  constructor(r: Lanes, local: NewLocal, shape: AttentionShape) {
    this.r = r;
    this.local = local;
    this.shape = shape;
    this.p = local("i32");
    this.head = local("i32");
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

  /** The address of position `p` in a matrix, at the vector of heads. */
  row(base: Local<"i32">, stride: number): I32 {
    const position = i32.mul(this.p.get(), i32.const(stride));
    return i32.add(i32.add(base.get(), this.head.get()), position);
  }

  /** Points to the first position of a matrix, `offset` bytes on, at the vector of heads. */
  start(ptr: Local<"i32">, base: Local<"i32">, offset: number): Void {
    return ptr.set(i32.add(i32.add(base.get(), this.head.get()), i32.const(offset)));
  }

  /** For each vector of heads: `head` is its place in a row. */
  forEachHead(body: readonly Void[]): Void {
    return loop(this.head, i32.const(0), i32.const(this.shape.heads), VECTOR_BYTES, body);
  }

  /**
   * For each position t <= p: `wPtr` goes through the row of weights that
   * begins at `weights`, and `rows` go from row to row of `qkv`.
   */
  forEachT(
    wPtr: Local<"i32">,
    weights: I32,
    rows: readonly Local<"i32">[],
    body: readonly Void[],
  ): Void[] {
    const { heads, qkvStride } = this.shape;
    const length = i32.mul(i32.add(this.p.get(), i32.const(1)), i32.const(heads));
    return [
      this.#wEnd.set(i32.add(weights, length)),
      loop(wPtr, weights, this.#wEnd.get(), heads, [
        ...body,
        ...rows.map((row) => advance(row, qkvStride)),
      ]),
    ];
  }

  /** For each block of j: `at` is its place in a row. */
  forEachBlock(body: (at: (ptr: Local<"i32">) => I32) => readonly Void[]): Void[] {
    const { headDim, heads } = this.shape;
    const blocks = headDim / this.block.length;
    if (blocks === 1) return [...body((ptr) => ptr.get())];
    return [
      loop(
        this.#jAt,
        i32.const(0),
        i32.const(headDim * heads),
        this.block.length * heads,
        body((ptr) => i32.add(ptr.get(), this.#jAt.get())),
      ),
    ];
  }
}

/** Adds {@linkcode Attention} to a module. */
export function addAttention(module: ModuleBuilder, r: Lanes, shape: AttentionShape): void {
  const params = { qkv: "i32", weights: "i32", out: "i32", from: "i32", to: "i32" } as const;
  const { qkvStride, section, outStride, weightsStride } = shape;
  module.function("attention", params, (a, local) => {
    const kernel = new Kernel(r, local, shape);
    const { p, block } = kernel;
    const { q, k, v, w, out, wPtr } = kernel.pointers("q", "k", "v", "w", "out", "wPtr");
    const exp = new Exp(r, local, kernel.constants);
    const score = local("v128"), max = local("v128"), sum = local("v128"), weight = local("v128");
    const outs = kernel.vectors();

    const scores = [
      max.set(kernel.constants.of(NO_LOGIT)),
      kernel.start(k, a.qkv, section),
      ...kernel.forEachT(wPtr, w.get(), [k], [
        score.set(v128.zero()),
        ...kernel.forEachBlock((at) =>
          block.map((j) => score.set(r.madd(v128.load(at(q), j), v128.load(at(k), j), score.get())))
        ),
        score.set(r.mul(score.get(), kernel.constants.of(shape.scale))),
        v128.store(wPtr.get(), score.get()),
        max.set(r.pmax(max.get(), score.get())),
      ]),
    ];
    const exponentials = [
      sum.set(v128.zero()),
      ...kernel.forEachT(wPtr, w.get(), [], [
        ...exp.compute(weight, r.sub(v128.load(wPtr.get()), max.get())),
        v128.store(wPtr.get(), weight.get()),
        sum.set(r.add(sum.get(), weight.get())),
      ]),
      sum.set(r.div(kernel.constants.of(1), sum.get())),
      ...kernel.forEachT(wPtr, w.get(), [], [
        v128.store(wPtr.get(), r.mul(v128.load(wPtr.get()), sum.get())),
      ]),
    ];
    const outputs = kernel.forEachBlock((at) => [
      ...outs.map((o) => o.set(v128.zero())),
      kernel.start(v, a.qkv, 2 * section),
      ...kernel.forEachT(wPtr, w.get(), [v], [
        weight.set(v128.load(wPtr.get())),
        ...outs.map((o, i) => o.set(r.madd(weight.get(), v128.load(at(v), block[i]), o.get()))),
      ]),
      ...outs.map((o, i) => v128.store(at(out), o.get(), block[i])),
    ]);
    return [
      loop(p, a.from.get(), a.to.get(), 1, [
        kernel.forEachHead([
          q.set(kernel.row(a.qkv, qkvStride)),
          w.set(kernel.row(a.weights, weightsStride)),
          out.set(kernel.row(a.out, outStride)),
          ...scores,
          ...exponentials,
          ...outputs,
        ]),
      ]),
    ];
  });
}

/** Adds {@linkcode AttentionBackward} to a module. */
export function addAttentionBackward(
  module: ModuleBuilder,
  r: Lanes,
  shape: AttentionShape,
): void {
  const params = {
    dqkv: "i32",
    dout: "i32",
    qkv: "i32",
    weights: "i32",
    scratch: "i32",
    n: "i32",
  } as const;
  const { qkvStride, section, outStride, weightsStride } = shape;
  module.function("attentionBackward", params, (a, local) => {
    const kernel = new Kernel(r, local, shape);
    const { p, block } = kernel;
    const { q, k, v, dq, dk, dv, w, dOut, wPtr, sPtr, zero, zeroEnd } = kernel.pointers(
      "q",
      "k",
      "v",
      "dq",
      "dk",
      "dv",
      "w",
      "dOut",
      "wPtr",
      "sPtr",
      "zero",
      "zeroEnd",
    );
    const weight = local("v128"), dWeight = local("v128"), mean = local("v128");
    const dScore = local("v128"), o = local("v128");
    const dqs = kernel.vectors();
    const accumulate = (ptr: I32, j: number, x: V128, y: V128) =>
      v128.store(ptr, r.madd(x, y, v128.load(ptr, j)), j);

    /** Gradients of the values, and of the weights into `scratch`. */
    const values = [
      mean.set(v128.zero()),
      sPtr.set(a.scratch.get()),
      kernel.start(v, a.qkv, 2 * section),
      kernel.start(dv, a.dqkv, 2 * section),
      ...kernel.forEachT(wPtr, w.get(), [v, dv], [
        weight.set(v128.load(wPtr.get())),
        dWeight.set(v128.zero()),
        ...kernel.forEachBlock((at) =>
          block.flatMap((j) => [
            o.set(v128.load(at(dOut), j)),
            dWeight.set(r.madd(o.get(), v128.load(at(v), j), dWeight.get())),
            accumulate(at(dv), j, weight.get(), o.get()),
          ])
        ),
        v128.store(sPtr.get(), dWeight.get()),
        mean.set(r.madd(weight.get(), dWeight.get(), mean.get())),
        advance(sPtr, VECTOR_BYTES),
      ]),
    ];
    /** Gradients of the query and the keys. */
    const queries = kernel.forEachBlock((at) => [
      ...dqs.map((vector) => vector.set(v128.zero())),
      sPtr.set(a.scratch.get()),
      kernel.start(k, a.qkv, section),
      kernel.start(dk, a.dqkv, section),
      ...kernel.forEachT(wPtr, w.get(), [k, dk], [
        dScore.set(r.mul(v128.load(wPtr.get()), kernel.constants.of(shape.scale))),
        dScore.set(r.mul(dScore.get(), r.sub(v128.load(sPtr.get()), mean.get()))),
        ...dqs.flatMap((vector, i) => [
          vector.set(r.madd(dScore.get(), v128.load(at(k), block[i]), vector.get())),
          accumulate(at(dk), block[i]!, dScore.get(), v128.load(at(q), block[i])), // as many as block
        ]),
        advance(sPtr, VECTOR_BYTES),
      ]),
      ...dqs.map((vector, i) => v128.store(at(dq), vector.get(), block[i])),
    ]);
    return [
      zeroEnd.set(i32.add(a.dqkv.get(), i32.mul(a.n.get(), i32.const(qkvStride)))),
      loop(zero, a.dqkv.get(), zeroEnd.get(), VECTOR_BYTES, [v128.store(zero.get(), v128.zero())]),
      loop(p, i32.const(0), a.n.get(), 1, [
        kernel.forEachHead([
          q.set(kernel.row(a.qkv, qkvStride)),
          dq.set(kernel.row(a.dqkv, qkvStride)),
          dOut.set(kernel.row(a.dout, outStride)),
          w.set(kernel.row(a.weights, weightsStride)),
          ...values,
          ...queries,
        ]),
      ]),
    ];
  });
}
