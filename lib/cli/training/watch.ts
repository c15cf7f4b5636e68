/**
 * What can be seen of a run while it trains: step lines, the progress bar, a
 * few samples, and the files that it leaves behind.
 *
 * @module
 */

import type { Engine, StepDetails } from "../../engine.ts";
import type { Evaluation } from "../../evaluate/evaluate.ts";
import { Random } from "../../random.ts";
import { sample } from "../../sample.ts";
import { shownText } from "../../text/text_form.ts";
import type { StepReport } from "../../trainer.ts";
import type { WatchSettings } from "../options/tables.ts";
import { canShowBar, type Say } from "../terminal/output.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Run } from "./run.ts";
import type { RunFiles } from "./run_files.ts";
import type { TrainReport } from "./train_report.ts";

/** How many samples are shown at once. */
const NUM_SAMPLES = 5;

/** Shows a run. */
export class Watch {
  readonly #run: Run;
  readonly #engine: Engine;
  readonly #report: TrainReport;
  readonly #progress: Progress | undefined;
  readonly #files: RunFiles | undefined;
  readonly #logEvery: number;
  readonly #sampleEvery: number;

  private constructor(
    run: Run,
    engine: Engine,
    report: TrainReport,
    { logEvery = Infinity, sampleEvery = Math.ceil(run.settings.numSteps / 10) }: WatchSettings,
    progress: Progress | undefined,
    files: RunFiles | undefined,
  ) {
    this.#run = run;
    this.#engine = engine;
    this.#report = report;
    this.#progress = progress;
    this.#files = files;
    this.#logEvery = logEvery;
    this.#sampleEvery = progress === undefined ? Infinity : sampleEvery;
  }

  /**
   * Prepares to show a run.
   *
   * @param isQuiet Whether to draw no bar.
   * @param warn Called if a file fails later.
   * @throws {Error} If a file cannot be written, which is better known before training than after.
   */
  static async open(
    run: Run,
    engine: Engine,
    report: TrainReport,
    watching: WatchSettings,
    isQuiet: boolean,
    warn: Say,
  ): Promise<Watch> {
    const progress = !isQuiet && canShowBar()
      ? new (await import("../terminal/progress.ts")).Progress(true)
      : undefined;
    const warnAboveBar: Say = (message) => {
      progress?.clear();
      warn(message);
    };
    const files = watching.plot === undefined && watching.log === undefined
      ? undefined
      : await (await import("./run_files.ts")).RunFiles.open(run, watching, warnAboveBar);
    return new Watch(run, engine, report, watching, progress, files);
  }

  /** What the engine is to fill at each step, if it is wanted. */
  get details(): StepDetails | undefined {
    return this.#files?.details;
  }

  /** Whether something would be lost, or left on the terminal, if the program just ended. */
  get isLossy(): boolean {
    return this.#files !== undefined || this.#progress !== undefined;
  }

  /** A step has been taken. */
  step(report: StepReport, isLast: boolean): void {
    const { step, numSteps, loss } = report;
    this.#files?.step(report); // first, for stdout may be closed
    if (isLast || step % this.#logEvery === 0) {
      this.#progress?.clear();
      this.#report.step(report);
    }
    this.#progress?.update(step, numSteps, loss);
    if (step % this.#sampleEvery === 0 && !isLast) this.#showSamples(step);
  }

  /** The model has been validated. */
  validation(step: number, evaluation: Evaluation): void {
    this.#files?.validation(step, evaluation); // first, as above
    this.#progress?.clear();
    this.#report.validation(step, this.#run.settings.numSteps, evaluation.loss);
  }

  /** What the model would write now; the random numbers of the samples in the end stay. */
  #showSamples(step: number): void {
    const { tokenizer, settings, generation, random } = this.#run;
    const copy = new Random(0);
    copy.setstate(random.getstate());
    const texts = Array.from(
      { length: NUM_SAMPLES },
      () => sample(this.#engine, tokenizer, copy, generation.temperature),
    );
    const shown = texts.map((text) => shownText(text, settings)).join("  ");
    this.#progress?.note([`${String(step).padStart(String(settings.numSteps).length)}  ${shown}`]);
  }

  /** Takes the bar away, to make room for a message. */
  clear(): void {
    this.#progress?.clear();
  }

  /** Training has ended, in whatever way. */
  async close(): Promise<void> {
    this.clear();
    await this.#files?.close();
  }

  /**
   * To be called when all else is done.
   *
   * @throws {Error} If the log or the plot is not what it should be.
   */
  assertComplete(): void {
    this.#files?.assertComplete();
  }
}
