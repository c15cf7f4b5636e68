/**
 * The engine that a command line asks for.
 *
 * @module
 */

import type { GptConfig } from "../config.ts";
import { assertFits, createEngine, type EngineName } from "../create_engine.ts";
import type { Dtype, Engine } from "../engine.ts";
import { probeFeatures } from "../wasm/asm/lanes.ts";
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
  if (name === "wasm" && !probeFeatures().simd) {
    warn("This platform has no WebAssembly SIMD: using --engine scalar, in f64 and slowly");
    name = "scalar";
  }
  if (name === "scalar") dtype = "f64";
  assertFits(name, config, dtype);
  return createEngine(name, config, weights(), dtype);
}
