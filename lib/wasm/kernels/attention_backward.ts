/**
 * Causal attention backward. Forward, for each head of each row (see `attention.ts`):
 *
 *     w = softmax(s), s[t] = q · k[t] · scale
 *     out = sum of w[t] · v[t]
 *
 * Backward, from dout; the softmax's derivative is dw[t]/ds[u] = w[t] · ((t = u) - w[u]):
 *
 *     1   dw[t] = dout · v[t]
 *     2   dv[t] += w[t] · dout
 *     3   mean = sum of w[t] · dw[t]
 *     4   ds[t] = w[t] · (dw[t] - mean) · scale
 *     5   dq += ds[t] · k[t],  dk[t] += ds[t] · q
 *
 * @module
 */

import type { Codes, I32, I32Var, V128 } from "../asm/code.ts";
import { advance, i32, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import type { Lanes } from "../asm/lanes.ts";
import type { Bytes } from "../memory/place.ts";
import { rowViews } from "./attention.ts";
import { Heads } from "./heads.ts";
import { type Emitter, kernel } from "./kernel.ts";

/** The gradients of queries, keys and values from those of the outputs. */
export const attentionBackward = kernel({
  params: {
    dqkv: "ptr", // [T][3][D][H], written
    dout: "ptr", // [T][D][H]
    qkv: "ptr", // [T][3][D][H]
    weights: "ptr", // [T][B][H]
    positions: "ptr", // [T] integers; the first is 0
    scratch: "ptr", // [B][rows of a tile] vectors
    n: "count", // T
  },
  twin({ dqkv, dout, qkv, weights, positions, n }, memory, shape) {
    const { headDim, split, scale } = shape;
    memory.row(dqkv, n * shape.qkvStride).fill(0);
    const rows = { weights, out: dout, positions, n };
    const gradients = rowViews({ ...rows, qkv: dqkv }, memory, shape);
    rowViews({ ...rows, qkv }, memory, shape).forEach(({ q, k, v, w, out: dout }, row) => {
      const { q: dq, k: dk, v: dv } = gradients[row]!; // one for each
      for (let h = 0; h < q[0]!.length; h++) { // a head has a dimension
        const first = h - h % split; // of the lanes of the head
        const dw = w.map(() => 0);
        let mean = 0;
        for (let t = 0; t < w.length; t++) {
          for (let j = 0; j < headDim; j++) {
            for (let i = first; i < first + split; i++) dw[t]! += dout[j]![i]! * v[t]![j]![i]!; // 1
            dv[t]![j]![h]! += w[t]![h]! * dout[j]![h]!; // 2
          }
          mean += w[t]![h]! * dw[t]!; // 3
        }
        for (let t = 0; t < w.length; t++) {
          const ds = w[t]![h]! * (dw[t]! - mean) * scale; // 4
          for (let j = 0; j < headDim; j++) {
            dq[j]![h]! += ds * k[t]![j]![h]!; // 5
            dk[t]![j]![h]! += ds * q[j]![h]!; // 5
          }
        }
      }
    });
  },
  code(p, emitter) {
    const { local, attention: shape } = emitter;
    const variables = newVariables(emitter), { heads, all, q, dq, w, dout } = variables;
    const zero = local("i32"), zeroEnd = local("i32");
    return [
      zeroEnd.set(i32.add(p.dqkv, i32.mul(p.n, shape.qkvStride))),
      loop(zero, p.dqkv, zeroEnd, VECTOR_BYTES, [v128.store(zero, v128.zero())]),
      heads.forEach(p.positions, p.n, all, (rows) => [
        q.set(heads.row(p.qkv, shape.qkvStride)),
        dq.set(heads.row(p.dqkv, shape.qkvStride)),
        dout.set(heads.row(p.dout, shape.outStride)),
        w.set(heads.row(p.weights, shape.weightsStride)),
        terms1To3(variables, emitter, rows, p.scratch),
        terms4And5(variables, emitter, rows, p.scratch),
      ]),
    ];
  },
});

/** The variables of the code: addresses of the first row of a tile, and what each row has. */
type Variables = ReturnType<typeof newVariables>;

/** Rows that are computed together. */
type Rows = readonly Variables["all"][number][];

function newVariables(emitter: Emitter) {
  const { local } = emitter, heads = new Heads(emitter);
  const q = local("i32"), k = local("i32"), v = local("i32"), w = local("i32");
  const dq = local("i32"), dk = local("i32"), dv = local("i32"), dout = local("i32");
  const wPtr = local("i32"), dwPtr = local("i32");
  const all = heads.rows(() => ({
    weight: local("v128"),
    o: local("v128"), // of dout
    dw: local("v128"),
    mean: local("v128"),
    ds: local("v128"),
    dqs: heads.block.map((j) => ({ j, sum: local("v128") })),
  }));
  return { heads, q, k, v, w, dq, dk, dv, dout, wPtr, dwPtr, all };
}

/** Stores dw[t] in the scratch memory: a vector for each row of a tile, then those of the next t. */
function terms1To3(
  { heads, q, v, w, dq, dv, dout, wPtr, dwPtr, all }: Variables,
  { r, attention: { section } }: Emitter,
  rows: Rows,
  scratch: I32Var,
): Codes {
  return [
    rows.map(({ mean }) => mean.set(v128.zero())),
    dwPtr.set(scratch),
    heads.start(v, q, 2 * section),
    heads.start(dv, dq, 2 * section),
    heads.forEachT(rows, wPtr, w, [v, dv], (rows) => [
      rows.map(({ w, weight, dw }) => [weight.set(v128.load(wPtr, w)), dw.set(v128.zero())]),
      heads.forEachBlock((at) =>
        heads.block.map((j) => [
          heads.shared(rows, v128.load(at(v), j), (value) =>
            rows.map(({ out, o, dw }) => [
              o.set(v128.load(at(dout), out + j)),
              dw.set(r.madd(o, value, dw)), // 1
            ])),
          addTo(r, at(dv), j, rows.map(({ weight, o }) => [weight, o])), // 2
        ])
      ),
      rows.map(({ scratch, weight, dw, mean }) => [
        heads.addLanes(dw),
        v128.store(dwPtr, dw, scratch),
        mean.set(r.madd(weight, dw, mean)), // 3
      ]),
      advance(dwPtr, all.length * VECTOR_BYTES),
    ]),
  ];
}

function terms4And5(
  { heads, q, k, w, dq, dk, wPtr, dwPtr, all }: Variables,
  { r, constant, attention: { section, scale } }: Emitter,
  rows: Rows,
  scratch: I32Var,
): Codes {
  return heads.forEachBlock((at) => [
    rows.map(({ dqs }) => dqs.map(({ sum }) => sum.set(v128.zero()))),
    dwPtr.set(scratch),
    heads.start(k, q, section),
    heads.start(dk, dq, section),
    heads.forEachT(rows, wPtr, w, [k, dk], (rows) => [
      rows.map(({ w, scratch, mean, ds }) => [
        ds.set(r.mul(v128.load(wPtr, w), constant(scale))),
        ds.set(r.mul(ds, r.sub(v128.load(dwPtr, scratch), mean))), // 4
      ]),
      heads.block.map((j, b) => [
        heads.shared(rows, v128.load(at(k), j), (key) =>
          rows.map(({ ds, dqs }) => {
            const { sum } = dqs[b]!; // one for each j
            return sum.set(r.madd(ds, key, sum)); // 5, dq
          })),
        addTo(r, at(dk), j, rows.map(({ qkv, ds }) => [ds, v128.load(at(q), qkv + j)])), // 5, dk
      ]),
      advance(dwPtr, all.length * VECTOR_BYTES),
    ]),
    rows.map(({ qkv, dqs }) => dqs.map(({ j, sum }) => v128.store(at(dq), sum, qkv + j))),
  ]);
}

/** Adds products to a vector in memory, in their order. */
function addTo(r: Lanes, ptr: I32, offset: Bytes, products: readonly (readonly [V128, V128])[]) {
  const sum = products.reduce((sum, [a, b]) => r.madd(a, b, sum), v128.load(ptr, offset));
  return v128.store(ptr, sum, offset);
}
