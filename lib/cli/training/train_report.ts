/**
 * What a run of training writes to stdout: the lines of microgpt.py, or JSON.
 *
 * @module
 */

import type { StepReport } from "../../trainer.ts";
import type { Results } from "../terminal/output.ts";

/** Writes the results of training. */
export class TrainReport {
  readonly #results: Results;
  readonly #json: boolean;

  /**
   * @param results Where to.
   * @param json JSON lines, or those of microgpt.py.
   */
  constructor(results: Results, json: boolean) {
    this.#results = results;
    this.#json = json;
  }

  /** What is to be trained, on what. */
  data(
    numDocs: number,
    numValDocs: number | undefined,
    vocabSize: number,
    numParams: number,
  ): void {
    const held = numValDocs === undefined ? {} : { numValDocs };
    if (this.#json) {
      this.#line({ type: "data", numDocs, ...held, vocabSize, numParams });
    } else {
      this.#results.line(`num docs: ${numDocs}`);
      if (numValDocs !== undefined) this.#results.line(`num docs held out: ${numValDocs}`);
      this.#results.line(`vocab size: ${vocabSize}`);
      this.#results.line(`num params: ${numParams}`);
    }
    this.#results.flush();
  }

  /** A step. */
  step({ step, numSteps, loss }: StepReport): void {
    if (this.#json) {
      this.#line({ type: "step", step, numSteps, loss });
    } else {
      const pad = (n: number) => String(n).padStart(4);
      this.#results.line(`step ${pad(step)} / ${pad(numSteps)} | loss ${loss.toFixed(4)}`);
    }
  }

  /** A validation. */
  validation(step: number, numSteps: number, loss: number): void {
    if (this.#json) {
      this.#line({ type: "validation", step, numSteps, loss });
    } else {
      const pad = (n: number) => String(n).padStart(4);
      this.#results.line(`step ${pad(step)} / ${pad(numSteps)} | validation ${loss.toFixed(4)}`);
    }
  }

  /** The samples follow. */
  beforeSamples(): void {
    if (!this.#json) this.#results.line("\n--- inference (new, hallucinated names) ---");
  }

  #line(value: Readonly<Record<string, string | number>>): void {
    this.#results.line(JSON.stringify(value));
  }
}
