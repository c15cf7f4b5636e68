/**
 * Views of the model as it is now: they follow it while it trains, but not too often, only where
 * they can be seen, and one look after the other.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Playground } from "./playground.ts";

/** Keeps a view of the model up to date. */
export class LiveView {
  readonly #interval: number;
  readonly #show: () => Promise<void>;
  #isStale = true;
  #isVisible = false;
  #isBusy = false;
  #shownAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param element The view.
   * @param playground The run.
   * @param interval How often to show it at most, in milliseconds.
   * @param show Shows it; not called before there is a run.
   */
  constructor(
    element: Element,
    playground: Playground,
    interval: number,
    show: () => Promise<void>,
  ) {
    this.#interval = interval;
    this.#show = async () => {
      if (playground.run !== undefined) await show();
    };
    playground.runChanged.on(() => this.refresh());
    playground.progressed.on(({ state }) => {
      if (state !== "training") return this.refresh();
      this.#isStale = true;
      this.#schedule();
    });
    new IntersectionObserver((entries) => {
      this.#isVisible = entries.at(-1)?.isIntersecting === true;
      this.#schedule();
    }).observe(element);
  }

  /** Shows it as soon as it can be seen: something else than the model has changed. */
  refresh(): void {
    this.#isStale = true;
    this.#shownAt = -Infinity;
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#isStale || !this.#isVisible || this.#isBusy) return;
    clearTimeout(this.#timer);
    const wait = this.#shownAt + this.#interval - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#schedule(), wait);
    else this.#run();
  }

  async #run(): Promise<void> {
    this.#isStale = false;
    this.#isBusy = true;
    this.#shownAt = performance.now();
    try {
      await this.#show();
    } finally {
      this.#isBusy = false;
      this.#schedule();
    }
  }
}
