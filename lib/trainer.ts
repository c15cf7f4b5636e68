/**
 * The training loop: one document a step, or a batch, in the order of the
 * (shuffled) data set and round again, with a learning rate that falls to zero. It knows no
 * engine in particular, prints nothing, and hands over a report after each
 * step: whoever iterates decides what to do with it, and when to stop.
 *
 * @example From a list of names to a model
 * ```ts
 * import {
 *   createEngine,
 *   DEFAULT_SIZES,
 *   Docs,
 *   initWeights,
 *   Random,
 *   Tokenizer,
 *   train,
 * } from "@x/microgpt/lib";
 * import { assert } from "@std/assert";
 *
 * const random = new Random(42);
 * const docs = Docs.from(["anna", "hanna", "johanna"]);
 * docs.shuffle(random);
 * const tokenizer = Tokenizer.fromDocs(docs);
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, random));
 *
 * const losses: number[] = [];
 * for (const { loss } of train(engine, tokenizer, docs, { numSteps: 20 })) losses.push(loss);
 * assert(losses.at(-1)! < losses[0]!); // it has learned something
 * ```
 *
 * @module
 */

import type { Docs } from "./docs.ts";
import {
  assertInteger,
  assertVocabulary,
  type Engine,
  type StepDetails,
  type Stop,
  type Tokens,
} from "./engine.ts";
import { linearDecay } from "./optim.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Settings of training. */
export interface TrainOptions {
  /** The number of steps. */
  readonly numSteps: number;
  /** The learning rate of the first step; it falls in a straight line to zero. */
  readonly learningRate: number;
  /** The number of documents per step; its gradient is the mean of theirs. */
  readonly batchSize: number;
  /** The number of steps already taken: training goes on with the next one. */
  readonly stepsDone: number;
}

/** The settings of microgpt.py. */
export const DEFAULT_TRAIN_OPTIONS: TrainOptions = {
  numSteps: 1000,
  learningRate: 0.01,
  batchSize: 1,
  stepsDone: 0,
};

/** The report of a step. */
export interface StepReport {
  /** The step, counted from 1. */
  readonly step: number;
  /** The number of steps of the whole run. */
  readonly numSteps: number;
  /** The mean loss of the step's documents before the update, in nats a token. */
  readonly loss: number;
  /** The learning rate it was taken with. */
  readonly learningRate: number;
}

/** An error: training has diverged, and the loss is no longer a finite number. */
export class DivergenceError extends Error {
  /** The name of the class. */
  override name = "DivergenceError";
  /** The step whose loss is not finite, counted from 1. */
  readonly step: number;
  /** The loss of the step before, or `undefined` if there is none. */
  readonly lastLoss: number | undefined;

  /** Creates the error. */
  constructor(step: number, loss: number, lastLoss: number | undefined) {
    const before = lastLoss === undefined
      ? ""
      : `, after ${lastLoss.toFixed(4)} in the step before`;
    super(
      `Training diverged: the loss of step ${step} is ${loss}${before}: lower the learning rate`,
    );
    this.step = step;
    this.lastLoss = lastLoss;
  }
}

/**
 * Trains a model, one step per call of `next()`. Arguments are checked on the first one. Documents
 * are taken in their order: shuffle a sorted list first, or the model learns it badly.
 *
 * If training diverges the parameters are those of the last good step (unless
 * gradients have overflowed where the loss has not: `wasm` looks at the loss only).
 *
 * @param engine The model, of which only the sizes and `step` are used.
 * @param tokenizer The tokenizer of the documents.
 * @param docs The documents, in the order to train on.
 * @param options Settings; those not given are microgpt.py's.
 * @param details If given, each step fills it anew.
 * @param stop If given, asked in the middle of a large batch, too; a step that is stopped is not
 * taken, and what `throwIfAborted()` throws is thrown.
 * @throws {RangeError} If there are no documents, or one has a symbol that is not in the
 * vocabulary; if the tokenizer is not the model's; if an option is out of range.
 * @throws {DivergenceError} If a loss is not finite.
 */
export function* train(
  engine: Pick<Engine, "config" | "step">,
  tokenizer: Tokenizer,
  docs: Docs,
  options: Partial<TrainOptions> = {},
  details?: StepDetails,
  stop?: Stop,
): Generator<StepReport, void> {
  const { numSteps, learningRate, batchSize, stepsDone } = checkedOptions(options);
  if (docs.length === 0) throw new RangeError("Cannot train: there are no documents");
  assertVocabulary(engine, tokenizer);
  const { blockSize } = engine.config;
  let lastLoss: number | undefined;
  for (let step = stepsDone; step < numSteps; step++) {
    const batch: Tokens[] = [];
    for (let i = step * batchSize; i < (step + 1) * batchSize; i++) {
      batch.push(tokenizer.encodeDocument(docs.bytesAt(i % docs.length), blockSize));
    }
    const rate = linearDecay(learningRate, step, numSteps);
    const loss = engine.step(batch, rate, details, stop);
    if (!Number.isFinite(loss)) throw new DivergenceError(step + 1, loss, lastLoss);
    yield { step: step + 1, numSteps, loss, learningRate: rate };
    lastLoss = loss;
  }
}

function checkedOptions(options: Partial<TrainOptions>): TrainOptions {
  const {
    numSteps = DEFAULT_TRAIN_OPTIONS.numSteps,
    learningRate = DEFAULT_TRAIN_OPTIONS.learningRate,
    batchSize = DEFAULT_TRAIN_OPTIONS.batchSize,
    stepsDone = DEFAULT_TRAIN_OPTIONS.stepsDone,
  } = options;
  assertInteger("Cannot train: numSteps", numSteps, 0);
  assertInteger("Cannot train: batchSize", batchSize, 1);
  assertInteger("Cannot train: stepsDone", stepsDone, 0); // the engine checks the learning rate
  return { numSteps, learningRate, batchSize, stepsDone };
}
