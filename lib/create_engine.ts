/**
 * The choice between the engines.
 *
 * @module
 */

import { type Dtype, DTYPES, type Engine, MAX_THREADS } from "./engine.ts";
import type { GptConfig } from "./config.ts";
import { asWord, shownValue } from "./text/quote.ts";
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
 * @param name The engine.
 * @param config The sizes of the model.
 * @param dtype The precision of its numbers; the scalar engine has f64 only.
 * @throws {RangeError} If it is, or the sizes are not those of a model.
 */
export function assertFits(name: EngineName, config: GptConfig, dtype: Dtype = "f64"): void {
  if (name === "scalar") ScalarEngine.assertFits(config);
  else WasmEngine.assertFits(config, dtype);
}

/** The number of threads of an engine: from 1 to 64, or `auto`. */
export type NumThreads = number | "auto";

/** Settings of an engine that do not change what it computes. */
export interface EngineOptions {
  /**
   * The number of threads that take a step together, 1 by default. The results are the same, bit
   * for bit. With `auto` the engine uses one thread or as many as the machine runs at once (at most
   * 8), whichever is faster at the moment. It uses one where threads cannot share memory, as in a
   * page that is not cross-origin isolated. `scalar` always uses one.
   */
  readonly threads?: NumThreads;
}

/**
 * Makes an engine with threads, which take a moment to start. They end when the engine is disposed
 * of. They also end a second after the last step, and start again with the next one. A step throws
 * an error if a thread has failed.
 *
 * @example Two threads
 * ```ts
 * import { createEngine, DEFAULT_SIZES, initWeights, Random } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { ...DEFAULT_SIZES, vocabSize: 27 };
 * const weights = initWeights(config, new Random(42));
 * const batch = [[26, 0, 13, 13, 0, 26], [26, 1, 14, 1, 26]];
 * using two = await createEngine("wasm", config, weights, "f64", { threads: 2 });
 * assertEquals(two.step(batch, 0.01), createEngine("wasm", config, weights).step(batch, 0.01));
 * ```
 *
 * @param name The engine.
 * @param config The sizes of the model.
 * @param weights The parameters to begin with, in the order of `layout()`.
 * @param dtype The precision of its numbers.
 * @param options The number of threads.
 * @returns The engine, once its threads have started. The promise is rejected with what the
 * engine of one thread throws, and with a `RangeError` for a number of threads that cannot be.
 */
export function createEngine(
  name: EngineName,
  config: GptConfig,
  weights: ArrayLike<number>,
  dtype: Dtype | undefined,
  options: EngineOptions,
): Promise<Engine>;
/**
 * Makes an engine.
 *
 * @param name The engine: `wasm` is fast, `scalar` is microgpt.py as it is, one number at a time.
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
  dtype?: Dtype,
): Engine;
export function createEngine(
  name: EngineName,
  config: GptConfig,
  weights: ArrayLike<number>,
  dtype: Dtype = "f64",
  options?: EngineOptions,
): Engine | Promise<Engine> {
  if (options !== undefined) return withThreads(name, config, weights, dtype, options.threads);
  assertKind(name, dtype);
  return name === "wasm"
    ? new WasmEngine(config, weights, { dtype })
    : new ScalarEngine(config, weights);
}

async function withThreads(
  name: EngineName,
  config: GptConfig,
  weights: ArrayLike<number>,
  dtype: Dtype,
  wanted: NumThreads = 1,
): Promise<Engine> {
  assertThreads(wanted);
  assertKind(name, dtype);
  if (name === "scalar" || wanted === 1) return createEngine(name, config, weights, dtype);
  const { newThreads } = await import("./wasm/threads/threads.ts");
  const threads = newThreads(wanted);
  if (threads === undefined) return createEngine(name, config, weights, dtype);
  try {
    const engine = new WasmEngine(config, weights, { dtype, threads });
    await threads.started();
    return engine;
  } catch (error) {
    if (wanted !== "auto" || !(error instanceof RangeError)) throw error;
    return createEngine(name, config, weights, dtype); // it needs less memory
  }
}

/** Checks a number of threads. */
function assertThreads(threads: NumThreads): void {
  const isNumber = Number.isInteger(threads) && Number(threads) >= 1;
  if (threads === "auto" || isNumber && Number(threads) <= MAX_THREADS) return;
  throw new RangeError(
    `Cannot create the engine: threads must be an integer from 1 to ${MAX_THREADS}, or auto: ` +
      `it is ${shownValue(threads)}`,
  );
}

/** Checks that there is such an engine, and that it has the precision. */
function assertKind(name: EngineName, dtype: Dtype): void {
  if (!DTYPES.includes(dtype)) {
    throw new RangeError(
      `Cannot create the engine: there is no precision ${asWord(String(dtype))}: there are ${
        DTYPES.join(", ")
      }`,
    );
  }
  if (name === "wasm") return;
  if (name !== "scalar") {
    const names = ENGINE_NAMES.join(", ");
    throw new RangeError(
      `Cannot create the engine: there is no ${asWord(String(name))}: there are ${names}`,
    );
  }
  if (dtype !== "f64") {
    throw new RangeError(`Cannot create the engine: scalar computes in f64: ${dtype} is asked for`);
  }
}
