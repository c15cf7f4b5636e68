/**
 * The playground without its looks: the list, the settings and the runs, what can be done with
 * them, and signals for those who show them. The rooms share one.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Baseline } from "../../evaluate/evaluate.ts";
import { AS_IT_IS, isAsItIs, type TextForm } from "../../text/text_form.ts";
import { auto } from "../shared/auto.ts";
import type { ListFacts } from "../shared/facts.ts";
import { settingsOf } from "../shared/options.ts";
import type { ModelFile, Pace, Progress } from "../shared/protocol.ts";
import { conflictOf, isProblem, ORIGINAL, type Settings, withSetting } from "../shared/settings.ts";
import type { Deed } from "./deeds.ts";
import { Helper } from "./helper.ts";
import { History, idOf, type Plan } from "./history.ts";
import { Keeper } from "./keeper.ts";
import { type List, presetSettings } from "./lists.ts";
import { type News, NewsDesk } from "./news.ts";
import { learnedList, type Opening, PLAIN, withChanges } from "./opening.ts";
import { RunLock } from "./run_lock.ts";
import { Runs } from "./runs.ts";
import { Signal } from "./signal.ts";
import type { Store } from "./store.ts";
import type { WorkerClient } from "./worker_client.ts";

/** The sets of settings to begin with. */
export type Base = "auto" | "microgpt.py";

/** The reason why the present run cannot be trained, although nothing is wrong with list and settings. */
export type Obstacle = "other tab" | "no list";

/** The number of steps that a run goes on with once it has ended. */
export const MORE_STEPS = 1000;

/** The time to open a run without a word, in milliseconds. */
const PATIENCE = 700;

/** The list, the settings and the runs. */
export class Playground {
  /** The way to the worker, for the calls of a room. */
  readonly worker: WorkerClient;
  /** The runs of this session that have been trained. */
  readonly runs: Runs;
  /** The list or its facts have changed, or it has turned out that it cannot be trained on. */
  readonly listChanged: Signal = new Signal();
  /** Settings have changed, or a value was not one. */
  readonly settingsChanged: Signal = new Signal();
  /** There is another run, or the same one from its start, or its obstacle has changed. */
  readonly runChanged: Signal = new Signal();
  /** The baselines of the run have been measured. */
  readonly baselinesChanged: Signal = new Signal();
  /** Something has happened in the run: at most once per frame. */
  readonly progressed: Signal<News> = new Signal();
  /** The visitor wants to see what can come after these tokens. */
  readonly asked: Signal<readonly number[]> = new Signal();
  /** The visitor has done something that the tour waits for. */
  readonly did: Signal<Deed> = new Signal();
  /** Something to be shown to the visitor, in a sentence. */
  readonly said: Signal<string> = new Signal();

  list: List | undefined;
  facts: ListFacts | undefined;
  /** The reason why the list and the settings cannot be trained on. */
  problem: string | undefined;
  base: Base = "auto";
  settings: Settings = ORIGINAL;
  run: History | undefined;
  obstacle: Obstacle | undefined;
  pace: Pace = "watch";
  readonly #helper: Helper;
  readonly #store: Store;
  readonly #lock = new RunLock();
  readonly #keeper: Keeper;
  /** The facts of the list before it is brought into a form: settings are chosen by these. */
  #rawFacts: ListFacts | undefined;
  /** The last thing that was opened, so that late ones are recognized. */
  #latest: Opening | undefined;
  /** Opens one run after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** Settings of links whose lists are not here, by their SHA-256. */
  readonly #expected = new Map<string, Settings>();
  readonly #newsDesk = new NewsDesk((news) => this.progressed.emit(news));

  /**
   * @param start Starts a worker.
   * @param store Keeps runs.
   */
  constructor(start: () => WorkerClient, store: Store) {
    const worker = start();
    this.worker = worker;
    this.#helper = new Helper(start);
    this.runs = new Runs(store);
    this.#keeper = new Keeper(worker, this.runs);
    this.#store = store;
    store.failed.on((message) => this.said.emit(message));
    worker.progress.on((progress) => this.#receive(progress));
  }

  /** The models that only count, measured on what the run holds out; empty until they are. */
  get baselines(): readonly Baseline[] {
    return this.run?.references?.baselines ?? [];
  }

  /** The settings to begin with, for the present list. */
  get baseSettings(): Settings {
    return this.base === "microgpt.py" ? ORIGINAL : this.#suggested;
  }

  /** The settings that suit the present list. */
  get #suggested(): Settings {
    const preset = this.list && presetSettings(this.list);
    return preset ?? (this.#rawFacts === undefined ? ORIGINAL : auto(this.#rawFacts));
  }

  /**
   * Takes another list.
   *
   * @param list The list.
   * @param settings The settings to learn it with; otherwise those that suit it.
   */
  setList(list: List | Promise<List>, settings?: Settings): Promise<void> {
    return this.#open({ ...PLAIN, list, settings });
  }

  /**
   * Remembers the settings of a link until its list is here.
   *
   * @param sha256 The list.
   * @param settings The settings.
   */
  expect(sha256: string, settings: Settings): void {
    this.#expected.set(sha256, settings);
  }

  /** Takes all settings of a set. */
  async setBase(base: Base): Promise<void> {
    this.base = base;
    if (this.#latest !== undefined) await this.setList(this.#latest.list);
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
    const latest = this.#latest;
    if (latest !== undefined && latest.settings === undefined) {
      latest.changes.push([key, text]); // of the settings that will turn out to suit its list
      return undefined;
    }
    const conflict = conflictOf(changed);
    if (conflict !== undefined) return conflict.message;
    if (latest !== undefined) this.setList(latest.list, changed);
    return undefined;
  }

  /** Goes on with a run of this session. */
  openRun({ list, settings, copy }: Plan): Promise<void> {
    return this.#open({ ...PLAIN, list, settings, copy });
  }

  /** Makes a copy of the present run, which is trained in another tab. */
  async copyRun(): Promise<void> {
    const { run } = this;
    if (run === undefined) return;
    await this.openRun(this.runs.copyOf(run));
  }

  /**
   * Takes a model from a file.
   *
   * @param file The file.
   * @param lists Lists that it may have learned.
   * @throws {Error} If its list is neither here nor in the file.
   */
  async openModel(file: ModelFile, lists: readonly List[]): Promise<void> {
    const all = [...lists, ...this.runs.all.map(({ list }) => list)];
    const list = learnedList(file, all);
    await this.#open({ ...PLAIN, list, settings: settingsOf(file.options).settings, file });
  }

  /** Trains, to the end of the run; one that has ended goes on. */
  train(): Promise<void> {
    return this.#trainUntil(() => Infinity, this.pace);
  }

  /** Takes a few steps at once. */
  takeSteps(count: number): Promise<void> {
    return this.#trainUntil((step) => step + count, "full");
  }

  /** Stops training after the step that is being taken. */
  pause(): Promise<void> {
    return this.worker.call("pause");
  }

  /** Goes back to step 0 with the same weights. */
  async startAnew(): Promise<void> {
    await this.#queue;
    const { run } = this;
    if (run === undefined || !await this.#mayTrain(run)) return;
    await this.worker.call("restart");
    if (run !== this.run) return;
    this.run = new History(run, run.start, run.suggested);
    this.run.references = run.references;
    await this.runs.remove(run);
    this.runChanged.emit();
  }

  /** Changes the pace, of training under way as well. */
  async setPace(pace: Pace): Promise<void> {
    this.pace = pace;
    this.#keepSession();
    await this.worker.call("setPace", pace);
  }

  async #trainUntil(until: (step: number) => number, pace: Pace): Promise<void> {
    await this.#queue; // a list or a setting may have just been changed
    const { run } = this;
    if (run === undefined || run.state === "training" || !await this.#mayTrain(run)) return;
    const numSteps = run.state === "ended" ? run.numSteps + MORE_STEPS : run.numSteps;
    run.setLength(numSteps);
    run.state = "training";
    this.runs.put(run);
    await this.worker.call("train", Math.min(until(run.step), numSteps), numSteps, pace);
  }

  /** Tells whether this tab may train a run; if not, the visitor is shown why. */
  async #mayTrain(run: History): Promise<boolean> {
    const isFree = await this.#lock.take(run.id);
    if (run !== this.run) return false;
    const obstacle = run.list.isPartial ? "no list" : isFree ? undefined : "other tab";
    if (obstacle === "other tab") this.#lock.whenFree(run.id, () => this.openRun(run));
    if (obstacle !== this.obstacle) {
      this.obstacle = obstacle;
      this.runChanged.emit();
    }
    return obstacle === undefined;
  }

  /** Opens a run in place of the present one, which is kept if it has begun. */
  #open(opening: Omit<Opening, "changes">): Promise<void> {
    const latest: Opening = { ...opening, changes: [] };
    this.#latest = latest;
    if (opening.settings !== undefined) {
      this.settings = opening.settings; // at once: another change may follow
      this.settingsChanged.emit();
    }
    return this.#queue = this.#queue.then(async () => {
      if (latest !== this.#latest) return;
      const timer = setTimeout(() => this.said.emit("One moment, please."), PATIENCE);
      try {
        await this.#keepPresent();
        await this.#replace(latest);
      } catch (error) {
        if (latest === this.#latest) this.#fail(latest, error);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  #fail(opening: Opening, error: unknown): void {
    opening.settings ??= this.settings;
    this.problem = error instanceof Error ? error.message : `${error}`;
    this.settingsChanged.emit();
    this.listChanged.emit();
  }

  async #replace(opening: Opening): Promise<void> {
    const list = await opening.list;
    const facts = (form: TextForm) => this.#helper.call("facts", list.bytes, form);
    if (list !== this.list || this.#rawFacts === undefined) {
      this.list = list;
      this.facts = this.#rawFacts = undefined;
      this.facts = this.#rawFacts = await facts(AS_IT_IS);
      if (this.facts.numDocs === 0) throw new Error("Paste some names first, one per line.");
    }
    const settings = opening.settings ??= this.#settingsFor(opening);
    if (opening === this.#latest) this.settings = settings;
    const factsInForm = isAsItIs(settings) ? this.#rawFacts : await facts(settings);
    const { copy, file } = opening;
    const plan = { list, settings, copy };
    const kept = await this.runs.find(idOf(plan));
    const snapshot = file?.snapshot ?? kept?.snapshot;
    if (opening !== this.#latest) return;
    const held = list.isPartial ? { valFraction: 0 } : {}; // what is held out is not known
    const start = await this.worker.call("open", list.bytes, { ...settings, ...held }, snapshot);
    // The worker has it now: from here on it is the present one, even if another one is to follow.
    const isKept = kept !== undefined && kept.step === (snapshot?.state.steps ?? 0) &&
      kept.list.isPartial === list.isPartial;
    const run = isKept ? kept : new History(plan, start, this.#suggested, snapshot);
    if (!isKept && snapshot !== undefined) run.babble.push(await this.worker.call("babble"));
    this.run = run;
    this.facts = factsInForm;
    this.problem = this.obstacle = undefined;
    if (run.step > 0) this.runs.put(run);
    this.#keepSession();
    this.settingsChanged.emit();
    this.listChanged.emit();
    this.runChanged.emit();
    if (run.step > 0) await this.#mayTrain(run);
    this.#measure(run);
  }

  /** The settings to learn a list with that has just been looked at. */
  #settingsFor({ changes }: Opening): Settings {
    const { run, list } = this;
    // A model from a file, or a link, may have been waiting for just this list.
    const isMissing = run?.list.isPartial && run.list.sha256 === list?.sha256;
    const waiting = isMissing ? run.settings : this.#expected.get(list?.sha256 ?? "");
    return withChanges(
      waiting ?? this.baseSettings,
      changes,
      (message) => this.said.emit(message),
    );
  }

  async #measure(run: History): Promise<void> {
    if (run.references !== undefined || run.list.isPartial) return;
    try {
      run.references = await this.#helper.call("references", run.list.bytes, run.settings);
    } catch {
      return; // another run has been opened
    }
    if (run === this.run) this.baselinesChanged.emit();
  }

  #receive(progress: Progress): void {
    const { run } = this;
    if (run === undefined) return;
    run.add(progress);
    this.#newsDesk.add(progress);
    if (progress.state !== "training" || this.#keeper.isDue) this.#keep(run);
  }

  async #keepPresent(): Promise<void> {
    const { run } = this;
    if (run === undefined || run.step === 0) return;
    await this.pause();
    await this.#keep(run);
  }

  /** Keeps a run, which the worker has. */
  async #keep(run: History): Promise<void> {
    if (this.obstacle === "other tab") return;
    await this.#keeper.keep(run);
  }

  #keepSession(): void {
    const { run, base, pace } = this;
    if (run === undefined) return;
    const { list, settings, copy } = run;
    this.#store.keepSession({ list, settings, copy, base, pace });
  }
}
