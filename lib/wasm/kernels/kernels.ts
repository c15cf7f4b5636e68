/**
 * The kernels together: as functions of a WebAssembly module, or as their twins in plain
 * TypeScript. Both take the same addresses.
 *
 * @module
 */

import type { Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import type { AttentionShape } from "../memory/attention_shape.ts";
import type { Views } from "../memory/views.ts";
import { adam } from "./adam.ts";
import { attention } from "./attention.ts";
import { attentionBackward } from "./attention_backward.ts";
import { embed, embedBackward } from "./embedding.ts";
import { gradient } from "./gradient.ts";
import { addKernel, type Kernel, type ModelShape, type Params, type TwinArgs } from "./kernel.ts";
import { linear, linearBackward } from "./matmul.ts";
import { rmsnorm, rmsnormBackward } from "./rmsnorm.ts";
import { softmax } from "./softmax.ts";

/** All kernels, in the order of their functions. */
export const KERNELS = {
  embed,
  embedBackward,
  rmsnorm,
  rmsnormBackward,
  linear,
  linearBackward,
  attention,
  attentionBackward,
  softmax,
  gradient,
  adam,
};

/** The name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** The parameters of a kernel. */
export type ParamsOf<K extends KernelName> = (typeof KERNELS)[K]["params"];

/** All kernels as functions of their arguments. */
export type Kernels = { readonly [K in KernelName]: (args: TwinArgs<ParamsOf<K>>) => void };

/** Adds all kernels to a module. */
export function addKernels(module: ModuleBuilder, r: Lanes, shape: ModelShape): void {
  for (const [name, kernel] of Object.entries<Kernel>(KERNELS)) {
    addKernel(module, name, kernel, r, shape);
  }
}

/** Returns the twins of all kernels, on a memory. */
export function plainKernels(memory: Views, shape: AttentionShape): Kernels {
  const twins = Object.entries<Kernel>(KERNELS).map(([name, { twin }]) => {
    const call: (args: TwinArgs<Params>) => void = (args) => twin(args, memory, shape);
    return [name, call] as const;
  });
  return Object.fromEntries(twins) as unknown as Kernels; // one for each, of its own kinds
}
