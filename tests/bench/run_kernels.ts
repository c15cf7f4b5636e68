/**
 * Times each kernel and its twin in plain TypeScript, and prints that as a line
 * of JSON: `run_kernels.ts f64|f32 N_EMBD POSITIONS REPEATS`.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import type { Dtype } from "../../lib/engine.ts";
import { probeFeatures } from "../../lib/wasm/asm/lanes.ts";
import { KERNELS, plainKernels } from "../../lib/wasm/kernels/kernels.ts";
import { emitMachine } from "../../lib/wasm/machine.ts";
import { type MemoryLayout, memoryLayout } from "../../lib/wasm/memory/layout.ts";
import { Views } from "../../lib/wasm/memory/views.ts";
import { numbersOf } from "../helpers/wasm_kernels.ts";
import { type KernelCall, kernelCalls } from "./kernel_calls.ts";

/** Microseconds a call, clean. */
export interface KernelTimes {
  readonly name: string;
  readonly flop: number;
  readonly wasm: number;
  readonly plain: number;
}

/** The letters and BOS. */
const VOCAB_SIZE = 27;
const CHUNK_MS = 0.1;
/** For each repeat. */
const WARM_UP_MS = 5;

/** Any numbers; Adam's second moments are not negative, tokens and positions are what they are. */
function fill(buffer: ArrayBufferLike, memory: MemoryLayout): void {
  const random = new Random(1);
  const reals = memory.size === 8 ? new Float64Array(buffer) : new Float32Array(buffer);
  for (let i = 0; i < reals.length; i++) reals[i] = random.random() - 0.5;
  const { v, size, parameters: { length }, tokens, targets, positions, rows } = memory;
  for (let i = v.ptr / size; i < (v.ptr + length) / size; i++) reals[i] = 0.1 + random.random();
  const integers = new Int32Array(buffer);
  for (let row = 0; row < rows; row++) {
    integers[tokens.ptr / 4 + row] = row * 7 % VOCAB_SIZE;
    integers[targets.ptr / 4 + row] = row * 5 % VOCAB_SIZE;
    integers[positions.ptr / 4 + row] = row % DEFAULT_SIZES.blockSize;
  }
}

/** Calls all kernels in turn until V8 has had the time to compile them at its best. */
function warmUp(calls: readonly (() => void)[], milliseconds: number): void {
  const start = performance.now();
  while (performance.now() - start < milliseconds) calls.forEach((call) => call());
}

/** Microseconds a call: the fastest of some chunks of calls. */
function timeCall(call: () => void, prepare: () => void, repeats: number): number {
  const time = (calls: number) => {
    prepare();
    const start = performance.now();
    for (let i = 0; i < calls; i++) call();
    return performance.now() - start;
  };
  let calls = 1;
  while (time(calls) < CHUNK_MS) calls *= 2;
  return Math.min(...Array.from({ length: repeats }, () => time(calls))) / calls * 1e3;
}

function timeKernels(dtype: Dtype, nEmbd: number, n: number, repeats: number): KernelTimes[] {
  const memory = memoryLayout({ ...DEFAULT_SIZES, nEmbd, vocabSize: VOCAB_SIZE }, dtype);
  const { grads, parameters: { length } } = memory;
  const calls = kernelCalls(memory, n, nEmbd);
  const times = (bind: (call: KernelCall) => () => void, buffer: ArrayBufferLike) => {
    fill(buffer, memory);
    const start = new Uint8Array(buffer.slice(0));
    // Without gradients, which `adam` clears, moments would become too small to be normal numbers.
    const gradients = start.subarray(grads.ptr, grads.ptr + length);
    const all = new Uint8Array(buffer);
    const bound = calls.map(bind);
    warmUp(bound, repeats * WARM_UP_MS);
    return bound.map((call) => {
      all.set(start);
      return timeCall(call, () => all.set(gradients, grads.ptr), repeats);
    });
  };
  const buffer = new ArrayBuffer(memory.bytes);
  const kernels = plainKernels(new Views(buffer, dtype), memory.attention);
  const plain = times(({ kernel, args }) => {
    const twin = kernels[kernel] as (args: KernelCall["args"]) => void; // its own arguments
    return () => twin(args);
  }, buffer);
  const module = new WebAssembly.Module(emitMachine(memory, probeFeatures().relaxedMadd));
  const { exports } = new WebAssembly.Instance(module); // the kernels, too
  const wasm = times(({ kernel, args }) => {
    const run = exports[kernel] as (...numbers: readonly number[]) => void;
    const numbers = numbersOf(KERNELS[kernel].params, args);
    return () => run(...numbers);
  }, (exports["memory"] as WebAssembly.Memory).buffer);
  return calls.map(({ name, flop }, i) => ({
    name,
    flop,
    wasm: wasm[i] ?? NaN,
    plain: plain[i] ?? NaN,
  }));
}

if (import.meta.main) {
  const [dtype, nEmbd, n, repeats] = Deno.args;
  const times = timeKernels(dtype as Dtype, Number(nEmbd), Number(n), Number(repeats)); // as above
  console.log(JSON.stringify(times));
}
