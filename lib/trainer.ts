/**
 * The training loop: one document a step, in the order of the (shuffled) data
 * set and round again, with a learning rate that falls to zero. It knows no
 * engine in particular, prints nothing, and hands over a report after each
 * step: whoever iterates decides what to do with it, and when to stop.
 *
 * @example From a list of names to a model
 * ```ts
 * import { Docs } from "@x/microgpt/docs";
 * import { createEngine } from "@x/microgpt/engine";
 * import { DEFAULT_SIZES, initWeights } from "@x/microgpt/model";
 * import { Random } from "@x/microgpt/random";
 * import { Tokenizer } from "@x/microgpt/tokenizer";
 * import { train } from "@x/microgpt/trainer";
 * import { assert } from "@std/assert";
 *
 * const random = new Random(42);
 * const docs = Docs.from(["anna", "hannah", "nan"]);
 * docs.shuffle(random);
 * const tokenizer = Tokenizer.fromDocs(docs);
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("scalar", config, initWeights(config, random));
 *
 * const losses: number[] = [];
 * for (const { loss } of train(engine, tokenizer, docs, { numSteps: 20 })) losses.push(loss);
 * assert(losses.at(-1)! < losses[0]!); // it has learned something
 * ```
 *
 * @module
 */

import type { Docs } from "./docs.ts";
import type { Engine } from "./engine.ts";
import { linearDecay } from "./optim.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How to train. */
export interface TrainOptions {
  /** How many steps to take. */
  readonly numSteps: number;
  /** The learning rate of the first step; it falls in a straight line to zero. */
  readonly learningRate: number;
}

/** The options that microgpt.py has. */
export const DEFAULT_TRAIN_OPTIONS: TrainOptions = {
  numSteps: 1000,
  learningRate: 0.01,
};

/** What a step of training tells. */
export interface StepReport {
  /** Which step it was, counted from 1. */
  readonly step: number;
  /** How many steps there are in all. */
  readonly numSteps: number;
  /** The loss of the step's document before the update, in nats a token. */
  readonly loss: number;
}

/**
 * Trains a model, one step each time the next report is asked for.
 *
 * @param engine The model.
 * @param tokenizer The tokenizer of the documents.
 * @param docs The documents, in the order to train on.
 * @param options How to train; what is not given is as in microgpt.py.
 * @throws {RangeError} If there are no documents, or one has a symbol that is not in the vocabulary.
 */
export function* train(
  engine: Engine,
  tokenizer: Tokenizer,
  docs: Docs,
  options: Partial<TrainOptions> = {},
): Generator<StepReport, void> {
  const { numSteps, learningRate } = { ...DEFAULT_TRAIN_OPTIONS, ...options };
  if (docs.length === 0) {
    throw new RangeError("Cannot train: there are no documents");
  }
  const { bos } = tokenizer;
  for (let step = 0; step < numSteps; step++) {
    const doc = docs.bytesAt(step % docs.length);
    const tokens = [bos, ...tokenizer.encode(doc), bos];
    const loss = engine.step(
      [tokens],
      linearDecay(learningRate, step, numSteps),
    );
    yield { step: step + 1, numSteps, loss };
  }
}
