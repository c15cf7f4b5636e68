/**
 * The choice between the engines.
 *
 * @module
 */

import { type Dtype, DTYPES, type Engine } from "./engine.ts";
import type { GptConfig } from "./config.ts";
import { asWord } from "./text/quote.ts";
import { ScalarEngine } from "./scalar_engine.ts";
import { WasmEngine } from "./wasm/wasm_engine.ts";

export { NoWasmError } from "./wasm/machine.ts";

/** The names of the engines. */
export type EngineName = "wasm" | "scalar";

/** The engines: the one to run, and the one to read. */
export const ENGINE_NAMES: readonly EngineName[] = ["wasm", "scalar"];

/**
 * Checks that a model is not too large for an engine, before memory is taken.
 *
 * @param name Which engine.
 * @param config The sizes of the model.
 * @param dtype The precision of its numbers; the scalar engine has f64 only.
 * @throws {RangeError} If it is, or the sizes are not those of a model.
 */
export function assertFits(name: EngineName, config: GptConfig, dtype: Dtype = "f64"): void {
  if (name === "scalar") ScalarEngine.assertFits(config);
  else WasmEngine.assertFits(config, dtype);
}

/**
 * Makes an engine.
 *
 * @param name Which one: `wasm` is fast, `scalar` is microgpt.py as it is, one number at a time.
 * @param config The sizes of the model.
 * @param weights The parameters to begin with, in the order of `layout()`.
 * @param dtype The precision of its numbers; the scalar engine has f64 only.
 * @throws {RangeError} If the sizes are not those of a model, it is too large for the
 * engine, or the engine has no such precision.
 * @throws {TypeError} If the number of weights is not that of the parameters.
 * @throws {NoWasmError} If the platform has no WebAssembly SIMD, or does not allow WebAssembly here.
 */
export function createEngine(
  name: EngineName,
  config: GptConfig,
  weights: ArrayLike<number>,
  dtype: Dtype = "f64",
): Engine {
  if (!DTYPES.includes(dtype)) {
    throw new RangeError(
      `Cannot create the engine: there is no precision ${asWord(dtype)}: there are ${
        DTYPES.join(", ")
      }`,
    );
  }
  if (name === "wasm") return new WasmEngine(config, weights, { dtype });
  if (name !== "scalar") {
    const names = ENGINE_NAMES.join(", ");
    throw new RangeError(
      `Cannot create the engine: there is no ${asWord(name)}: there are ${names}`,
    );
  }
  if (dtype !== "f64") {
    throw new RangeError(`Cannot create the engine: scalar computes in f64: ${dtype} is asked for`);
  }
  return new ScalarEngine(config, weights);
}
