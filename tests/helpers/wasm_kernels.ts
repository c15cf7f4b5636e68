/** Calls the kernels of a WebAssembly module with records, as their twins are called. */

import { inOrder } from "../../lib/wasm/asm/module.ts";
import {
  type Kernel,
  type Params,
  paramTypes,
  type TwinArgs,
} from "../../lib/wasm/kernels/kernel.ts";
import { KERNELS, type Kernels } from "../../lib/wasm/kernels/kernels.ts";

/** The arguments of any kernel. */
export type AnyArgs = TwinArgs<Params>;

/** The numbers that a kernel's WebAssembly function takes. */
export function numbersOf(params: Params, args: AnyArgs): number[] {
  return inOrder(paramTypes(params), args as Parameters<typeof inOrder<number>>[1]); // groups are of numbers
}

/** Wraps the kernels that a module exports. */
export function wasmKernels(exports: WebAssembly.Exports): Kernels {
  const kernels = Object.entries<Kernel>(KERNELS).map(([name, { params }]) => {
    const run = exports[name] as (...numbers: readonly number[]) => void; // addKernels() adds it
    return [name, (args: AnyArgs) => run(...numbersOf(params, args))] as const;
  });
  return Object.fromEntries(kernels) as unknown as Kernels; // one for each, of its own kinds
}
