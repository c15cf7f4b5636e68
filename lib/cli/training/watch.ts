/**
 * The view of a run while it trains: step lines, the progress bar, a few samples,
 * and the files that it leaves behind.
 *
 * @module
 */

import { type StepDetails, useAverage } from "../../engine.ts";
import type { Evaluation } from "../../evaluate/evaluate.ts";
import { Random } from "../../random.ts";
import { sample } from "../../sample.ts";
import { shownText } from "../../text/text_form.ts";
import type { StepReport } from "../../trainer.ts";
import { canShowBar, hasColor, type Say, type Talk } from "../terminal/output.ts";
import type { Progress } from "../terminal/progress.ts";
import { documentsAmong } from "./documents_among.ts";
import type { Forecast } from "./forecast.ts";
import { mayBeLong, type Work } from "./run.ts";
import type { RunFiles } from "./run_files.ts";

/** The number of samples that are shown at once. */
const NUM_SAMPLES = 5;

/** Shows a run. */
export class Watch {
  /** Talks to the user above the bar. */
  readonly talk: Talk;
  readonly #work: Work;
  readonly #progress: Progress | undefined;
  readonly #files: RunFiles | undefined;
  readonly #forecast: Forecast | undefined;
  readonly #logEvery: number;
  readonly #sampleEvery: number;
  #lastStep: number;

  private constructor(
    work: Work,
    talk: Talk,
    progress: Progress | undefined,
    files: RunFiles | undefined,
    forecast: Forecast | undefined,
  ) {
    const { numSteps } = work.run.settings;
    const { logEvery = Infinity, sampleEvery = Math.ceil(numSteps / 10) } = work.command.watching;
    this.talk = talk;
    this.#work = work;
    this.#lastStep = work.run.stepsDone;
    this.#progress = progress;
    this.#files = files;
    this.#forecast = forecast;
    this.#logEvery = logEvery;
    this.#sampleEvery = progress === undefined ? Infinity : sampleEvery;
  }

  /**
   * Prepares to show a run.
   *
   * @throws {Error} If a file cannot be written, which is better known before training than after.
   */
  static async open(work: Work): Promise<Watch> {
    const { run, command: { watching, quiet }, talk } = work;
    const progress = !quiet && canShowBar()
      ? new (await import("../terminal/progress.ts")).Progress()
      : undefined;
    const aboveBar = (say: Say): Say => (message) => {
      progress?.clear();
      say(message);
    };
    const ownTalk = { note: aboveBar(talk.note), warn: aboveBar(talk.warn) };
    const files = watching.plot === undefined && watching.log === undefined
      ? undefined
      : await (await import("./run_files.ts")).RunFiles.open(run, watching, ownTalk.warn);
    progress?.begin(run.stepsDone, run.settings.numSteps);
    const forecast = !quiet && progress === undefined && mayBeLong(run) // a bar has the time left
      ? new (await import("./forecast.ts")).Forecast(run.config, run.settings, run.stepsDone)
      : undefined;
    return new Watch(work, ownTalk, progress, files, forecast);
  }

  /** The last step that was shown; at first, the last one of the run that goes on. */
  get lastStep(): number {
    return this.#lastStep;
  }

  /** Details for the engine to fill at each step, if they are wanted. */
  get details(): StepDetails | undefined {
    return this.#files?.details;
  }

  /** True if the run leaves a log or a plot behind. */
  get hasFiles(): boolean {
    return this.#files !== undefined;
  }

  /** Draws the bar again. */
  redraw(): void {
    this.#progress?.redraw();
  }

  /** True if there is a bar on the terminal. */
  get hasBar(): boolean {
    return this.#progress !== undefined;
  }

  /** Shows a step that has been taken. */
  step(report: StepReport, isLast: boolean): void {
    const { step, numSteps, loss } = report;
    this.#lastStep = step;
    this.#files?.step(report); // first, for stdout may be closed
    if (isLast || step % this.#logEvery === 0) {
      this.#progress?.clear();
      this.#work.report.step(report);
    }
    this.#progress?.update(step, numSteps, loss);
    const forecast = this.#forecast?.after(step);
    if (forecast !== undefined) this.talk.note(forecast);
    if (step % this.#sampleEvery === 0 && !isLast) this.#showSamples(step);
  }

  /** Shows a validation. */
  validation(step: number, evaluation: Evaluation): void {
    const { run, report } = this.#work;
    this.#files?.validation(step, evaluation); // first, as above
    this.#progress?.clear();
    report.validation(step, run.settings.numSteps, evaluation.loss);
  }

  /** Shows what the model would write now; the random numbers of the samples in the end stay. */
  #showSamples(step: number): void {
    const { engine, report, run: { data, tokenizer, settings, generation, random } } = this.#work;
    if (report.isWaiting) { // what came before is shown before
      this.#progress?.clear();
      report.flush();
    }
    const copy = new Random(0);
    copy.setstate(random.getstate());
    const goBack = useAverage(engine);
    const texts = Array.from(
      { length: NUM_SAMPLES },
      () => sample(engine, tokenizer, copy, generation.temperature),
    );
    goBack();
    const known = hasColor() ? documentsAmong(texts, data.docs) : new Set<string>(); // it is a color
    this.#progress?.samples(
      String(step).padStart(String(settings.numSteps).length),
      texts.map((text) => ({ text: shownText(text, settings), isKnown: known.has(text) })),
    );
  }

  /** Brings the log to the disk: before a checkpoint that speaks of its last step. */
  syncFiles(): void {
    this.#files?.sync();
  }

  /** Writes the results that wait: a run that goes on from a checkpoint does not repeat them. */
  syncResults(): void {
    this.#work.report.flush();
  }

  /** Ends watching, however training has ended. */
  async close(): Promise<void> {
    this.#progress?.clear();
    await this.#files?.close();
  }

  /**
   * Checks that no file has failed. To be called last.
   *
   * @throws {Error} If the log or the plot is not complete.
   */
  assertComplete(): void {
    this.#files?.assertComplete();
  }
}
