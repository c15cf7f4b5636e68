/**
 * The weight decay and the average of weights: what a step may do beyond microgpt.py.
 *
 * @module
 */

import { averageShare, type StepOptions } from "../engine.ts";
import type { Copies } from "./kernels/copies.ts";
import { Allocator, type Bytes } from "./memory/place.ts";
import type { RealArray } from "./memory/views.ts";

/**
 * The weight decay and the average of some steps. They are computed when the kernels of a step are
 * done, on copies of the parameters: so a step without them pays for nothing, in time or memory.
 */
export class Extras {
  readonly #weights: RealArray;
  readonly #newCopies: () => Copies;
  #copies: ReturnType<typeof placed> | undefined;
  #hasAverage = false;

  /**
   * Prepares for steps.
   *
   * @param weights The parameters in the memory of the model.
   * @param newCopies Makes room for copies of them.
   */
  constructor(weights: RealArray, newCopies: () => Copies) {
    this.#weights = weights;
    this.#newCopies = newCopies;
  }

  /** The averaged parameters, once a step has averaged them. */
  get average(): RealArray | undefined {
    return this.#hasAverage ? this.#all.average : undefined;
  }

  /** Begins an average with the parameters. */
  beginAverage(): RealArray {
    this.#all.average.set(this.#weights);
    this.#hasAverage = true;
    return this.#all.average;
  }

  /** Forgets the average. */
  endAverage(): void {
    this.#hasAverage = false;
  }

  /** Keeps what a step needs of the parameters before it. */
  before({ weightDecay = 0 }: StepOptions): void {
    if (weightDecay > 0) this.#all.before.set(this.#weights);
  }

  /**
   * Does what is left of step `t`, counted from 1, when Adam has moved the parameters. They decay by
   * a part of what they were before, of which a copy is needed: the kernel `gradient` has already
   * moved them.
   */
  after({ weightDecay = 0, ema }: StepOptions, learningRate: number, t: number): void {
    const part = learningRate * weightDecay;
    if (part > 0) {
      this.#all.now.set(this.#weights);
      this.#all.add(-part);
      this.#weights.set(this.#all.now);
    }
    if (ema === undefined) return;
    if (!this.#hasAverage) this.beginAverage();
    this.#all.now.set(this.#weights);
    this.#all.approach(averageShare(ema, t));
  }

  get #all(): ReturnType<typeof placed> {
    return this.#copies ??= placed(this.#newCopies(), this.#weights.byteLength);
  }
}

/** Gives each copy its place and its purpose. */
function placed({ memory, add, approach }: Copies, length: Bytes) {
  const room = new Allocator();
  const now = room.take(length), before = room.take(length), average = room.take(length);
  return {
    now: memory.row(now, length),
    before: memory.row(before, length),
    average: memory.row(average, length),
    add: (factor: number) => add({ y: now, x: before, length, factor }),
    approach: (factor: number) => approach({ y: average, x: now, length, factor }),
  };
}
