/**
 * The calls of kernels that a training step of one layer makes, with the
 * addresses of an engine's memory: what is measured is what is run.
 *
 * @module
 */

import { adamStep } from "../../lib/wasm/kernels/adam.ts";
import type { TwinArgs } from "../../lib/wasm/kernels/kernel.ts";
import type { KernelName, ParamsOf } from "../../lib/wasm/kernels/kernels.ts";
import { EPILOGUE } from "../../lib/wasm/kernels/matmul.ts";
import type { MemoryLayout } from "../../lib/wasm/memory/layout.ts";
import type { Weights } from "../../lib/wasm/memory/parameters.ts";
import type { Rows } from "../../lib/wasm/memory/place.ts";

/** A call of a kernel, on one of a model's matrices or on the model. */
export interface KernelCall {
  readonly kernel: KernelName;
  readonly name: string;
  /** Multiplications and additions, where it is a product of matrices; else 0. */
  readonly flop: number;
  readonly args: TwinArgs<ParamsOf<KernelName>>;
}

/** The arguments of kernels. */
type Calls = { readonly [K in KernelName]?: TwinArgs<ParamsOf<K>> };

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
const STEP = adamStep(1e-12, 1000);

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

/** Lists the calls in `calls`; `what` they are made on is added to their names. */
function listed(calls: Calls, flop = 0, what = ""): KernelCall[] {
  return Object.entries(calls).map(([kernel, args]) => ({
    kernel: kernel as KernelName, // a key of Calls
    name: kernel + what,
    flop,
    args,
  }));
}

/** The kernels of a linear layer, on `n` positions. */
function linearCalls(linear: Linear, memory: MemoryLayout, n: number): KernelCall[] {
  const { name, w: { ptr: w, outBytes, inBytes }, x, y, dx, dy, epilogue } = linear;
  const { parameters: { length: region }, size, layer, packed: { ptr: scratch } } = memory;
  const back = x === layer.hidden ? EPILOGUE.mask : EPILOGUE.none;
  const calls: Calls = {
    linear: { y, x, w, e: x, n, depth: inBytes, width: outBytes, epilogue },
    linearBackward: {
      y: dx,
      x: dy,
      w,
      e: x,
      n,
      depth: outBytes,
      width: inBytes,
      epilogue: back,
    },
    gradient: { w, region, dy, x, n, outBytes, inBytes, scratch, step: STEP },
  };
  return listed(calls, 2 * n * (outBytes / size) * (inBytes / size), ` ${name}`);
}

/** The other kernels, on `n` positions of a model with rows of `nEmbd` numbers. */
function otherCalls(memory: MemoryLayout, n: number, nEmbd: number): KernelCall[] {
  const { parameters, embedded, start, params, m, v, grads, logits, scratch, layer, d } = memory;
  const { qkv, attnWeights, attnOut, attnNorm: { y, scales } } = layer;
  const { wte, wpe, tablesLength } = parameters;
  const tokens = memory.tokens.ptr, positions = memory.positions.ptr;
  const rows = { stride: y.stride, n, width: y.width };
  return listed({
    embed: { x: embedded, wte: wte.ptr, wpe: wpe.ptr, tokens, positions, n, width: y.width },
    embedBackward: {
      x: d.norm,
      wte: grads.ptr + wte.ptr,
      wpe: grads.ptr + wpe.ptr,
      tokens,
      positions,
      n,
      width: y.width,
    },
    rmsnorm: { y: y.ptr, x: start.y.ptr, scales: scales.ptr, ...rows, c: nEmbd },
    rmsnormBackward: {
      dx: d.middle.ptr,
      dy: d.norm.ptr,
      y: y.ptr,
      scales: scales.ptr,
      e: d.end,
      ...rows,
      c: nEmbd,
    },
    attention: { qkv: qkv.ptr, weights: attnWeights.ptr, out: attnOut.ptr, positions, n },
    attentionBackward: {
      dqkv: d.qkv.ptr,
      dout: d.attnOut.ptr,
      qkv: qkv.ptr,
      weights: attnWeights.ptr,
      positions,
      scratch: scratch.ptr,
      n,
    },
    softmax: {
      logits,
      targets: memory.targets.ptr,
      weights: memory.rowWeights.ptr,
      parts: memory.lossParts.ptr,
      n,
      width: logits.width,
    },
    adam: { w: params.ptr, m: m.ptr, v: v.ptr, g: grads.ptr, length: tablesLength, step: STEP },
  });
}

/** All of them, for `n` positions of the first layer. */
export function kernelCalls(memory: MemoryLayout, n: number, nEmbd: number): KernelCall[] {
  const matrices = linears(memory).map((linear) => linearCalls(linear, memory, n));
  const kernels = matrices[0]?.map((_, kernel) => matrices.flatMap((calls) => calls[kernel] ?? []));
  return [...kernels?.flat() ?? [], ...otherCalls(memory, n, nEmbd)];
}
