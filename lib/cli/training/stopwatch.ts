/**
 * The time that training takes on this machine, measured by a few real steps.
 *
 * @module
 */

import type { RunTime } from "../../auto/budget.ts";
import type { AutoSettings } from "../../auto/settings.ts";
import { initWeights } from "../../config.ts";
import type { Docs } from "../../docs.ts";
import type { NumThreads } from "../../create_engine.ts";
import type { Engine } from "../../engine.ts";
import { Random } from "../../random.ts";
import { Tokenizer } from "../../tokenizer.ts";
import { type StepReport, train } from "../../trainer.ts";
import { WORTH_SHARING } from "../../wasm/threads/choice.ts";
import { newTrainingEngine } from "../engine.ts";
import type { RunSettings } from "../options/tables.ts";
import type { TrainingData } from "./training_data.ts";

/** The minimum number of steps before those that are measured: V8 compiles the code meanwhile. */
const WARM_UP = 12;

/** The minimum number of steps that are measured. */
const MEASURED = 24;

/** The time in which an engine finds out whether several threads take less, in milliseconds. */
const SETTLE = 80;

/** The maximum number of steps to warm up and to measure. */
const MAX_STEPS = 10_000;

/** The learning rate, on which the time does not depend: no training diverges at this one. */
const LEARNING_RATE = 1e-6;

/** The part of the time for training that measuring a model takes, and half as much warming up. */
const SHARE = 1 / 50;

/** The part of the time for training after which a few slow steps are enough, twice. */
const MAX_SHARE = 1 / 8;

/** The maximum time to measure, in milliseconds, if there are enough steps. */
const MAX_TIME = 100;

/** The maximum number of documents to measure with. */
const MAX_DOCS = 1000;

/** The number of validations per run. */
const NUM_VALIDATIONS = 10;

/**
 * Makes a function that measures how long a run takes. It uses documents of the list, but neither
 * its order nor the random numbers of the run.
 *
 * @param data The list.
 * @param settings The settings of the run that are not chosen.
 * @param numDistinct The number of distinct documents.
 * @param budget The time for training, in milliseconds.
 */
export function newStopwatch(
  { docs, codes }: TrainingData,
  settings: RunSettings,
  numDistinct: number,
  budget: number,
): (chosen: AutoSettings) => Promise<RunTime> {
  const tokenizer = new Tokenizer(settings.tokenizer, codes);
  const some = sampleOf(docs);
  return async (chosen) => {
    const config = { ...chosen, vocabSize: tokenizer.vocabSize };
    const weights = () => initWeights(config, new Random(0));
    const { engine: name, threads } = settings;
    using engine = await newTrainingEngine(
      { engine: name, dtype: chosen.dtype, threads },
      config,
      weights,
      { note: () => {}, warn: () => {} }, // the run itself says it
    );
    const step = stepTime(engine, tokenizer, some, chosen, { budget, threads });
    const numHeldOut = numDistinct * (chosen.valFraction ?? 0);
    const validations = NUM_VALIDATIONS * numHeldOut * lossTime(engine, tokenizer, some);
    return { step, validations };
  };
}

/** Takes documents from all over a list, in a random order. */
function sampleOf(docs: Docs): Docs {
  const stride = Math.ceil(docs.length / MAX_DOCS);
  const some = docs.filter((doc) => doc % stride === 0);
  some.shuffle(new Random(0));
  return some;
}

/** Measures a step of training, in milliseconds, as is the budget; a slow one is not repeated. */
function stepTime(
  engine: Engine,
  tokenizer: Tokenizer,
  docs: Docs,
  chosen: AutoSettings,
  { budget, threads }: { readonly budget: number; readonly threads: NumThreads },
): number {
  const minTime = Math.min(MAX_TIME, SHARE * budget);
  const harmless = { learningRate: LEARNING_RATE, warmup: 0, numSteps: MAX_STEPS };
  const steps = train(engine, tokenizer, docs, { ...chosen, ...harmless });
  const maxTime = Math.max(MAX_TIME, MAX_SHARE * budget);
  const warm = takeSteps(steps, WARM_UP, minTime / 2, maxTime);
  const isUnsettled = threads === "auto" && WARM_UP * warm < SETTLE;
  if (isUnsettled && warm >= WORTH_SHARING) takeSteps(steps, WARM_UP, SETTLE, maxTime);
  return takeSteps(steps, MEASURED, minTime, maxTime);
}

/**
 * Takes a minimum of steps, and more until a time has passed; fewer if they take too long. Returns
 * the time of one.
 */
function takeSteps(
  steps: Iterator<StepReport, void>,
  minSteps: number,
  minTime: number,
  maxTime: number,
): number {
  const start = performance.now();
  for (let count = 1;; count++) {
    const isOver = steps.next().done === true;
    const time = performance.now() - start;
    const isEnough = count >= minSteps && time >= minTime;
    if (isEnough || time > maxTime || isOver) return time / count;
  }
}

/** Measures the loss of a document, in milliseconds. */
function lossTime(engine: Engine, tokenizer: Tokenizer, docs: Docs): number {
  const { blockSize } = engine.config;
  const start = performance.now();
  for (let i = 0; i < MEASURED; i++) {
    engine.loss(tokenizer.encodeDocument(docs.bytesAt(i % docs.length), blockSize));
  }
  return (performance.now() - start) / MEASURED;
}
