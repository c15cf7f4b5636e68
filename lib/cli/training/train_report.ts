/**
 * The output of training on stdout: the lines of microgpt.py, or JSON.
 *
 * @module
 */

import type { StepReport } from "../../trainer.ts";
import type { Results } from "../terminal/output.ts";

/** Writes the results of training. */
export class TrainReport {
  readonly #results: Results;
  readonly #json: boolean;

  /** Writes JSON lines, or those of microgpt.py. */
  constructor(results: Results, json: boolean) {
    this.#results = results;
    this.#json = json;
  }

  /** Writes the size of the data and of the model. */
  data(
    numDocs: number,
    numValDocs: number | undefined,
    vocabSize: number,
    numParams: number,
  ): void {
    const held = numValDocs === undefined ? {} : { numValDocs };
    if (this.#json) {
      this.#results.json({ type: "data", numDocs, ...held, vocabSize, numParams });
    } else {
      this.#results.line(`num docs: ${numDocs}`);
      if (numValDocs !== undefined) this.#results.line(`num docs held out: ${numValDocs}`);
      this.#results.line(`vocab size: ${vocabSize}`);
      this.#results.line(`num params: ${numParams}`);
    }
    this.#results.flush();
  }

  /** Writes the loss of a step. */
  step({ step, numSteps, loss }: StepReport): void {
    this.#progress("step", "loss", step, numSteps, loss);
  }

  /** Writes the loss of a validation after a step. */
  validation(step: number, numSteps: number, loss: number): void {
    this.#progress("validation", "validation", step, numSteps, loss);
  }

  #progress(type: string, label: string, step: number, numSteps: number, loss: number): void {
    if (this.#json) return this.#results.json({ type, step, numSteps, loss });
    const pad = (n: number) => String(n).padStart(4);
    this.#results.line(`step ${pad(step)} / ${pad(numSteps)} | ${label} ${loss.toFixed(4)}`);
  }

  /** True if there are lines that wait. */
  get isWaiting(): boolean {
    return this.#results.isWaiting;
  }

  /** Writes the lines that wait. */
  flush(): void {
    this.#results.flush();
  }

  /** Announces the samples, if there are some: microgpt.py always has 20. */
  beforeSamples(numSamples: number): void {
    if (this.#json || numSamples === 0) return;
    this.#results.line("");
    this.#results.line("--- inference (new, hallucinated names) ---");
  }
}
