/**
 * The losses of a run, for its plot.
 *
 * @module
 */

import type { LossPoint } from "../../plot/plot.ts";

/** The number of losses at which every other one is dropped: far more than a plot can show. */
const MAX_LOSSES = 1 << 17;

/** Keeps all losses of a short run, and every second, fourth, ... of a long one. */
export class LossRecord {
  #points: LossPoint[] = [];
  /** Steps per loss that is kept. */
  #stride = 1;

  /** The losses that were kept, in order. */
  get points(): readonly LossPoint[] {
    return this.#points;
  }

  /** Records the loss of the next step, counted from 1. */
  add(step: number, loss: number): void {
    if ((step - 1) % this.#stride !== 0) return;
    this.#points.push({ step, loss });
    if (this.#points.length < MAX_LOSSES) return;
    this.#stride *= 2;
    this.#points = this.#points.filter(({ step }) => (step - 1) % this.#stride === 0);
  }
}
