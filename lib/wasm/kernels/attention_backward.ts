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

import {
  advance,
  type I32,
  i32,
  type Local,
  loop,
  type V128,
  v128,
  VECTOR_BYTES,
  type Void,
} from "../asm/code.ts";
import { Heads, rowViews } from "./attention.ts";
import { type Emitter, kernel } from "./kernel.ts";

/** The gradients of queries, keys and values from those of the outputs. */
export const attentionBackward = kernel({
  params: {
    dqkv: "ptr", // [T][3][D][H], written
    dout: "ptr", // [T][D][H]
    qkv: "ptr", // [T][3][D][H]
    weights: "ptr", // [T][B][H]
    positions: "ptr", // [T] integers; the first is 0
    scratch: "ptr", // [B] vectors
    n: "count", // T
  },
  twin({ dqkv, dout, qkv, weights, positions, n }, memory, shape) {
    const { headDim, scale } = shape;
    memory.row(dqkv, n * shape.qkvStride).fill(0);
    const rows = { weights, out: dout, positions, n };
    const gradients = rowViews({ ...rows, qkv: dqkv }, memory, shape);
    rowViews({ ...rows, qkv }, memory, shape).forEach(({ q, k, v, w, out: dout }, row) => {
      const { q: dq, k: dk, v: dv } = gradients[row]!; // one for each
      for (let h = 0; h < q[0]!.length; h++) { // a head has a dimension
        const dw = w.map(() => 0);
        let mean = 0;
        for (let t = 0; t < w.length; t++) {
          for (let j = 0; j < headDim; j++) {
            dw[t]! += dout[j]![h]! * v[t]![j]![h]!; // 1
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
    const { local, attention: { qkvStride, outStride, weightsStride } } = emitter;
    const heads = new Heads(emitter);
    const zero = local("i32"), zeroEnd = local("i32");
    const q = local("i32"), dq = local("i32"), w = local("i32"), dout = local("i32");
    const wPtr = local("i32"), dwPtr = local("i32"), mean = local("v128");
    const row: Row = { heads, q, dq, w, dout, wPtr, dwPtr, dw: p.scratch, mean };
    return [
      zeroEnd.set(i32.add(p.dqkv, i32.mul(p.n, qkvStride))),
      loop(zero, p.dqkv, zeroEnd, VECTOR_BYTES, [v128.store(zero, v128.zero())]),
      heads.forEach(p.positions, p.n, [
        q.set(heads.row(p.qkv, qkvStride)),
        dq.set(heads.row(p.dqkv, qkvStride)),
        dout.set(heads.row(p.dout, outStride)),
        w.set(heads.row(p.weights, weightsStride)),
        ...terms1To3(row, emitter),
        ...terms4And5(row, emitter),
      ]),
    ];
  },
});

/** The addresses of a row, and what its two halves share. */
interface Row {
  readonly heads: Heads;
  readonly q: Local<"i32">;
  readonly dq: Local<"i32">;
  readonly w: Local<"i32">;
  readonly dout: Local<"i32">;
  /** Goes through w. */
  readonly wPtr: Local<"i32">;
  /** Goes through dw. */
  readonly dwPtr: Local<"i32">;
  readonly dw: Local<"i32">;
  readonly mean: Local<"v128">;
}

/** ptr[j] += x · y */
function accumulate({ r }: Emitter, ptr: I32, j: number, x: V128, y: V128): Void {
  return v128.store(ptr, r.madd(x, y, v128.load(ptr, j)), j);
}

/** The gradients of the weights, of the values, and the mean. */
function terms1To3(
  { heads, q, dq, w, dout, wPtr, dwPtr, dw, mean }: Row,
  emitter: Emitter,
): Void[] {
  const { r, local, attention: { section } } = emitter;
  const v = local("i32"), dv = local("i32");
  const weight = local("v128"), dWeight = local("v128"), o = local("v128");
  return [
    mean.set(v128.zero()),
    dwPtr.set(dw),
    heads.start(v, q, 2 * section),
    heads.start(dv, dq, 2 * section),
    ...heads.forEachT(wPtr, w, [v, dv], [
      weight.set(v128.load(wPtr)),
      dWeight.set(v128.zero()),
      ...heads.forEachBlock((at) =>
        heads.block.flatMap((j) => [
          o.set(v128.load(at(dout), j)),
          dWeight.set(r.madd(o, v128.load(at(v), j), dWeight)), // 1
          accumulate(emitter, at(dv), j, weight, o), // 2
        ])
      ),
      v128.store(dwPtr, dWeight),
      mean.set(r.madd(weight, dWeight, mean)), // 3
      advance(dwPtr, VECTOR_BYTES),
    ]),
  ];
}

/** The gradients of the query and the keys. */
function terms4And5({ heads, q, dq, w, wPtr, dwPtr, dw, mean }: Row, emitter: Emitter): Void[] {
  const { r, local, constants, attention: { section, scale } } = emitter;
  const k = local("i32"), dk = local("i32");
  const ds = local("v128"), dqs = heads.block.map((j) => ({ j, sum: local("v128") }));
  return heads.forEachBlock((at) => [
    ...dqs.map(({ sum }) => sum.set(v128.zero())),
    dwPtr.set(dw),
    heads.start(k, q, section),
    heads.start(dk, dq, section),
    ...heads.forEachT(wPtr, w, [k, dk], [
      ds.set(r.mul(v128.load(wPtr), constants.of(scale))),
      ds.set(r.mul(ds, r.sub(v128.load(dwPtr), mean))), // 4
      ...dqs.flatMap(({ j, sum }) => [
        sum.set(r.madd(ds, v128.load(at(k), j), sum)), // 5
        accumulate(emitter, at(dk), j, ds, v128.load(at(q), j)), // 5
      ]),
      advance(dwPtr, VECTOR_BYTES),
    ]),
    ...dqs.map(({ j, sum }) => v128.store(at(dq), sum, j)),
  ]);
}
