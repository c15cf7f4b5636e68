/**
 * The content of the charts of the room Train: one or two runs, and a step that is read.
 *
 * @module
 */

import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { Signal } from "../page/signal.ts";

/** The maximum number of runs on one plot. */
const MAX_DRAWN = 2;

/** The runs that are drawn, and the step that is read. */
export class Plotted {
  /** Other runs are drawn, or another step is read. */
  readonly changed: Signal = new Signal();
  readonly #playground: Playground;
  /** The ids of the runs to draw; the one that was picked last comes first. */
  #picked: readonly string[] = [];
  #present: string | undefined;
  #cursor: number | undefined;

  /** @param playground The runs. */
  constructor(playground: Playground) {
    this.#playground = playground;
    playground.runChanged.on(() => this.#follow());
    playground.runs.changed.on(() => this.changed.emit());
  }

  /** The run that is drawn in full. */
  get main(): History | undefined {
    return this.#drawn[0] ?? this.#playground.run;
  }

  /** The run to compare it with. */
  get other(): History | undefined {
    return this.#drawn[1];
  }

  /** The step that is read; `undefined` for the present one. */
  get cursor(): number | undefined {
    return this.#cursor;
  }

  /** Tells if a run is drawn. */
  isDrawn(run: History): boolean {
    return run.id === this.main?.id || run.id === this.other?.id;
  }

  /** Draws a run, or not; if there are too many, the one that was picked first goes. */
  pick(run: History, isDrawn: boolean): void {
    const others = this.#picked.filter((id) => id !== run.id);
    this.#picked = isDrawn ? [run.id, ...others].slice(0, MAX_DRAWN) : others;
    this.changed.emit();
    if (this.other !== undefined) this.#playground.did.emit({ kind: "compared" });
  }

  /**
   * Reads a step.
   *
   * @param step The step, or any number near it; `undefined` for the present one.
   */
  read(step: number | undefined): void {
    const run = this.main;
    const known = run !== undefined && run.losses.length > 0;
    this.#cursor = step === undefined || !known
      ? undefined
      : Math.max(run.losses.stepsBefore + 1, Math.min(run.step, Math.round(step)));
    this.changed.emit();
  }

  /** The runs that are drawn; the present one comes first. */
  get #drawn(): History[] {
    const { run, runs } = this.#playground;
    const all = run === undefined ? runs.all : [run, ...runs.all.filter(({ id }) => id !== run.id)];
    return all.filter(({ id }) => this.#picked.includes(id));
  }

  /** Draws the present run in place of the one before it. */
  #follow(): void {
    const id = this.#playground.run?.id;
    if (id === undefined) return;
    const others = this.#picked.filter((other) => other !== id && other !== this.#present);
    this.#picked = [id, ...others].slice(0, MAX_DRAWN);
    this.#present = id;
    this.#cursor = undefined;
    this.changed.emit();
  }
}
