/**
 * The playground without its looks: the list, the settings and the run, what can be done with them,
 * and signals for those who show them. The rooms share one.
 *
 * @module
 */

import { auto } from "../shared/auto.ts";
import type { ListFacts } from "../shared/facts.ts";
import type { Baseline } from "../../evaluate/evaluate.ts";
import { AS_IT_IS, isAsItIs } from "../../text/text_form.ts";
import type { Pace, Progress } from "../shared/protocol.ts";
import { conflictOf, isProblem, ORIGINAL, type Settings, withSetting } from "../shared/settings.ts";
import { History } from "./history.ts";
import { Signal } from "./signal.ts";
import type { WorkerClient } from "./worker_client.ts";

/** A list to learn. */
export interface List {
  /** The name on the command line. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The settings that suit it, where they are known. */
  readonly settings: Settings | undefined;
}

/** The sets of settings to begin with. */
export type Base = "auto" | "microgpt.py";

/** How many steps a run that has ended goes on with. */
export const MORE_STEPS = 1000;

/** The list, the settings and the run. */
export class Playground {
  /** The way to the worker, for the calls of a room. */
  readonly worker: WorkerClient;
  /** The list or its facts have changed, or it has turned out that it cannot be trained on. */
  readonly listChanged: Signal = new Signal();
  /** Settings have changed, or a value was not one. */
  readonly settingsChanged: Signal = new Signal();
  /** There is another run, or the same one from its start. */
  readonly runChanged: Signal = new Signal();
  /** The baselines of the run have been measured. */
  readonly baselinesChanged: Signal = new Signal();
  /** Something has happened in the run: at most once per frame. */
  readonly progressed: Signal<Progress> = new Signal();
  /** Something to be said to the visitor, also to those who listen to the page. */
  readonly said: Signal<string> = new Signal();

  list: List | undefined;
  facts: ListFacts | undefined;
  /** Why the list and the settings cannot be trained on. */
  problem: string | undefined;
  base: Base = "auto";
  settings: Settings = ORIGINAL;
  run: History | undefined;
  /** The models that only count, measured on what the run holds out. */
  baselines: readonly Baseline[] = [];
  pace: Pace = "watch";
  /** The facts of the list before it is brought into a form: settings are chosen by these. */
  #rawFacts: ListFacts | undefined;
  /** Counts what was opened, so that late answers are recognized. */
  #opened = 0;

  /** @param worker The way to the worker. */
  constructor(worker: WorkerClient) {
    this.worker = worker;
    worker.progress.on((progress) => this.#receive(progress));
  }

  /** The settings to begin with, for the present list. */
  get baseSettings(): Settings {
    if (this.base === "microgpt.py") return ORIGINAL;
    return this.list?.settings ?? (this.#rawFacts === undefined ? ORIGINAL : auto(this.#rawFacts));
  }

  /** Takes another list, with settings that suit it. */
  async setList(list: List): Promise<void> {
    const opened = ++this.#opened;
    this.list = list;
    try {
      const facts = await this.worker.call("facts", list.bytes, AS_IT_IS);
      if (opened !== this.#opened) return;
      this.facts = this.#rawFacts = facts;
      if (facts.numDocs === 0) throw new Error("Paste some names first, one per line.");
    } catch (error) {
      return this.#fail(opened, error);
    }
    this.settings = this.baseSettings;
    this.settingsChanged.emit();
    await this.#open();
  }

  /** Takes all settings of a set. */
  async setBase(base: Base): Promise<void> {
    this.base = base;
    this.settings = this.baseSettings;
    this.settingsChanged.emit();
    await this.#open();
  }

  /**
   * Changes a setting.
   *
   * @param key The setting.
   * @param text Its value as it was written.
   * @returns What is wrong with it; then nothing has changed.
   */
  changeSetting(key: keyof Settings, text: string): string | undefined {
    const changed = withSetting(this.settings, key, text);
    if (isProblem(changed)) return changed.message;
    const conflict = conflictOf(changed);
    if (conflict !== undefined) return conflict.message;
    this.settings = changed;
    this.settingsChanged.emit();
    this.#open();
    return undefined;
  }

  /** Trains, to the end of the run; one that has ended goes on. */
  train(): Promise<void> {
    const { run } = this;
    if (run === undefined) return Promise.resolve();
    const numSteps = run.state === "ended" ? run.numSteps + MORE_STEPS : run.numSteps;
    return this.#trainUntil(run, numSteps, numSteps, this.pace);
  }

  /** Takes a few steps at once. */
  takeSteps(count: number): Promise<void> {
    const { run } = this;
    if (run === undefined) return Promise.resolve();
    const until = run.step + count;
    const numSteps = run.state === "ended" ? run.numSteps + MORE_STEPS : run.numSteps;
    return this.#trainUntil(run, Math.min(until, numSteps), numSteps, "full");
  }

  /** Stops training after the step that is being taken. */
  pause(): Promise<void> {
    return this.worker.call("pause");
  }

  /** Goes back to step 0 with the same weights. */
  async startAnew(): Promise<void> {
    const { run } = this;
    if (run === undefined) return;
    await this.worker.call("restart");
    if (run !== this.run) return;
    this.run = new History(run.settings, run.start);
    this.runChanged.emit();
  }

  /** Changes the pace, of training under way as well. */
  async setPace(pace: Pace): Promise<void> {
    this.pace = pace;
    await this.worker.call("setPace", pace);
  }

  #trainUntil(run: History, until: number, numSteps: number, pace: Pace): Promise<void> {
    run.state = "training";
    return this.worker.call("train", until, numSteps, pace);
  }

  /** Prepares a run of the present list and settings. */
  async #open(): Promise<void> {
    const opened = ++this.#opened;
    const { list, settings } = this;
    if (list === undefined) return;
    try {
      const facts = isAsItIs(settings)
        ? this.#rawFacts
        : await this.worker.call("facts", list.bytes, settings);
      const start = await this.worker.call("open", list.bytes, settings);
      if (opened !== this.#opened) return;
      this.facts = facts;
      this.problem = undefined;
      this.baselines = [];
      this.run = new History(settings, start);
    } catch (error) {
      return this.#fail(opened, error);
    }
    this.listChanged.emit();
    this.runChanged.emit();
    const baselines = await this.worker.call("baselines");
    if (opened !== this.#opened) return;
    this.baselines = baselines;
    this.baselinesChanged.emit();
  }

  #fail(opened: number, error: unknown): void {
    if (opened !== this.#opened) return;
    this.problem = error instanceof Error ? error.message : `${error}`;
    this.listChanged.emit();
  }

  #receive(progress: Progress): void {
    const { run } = this;
    if (run === undefined) return;
    run.add(progress);
    this.progressed.emit(progress);
    if (progress.problem !== undefined) this.said.emit(progress.problem);
    else if (progress.state === "ended") {
      const last = run.validations.at(-1);
      const steps = `Done: ${run.step.toLocaleString("en-US")} steps`;
      this.said.emit(
        last === undefined
          ? `${steps}, loss ${(run.losses.at(run.step) ?? 0).toFixed(4)}.`
          : `${steps}, validation ${last.loss.toFixed(4)}.`,
      );
    }
  }
}
