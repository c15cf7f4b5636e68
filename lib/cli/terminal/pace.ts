/**
 * Looks at the clock now and then: a look per step would cost 1 % of a run.
 *
 * @module
 */

/** The time between two looks, in milliseconds. */
const LOOK_INTERVAL = 5;

/** Counts steps that take about equally long, and looks at the clock every few of them. */
export class Pace {
  readonly #start = performance.now();
  #steps = 0;
  /** The number of steps at which to look again. */
  #nextLook = 0;

  /** The number of steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Counts a step.
   *
   * @returns The time since the beginning, in milliseconds; `undefined` if it is too early to look.
   */
  step(): number | undefined {
    if (++this.#steps < this.#nextLook) return undefined;
    const elapsed = performance.now() - this.#start;
    this.#nextLook = this.#steps * (1 + LOOK_INTERVAL / Math.max(elapsed, LOOK_INTERVAL));
    return elapsed;
  }
}
