/** Runs code that the assembler has written. */

import type { Codes } from "../../lib/wasm/asm/code.ts";
import {
  ModuleBuilder,
  type NewLocal,
  type ParamLocals,
  type Params,
} from "../../lib/wasm/asm/module.ts";

/** A module that runs. */
export interface Running {
  /** Its memory. */
  readonly view: DataView<ArrayBuffer>;
  /** Calls a function that it exports. */
  readonly call: (name: string, ...args: readonly number[]) => void;
}

/** Runs a module of functions that `add` puts in. */
export function runModule(add: (module: ModuleBuilder) => void, pages = 1): Running {
  const module = new ModuleBuilder();
  add(module);
  const bytes = module.toBytes(pages);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = exports["memory"] as WebAssembly.Memory; // every module exports it
  return {
    view: new DataView(buffer as ArrayBuffer), // not shared
    call: (name, ...args) => (exports[name] as (...args: readonly number[]) => void)(...args), // functions all
  };
}

/** A module with one function, `run`. */
export function runFunction<P extends Params>(
  params: P,
  body: (params: ParamLocals<P>, local: NewLocal) => Codes,
  pages = 1,
): Running {
  return runModule((module) => module.function("run", params, body), pages);
}
