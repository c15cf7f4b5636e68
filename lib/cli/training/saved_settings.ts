/**
 * The settings that a run is saved with, by the names of the options.
 *
 * What does not change the results is not among them, and nothing that says
 * where to write: a model may come from anyone.
 *
 * @module
 */

import { GENERATION_OPTIONS } from "../options/generation_args.ts";
import { Arguments, UsageError } from "../options/options.ts";
import {
  DATA_OPTIONS,
  MODEL_OPTIONS,
  TRAIN_OPTIONS,
  type TrainCommand,
  trainCommand,
  TRAINING_OPTIONS,
  type TrainOption,
} from "../options/train_args.ts";
import { asWord, quote } from "../../text/quote.ts";

/** The options that are kept. */
const KEPT = new Set(Object.keys({
  ...DATA_OPTIONS,
  ...MODEL_OPTIONS,
  ...TRAINING_OPTIONS,
  ...GENERATION_OPTIONS,
}));
KEPT.delete("engine"); // chosen anew each time

/** The longest message about a setting that is shown: a file can hold megabytes of it. */
const MAX_MESSAGE = 300;

/** What is to be kept of a command: the options that were given, as they were written. */
export function settingsOf({ args }: TrainCommand): ReadonlyMap<string, string> {
  return new Map([...args.given].filter(([name]) => KEPT.has(name)));
}

/**
 * Understands settings that were kept.
 *
 * @param settings The settings.
 * @param path The file that they are from.
 * @throws {Error} If there is one that is not kept, or whose value is not what it must be.
 */
export function parseSettings(settings: ReadonlyMap<string, string>, path: string): TrainCommand {
  try {
    for (const name of settings.keys()) {
      if (!KEPT.has(name)) throw new UsageError(`${asWord(name)} is not a setting`);
    }
    return trainCommand(new Arguments<TrainOption>(TRAIN_OPTIONS, settings, []));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const why = error.message.slice(0, MAX_MESSAGE);
    throw new Error(`Cannot use the settings of ${quote(path)}: ${why}`);
  }
}
