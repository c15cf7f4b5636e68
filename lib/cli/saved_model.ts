/**
 * A model that a command line names, and how it was trained. The file can be
 * from anyone: only settings that a run is saved with are accepted, so it never
 * says where to write.
 *
 * @module
 */

import { type Checkpoint, usedWeights } from "../checkpoint/checkpoint.ts";
import type { EngineName } from "../create_engine.ts";
import type { Engine } from "../engine.ts";
import { isCheckpoint, loadCheckpoint } from "../files/checkpoint_file.ts";
import { asWord, quote } from "../text/quote.ts";
import { newEngine } from "./engine.ts";
import { type Plan, trainCommand } from "./options/commands.ts";
import type { Given, Option, Options } from "./options/options.ts";
import { UsageError } from "./options/parsers.ts";
import { COMMAND_OPTIONS } from "./options/tables.ts";
import type { Say } from "./terminal/output.ts";

/** A model from a file. */
export interface SavedModel {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** The settings of its run; `undefined` if the file has only a model. */
  readonly plan: Plan | undefined;
}

/**
 * Loads a model.
 *
 * @throws {Error} If the file cannot be read, is something else such as a data set, or has
 * settings that cannot be.
 */
export async function loadModel(path: string): Promise<SavedModel> {
  if (!await isCheckpoint(path)) {
    throw new Error(`Cannot load ${quote(path)}: it is not a model: name a file written by --save`);
  }
  const checkpoint = await loadCheckpoint(path);
  return { path, checkpoint, plan: checkpoint.run && planOf(checkpoint.run.settings, path) };
}

function planOf(settings: Given, path: string): Plan {
  try {
    for (const name of settings.keys()) {
      if (!isSaved(name)) throw new UsageError(`${asWord(name)} is not a setting`);
    }
    return trainCommand({ given: settings, operands: [] }, "saved");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Error(`Cannot use the settings of ${quote(path)}: ${error.message}`);
  }
}

/**
 * Selects the options that a run is saved with.
 *
 * @param as Only those that are saved in this way.
 */
export function savedOptions(given: Given, as?: Option["saved"]): Given {
  return new Map([...given].filter(([name]) => isSaved(name, as)));
}

function isSaved(name: string, as?: Option["saved"]): boolean {
  const options: Options = COMMAND_OPTIONS.train;
  const saved = options[name]?.saved;
  return saved !== undefined && (as === undefined || as === saved);
}

/** Makes an engine with the parameters of a model: the best or averaged ones, if it has some. */
export function engineOf({ checkpoint }: SavedModel, name: EngineName, warn: Say): Engine {
  const { config, dtype } = checkpoint;
  return newEngine(name, config, dtype, () => usedWeights(checkpoint), warn);
}
