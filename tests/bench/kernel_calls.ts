/**
 * The calls of kernels that a training step of one layer makes, with the
 * addresses of an engine's memory: what is measured is what is run.
 *
 * @module
 */

import { adamStep } from "../../lib/wasm/kernels/adam.ts";
import type { Kernels } from "../../lib/wasm/kernels/kernels.ts";
import type { MemoryLayout } from "../../lib/wasm/memory/layout.ts";
import { EPILOGUE } from "../../lib/wasm/kernels/matmul.ts";
import type { Weights } from "../../lib/wasm/memory/parameters.ts";
import type { Rows } from "../../lib/wasm/memory/place.ts";

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

function linears({ parameters, layer, logits, d }: MemoryLayout): Linear[] {
  const { none, add, relu } = EPILOGUE;
  const { attnNorm, qkv, attnOut, middle, mlpNorm, hidden, end } = layer;
  const { layer: { qkv: wQkv, out, fc1, fc2 }, lmHead } = parameters;
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
  const { name, w: { ptr: w, out, in: in_ }, x, y, dx, dy, epilogue } = linear;
  const { parameters: { length }, size, layer } = memory;
  const back = x === layer.hidden ? EPILOGUE.mask : EPILOGUE.none;
  const calls: Partial<Record<keyof Kernels, KernelCall["call"]>> = {
    // deno-fmt-ignore: on a line each, to be compared
    linear: (k) => k.linear(y.ptr, y.stride, x.ptr, x.stride, w, x.ptr, x.stride, n, in_, out, epilogue),
    // deno-fmt-ignore
    linearBackward: (k) => k.linearBackward(dx.ptr, dx.stride, dy.ptr, dy.stride, w, x.ptr, x.stride, n, out, in_, back),
    // deno-fmt-ignore
    gradient: (k) => k.gradient(w, length, dy.ptr, dy.stride, x.ptr, x.stride, n, out, in_, scale, offset),
  };
  const flop = 2 * n * (out / size) * (in_ / size);
  return Object.entries(calls).map(([kernel, call]) => ({ name: `${kernel} ${name}`, flop, call }));
}

/** The other kernels, on `n` positions of a model with rows of `nEmbd` numbers. */
function otherCalls(memory: MemoryLayout, n: number, nEmbd: number): KernelCall[] {
  const { parameters, embedded: e, start, params, m, v, grads, logits: l, scratch } = memory;
  const { tokens: { ptr: tokens }, positions: { ptr: positions } } = memory;
  const { targets, rowWeights, lossParts, layer } = memory;
  const { norm: dNorm, middle: dMiddle, end: dEnd, qkv: dQkv, attnOut: dAttnOut } = memory.d;
  const { qkv, attnWeights, attnOut, attnNorm: { y, scales } } = layer;
  const { wte: { ptr: wte }, wpe: { ptr: wpe }, tablesLength } = parameters;
  const dWte = grads + wte, dWpe = grads + wpe;
  const calls: Partial<Record<keyof Kernels, KernelCall["call"]>> = {
    embed: (k) => k.embed(e.ptr, e.stride, wte, wpe, tokens, positions, n, e.width),
    // deno-fmt-ignore: on a line each
    embedBackward: (k) => k.embedBackward(dNorm.ptr, dNorm.stride, dWte, dWpe, tokens, positions, n, e.width),
    rmsnorm: (k) => k.rmsnorm(y.ptr, start.y.ptr, scales.ptr, y.stride, n, y.width, nEmbd),
    // deno-fmt-ignore
    rmsnormBackward: (k) => k.rmsnormBackward(dMiddle.ptr, dNorm.ptr, y.ptr, scales.ptr, dEnd.ptr, dEnd.stride, y.stride, n, y.width, nEmbd),
    attention: (k) => k.attention(qkv.ptr, attnWeights.ptr, attnOut.ptr, positions, n),
    // deno-fmt-ignore
    attentionBackward: (k) => k.attentionBackward(dQkv.ptr, dAttnOut.ptr, qkv.ptr, attnWeights.ptr, positions, scratch.ptr, n),
    // deno-fmt-ignore
    softmax: (k) => k.softmax(l.ptr, l.stride, targets.ptr, rowWeights.ptr, lossParts.ptr, n, l.width),
    adam: (k) => k.adam(params, m, v, grads, tablesLength, scale, offset),
  };
  return Object.entries(calls).map(([name, call]) => ({ name, flop: 0, call }));
}

/** All of them, for `n` positions of the first layer. */
export function kernelCalls(memory: MemoryLayout, n: number, nEmbd: number): KernelCall[] {
  const matrices = linears(memory).map((linear) => linearCalls(linear, memory, n));
  const kernels = matrices[0]?.map((_, kernel) => matrices.flatMap((calls) => calls[kernel] ?? []));
  return [...kernels?.flat() ?? [], ...otherCalls(memory, n, nEmbd)];
}
