/**
 * Settings for a list and a limited time: the largest model that helps in that time.
 *
 * @module
 */

import { deepChoices } from "./deep.ts";
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

/** Wider models of one layer are not tried where a deep one is. */
const MAX_FLAT = 64;

/** The part of the time that validations may take; if they take more, nothing is held out. */
const MAX_VALIDATIONS = 1 / 4;

/**
 * Chooses settings for a list and a limited time. From small to large each useful model is timed,
 * as long as there is time for a good part of its steps; the largest of these is chosen. Its steps
 * are as many as there is time for, but never more than help. A long list may get a deep model.
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
  for (const candidate of candidates(facts, given)) {
    const { settings, minSteps } = candidate;
    const wanted = given.numSteps ?? minSteps;
    const isHopeless = (time: RunTime) =>
      planFor({ settings, time }, end - now(), given).numSteps < wanted;
    if (chosen !== undefined && isHopeless(atLeastAfter(chosen, settings))) break; // not worth measuring
    const time = await timeOf(settings);
    if (chosen !== undefined && isHopeless(time)) break;
    chosen = { ...candidate, time };
  }
  const { withSteps } = chosen!; // there is a candidate at least
  const { settings, numSteps } = planFor(chosen!, end - now(), given);
  if (given.numSteps !== undefined || numSteps >= settings.numSteps) return settings;
  const shorter = withSteps(Math.max(1, numSteps));
  return settings.valFraction === undefined ? withoutValidation(shorter) : shorter;
}

/** A model to choose, if there is time for it. */
interface Candidate {
  /** Its settings, with as many steps as help. */
  readonly settings: AutoSettings;
  /** The number of steps from which on it is better than the models before it. */
  readonly minSteps: number;
  /** Fits the settings to another number of steps. */
  readonly withSteps: (numSteps: number) => AutoSettings;
}

/** Lists the models that help, from those that take little time to those that take much. */
function* candidates(facts: AutoFacts, given: Partial<AutoSettings>): Generator<Candidate> {
  const deep = deepChoices(facts, given);
  const maxWidth = deep.length === 0 ? Infinity : MAX_FLAT;
  const useful = usefulWidths(facts).filter((width) => width <= maxWidth)
    .map((width) => divisible(width, given.nHead));
  for (const nEmbd of given.nEmbd === undefined ? new Set(useful) : [given.nEmbd]) {
    const settings = autoSettings(facts, { ...given, nEmbd });
    const withSteps = (numSteps: number) => autoSettings(facts, { ...given, nEmbd, numSteps });
    yield { settings, minSteps: MIN_STEPS * settings.numSteps, withSteps };
  }
  for (const { settings: choose, minDocs } of deep) {
    const settings = choose(given), minSteps = minDocs / settings.batchSize;
    if (settings.numSteps < minSteps) return; // as is given
    yield { settings, minSteps, withSteps: (numSteps) => choose({ ...given, numSteps }) };
  }
}

/** A model, and the time that it takes. */
interface Timed extends Candidate {
  readonly time: RunTime;
}

/** The time that a larger model takes at least: half of what its multiplications would. */
function atLeastAfter(
  { settings, time: { step, validations } }: Timed,
  next: AutoSettings,
): RunTime {
  const work = ({ nLayer, nEmbd, batchSize }: AutoSettings) => nLayer * nEmbd ** 2 * batchSize;
  return { step: step * work(next) / work(settings) / 2, validations };
}

/** Counts the steps that there is time for; holds nothing out if validating takes too much of it. */
function planFor(
  { settings, time: { step, validations } }: Pick<Timed, "settings" | "time">,
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
