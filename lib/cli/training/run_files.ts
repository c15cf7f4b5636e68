/**
 * `--log` and `--plot`: the files of a run beside its model. That they can be
 * written is checked before training; if it fails later, training goes on.
 *
 * @module
 */

import type { StepDetails } from "../../engine.ts";
import { baselines, type Evaluation } from "../../evaluate/evaluate.ts";
import { assertWritable, writeAtomically } from "../../files/atomic_file.ts";
import { lossPlot, type LossPlotOptions, type LossPoint } from "../../plot/plot.ts";
import type { StepReport } from "../../trainer.ts";
import type { WatchSettings } from "../options/tables.ts";
import type { Say } from "../terminal/output.ts";
import { LossRecord } from "./loss_record.ts";
import { assertReplaceable } from "./own_file.ts";
import type { Run } from "./run.ts";
import { RunLog } from "./run_log.ts";
import { nameOf } from "../text_input.ts";

/** The beginning of a plot that this program made. */
const PLOT_START = '<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot"';

/** The log and the plot of a run, as far as they are asked for. */
export class RunFiles {
  /** Details for the engine to fill at each step, if they are wanted. */
  readonly details: StepDetails | undefined;
  readonly #run: Run;
  readonly #plot: string | undefined;
  readonly #warn: Say;
  readonly #log: RunLog | undefined;
  readonly #losses = new LossRecord();
  readonly #validation: LossPoint[] = [];
  #isComplete = true;

  private constructor(run: Run, { log, plot }: WatchSettings, warn: Say) {
    this.#run = run;
    this.#plot = plot;
    this.#warn = warn;
    this.#log = log === undefined
      ? undefined
      : new RunLog(log, run.stepsDone, warn, (error) => this.#fail(error));
    this.details = log === undefined ? undefined : { gradNorm: 0 };
  }

  /**
   * Opens the log, and checks that the plot can be written.
   *
   * @param warn Called if one of them fails later, or lacks something already.
   * @throws {Error} If a file cannot be written, or this program did not make it.
   */
  static async open(run: Run, watching: WatchSettings, warn: Say): Promise<RunFiles> {
    const { plot } = watching;
    if (plot !== undefined) {
      assertReplaceable(plot, "a plot", PLOT_START);
      await assertWritable(plot);
    }
    return new RunFiles(run, watching, warn);
  }

  /** Records a step, which has filled `details`. */
  step({ step, loss, learningRate }: StepReport): void {
    if (this.details) this.#log?.line({ step, loss, learningRate, ...this.details });
    if (this.#plot !== undefined) this.#losses.add(step, loss);
  }

  /** Records a validation. */
  validation(step: number, { loss, documentLoss }: Evaluation): void {
    this.#log?.line({ step, validationLoss: loss, validationDocumentLoss: documentLoss });
    this.#validation.push({ step, loss });
  }

  /** Brings the log to the disk: before a checkpoint that speaks of its last step. */
  sync(): void {
    this.#log?.sync();
  }

  /** Closes the log, and draws the plot as far as training has come. */
  async close(): Promise<void> {
    this.#log?.close();
    if (this.#plot === undefined || this.#losses.points.length === 0) return;
    try {
      await writeAtomically(this.#plot, new TextEncoder().encode(lossPlot(this.#plotOptions())));
    } catch (error) {
      this.#fail(error as Error); // nothing else is thrown
    }
  }

  /**
   * Checks that nothing has failed. To be called last: that is no reason to withhold the samples.
   *
   * @throws {Error} If the log or the plot is not complete.
   */
  assertComplete(): void {
    if (this.#isComplete) return;
    throw new Error("The log or the plot is not complete: see the error above");
  }

  #fail({ message }: Error): void {
    this.#isComplete = false;
    this.#warn(`${message}: training continues without it`);
  }

  #plotOptions(): LossPlotOptions {
    const { data, docs, valDocs, tokenizer, config } = this.#run;
    const options = {
      title: `Training on ${nameOf(data.path)}`,
      subtitle: this.#subtitle(),
      losses: this.#losses.points,
    };
    if (valDocs === undefined) return options;
    return {
      ...options,
      validation: this.#validation,
      baselines: baselines(docs, valDocs, tokenizer, config.blockSize),
    };
  }

  #subtitle(): string {
    const { config: { nLayer, nEmbd }, settings: { batchSize, learningRate }, stepsDone } =
      this.#run;
    const layers = nLayer === 1 ? "1 layer" : `${nLayer} layers`;
    const parts = [layers, `width ${nEmbd}`, `batch ${batchSize}`, `learning rate ${learningRate}`];
    return [...parts, ...(stepsDone > 0 ? [`resumed after step ${stepsDone}`] : [])].join(", ");
  }
}
