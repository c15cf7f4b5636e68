/**
 * The losses of a run, for a picture of them.
 *
 * @module
 */

import type { LossPoint } from "../../plot/plot.ts";

/** At how many losses every other one is dropped: far more than a picture can show. */
const MAX_LOSSES = 1 << 17;

/** Keeps all losses of a short run, and of a long one every second, fourth, ... */
export class LossRecord {
  #points: LossPoint[] = [];
  /** Of how many steps one is kept. */
  #stride = 1;

  /** The losses that were kept, in order. */
  get points(): readonly LossPoint[] {
    return this.#points;
  }

  /**
   * Notes the loss of the next step.
   *
   * @param step Which step it was, counted from 1.
   * @param loss Its loss.
   */
  add(step: number, loss: number): void {
    if ((step - 1) % this.#stride !== 0) return;
    this.#points.push({ step, loss });
    if (this.#points.length < MAX_LOSSES) return;
    this.#stride *= 2;
    this.#points = this.#points.filter(({ step }) => (step - 1) % this.#stride === 0);
  }
}
