/**
 * The runs of a session: those that have been trained, in this visit or an earlier one.
 *
 * @module
 */

import type { Snapshot } from "../shared/protocol.ts";
import { type History, idOf } from "./history.ts";
import { Signal } from "./signal.ts";
import { copied, type Store } from "./store.ts";

/** The runs of a session, the latest first. */
export class Runs {
  /** There are others, or one has gone on. */
  readonly changed: Signal = new Signal();
  readonly #store: Store;
  #all: readonly History[] = [];

  /** @param store Keeps them. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** All runs. */
  get all(): readonly History[] {
    return this.#all;
  }

  /** Loads those of earlier visits. */
  async load(): Promise<void> {
    this.#all = await this.#store.runs();
    this.changed.emit();
  }

  /** Adds a run, in place of an older state of it. */
  put(run: History): void {
    const place = this.#all.findIndex(({ id }) => id === run.id);
    this.#all = place < 0 ? [run, ...this.#all] : this.#all.with(place, run);
    this.changed.emit();
  }

  /** Forgets a run. */
  async remove({ id }: History): Promise<void> {
    this.#all = this.#all.filter((run) => run.id !== id);
    this.changed.emit();
    await this.#store.forgetRun(id);
  }

  /** Keeps a run, with what training has changed. */
  async keep(run: History, snapshot: Snapshot): Promise<void> {
    run.snapshot = snapshot;
    await this.#store.keepRun(run);
  }

  /** Finds a run; another tab may have trained it further. */
  async find(id: string): Promise<History | undefined> {
    const here = this.#all.find((run) => run.id === id);
    const kept = await this.#store.run(id);
    return here !== undefined && here.step >= (kept?.step ?? 0) ? here : kept;
  }

  /** Copies a run. */
  copyOf(run: History): History {
    let copy = run.copy + 1;
    while (
      this.#all.some(({ id }) => id === idOf({ list: run.list, settings: run.settings, copy }))
    ) copy++;
    const copyOfIt = copied(run, copy);
    this.put(copyOfIt);
    return copyOfIt;
  }
}
