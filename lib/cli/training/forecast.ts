/**
 * The memory and the time of a run that takes much of them: the memory is known before training,
 * the time after the first steps. Only loaded for runs that may be large or long.
 *
 * @module
 */

import type { GptConfig } from "../../config.ts";
import { memoryNeed } from "../../wasm/memory_need.ts";
import { newThreads } from "../../wasm/threads/threads.ts";
import type { RunSettings } from "../options/tables.ts";
import { duration } from "./run_end.ts";

/** A run that takes longer is long, in milliseconds. */
const LONG = 10_000;

/** A model that takes more memory is large, in bytes. */
const LARGE = 500 * 2 ** 20;

/** The time of the first steps, which do not count, in milliseconds: V8 compiles, threads start. */
const WARM_UP = 300;

/** The minimum time of the steps that count. */
const MEASURED = 700;

/** A first step of this time counts, as the next one may be long in coming. */
const SLOW = 5000;

/**
 * Computes the memory that training takes, in bytes; `undefined` for the scalar engine, which takes
 * what its graphs need.
 */
function memoryOf(config: GptConfig, settings: RunSettings): number | undefined {
  const { engine, dtype, threads } = settings;
  if (engine === "scalar") return undefined;
  const count = threads === 1 ? 1 : newThreads(threads)?.count ?? 1;
  try {
    return memoryNeed(config, dtype, count, settings);
  } catch (error) {
    if (threads !== "auto" || !(error instanceof RangeError)) throw error;
    return memoryNeed(config, dtype, 1, settings); // which the engine falls back to
  }
}

/** Says how much memory a large model takes; `undefined` for others. */
export function largeModel(config: GptConfig, settings: RunSettings): string | undefined {
  const bytes = memoryOf(config, settings) ?? 0;
  return bytes > LARGE ? `The model takes ${inBytes(bytes)} of memory` : undefined;
}

/** Times the first steps of a run, and says how long all of them take. */
export class Forecast {
  readonly #config: GptConfig;
  readonly #settings: RunSettings;
  readonly #begin: Moment;
  /** The moment from which on steps count. */
  #mark: Moment | undefined;
  #isDone = false;

  /** Begins to time the steps of a run after `stepsDone`. */
  constructor(config: GptConfig, settings: RunSettings, stepsDone: number) {
    this.#config = config;
    this.#settings = settings;
    this.#begin = { step: stepsDone, time: performance.now() };
  }

  /**
   * Records a step.
   *
   * @returns The forecast, once, as soon as the rate is known and if the run is long.
   */
  after(step: number): string | undefined {
    if (this.#isDone) return undefined;
    const now = { step, time: performance.now() };
    const elapsed = now.time - this.#begin.time;
    if (elapsed < WARM_UP) return undefined;
    this.#mark ??= elapsed < SLOW ? now : this.#begin;
    const measured = now.time - this.#mark.time;
    if (measured < MEASURED) return undefined;
    this.#isDone = true;
    const left = this.#settings.numSteps - step;
    const all = elapsed + left * measured / (step - this.#mark.step);
    return all > LONG && left > 0 ? this.#text(all) : undefined;
  }

  #text(time: number): string {
    const { patience } = this.#settings;
    const bytes = memoryOf(this.#config, this.#settings);
    const model = bytes === undefined ? "" : `; the model takes ${inBytes(bytes)} of memory`;
    const about = patience === undefined ? "about" : "up to about"; // it may stop early
    return `Training will take ${about} ${duration(time)}${model}`;
  }
}

/** A moment between two steps. */
interface Moment {
  /** The number of steps that have been taken. */
  readonly step: number;
  /** The time, in milliseconds. */
  readonly time: number;
}

/** Writes a number of bytes in the unit that suits it. */
function inBytes(bytes: number): string {
  const megabytes = bytes / 2 ** 20;
  if (megabytes >= 1000) return `${(megabytes / 1024).toFixed(1)} GB`;
  return `${megabytes < 10 ? megabytes.toFixed(1) : megabytes.toFixed(0)} MB`;
}
