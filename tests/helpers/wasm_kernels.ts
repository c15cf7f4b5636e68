/** Calls the kernels of a WebAssembly module with records, as their twins are called. */

import { inOrder, type Kernel } from "../../lib/wasm/kernels/kernel.ts";
import { KERNELS, type Kernels } from "../../lib/wasm/kernels/kernels.ts";

/** Wraps the kernels that a module exports. */
export function wasmKernels(exports: WebAssembly.Exports): Kernels {
  const kernels = Object.entries<Kernel>(KERNELS).map(([name, { params }]) => {
    const run = exports[name] as (...numbers: readonly number[]) => void; // addKernels() adds it
    const call = (args: Parameters<typeof inOrder<number>>[1]) => run(...inOrder(params, args));
    return [name, call] as const;
  });
  return Object.fromEntries(kernels) as unknown as Kernels; // one for each, of its own kinds
}
