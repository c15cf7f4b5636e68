/**
 * Settings for a list and a limited time: the largest model that helps in that time.
 *
 * @module
 */

import type { AutoFacts } from "./facts.ts";
import { type AutoSettings, autoSettings, rateFor, usefulWidths } from "./settings.ts";

/** The time that a run takes on some machine, in milliseconds. */
export interface RunTime {
  /** The time of a step. */
  readonly step: number;
  /** The time of all validations together. */
  readonly validations: number;
}

/**
 * A wider model is worth it if there is time for this part of the steps that it would take without
 * a limit. In the same time the narrower one ends better below 0.4, worse above 0.8: see
 * docs/auto.md.
 */
const MIN_STEPS = 0.6;

/** The part of the time that validations may take; if they take more, nothing is held out. */
const MAX_VALIDATIONS = 1 / 4;

/**
 * Chooses settings for a list and a limited time. From narrow to wide each useful model is timed,
 * as long as there is time for a good part of its steps; the widest of these is chosen. Its steps
 * are as many as there is time for, but never more than help.
 *
 * @param facts The list.
 * @param budget The time for training, in milliseconds.
 * @param timeOf Measures the time of a run; that may take time itself.
 * @param given Settings that are fixed; the others follow.
 * @param now The clock, in milliseconds: the time that measuring takes comes off the budget.
 *
 * @example A machine that takes a millisecond per step
 * ```ts
 * import { settingsWithin } from "@x/microgpt/auto";
 * import { assertEquals } from "@std/assert";
 *
 * const facts = { numDocs: 9000, numDistinct: 9000, longest: 9, meanLength: 6, vocabSize: 27 };
 * const timeOf = () => ({ step: 1, validations: 0 });
 * const settings = await settingsWithin(facts, 500, timeOf, {}, () => 0);
 * assertEquals(settings.numSteps, 500);
 * ```
 */
export async function settingsWithin(
  facts: AutoFacts,
  budget: number,
  timeOf: (settings: AutoSettings) => RunTime | Promise<RunTime>,
  given: Partial<AutoSettings> = {},
  now: () => number = () => performance.now(),
): Promise<AutoSettings> {
  const end = now() + budget;
  let chosen: AutoSettings | undefined;
  for (const nEmbd of given.nEmbd === undefined ? usefulWidths(facts) : [given.nEmbd]) {
    const whole = autoSettings(facts, { ...given, nEmbd });
    const { step, validations } = await timeOf(whole);
    const left = end - now();
    const isHeldOut = validations <= MAX_VALIDATIONS * left || given.valFraction !== undefined;
    const numSteps = Math.floor((left - (isHeldOut ? validations : 0)) / step);
    const wanted = whole.numSteps * (given.numSteps === undefined ? MIN_STEPS : 1);
    if (chosen !== undefined && numSteps < wanted) break;
    const settings = isHeldOut ? whole : withoutValidation(whole);
    const isWhole = numSteps >= whole.numSteps || given.numSteps !== undefined;
    chosen = isWhole ? settings : shortened(settings, Math.max(1, numSteps), given);
  }
  return chosen!; // there is a width at least
}

/** Takes fewer steps, with the rate that suits those. */
function shortened(
  settings: AutoSettings,
  numSteps: number,
  { learningRate }: Partial<AutoSettings>,
): AutoSettings {
  const { nEmbd, batchSize } = settings;
  const rate = learningRate ?? rateFor(nEmbd, batchSize, numSteps);
  return { ...settings, numSteps, learningRate: rate };
}

function withoutValidation(
  { valFraction: _, patience: __, ...settings }: AutoSettings,
): AutoSettings {
  return settings;
}
