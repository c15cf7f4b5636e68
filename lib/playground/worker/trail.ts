/**
 * The way of the weights over a run: copies of them at moments, for the views of the room Look
 * inside that show how the model became what it is.
 *
 * @module
 */

/** At so many moments of a run the weights are kept, if there is room. */
const NUM_MOMENTS = 100;

/** The most memory to take, in bytes: large models are kept at fewer moments. */
const MAX_BYTES = 64e6;

/** The weights of a moment. */
export interface Moment {
  readonly step: number;
  /** In the order of `layout` in `config.ts`. */
  readonly weights: Float32Array;
}

/** Keeps the weights of a run now and then. */
export class Trail {
  readonly #capacity: number;
  #moments: readonly Moment[];

  /** @param firstWeights The weights of step 0. */
  constructor(firstWeights: Float64Array) {
    const first = Float32Array.from(firstWeights);
    this.#capacity = Math.min(NUM_MOMENTS, Math.max(2, Math.floor(MAX_BYTES / first.byteLength)));
    this.#moments = [{ step: 0, weights: first }];
  }

  /** The moments, the first one being step 0. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /**
   * Keeps the weights if the time has come.
   *
   * @param step How many steps have been taken.
   * @param numSteps How many there are in all.
   * @param weights Copies the present weights.
   */
  notice(step: number, numSteps: number, weights: () => Float64Array): void {
    const last = this.#moments.at(-1)?.step ?? 0;
    if (step - last < numSteps / this.#capacity) return;
    const moment = { step, weights: Float32Array.from(weights()) };
    const isFull = this.#moments.length > this.#capacity; // the run was made longer
    const kept = isFull ? this.#moments.filter((_, i) => i % 2 === 0) : this.#moments;
    this.#moments = [...kept, moment];
  }
}
