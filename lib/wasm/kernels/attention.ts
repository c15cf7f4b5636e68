/**
 * Causal attention, all heads at once: a head is a lane. A row looks back at as many rows before
 * it as its position says, to the start of its document: one call serves many documents.
 *
 * The j-th numbers of all heads lie side by side, see `attention_shape.ts`: a vector holds the
 * same j of 2 (f64) or 4 (f32) heads. So the dot product of a query and a key is a plain sum of
 * products of vectors, with nothing to add up across lanes, unless lanes share a head.
 *
 * @module
 */

import { type Codes, v128 } from "../asm/code.ts";
import type { AttentionShape } from "../memory/attention_shape.ts";
import type { Address } from "../memory/place.ts";
import type { Views } from "../memory/views.ts";
import { exponential } from "./exp.ts";
import { Heads } from "./heads.ts";
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
    const { attention: shape } = emitter;
    const variables = newVariables(emitter), { heads, all, q, w, out } = variables;
    return heads.forEach(p.positions, p.n, all, (rows) => [
      q.set(heads.row(p.qkv, shape.qkvStride)),
      w.set(heads.row(p.weights, shape.weightsStride)),
      out.set(heads.row(p.out, shape.outStride)),
      scores(variables, emitter, rows),
      exponentials(variables, emitter, rows),
      outputs(variables, emitter, rows),
    ]);
  },
});

/** The variables of the code: addresses of the first row of a tile, and what each row has. */
type Variables = ReturnType<typeof newVariables>;

/** Rows that are computed together. */
type Rows = readonly Variables["all"][number][];

function newVariables(emitter: Emitter) {
  const { local } = emitter, heads = new Heads(emitter);
  const q = local("i32"), k = local("i32"), v = local("i32");
  const w = local("i32"), out = local("i32"), wPtr = local("i32");
  const exp = exponential(emitter);
  const all = heads.rows(() => ({
    score: local("v128"),
    max: local("v128"),
    sum: local("v128"),
    weight: local("v128"),
    outs: heads.block.map((j) => ({ j, sum: local("v128") })),
  }));
  return { heads, q, k, v, w, out, wPtr, exp, all };
}

/** Stores s[t], and finds the largest of each row. */
function scores(
  { heads, q, k, w, wPtr }: Variables,
  { r, constant, attention: { section, scale } }: Emitter,
  rows: Rows,
): Codes {
  return [
    rows.map(({ max }) => max.set(constant(NO_LOGIT))),
    heads.start(k, q, section),
    heads.forEachT(rows, wPtr, w, [k], (rows) => [
      rows.map(({ score }) => score.set(v128.zero())),
      heads.forEachBlock((at) =>
        heads.block.map((j) =>
          heads.shared(
            rows,
            v128.load(at(k), j),
            (key) =>
              rows.map(({ qkv, score }) =>
                score.set(r.madd(v128.load(at(q), qkv + j), key, score))
              ),
          )
        )
      ),
      rows.map(({ w, score, max }) => [
        heads.addLanes(score),
        score.set(r.mul(score, constant(scale))),
        v128.store(wPtr, score, w),
        max.set(r.pmax(max, score)),
      ]),
    ]),
  ];
}

/** Makes weights of the scores. */
function exponentials(
  { heads, w, wPtr, exp }: Variables,
  { r, constant }: Emitter,
  rows: Rows,
): Codes {
  return [
    rows.map(({ sum }) => sum.set(v128.zero())),
    heads.forEachT(rows, wPtr, w, [], (rows) =>
      rows.map(({ w, max, weight, sum }) => [
        exp(weight, r.sub(v128.load(wPtr, w), max)),
        v128.store(wPtr, weight, w),
        sum.set(r.add(sum, weight)),
      ])),
    rows.map(({ sum }) => sum.set(r.div(constant(1), sum))),
    heads.forEachT(
      rows,
      wPtr,
      w,
      [],
      (rows) => rows.map(({ w, sum }) => v128.store(wPtr, r.mul(v128.load(wPtr, w), sum), w)),
    ),
  ];
}

/** Stores the sums of values. */
function outputs(
  { heads, q, v, w, wPtr, out }: Variables,
  { r, attention: { section } }: Emitter,
  rows: Rows,
): Codes {
  return heads.forEachBlock((at) => [
    rows.map(({ outs }) => outs.map(({ sum }) => sum.set(v128.zero()))),
    heads.start(v, q, 2 * section),
    heads.forEachT(rows, wPtr, w, [v], (rows) => [
      rows.map(({ w, weight }) => weight.set(v128.load(wPtr, w))),
      heads.block.map((j, b) =>
        heads.shared(rows, v128.load(at(v), j), (value) =>
          rows.map(({ weight, outs }) => {
            const { sum } = outs[b]!; // one for each j
            return sum.set(r.madd(weight, value, sum));
          }))
      ),
    ]),
    rows.map((row) => row.outs.map(({ j, sum }) => v128.store(at(out), sum, row.out + j))),
  ]);
}

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
