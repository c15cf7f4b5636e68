/**
 * Validates a model during a run, on documents that it has not seen, and keeps the best of its
 * states. The loss that counts is the mean over all tokens, as for the baselines. The vocabulary is
 * that of all documents, so a held-out one has no unknown characters.
 *
 * @module
 */

import type { Best } from "../checkpoint/checkpoint.ts";
import type { Docs } from "../docs.ts";
import { type Engine, useAverage } from "../engine.ts";
import { evaluating, type Evaluation, finish } from "./evaluate.ts";
import type { Tokenizer } from "../tokenizer.ts";

/**
 * Measures a model now and then, and remembers when it was best. Where its weights are averaged, it
 * is the averaged ones that are measured and kept.
 */
export class Validation {
  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  readonly #docs: Docs;
  readonly #every: number;
  #best: Best | undefined;

  /**
   * @param docs The documents that are not trained on.
   * @param every Steps per validation.
   * @param best The best state before this program started.
   */
  constructor(
    engine: Engine,
    tokenizer: Tokenizer,
    docs: Docs,
    every: number,
    best: Best | undefined,
  ) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#docs = docs;
    this.#every = every;
    this.#best = best;
  }

  /** The best state so far. */
  get best(): Best | undefined {
    return this.#best;
  }

  /** Tells if it is time to validate after a step; after the last one it always is. */
  isDue(step: number, isLast: boolean): boolean {
    return step % this.#every === 0 || isLast;
  }

  /**
   * Validates the model after a step if it is time to, or the step is the last.
   *
   * @returns `undefined` if it was not time.
   */
  after(step: number, isLast: boolean): Evaluation | undefined {
    return this.isDue(step, isLast) ? finish(this.validating(step)) : undefined;
  }

  /** Validates the model after a step, and yields after each document: it can be long work. */
  *validating(step: number): Generator<void, Evaluation, void> {
    const goBack = useAverage(this.#engine);
    try {
      const evaluation = yield* evaluating(this.#engine, this.#tokenizer, this.#docs);
      const { loss } = evaluation;
      if (loss < (this.#best?.loss ?? Infinity)) { // not if it is not a number
        this.#best = { step, loss, weights: this.#engine.weights() };
      }
      return evaluation;
    } finally {
      goBack(); // even if the rest is not asked for
    }
  }

  /**
   * Counts the validations in a row, up to a step, that were no better than one before.
   * It takes the steps alone, and so gives the same in a run that was resumed.
   */
  fruitless(step: number): number {
    const count = (step: number) => Math.floor(step / this.#every);
    return count(step) - count(this.#best?.step ?? 0);
  }

  /** Gives the model the weights it was best with. */
  restoreBest(): void {
    if (this.#best === undefined) return;
    this.#engine.restore({ ...this.#engine.state(), weights: this.#best.weights });
  }
}
