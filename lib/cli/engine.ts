/**
 * The engine that a command line asks for.
 *
 * @module
 */

import type { GptConfig } from "../config.ts";
import {
  assertFits,
  createEngine,
  type EngineName,
  NoWasmError,
  type NumThreads,
} from "../create_engine.ts";
import type { Dtype, Engine } from "../engine.ts";
import type { Say, Talk } from "./terminal/output.ts";

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
    return inPlaceOfWasm(error, config, initial, warn);
  }
}

/**
 * Makes an engine that trains, like {@linkcode newEngine}, with threads if they are asked for.
 *
 * @param threads Their number; where there can be only one, it is one.
 */
export async function newTrainingEngine(
  { engine: name, dtype, threads }: TrainingEngine,
  config: GptConfig,
  weights: () => Float64Array,
  { note, warn }: Talk,
): Promise<Engine> {
  if (name === "scalar" && threads !== 1) {
    note("--engine scalar has one thread: --threads does nothing");
  }
  if (name === "scalar" || threads === 1) return newEngine(name, config, dtype, weights, warn);
  assertFits("wasm", config, dtype);
  const initial = weights();
  try {
    return await createEngine("wasm", config, initial, dtype, { threads });
  } catch (error) {
    return inPlaceOfWasm(error, config, initial, warn);
  }
}

/** The engine that training asks for. */
interface TrainingEngine {
  readonly engine: EngineName;
  readonly dtype: Dtype;
  readonly threads: NumThreads;
}

/** Makes the scalar engine, if the platform cannot run the other one. */
function inPlaceOfWasm(
  error: unknown,
  config: GptConfig,
  weights: Float64Array,
  warn: Say,
): Engine {
  if (!(error instanceof NoWasmError)) throw error;
  const why = error.reason[0]!.toUpperCase() + error.reason.slice(1); // a clause is not empty
  warn(`${why}: using --engine scalar, which is slower and computes in f64`);
  return newScalarEngine(config, () => weights);
}

function newScalarEngine(config: GptConfig, weights: () => Float64Array): Engine {
  assertFits("scalar", config);
  return createEngine("scalar", config, weights());
}
