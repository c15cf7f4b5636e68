/**
 * Settings for a list and a limited time: the largest model that helps in that time.
 *
 * @module
 */

import type { AutoFacts } from "./facts.ts";
import {
  type AutoSettings,
  autoSettings,
  divisible,
  mustHoldOut,
  usefulWidths,
} from "./settings.ts";

/** The time that a run takes on some machine, in milliseconds. */
export interface RunTime {
  /** The time of a step. */
  readonly step: number;
  /** The time of all validations together. */
  readonly validations: number;
}

/**
 * A wider model is worth it if there is time for this part of the steps that it would take without
 * a limit. With less the narrower one ends better in the same time: see docs/auto.md.
 */
const MIN_STEPS = 0.7;

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
  let chosen: Timed | undefined;
  for (const nEmbd of widthsToTry(facts, given)) {
    const settings = autoSettings(facts, { ...given, nEmbd });
    const wanted = settings.numSteps * (given.numSteps === undefined ? MIN_STEPS : 1);
    const isHopeless = (time: RunTime) =>
      planFor({ settings, time }, end - now(), given).numSteps < wanted;
    if (chosen !== undefined && isHopeless(atLeastAfter(chosen.time))) break; // not worth measuring
    const time = await timeOf(settings);
    if (chosen !== undefined && isHopeless(time)) break;
    chosen = { settings, time };
  }
  const { settings, numSteps } = planFor(chosen!, end - now(), given); // there is a width at least
  if (given.numSteps !== undefined || numSteps >= settings.numSteps) return settings;
  const { nEmbd, valFraction } = settings;
  const shorter = autoSettings(facts, { ...given, nEmbd, numSteps: Math.max(1, numSteps) });
  return valFraction === undefined ? withoutValidation(shorter) : shorter;
}

function widthsToTry(facts: AutoFacts, { nEmbd, nHead }: Partial<AutoSettings>): Set<number> {
  if (nEmbd !== undefined) return new Set([nEmbd]);
  return new Set(usefulWidths(facts).map((width) => divisible(width, nHead)));
}

/** Returns the time that a run of a model twice as wide takes at least. */
function atLeastAfter({ step, validations }: RunTime): RunTime {
  return { step: 2 * step, validations };
}

/** Settings, and the time that they take. */
interface Timed {
  readonly settings: AutoSettings;
  readonly time: RunTime;
}

/**
 * Counts the steps that there is time for; holds nothing out if validating takes too much of it.
 */
function planFor(
  { settings, time: { step, validations } }: Timed,
  left: number,
  given: Partial<AutoSettings>,
): { readonly settings: AutoSettings; readonly numSteps: number } {
  return validations <= MAX_VALIDATIONS * left || mustHoldOut(given)
    ? { settings, numSteps: Math.floor((left - validations) / step) }
    : { settings: withoutValidation(settings), numSteps: Math.floor(left / step) };
}

function withoutValidation(
  { valFraction: _, patience: __, ...settings }: AutoSettings,
): AutoSettings {
  return settings;
}
