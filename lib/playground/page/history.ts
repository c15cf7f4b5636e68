/**
 * The history of a run as the page knows it: each step's loss and gradient norm, the validations,
 * and the babble that is kept.
 *
 * @module
 */

import type { Babble, Progress, RunStart, RunState, ValidationReport } from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";

/** Numbers, one per step, that grow by chunks. */
export class Series {
  #values = new Float64Array(1024);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** The numbers; the first is that of step 1. Valid until more are added. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** The number of a step, counted from 1. */
  at(step: number): number | undefined {
    return this.values[step - 1];
  }

  /** Adds numbers at the end. */
  add(values: Float64Array): void {
    const length = this.#length + values.length;
    if (length > this.#values.length) {
      const grown = new Float64Array(Math.max(length, 2 * this.#values.length));
      grown.set(this.values);
      this.#values = grown;
    }
    this.#values.set(values, this.#length);
    this.#length = length;
  }
}

/** The history of a run. */
export class History {
  readonly settings: Settings;
  readonly start: RunStart;
  readonly losses = new Series();
  readonly gradNorms = new Series();
  readonly validations: ValidationReport[] = [];
  /** The babble that is kept, by step. */
  readonly babble: Babble[];
  /** The babble of this moment. */
  live: Babble | undefined;
  state: RunState = "fresh";
  numSteps: number;
  /** Steps per second; 0 before the first ones. */
  speed = 0;

  /**
   * @param settings The settings of the run.
   * @param start What the worker says of it.
   */
  constructor(settings: Settings, start: RunStart) {
    this.settings = settings;
    this.start = start;
    this.babble = [start.babble];
    this.numSteps = settings.numSteps;
  }

  /** How many steps have been taken. */
  get step(): number {
    return this.losses.length;
  }

  /** Adds what has happened. */
  add(progress: Progress): void {
    this.losses.add(progress.losses);
    this.gradNorms.add(progress.gradNorms);
    this.validations.push(...progress.validations);
    this.babble.push(...progress.babble);
    this.live = progress.live ?? this.live;
    this.state = progress.state;
    this.numSteps = progress.numSteps;
    this.speed = progress.speed;
  }
}
