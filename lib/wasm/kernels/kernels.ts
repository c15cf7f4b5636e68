/**
 * The kernels together: as functions of a WebAssembly module, or as their twins
 * in plain TypeScript. Both take the same addresses.
 *
 * @module
 */

import { type Adam, adamTwin, addAdam } from "./adam.ts";
import { addAttention, type Attention, type AttentionShape, attentionTwin } from "./attention.ts";
import {
  addAttentionBackward,
  type AttentionBackward,
  attentionBackwardTwin,
} from "./attention_backward.ts";
import { addEmbed, type Embed, embedBackwardTwin, embedTwin } from "./embedding.ts";
import { addGradient, type Gradient, gradientTwin } from "./gradient.ts";
import type { Lanes } from "../asm/lanes.ts";
import { addLinear, addLinearBackward, type Matmul, matmulTwin } from "./matmul.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import type { RealArray } from "../memory/panel.ts";
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
  readonly gradient: Gradient;
  readonly adam: Adam;
}

/** Adds all kernels to a module. */
export function addKernels(module: ModuleBuilder, r: Lanes, shape: AttentionShape): void {
  addEmbed(module, r);
  addRmsnorm(module, r);
  addRmsnormBackward(module, r);
  addLinear(module, r);
  addLinearBackward(module, r);
  addAttention(module, r, shape);
  addAttentionBackward(module, r, shape);
  addSoftmax(module, r);
  addGradient(module, r);
  addAdam(module, r);
}

/** All kernels in plain TypeScript, on a memory. */
export function plainKernels(memory: RealArray, shape: AttentionShape): Kernels {
  return {
    embed: embedTwin(memory),
    embedBackward: embedBackwardTwin(memory),
    rmsnorm: rmsnormTwin(memory),
    rmsnormBackward: rmsnormBackwardTwin(memory),
    linear: matmulTwin(memory, "linear"),
    linearBackward: matmulTwin(memory, "linearBackward"),
    attention: attentionTwin(memory, shape),
    attentionBackward: attentionBackwardTwin(memory, shape),
    softmax: softmaxTwin(memory),
    gradient: gradientTwin(memory),
    adam: adamTwin(memory),
  };
}
