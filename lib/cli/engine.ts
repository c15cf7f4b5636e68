/**
 * The engine that a command line asks for.
 *
 * @module
 */

import type { GptConfig } from "../config.ts";
import { assertFits, createEngine, type EngineName, NoWasmError } from "../create_engine.ts";
import type { Dtype, Engine } from "../engine.ts";
import type { Say } from "./terminal/output.ts";

/**
 * Makes an engine; where the platform cannot run it, the other one.
 *
 * @param name The engine that is asked for.
 * @param dtype The precision of `wasm`; `scalar` has f64, which holds all numbers of f32.
 * @param weights Makes the parameters, once it is clear that the model is not too large.
 * @param warn Called if it is the other one.
 * @throws {RangeError} If the model is too large.
 */
export function newEngine(
  name: EngineName,
  config: GptConfig,
  dtype: Dtype,
  weights: () => Float64Array,
  warn: Say,
): Engine {
  if (name === "scalar") return newScalarEngine(config, weights);
  assertFits("wasm", config, dtype);
  const initial = weights();
  try {
    return createEngine("wasm", config, initial, dtype);
  } catch (error) {
    if (!(error instanceof NoWasmError)) throw error;
    const why = error.reason[0]!.toUpperCase() + error.reason.slice(1); // a clause is not empty
    warn(`${why}: using --engine scalar, which is slower and computes in f64`);
    return newScalarEngine(config, () => initial);
  }
}

function newScalarEngine(config: GptConfig, weights: () => Float64Array): Engine {
  assertFits("scalar", config);
  return createEngine("scalar", config, weights());
}
