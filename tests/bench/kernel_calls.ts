/**
 * The calls of kernels that a training step of one layer makes, with the
 * addresses of an engine's memory: what is measured is what is run.
 *
 * @module
 */

import { adamStep } from "../../lib/wasm/adam.ts";
import type { Kernels } from "../../lib/wasm/kernels.ts";
import type { LayerLayout, MemoryLayout, Rows, Weights } from "../../lib/wasm/layout.ts";
import { EPILOGUE } from "../../lib/wasm/matmul.ts";

/** A kernel on one of a model's matrices, or on the model. */
export interface KernelCall {
  readonly name: string;
  /** Multiplications and additions, where it is a product of matrices; else 0. */
  readonly flop: number;
  readonly call: (k: Kernels) => void;
}

/** A linear layer, and what it is between. */
interface Linear {
  readonly name: string;
  readonly w: Weights;
  readonly x: Rows;
  readonly y: Rows;
  readonly dx: Rows;
  readonly dy: Rows;
  readonly epilogue: number;
}

/** A learning rate so small that weights stay what they are, however often they are updated. */
const { scale, offset } = adamStep(1e-12, 1000);

function linears({ lmHead, logits, d }: MemoryLayout, layer: LayerLayout): Linear[] {
  const { none, add, relu } = EPILOGUE;
  const { weights, attnNorm, qkv, attnOut, middle, mlpNorm, hidden, end } = layer;
  const { qkv: wQkv, out, fc1, fc2 } = weights;
  return [
    { name: "qkv", w: wQkv, x: attnNorm.y, y: qkv, dx: d.norm, dy: d.qkv, epilogue: none },
    { name: "out", w: out, x: attnOut, y: middle, dx: d.attnOut, dy: d.middle, epilogue: add },
    { name: "fc1", w: fc1, x: mlpNorm.y, y: hidden, dx: d.norm, dy: d.hidden, epilogue: relu },
    { name: "fc2", w: fc2, x: hidden, y: end, dx: d.hidden, dy: d.end, epilogue: add },
    { name: "lmHead", w: lmHead, x: end, y: logits, dx: d.end, dy: logits, epilogue: none },
  ];
}

/** The kernels of a linear layer, on `n` positions. */
function linearCalls(linear: Linear, memory: MemoryLayout, n: number): KernelCall[] {
  const { name, w: { at, out, in: in_ }, x, y, dx, dy, epilogue } = linear;
  const { params, m, v, grads, size, layers: [layer] } = memory;
  const w = params + at, wm = m + at, wv = v + at, g = grads + at;
  const back = x === layer?.hidden ? EPILOGUE.mask : EPILOGUE.none;
  const calls: Partial<Record<keyof Kernels, KernelCall["call"]>> = {
    // deno-fmt-ignore: on a line each, to be compared
    linear: (k) => k.linear(y.ptr, y.stride, x.ptr, x.stride, w, x.ptr, x.stride, n, in_, out, epilogue),
    // deno-fmt-ignore
    linearBackward: (k) => k.linearBackward(dx.ptr, dx.stride, dy.ptr, dy.stride, w, x.ptr, x.stride, n, out, in_, back),
    // deno-fmt-ignore
    gradientAdam: (k) => k.gradientAdam(w, wm, wv, dy.ptr, dy.stride, x.ptr, x.stride, n, out, in_, scale, offset),
    gradientAdd: (k) => k.gradientAdd(g, dy.ptr, dy.stride, x.ptr, x.stride, n, out, in_),
  };
  const flop = 2 * n * (out / size) * (in_ / size);
  return Object.entries(calls).map(([kernel, call]) => ({ name: `${kernel} ${name}`, flop, call }));
}

/** The other kernels, on `n` positions of a model with rows of `nEmbd` numbers. */
function otherCalls(
  memory: MemoryLayout,
  layer: LayerLayout,
  n: number,
  nEmbd: number,
): KernelCall[] {
  const { embedded: e, start, params, m, v, grads, logits: l, scratch, lossParts } = memory;
  const { tokens, positions, targets, tablesLength } = memory;
  const { norm: dNorm, middle: dMiddle, end: dEnd, qkv: dQkv, attnOut: dAttnOut } = memory.d;
  const { qkv, attnWeights, attnOut, attnNorm: { y, scales } } = layer;
  const wte = params + memory.wte.at, wpe = params + memory.wpe.at;
  const dWte = grads + memory.wte.at, dWpe = grads + memory.wpe.at;
  const calls: Partial<Record<keyof Kernels, KernelCall["call"]>> = {
    embed: (k) => k.embed(e.ptr, e.stride, wte, wpe, tokens, positions, n, e.width),
    // deno-fmt-ignore: on a line each
    embedBackward: (k) => k.embedBackward(dNorm.ptr, dNorm.stride, dWte, dWpe, tokens, positions, n, e.width),
    rmsnorm: (k) => k.rmsnorm(y.ptr, start.y.ptr, scales, y.stride, n, y.width, nEmbd),
    // deno-fmt-ignore
    rmsnormBackward: (k) => k.rmsnormBackward(dMiddle.ptr, dNorm.ptr, y.ptr, scales, dEnd.ptr, dEnd.stride, y.stride, n, y.width, nEmbd),
    attention: (k) => k.attention(qkv.ptr, attnWeights, attnOut.ptr, 0, n),
    // deno-fmt-ignore
    attentionBackward: (k) => k.attentionBackward(dQkv.ptr, dAttnOut.ptr, qkv.ptr, attnWeights, scratch, n),
    softmax: (k) => k.softmax(l.ptr, l.stride, targets, lossParts, n, l.width, 1 / n),
    adam: (k) => k.adam(params, m, v, grads, tablesLength, scale, offset),
  };
  return Object.entries(calls).map(([name, call]) => ({ name, flop: 0, call }));
}

/** All of them, for `n` positions of the first layer. */
export function kernelCalls(memory: MemoryLayout, n: number, nEmbd: number): KernelCall[] {
  const layer = memory.layers[0];
  if (layer === undefined) throw new RangeError("Cannot measure kernels: there is no layer");
  const matrices = linears(memory, layer).map((linear) => linearCalls(linear, memory, n));
  const kernels = matrices[0]?.map((_, kernel) => matrices.flatMap((calls) => calls[kernel] ?? []));
  return [...kernels?.flat() ?? [], ...otherCalls(memory, layer, n, nEmbd)];
}
