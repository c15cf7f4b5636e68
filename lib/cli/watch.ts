/**
 * What can be seen of a run while it trains: step lines, the progress bar, a
 * few samples, the log, and in the end the plot.
 *
 * @module
 */

import type { Engine, StepDetails } from "../engine.ts";
import type { LossPlotOptions, LossPoint } from "../plot.ts";
import { Random } from "../random.ts";
import { sample } from "../sample.ts";
import { shownText } from "../text_form.ts";
import type { StepReport } from "../trainer.ts";
import { canShowBar } from "./output.ts";
import type { Progress } from "./progress.ts";
import type { Run } from "./run.ts";
import type { RunLog } from "./run_log.ts";
import { nameOf, type Say } from "./training_data.ts";
import type { TrainReport } from "./train_report.ts";

/** How many samples are shown at once. */
const NUM_SAMPLES = 5;

/** Shows a run. */
export class Watch {
  /** What the engine is to fill at each step, if it is wanted. */
  readonly details: StepDetails | undefined;
  readonly #run: Run;
  readonly #engine: Engine;
  readonly #report: TrainReport;
  readonly #progress: Progress | undefined;
  readonly #log: RunLog | undefined;
  readonly #sampleEvery: number;
  readonly #losses: LossPoint[] = [];
  readonly #validation: LossPoint[] = [];

  private constructor(
    run: Run,
    engine: Engine,
    report: TrainReport,
    progress: Progress | undefined,
    log: RunLog | undefined,
  ) {
    const { numSteps, sampleEvery = Math.ceil(numSteps / 10) } = run.command;
    this.#run = run;
    this.#engine = engine;
    this.#report = report;
    this.#progress = progress;
    this.#log = log;
    this.#sampleEvery = progress === undefined ? Infinity : sampleEvery;
    this.details = log === undefined ? undefined : { gradNorm: 0 };
  }

  /**
   * Prepares to show a run. What is not asked for is not loaded.
   *
   * @throws {Error} If a file cannot be written, which is better known before training than after.
   */
  static async open(run: Run, engine: Engine, report: TrainReport, warn: Say): Promise<Watch> {
    const { quiet, plot, log } = run.command;
    const isShown = !quiet && canShowBar();
    const progress = isShown ? new (await import("./progress.ts")).Progress(true) : undefined;
    if (plot !== undefined) await (await import("../atomic_file.ts")).assertWritable(plot);
    const runLog = log === undefined
      ? undefined
      : new (await import("./run_log.ts")).RunLog(log, run.stepsDone > 0, warn);
    return new Watch(run, engine, report, progress, runLog);
  }

  /** Whether something would be lost if the program just ended. */
  get hasFiles(): boolean {
    return this.#log !== undefined || this.#run.command.plot !== undefined;
  }

  /** A step has been taken. */
  step(report: StepReport, isLast: boolean): void {
    const { step, numSteps, loss, learningRate } = report;
    const { logEvery, plot } = this.#run.command;
    if (isLast || (logEvery !== undefined && step % logEvery === 0)) {
      this.#progress?.clear();
      this.#report.step(report);
    }
    if (this.details) this.#log?.line({ step, loss, learningRate, ...this.details });
    if (plot !== undefined) this.#losses.push({ step, loss });
    this.#progress?.update(step, numSteps, loss);
    if (step % this.#sampleEvery === 0 && !isLast) this.#showSamples(step);
  }

  /** The model has been validated. */
  validation(step: number, loss: number): void {
    this.#progress?.clear();
    this.#report.validation(step, this.#run.command.numSteps, loss);
    this.#log?.line({ step, validationLoss: loss });
    this.#validation.push({ step, loss });
  }

  /** What the model would write now; the random numbers of the samples in the end stay. */
  #showSamples(step: number): void {
    const { tokenizer, command, random } = this.#run;
    const copy = new Random(0);
    copy.setstate(random.getstate());
    const texts = Array.from(
      { length: NUM_SAMPLES },
      () => sample(this.#engine, tokenizer, copy, command.generation.temperature),
    );
    const shown = texts.map((text) => shownText(text, command.form)).join("  ");
    this.#progress?.note([`${String(step).padStart(String(command.numSteps).length)}  ${shown}`]);
  }

  /** Takes the bar away. */
  clear(): void {
    this.#progress?.clear();
  }

  /**
   * Closes the log, and draws the plot.
   *
   * @throws {Error} If the plot cannot be written.
   */
  async close(): Promise<void> {
    this.clear();
    this.#log?.flush();
    this.#log?.close();
    const { plot } = this.#run.command;
    if (plot !== undefined && this.#losses.length > 0) {
      const { lossPlot } = await import("../plot.ts");
      const { writeAtomically } = await import("../atomic_file.ts");
      const svg = lossPlot(await this.#plotOptions());
      await writeAtomically(plot, new TextEncoder().encode(svg));
    }
  }

  async #plotOptions(): Promise<LossPlotOptions> {
    const { data, docs, valDocs, tokenizer, config } = this.#run;
    const options = { title: `Training on ${nameOf(data.path)}`, losses: this.#losses };
    if (valDocs === undefined) return options;
    const { baselines } = await import("../evaluate.ts");
    return {
      ...options,
      validation: this.#validation,
      baselines: baselines(docs, valDocs, tokenizer, config.blockSize),
    };
  }
}
