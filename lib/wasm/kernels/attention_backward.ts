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

import { advance, i32, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import { Heads, rowViews } from "./attention.ts";
import { kernel } from "./kernel.ts";

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
    const { r, local, constant, attention: shape } = emitter;
    const heads = new Heads(emitter), { block } = heads;
    const zero = local("i32"), zeroEnd = local("i32");
    const q = local("i32"), dq = local("i32"), w = local("i32"), dout = local("i32");
    const wPtr = local("i32"), dwPtr = local("i32"), mean = local("v128");

    const v = local("i32"), dv = local("i32");
    const weight = local("v128"), dw = local("v128"), o = local("v128");
    const terms1To3 = [
      mean.set(v128.zero()),
      dwPtr.set(p.scratch),
      heads.start(v, q, 2 * shape.section),
      heads.start(dv, dq, 2 * shape.section),
      heads.forEachT(wPtr, w, [v, dv], [
        weight.set(v128.load(wPtr)),
        dw.set(v128.zero()),
        heads.forEachBlock((at) =>
          block.map((j) => [
            o.set(v128.load(at(dout), j)),
            dw.set(r.madd(o, v128.load(at(v), j), dw)), // 1
            v128.store(at(dv), r.madd(weight, o, v128.load(at(dv), j)), j), // 2
          ])
        ),
        heads.addLanes(dw),
        v128.store(dwPtr, dw),
        mean.set(r.madd(weight, dw, mean)), // 3
        advance(dwPtr, VECTOR_BYTES),
      ]),
    ];

    const k = local("i32"), dk = local("i32");
    const ds = local("v128"), dqs = block.map((j) => ({ j, sum: local("v128") }));
    const terms4And5 = heads.forEachBlock((at) => [
      dqs.map(({ sum }) => sum.set(v128.zero())),
      dwPtr.set(p.scratch),
      heads.start(k, q, shape.section),
      heads.start(dk, dq, shape.section),
      heads.forEachT(wPtr, w, [k, dk], [
        ds.set(r.mul(v128.load(wPtr), constant(shape.scale))),
        ds.set(r.mul(ds, r.sub(v128.load(dwPtr), mean))), // 4
        dqs.map(({ j, sum }) => [
          sum.set(r.madd(ds, v128.load(at(k), j), sum)), // 5, dq
          v128.store(at(dk), r.madd(ds, v128.load(at(q), j), v128.load(at(dk), j)), j), // 5, dk
        ]),
        advance(dwPtr, VECTOR_BYTES),
      ]),
      dqs.map(({ j, sum }) => v128.store(at(dq), sum, j)),
    ]);

    return [
      zeroEnd.set(i32.add(p.dqkv, i32.mul(p.n, shape.qkvStride))),
      loop(zero, p.dqkv, zeroEnd, VECTOR_BYTES, [v128.store(zero, v128.zero())]),
      heads.forEach(p.positions, p.n, [
        q.set(heads.row(p.qkv, shape.qkvStride)),
        dq.set(heads.row(p.dqkv, shape.qkvStride)),
        dout.set(heads.row(p.dout, shape.outStride)),
        w.set(heads.row(p.weights, shape.weightsStride)),
        terms1To3,
        terms4And5,
      ]),
    ];
  },
});
