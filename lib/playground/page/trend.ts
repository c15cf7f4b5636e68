/**
 * The smoothed course of a run while it goes on. The window is a twentieth of the whole run on
 * each side, as in the plots of the command line, so that the past stays as it is drawn.
 *
 * @module
 */

import { reachOf, smoothed } from "../../plot/trend.ts";
import type { Series } from "./series.ts";

/** A smoothed value. */
export interface TrendPoint {
  readonly step: number;
  readonly value: number;
}

/** Smooths a series as it grows. */
export class Trend {
  readonly #series: Series;
  readonly #reach: number;
  /** Selects the values that get a point. */
  readonly #indices: readonly number[];
  /** The points that no later step changes. */
  readonly #done: TrendPoint[] = [];

  /**
   * @param series What to smooth.
   * @param numSteps The length of the run.
   * @param maxPoints At how many points.
   */
  constructor(series: Series, numSteps: number, maxPoints: number) {
    const total = Math.max(1, numSteps - series.stepsBefore);
    const count = Math.min(total, Math.max(2, maxPoints));
    this.#series = series;
    this.#reach = reachOf(total);
    this.#indices = Array.from(
      { length: count },
      (_, k) => count === 1 ? 0 : Math.round(k * (total - 1) / (count - 1)),
    );
  }

  /** The points of all steps up to now; the last one is that of the last step. */
  points(): TrendPoint[] {
    const { values, length, stepsBefore } = this.#series;
    const pointAt = (index: number): TrendPoint => ({
      step: stepsBefore + index + 1,
      value: smoothed(values, index, this.#reach, stepsBefore === 0),
    });
    for (let index; (index = this.#indices[this.#done.length]) !== undefined;) {
      if (index + this.#reach >= length) break;
      this.#done.push(pointAt(index));
    }
    const rest = this.#indices.slice(this.#done.length).filter((index) => index < length - 1);
    return [...this.#done, ...rest.map(pointAt), ...length > 0 ? [pointAt(length - 1)] : []];
  }

  /** The smoothed value of a step, counted from 1. */
  at(step: number): number | undefined {
    const { values, length, stepsBefore } = this.#series;
    const index = step - 1 - stepsBefore;
    if (index < 0 || index >= length) return undefined;
    return smoothed(values, index, this.#reach, stepsBefore === 0);
  }
}

/** The trends of the series that are being drawn. */
export class Trends {
  readonly #trends = new WeakMap<Series, { readonly key: string; readonly trend: Trend }>();

  /** The trend of a series: that of last time, unless its length or the picture's has changed. */
  of(series: Series, numSteps: number, maxPoints: number): Trend {
    const key = `${numSteps} ${Math.floor(maxPoints)}`;
    const known = this.#trends.get(series);
    if (known?.key === key) return known.trend;
    const trend = new Trend(series, numSteps, Math.floor(maxPoints));
    this.#trends.set(series, { key, trend });
    return trend;
  }
}
