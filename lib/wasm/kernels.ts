/**
 * The kernels together: emitted as a WebAssembly module, or as their twins in
 * plain TypeScript. Both work on one memory and take the same addresses.
 *
 * @module
 */

import { type Adam, adamTwin, addAdam } from "./adam.ts";
import {
  addAttention,
  addAttentionBackward,
  type Attention,
  type AttentionBackward,
  attentionBackwardTwin,
  type AttentionShape,
  attentionTwin,
} from "./attention.ts";
import { addEmbed, type Embed, embedBackwardTwin, embedTwin } from "./embedding.ts";
import {
  addGradientAdam,
  addGradientAdd,
  type GradientAdam,
  gradientAdamTwin,
  type GradientAdd,
  gradientAddTwin,
} from "./gradient.ts";
import { lanes, probeFeatures } from "./lanes.ts";
import type { Dtype } from "../engine.ts";
import { addLinear, addLinearBackward, type Matmul, matmulTwin } from "./matmul.ts";
import { ModuleBuilder } from "./module.ts";
import {
  addRmsnorm,
  addRmsnormBackward,
  type Rmsnorm,
  type RmsnormBackward,
  rmsnormBackwardTwin,
  rmsnormTwin,
} from "./rmsnorm.ts";
import { addSoftmax, type Softmax, softmaxTwin } from "./softmax.ts";

/** All kernels. */
export interface Kernels {
  readonly embed: Embed;
  readonly embedBackward: Embed;
  readonly rmsnorm: Rmsnorm;
  readonly rmsnormBackward: RmsnormBackward;
  readonly linear: Matmul;
  readonly linearBackward: Matmul;
  readonly attention: Attention;
  readonly attentionBackward: AttentionBackward;
  readonly softmax: Softmax;
  readonly gradientAdam: GradientAdam;
  readonly gradientAdd: GradientAdd;
  readonly adam: Adam;
}

/** Kernels, and the memory they work on. */
export interface Machine {
  readonly kernels: Kernels;
  readonly memory: ArrayBufferLike;
}

/** The size of a page of WebAssembly's memory, in bytes. */
const PAGE = 65_536;

/**
 * Writes the module with all kernels.
 *
 * @param dtype The precision of its numbers.
 * @param shape The buffers of attention.
 * @param bytes How much memory it has.
 * @param hasRelaxedMadd Whether to multiply and add in one instruction.
 */
export function emitKernels(
  dtype: Dtype,
  shape: AttentionShape,
  bytes: number,
  hasRelaxedMadd: boolean,
): Uint8Array<ArrayBuffer> {
  const r = lanes(dtype, hasRelaxedMadd);
  const module = new ModuleBuilder();
  addEmbed(module, r);
  addRmsnorm(module, r);
  addRmsnormBackward(module, r);
  addLinear(module, r);
  addLinearBackward(module, r);
  addAttention(module, r, shape);
  addAttentionBackward(module, r, shape);
  addSoftmax(module, r);
  addGradientAdam(module, r);
  addGradientAdd(module, r);
  addAdam(module, r);
  return module.toBytes(Math.ceil(bytes / PAGE));
}

/**
 * The kernels as WebAssembly.
 *
 * @param dtype The precision of their numbers.
 * @param shape The buffers of attention.
 * @param bytes How much memory they need.
 * @throws {RangeError} If the machine does not have so much memory to give.
 * @throws {Error} If the platform has no vector instructions.
 */
export function wasmMachine(dtype: Dtype, shape: AttentionShape, bytes: number): Machine {
  const { simd, relaxedMadd } = probeFeatures();
  if (!simd) throw new Error("Cannot create the engine: this platform has no WebAssembly SIMD");
  const code = emitKernels(dtype, shape, bytes, relaxedMadd);
  const { exports } = instantiate(code, bytes);
  const { memory, ...kernels } = exports;
  return {
    kernels: kernels as unknown as Kernels, // what emitKernels() exports
    memory: (memory as WebAssembly.Memory).buffer, // likewise
  };
}

function instantiate(code: Uint8Array<ArrayBuffer>, bytes: number): WebAssembly.Instance {
  const module = new WebAssembly.Module(code);
  try {
    return new WebAssembly.Instance(module);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(
      `Cannot create the model: it needs ${(bytes / 2 ** 30).toFixed(1)} GB: ` +
        `this machine does not have as much to give`,
    );
  }
}

/** The kernels in plain TypeScript; the parameters are those of {@linkcode wasmMachine}. */
export function plainMachine(dtype: Dtype, shape: AttentionShape, bytes: number): Machine {
  const memory = new ArrayBuffer(Math.ceil(bytes / PAGE) * PAGE);
  const reals = dtype === "f64" ? new Float64Array(memory) : new Float32Array(memory);
  const kernels: Kernels = {
    embed: embedTwin(reals),
    embedBackward: embedBackwardTwin(reals),
    rmsnorm: rmsnormTwin(reals),
    rmsnormBackward: rmsnormBackwardTwin(reals),
    linear: matmulTwin(reals, "linear"),
    linearBackward: matmulTwin(reals, "linearBackward"),
    attention: attentionTwin(reals, shape),
    attentionBackward: attentionBackwardTwin(reals, shape),
    softmax: softmaxTwin(reals),
    gradientAdam: gradientAdamTwin(reals),
    gradientAdd: gradientAddTwin(reals),
    adam: adamTwin(reals),
  };
  return { kernels, memory };
}
