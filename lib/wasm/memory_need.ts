/**
 * The memory that training takes, computed from the sizes of a model before any is taken.
 *
 * @module
 */

import type { GptConfig } from "../config.ts";
import type { Dtype, StepOptions } from "../engine.ts";
import { NUM_COPIES } from "./kernels/copies.ts";
import { memoryLayout } from "./memory/layout.ts";
import type { Bytes, Count } from "./memory/place.ts";

/**
 * Adds up the memory of an engine and of the initial weights, which it copies.
 *
 * @param config The sizes of the model.
 * @param dtype The precision of its numbers.
 * @param threads The number of threads that take a step together.
 * @param options The options of its steps; some need copies of the parameters.
 * @returns Bytes.
 * @throws {RangeError} If the sizes are not those of a model, or it needs more than 4 GB.
 */
export function memoryNeed(
  config: GptConfig,
  dtype: Dtype,
  threads: Count,
  { weightDecay = 0, ema }: StepOptions,
): Bytes {
  const { bytes, parameters: { length, count } } = memoryLayout(config, dtype, threads);
  const copies = weightDecay > 0 || ema !== undefined ? NUM_COPIES * length : 0;
  return bytes + copies + Float64Array.BYTES_PER_ELEMENT * count;
}
