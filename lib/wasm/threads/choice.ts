/**
 * The choice between one thread and several: whichever takes less time for a row. Both give the
 * same numbers, so it can be tried out while training goes on, and again from time to time: other
 * programs come and go.
 *
 * @module
 */

import type { Count } from "../memory/place.ts";

/** The two ways to take a step. */
export type Way = "alone" | "together";

/** The minimum of a trial, in milliseconds and in steps. */
const TRIAL = { time: 20, steps: 2 };

/** The first steps of a trial, which do not count: threads wake up, and caches fill. */
const WARM_UP = 2;

/** The time between two trials, in milliseconds: it doubles while they find what is known. */
const HOLD = { first: 500, longest: 8000 };

/** The factor by which the other way has to be faster. */
const GAIN = 0.97;

/** The factor by which several threads have to get slower for a trial before its time. */
const WORSE = 1.3;

/** The minimum time of a step to share, in milliseconds: meeting twice costs a part of it. */
export const WORTH_SHARING = 0.1;

/** Adds up the time of steps. */
class Cost {
  steps = 0;
  time = 0;
  #rows = 0;

  add(rows: Count, time: number): void {
    this.steps++;
    this.time += time;
    this.#rows += rows;
  }

  get perRow(): number {
    return this.time / this.#rows;
  }

  /** True if it is enough to judge by. */
  get isEnough(): boolean {
    return this.time >= TRIAL.time && this.steps >= TRIAL.steps;
  }
}

/** Chooses by the time that steps take. */
export class Choice {
  /** The faster way, and the time per row that it took. */
  #best: Way = "alone";
  #bestPerRow = Infinity;
  /** The way on trial, if there is one; at first the best one is, as nothing is known. */
  #trial: Way | undefined = "alone";
  #cost = new Cost();
  #warmUp = WARM_UP;
  #held = 0;
  #hold = HOLD.first;

  /** The way to take the next step. */
  get way(): Way {
    return this.#trial ?? this.#best;
  }

  /**
   * Records a step.
   *
   * @param way The way it was taken; the step is ignored if {@linkcode Choice.way} was another one.
   * @param rows The number of its rows.
   * @param time The time that it took, in milliseconds.
   */
  took(way: Way, rows: Count, time: number): void {
    if (way !== this.way || this.#warmUp-- > 0) return;
    this.#cost.add(rows, time);
    if (this.#trial === undefined) this.#holdOn(time);
    else if (this.#cost.isEnough) this.#judge(this.#trial);
  }

  /** Compares a way that has been tried with the best one. */
  #judge(trial: Way): void {
    const { perRow, time, steps } = this.#cost;
    const isOther = trial !== this.#best;
    if (isOther && perRow < GAIN * this.#bestPerRow) {
      this.#best = trial;
      this.#bestPerRow = perRow;
      this.#hold = HOLD.first;
    } else if (isOther) {
      this.#hold = Math.min(2 * this.#hold, HOLD.longest);
    } else {
      this.#bestPerRow = perRow;
    }
    const isWorthSharing = time / steps >= WORTH_SHARING;
    this.#begin(isOther || !isWorthSharing ? undefined : "together");
  }

  /** Keeps to the best way, and tries the other one when it is time or something has changed. */
  #holdOn(time: number): void {
    this.#held += time;
    const cost = this.#cost;
    if (!cost.isEnough) return;
    const isWorse = this.#best === "together" && cost.perRow > WORSE * this.#bestPerRow;
    if (this.#held < this.#hold && !isWorse) {
      this.#cost = new Cost();
      return;
    }
    this.#bestPerRow = cost.perRow;
    const isWorthSharing = cost.time / cost.steps >= WORTH_SHARING;
    const other: Way = this.#best === "alone" ? "together" : "alone";
    this.#begin(other === "alone" || isWorthSharing ? other : undefined);
  }

  #begin(trial: Way | undefined): void {
    this.#trial = trial;
    this.#cost = new Cost();
    this.#warmUp = WARM_UP;
    this.#held = 0;
  }
}
