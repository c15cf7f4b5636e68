/**
 * Settings that suit a list, chosen from a few facts about it.
 *
 * The rule sums up measurements: held-out losses on twelve lists and random cuts of them, for
 * widths of 16, 32 and 64. docs/auto.md has them beside the losses of the rule.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../config.ts";
import type { Dtype } from "../engine.ts";
import type { TrainOptions } from "../trainer.ts";
import type { AutoFacts } from "./facts.ts";

/** Settings of a model and its training, named as the options of the library and the command line. */
export interface AutoSettings extends
  Partial<
    Pick<
      TrainOptions,
      "schedule" | "warmup" | "weightDecay" | "lossMean" | "reshuffle" | "ema"
    >
  > {
  /** The maximum length of a sequence, in tokens. */
  readonly blockSize: number;
  /** The number of layers. */
  readonly nLayer: number;
  /** The embedding dimension. */
  readonly nEmbd: number;
  /** The number of attention heads. */
  readonly nHead: number;
  /** Documents per step. */
  readonly batchSize: number;
  /** Training steps. */
  readonly numSteps: number;
  /** The learning rate of the first step. */
  readonly learningRate: number;
  /** The precision of the numbers. */
  readonly dtype: Dtype;
  /** The part of the documents to hold out; not set if the list is too short for that. */
  readonly valFraction?: number;
  /** The number of validations without improvement to stop after, if documents are held out. */
  readonly patience?: number;
}

/** Longer documents are cut: time and memory of attention grow with the square of the length. */
const MAX_BLOCK_SIZE = 256;

/** With fewer documents a step takes 2 of them, and the model is narrow. */
const TINY = 50;

/** With fewer documents the model is not wider than 32, and the rate is that of a batch of 2. */
const SHORT = 200;

/** With more documents a width of 128 is better by a little, in four times the time. */
const LONG = 10_000;

/** A wider model takes so long that it is only chosen for a given time. */
const MAX_UNASKED = 64;

/** With fewer characters per token of the vocabulary a wider model learns no more. */
const RARE = 10;

/** Fewer distinct documents are all trained on: what a tenth of them says is mostly chance. */
const MIN_TO_HOLD_OUT = 1000;

/** So many held-out documents are enough, and validating with more takes its time. */
const ENOUGH_HELD_OUT = 1000;

/** The maximum number of steps, which lists of about 35,000 documents reach. */
const MAX_STEPS = 20_000;

/** The minimum number of steps: Adam needs some to get going. */
const MIN_STEPS = 20;

/**
 * Chooses settings for a list: a block as long as the list needs, a model as wide as helps, and so
 * many steps that the held-out loss is near its minimum at the end.
 *
 * @param facts The list.
 * @param given Settings that are fixed; the others follow.
 *
 * @example Nine hundred minerals
 * ```ts
 * import { autoSettings } from "@x/microgpt/auto";
 * import { assertEquals } from "@std/assert";
 *
 * const facts = { numDocs: 900, numDistinct: 900, longest: 17, meanLength: 9.5, vocabSize: 27 };
 * assertEquals(autoSettings(facts).blockSize, 18);
 * assertEquals(autoSettings(facts, { batchSize: 4 }).batchSize, 4);
 * ```
 */
export function autoSettings(facts: AutoFacts, given: Partial<AutoSettings> = {}): AutoSettings {
  const { numDistinct, longest } = facts;
  const widest = Math.min(MAX_UNASKED, usefulWidths(facts).at(-1)!); // there is one
  const nEmbd = given.nEmbd ?? divisible(widest, given.nHead);
  const isShort = numDistinct < SHORT;
  const batchSize = given.batchSize ?? (numDistinct < TINY ? 2 : 8);
  const numSteps = given.numSteps ?? stepsFor(numDistinct, nEmbd, batchSize);
  const isHeldOut = numDistinct >= MIN_TO_HOLD_OUT || mustHoldOut(given);
  return {
    blockSize: Math.min(longest + 1, MAX_BLOCK_SIZE),
    nLayer: DEFAULT_SIZES.nLayer,
    nEmbd,
    nHead: [4, 2, 1].find((heads) => nEmbd % heads === 0)!, // 1 divides it
    batchSize,
    numSteps,
    learningRate: rateFor(nEmbd, isShort ? Math.min(2, batchSize) : batchSize, numSteps),
    dtype: "f32",
    ...(isHeldOut && { valFraction: partToHoldOut(numDistinct), patience: 3 }),
    ...given,
  };
}

/**
 * Lists the widths of which each is better than those before it, for a list.
 *
 * @param facts The list.
 * @returns Embedding dimensions from narrow to wide.
 */
export function usefulWidths(
  { numDocs, numDistinct, meanLength, vocabSize }: AutoFacts,
): readonly number[] {
  const isRare = meanLength * numDocs < RARE * vocabSize;
  const hasContext = meanLength >= 3 && numDistinct < SHORT;
  if (numDistinct < TINY || (isRare && !hasContext)) return [16];
  if (numDistinct < SHORT) return [16, 32];
  return numDistinct < LONG ? [16, 32, 64] : [16, 32, 64, 128];
}

/** Returns the next width that a number of heads divides. */
export function divisible(nEmbd: number, nHead = 1): number {
  return Math.ceil(nEmbd / nHead) * nHead;
}

/** Returns the number of steps that make as many passes over a list as help. */
function stepsFor(numDistinct: number, nEmbd: number, batchSize: number): number {
  const numSteps = rounded(passesFor(numDistinct, nEmbd) * numDistinct / batchSize);
  return Math.min(MAX_STEPS, Math.max(MIN_STEPS, numSteps));
}

/** Passes over a list: the shorter it is and the wider the model, the sooner it is memorized. */
function passesFor(numDistinct: number, nEmbd: number): number {
  if (numDistinct < SHORT) return 8; // at a low rate
  if (nEmbd < 32) return 6;
  return Math.min(4.6, 3.2 + 1.5 * Math.log10(numDistinct / 300));
}

/**
 * Returns the learning rate that suits a run: 0.01 up to width 32 in 1,000 steps with batches of 8.
 * It falls with the width and, slowly, with the length of the run; it rises with the square root of
 * the batch.
 *
 * @param nEmbd The embedding dimension.
 * @param batchSize Documents per step.
 * @param numSteps Training steps.
 */
export function rateFor(nEmbd: number, batchSize: number, numSteps: number): number {
  const length = Math.cbrt(Math.min(1, 8000 / (batchSize * numSteps))); // in documents
  const rate = 0.01 * Math.min(1, 32 / nEmbd) * Math.sqrt(batchSize / 8) * length;
  return Number(Math.min(0.04, rate).toPrecision(1));
}

/** Tells if settings that are given need documents to validate with. */
export function mustHoldOut({ valFraction, patience }: Partial<AutoSettings>): boolean {
  return valFraction !== undefined || patience !== undefined;
}

/** Returns the part of the documents to hold out: a tenth, less of a long list. */
function partToHoldOut(numDistinct: number): number {
  return [0.1, 0.05, 0.02, 0.01, 0.005, 0.002].findLast((part, i) =>
    i === 0 || part * numDistinct >= ENOUGH_HELD_OUT
  )!; // the first is always found
}

/** Tells if a list is so long that a model wider than 64, or a deep one, is better. */
export function isLong({ numDistinct }: AutoFacts): boolean {
  return numDistinct >= LONG;
}

/** Rounds a count to two digits, so that it looks like one that somebody has chosen. */
export function rounded(count: number): number {
  return Number(count.toPrecision(2));
}
