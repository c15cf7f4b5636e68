/**
 * Causal attention backwards, see `attention.ts`.
 *
 * @module
 */

import { AttentionKernel, type AttentionShape, places } from "./attention.ts";
import { type I32, i32, type Local, loop, type V128, v128, type Void } from "../asm/code.ts";
import type { Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";

/**
 * The gradients of queries, keys and values from those of the outputs.
 *
 * @param dqkv Written: as `qkv`.
 * @param dout The gradients of the outputs.
 * @param qkv The queries, keys and values.
 * @param weights The attention weights.
 * @param positions The position of each row, as integers of 32 bits; that of the first is 0.
 * @param scratch Room for a vector for each position.
 * @param n How many rows.
 */
export type AttentionBackward = (
  dqkv: number,
  dout: number,
  qkv: number,
  weights: number,
  positions: number,
  scratch: number,
  n: number,
) => void;

/** {@linkcode AttentionBackward} in plain TypeScript. */
export function attentionBackwardTwin(
  memory: RealArray,
  shape: AttentionShape,
): AttentionBackward {
  const size = memory.BYTES_PER_ELEMENT;
  const integers = new Int32Array(memory.buffer);
  const heads = shape.heads / size;
  return (dqkv, dout, qkv, weights, positions, scratch, n) => {
    const s = scratch / size;
    for (let i = 0; i < n * shape.qkvStride / size; i++) memory[dqkv / size + i] = 0;
    for (let row = 0; row < n; row++) {
      const p = integers[positions / 4 + row]!; // in bounds, here and below
      for (let h = 0; h < heads; h++) {
        const { q, w, o } = places(shape, size, qkv, weights, dout, row, h);
        const { q: dq } = places(shape, size, dqkv, weights, dout, row, h);
        let mean = 0; // of the weights' gradients
        for (let t = 0; t <= p; t++) {
          const { v } = places(shape, size, qkv, weights, dout, row - p + t, h);
          const { v: dv } = places(shape, size, dqkv, weights, dout, row - p + t, h);
          const weight = memory[w + t * heads]!;
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
          const { k } = places(shape, size, qkv, weights, dout, row - p + t, h);
          const { k: dk } = places(shape, size, dqkv, weights, dout, row - p + t, h);
          for (let j = 0; j < shape.headDim; j++) {
            memory[dq + j * heads]! += dScore * memory[k + j * heads]!;
            memory[dk + j * heads]! += dScore * memory[q + j * heads]!;
          }
        }
      }
    }
  };
}

/** The addresses of the row in work, and what its two halves hand on. */
interface Backward {
  readonly q: Local<"i32">;
  readonly dq: Local<"i32">;
  readonly w: Local<"i32">;
  readonly dOut: Local<"i32">;
  readonly wPtr: Local<"i32">;
  /** Through the gradients of the weights. */
  readonly sPtr: Local<"i32">;
  readonly scratch: Local<"i32">;
  /** The mean of the weights' gradients. */
  readonly mean: Local<"v128">;
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
    positions: "i32",
    scratch: "i32",
    n: "i32",
  } as const;
  const { qkvStride, outStride, weightsStride } = shape;
  module.function("attentionBackward", params, (a, local) => {
    const kernel = new AttentionKernel(r, local, shape);
    const zero = local("i32"), zeroEnd = local("i32");
    const pointers = kernel.pointers("q", "dq", "w", "dOut", "wPtr", "sPtr");
    const { q, dq, w, dOut } = pointers;
    const backward = { ...pointers, scratch: a.scratch, mean: local("v128") };
    return [
      zeroEnd.set(i32.add(a.dqkv, i32.mul(a.n, qkvStride))),
      loop(zero, a.dqkv, zeroEnd, VECTOR_BYTES, [v128.store(zero, v128.zero())]),
      kernel.forEachHead(a.positions, a.n, [
        q.set(kernel.row(a.qkv, qkvStride)),
        dq.set(kernel.row(a.dqkv, qkvStride)),
        dOut.set(kernel.row(a.dout, outStride)),
        w.set(kernel.row(a.weights, weightsStride)),
        ...valueGradients(kernel, backward),
        ...queryAndKeyGradients(kernel, backward),
      ]),
    ];
  });
}

/** ptr[j] += x · y */
function accumulate(r: Lanes, ptr: I32, j: number, x: V128, y: V128): Void {
  return v128.store(ptr, r.madd(x, y, v128.load(ptr, j)), j);
}

/** Gradients of the values, and of the weights into `scratch`. */
function valueGradients(kernel: AttentionKernel, backward: Backward): Void[] {
  const { q, dq, w, dOut, wPtr, sPtr, scratch, mean } = backward;
  const { r, local, block, shape: { section } } = kernel;
  const { v, dv } = kernel.pointers("v", "dv");
  const weight = local("v128"), dWeight = local("v128"), o = local("v128");
  return [
    mean.set(v128.zero()),
    sPtr.set(scratch),
    kernel.start(v, q, 2 * section),
    kernel.start(dv, dq, 2 * section),
    ...kernel.forEachT(wPtr, w, [v, dv], [
      weight.set(v128.load(wPtr)),
      dWeight.set(v128.zero()),
      ...kernel.forEachBlock((at) =>
        block.flatMap((j) => [
          o.set(v128.load(at(dOut), j)),
          dWeight.set(r.madd(o, v128.load(at(v), j), dWeight)),
          accumulate(r, at(dv), j, weight, o),
        ])
      ),
      v128.store(sPtr, dWeight),
      mean.set(r.madd(weight, dWeight, mean)),
      advance(sPtr, VECTOR_BYTES),
    ]),
  ];
}

/** Gradients of the query and the keys. */
function queryAndKeyGradients(kernel: AttentionKernel, backward: Backward): Void[] {
  const { q, dq, w, wPtr, sPtr, scratch, mean } = backward;
  const { r, local, block, constants, shape: { section, scale } } = kernel;
  const { k, dk } = kernel.pointers("k", "dk");
  const dScore = local("v128"), dqs = kernel.vectors();
  return kernel.forEachBlock((at) => [
    ...dqs.map((vector) => vector.set(v128.zero())),
    sPtr.set(scratch),
    kernel.start(k, q, section),
    kernel.start(dk, dq, section),
    ...kernel.forEachT(wPtr, w, [k, dk], [
      dScore.set(r.mul(v128.load(wPtr), constants.of(scale))),
      dScore.set(r.mul(dScore, r.sub(v128.load(sPtr), mean))),
      ...dqs.flatMap((vector, i) => [
        vector.set(r.madd(dScore, v128.load(at(k), block[i]), vector)),
        accumulate(r, at(dk), block[i]!, dScore, v128.load(at(q), block[i])), // as many as block
      ]),
      advance(sPtr, VECTOR_BYTES),
    ]),
    ...dqs.map((vector, i) => v128.store(at(dq), vector, block[i])),
  ]);
}
