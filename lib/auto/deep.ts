/**
 * Deep models for long lists, which take so long that they are only chosen for a given time. Their
 * training has what deep models usually have; docs/auto.md has the measurements.
 *
 * @module
 */

import type { AutoFacts } from "./facts.ts";
import { type AutoSettings, autoSettings, divisible, isLong, rounded } from "./settings.ts";

/** A deep model, and what suits it. */
interface DeepModel {
  readonly nEmbd: number;
  /** The rate if it is constant, and half of one that falls. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** The passes over the list from which on it is better than what takes less time. */
  readonly minPasses: number;
}

/** The deep models, from those that take little time to those that take much. */
const MODELS: readonly DeepModel[] = [
  { nEmbd: 64, learningRate: 0.002, weightDecay: 0.1, minPasses: 1.8 },
  { nEmbd: 96, learningRate: 0.0015, weightDecay: 0.2, minPasses: 7 },
];

const LAYERS = 4, BATCH_SIZE = 64, WARM_UP = 100;

/** The maximum number of passes: with more they do no better. */
const MAX_PASSES = 14;

/**
 * With fewer passes a rate that falls is better; with more the model begins to memorize as it falls,
 * and an average of the weights takes its place.
 */
const SHORT_PASSES = 4.5;

/** The part of the steps that the average of the weights looks back. */
const AVERAGED = 1 / 10;

/** A deep model for a list. */
export interface DeepChoice {
  /**
   * Chooses settings.
   *
   * @param given Settings that are fixed; the others follow.
   */
  readonly settings: (given: Partial<AutoSettings>) => AutoSettings;
  /** The documents from which on it is better than what takes less time, all passes together. */
  readonly minDocs: number;
}

/**
 * Lists the deep models for a list, if it is long enough and sizes are free.
 *
 * @param facts The list.
 * @param given Settings that are fixed.
 */
export function deepChoices(facts: AutoFacts, given: Partial<AutoSettings> = {}): DeepChoice[] {
  if (!isLong(facts) || given.nLayer !== undefined || given.nEmbd !== undefined) return [];
  return MODELS.map((model) => ({
    settings: (given) => deepSettings(facts, model, given),
    minDocs: model.minPasses * facts.numDistinct,
  }));
}

function deepSettings(
  facts: AutoFacts,
  { nEmbd: width, learningRate, weightDecay }: DeepModel,
  given: Partial<AutoSettings>,
): AutoSettings {
  const nEmbd = divisible(width, given.nHead);
  const batchSize = given.batchSize ?? BATCH_SIZE;
  const numSteps = given.numSteps ?? rounded(MAX_PASSES * facts.numDistinct / batchSize);
  const isShort = numSteps * batchSize < SHORT_PASSES * facts.numDistinct;
  return {
    ...autoSettings(facts, { nLayer: LAYERS, nEmbd, batchSize, numSteps }),
    ...(isShort
      ? { learningRate: 2 * learningRate, schedule: "linear" }
      : { learningRate, schedule: "constant", ema: averageOver(AVERAGED * numSteps) }),
    warmup: Math.min(WARM_UP, Math.floor(numSteps / 10)),
    weightDecay,
    lossMean: "token",
    reshuffle: true,
    ...given,
  };
}

/** Returns the decay of an average that looks back a number of steps. */
function averageOver(numSteps: number): number {
  const share = Number(Math.min(0.5, 1 / numSteps).toPrecision(1));
  return Number((1 - share).toFixed(9)); // without the digits of rounding errors
}
