/**
 * The training loop: one document per step, or a batch, in the order of the
 * (shuffled) data set and round again, with a learning rate that falls to zero. It knows no
 * engine in particular, prints nothing, and hands over a report after each
 * step: whoever iterates decides what to do with it, and when to stop.
 *
 * Options lead away from microgpt.py, to better models. What they do at a step depends on the
 * options and the step alone, so that a run that stops can go on from there.
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
  assertStepOptions,
  assertVocabulary,
  type Engine,
  type StepDetails,
  type StepOptions,
  type Stop,
  type Tokens,
} from "./engine.ts";
import { linearDecay } from "./optim.ts";
import { Random } from "./random.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The course of the learning rate. */
export type Schedule = "linear" | "cosine" | "constant";

/** The names of {@linkcode Schedule}; the first one is microgpt.py's. */
export const SCHEDULES: readonly Schedule[] = ["linear", "cosine", "constant"];

/** Settings of training. */
export interface TrainOptions extends Required<Omit<StepOptions, "ema">> {
  /** The number of steps. */
  readonly numSteps: number;
  /** The highest learning rate: that of the first step, or of the last one of the warm-up. */
  readonly learningRate: number;
  /**
   * The course of the learning rate after the warm-up: `linear` falls in a straight line to zero,
   * as in microgpt.py, `cosine` along half a wave, `constant` does not fall.
   */
  readonly schedule: Schedule;
  /**
   * The number of steps over which the learning rate first rises, in a straight line: that of the
   * first one is `learningRate / warmup`.
   */
  readonly warmup: number;
  /** The number of documents per step; its gradient is the mean of theirs. */
  readonly batchSize: number;
  /** The number of steps already taken: training goes on with the next one. */
  readonly stepsDone: number;
  /** Takes the documents in a new order in each pass but the first. */
  readonly reshuffle: boolean;
  /** The seed of those orders. */
  readonly seed: number | bigint;
  /** The decay of an average of the weights; none is taken unless it is given. */
  readonly ema: number | undefined;
}

/** The maximum number of documents per step: all of them are in memory as tokens. */
export const MAX_BATCH_SIZE = 1_000_000;

/** The settings of microgpt.py. */
export const DEFAULT_TRAIN_OPTIONS: TrainOptions = {
  numSteps: 1000,
  learningRate: 0.01,
  schedule: "linear",
  warmup: 0,
  batchSize: 1,
  stepsDone: 0,
  reshuffle: false,
  seed: 42,
  lossMean: "document",
  weightDecay: 0,
  ema: undefined,
};

/** The report of a step. */
export interface StepReport {
  /** The step, counted from 1. */
  readonly step: number;
  /** The number of steps of the whole run. */
  readonly numSteps: number;
  /** The loss that `Engine.step()` has returned, in nats per token. */
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
  const settings = checkedOptions(options);
  const { numSteps, batchSize, stepsDone } = settings;
  if (docs.length === 0) throw new RangeError("Cannot train: there are no documents");
  assertVocabulary(engine, tokenizer);
  const { blockSize } = engine.config;
  const docAt = orderOf(docs.length, settings);
  const stepOptions = stepOptionsOf(settings);
  let lastLoss: number | undefined;
  for (let step = stepsDone; step < numSteps; step++) {
    const batch: Tokens[] = [];
    for (let i = step * batchSize; i < (step + 1) * batchSize; i++) {
      batch.push(tokenizer.encodeDocument(docs.bytesAt(docAt(i)), blockSize));
    }
    const rate = learningRateAt(step, settings);
    const loss = engine.step(batch, rate, details, stop, stepOptions);
    if (!Number.isFinite(loss)) throw new DivergenceError(step + 1, loss, lastLoss);
    yield { step: step + 1, numSteps, loss, learningRate: rate };
    lastLoss = loss;
  }
}

/**
 * Computes the learning rate of a step. It rises over the steps of the warm-up to the full rate,
 * and then takes its course over those that are left.
 *
 * @param step The step, counted from 0.
 * @param options The full rate, the number of steps, the warm-up and the schedule.
 */
export function learningRateAt(
  step: number,
  { learningRate, numSteps, warmup, schedule }: Pick<
    TrainOptions,
    "learningRate" | "numSteps" | "warmup" | "schedule"
  >,
): number {
  if (step < warmup) return learningRate * (step + 1) / warmup;
  const done = step - warmup, length = numSteps - warmup;
  switch (schedule) {
    case "linear":
      return linearDecay(learningRate, done, length);
    case "cosine":
      return learningRate * (1 + Math.cos(Math.PI * done / length)) / 2;
    case "constant":
      return learningRate;
  }
}

/**
 * Returns the order of the documents: the index of the i-th one that is trained on. Each pass but
 * the first is shuffled by random numbers of its own, so that none needs those before it.
 */
function orderOf(
  length: number,
  { reshuffle, seed }: Pick<TrainOptions, "reshuffle" | "seed">,
): (i: number) => number {
  if (!reshuffle) return (i) => i % length;
  const order = new Uint32Array(length);
  let orderedPass = -1;
  return (i) => {
    const pass = Math.floor(i / length);
    if (pass !== orderedPass) {
      for (let doc = 0; doc < length; doc++) order[doc] = doc;
      if (pass > 0) new Random((BigInt(seed) << 64n) + BigInt(pass)).shuffle(order);
      orderedPass = pass;
    }
    return order[i % length]!; // below length
  };
}

/** Returns the options for the engine; `undefined` if they are microgpt.py's. */
function stepOptionsOf({ lossMean, weightDecay, ema }: TrainOptions): StepOptions | undefined {
  if (lossMean === "document" && weightDecay === 0 && ema === undefined) return undefined;
  return { lossMean, weightDecay, ema };
}

function checkedOptions(options: Partial<TrainOptions>): TrainOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: TrainOptions = { ...DEFAULT_TRAIN_OPTIONS, ...Object.fromEntries(given) };
  const { numSteps, batchSize, stepsDone, schedule, warmup } = settings;
  assertInteger("Cannot train: numSteps", numSteps, 0);
  assertInteger("Cannot train: batchSize", batchSize, 1);
  if (batchSize > MAX_BATCH_SIZE) {
    throw new RangeError(
      `Cannot train: batchSize must be at most ${MAX_BATCH_SIZE}: it is ${batchSize}`,
    );
  }
  assertInteger("Cannot train: stepsDone", stepsDone, 0); // the engine checks the learning rate
  assertInteger("Cannot train: warmup", warmup, 0);
  if (warmup > numSteps) {
    throw new RangeError(
      `Cannot train: warmup must not be above numSteps: it is ${warmup}, numSteps is ${numSteps}`,
    );
  }
  if (!SCHEDULES.includes(schedule)) {
    throw new RangeError(
      `Cannot train: schedule must be ${SCHEDULES.join(", ")}: it is ${schedule}`,
    );
  }
  assertStepOptions(settings, settings.learningRate);
  return settings;
}
