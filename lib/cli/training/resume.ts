/**
 * `--resume`: a saved run, ready to go on as if nothing had happened.
 *
 * The file can be from anyone: it says which data set, and which list of
 * `--exclude`, to read, but not where to write, nor to read stdin.
 *
 * @module
 */

import { isAbsolute } from "@std/path/is-absolute";
import type { Best, SavedRun } from "../../checkpoint/checkpoint.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import type { EngineState } from "../../engine.ts";
import type { RandomState } from "../../random.ts";
import { asWord, quote } from "../../text/quote.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import {
  assertLearningRates,
  type Plan,
  type TrainCommand,
  trainCommand,
} from "../options/commands.ts";
import { camelCase, type Option } from "../options/options.ts";
import { UsageError } from "../options/parsers.ts";
import { RUN_OPTIONS, type RunSettings } from "../options/tables.ts";
import { loadModel, type SavedModel } from "../saved_model.ts";
import type { Talk } from "../terminal/output.ts";
import { openSavedData } from "./saved_data.ts";
import { nameOf } from "../text_input.ts";
import { openData, type TrainingData } from "./training_data.ts";

/** A saved run. */
export interface Resumed {
  /** Its plan, and over it what is given anew. */
  readonly plan: Plan;
  readonly tokenizer: Tokenizer;
  readonly state: EngineState;
  /** The random numbers that come next. */
  readonly random: RandomState;
  readonly best: Best | undefined;
  /** The path of the model that it once went on from. */
  readonly from: string | undefined;
  /** Opens the data set, which must be the same. */
  readonly openData: (talk: Talk) => Promise<TrainingData>;
}

/**
 * Opens a saved run. Its settings count; those that do not change what has been
 * computed already may be given anew.
 *
 * @param path The file.
 * @param command The command line, which has `--resume`.
 * @throws {UsageError} If a setting is given that is another in the saved run, or stdin is needed.
 * @throws {Error} If the file cannot be read or has no run.
 */
export async function openSavedRun(path: string, command: TrainCommand): Promise<Resumed> {
  const model = await loadModel(path);
  const { checkpoint: { tokenizer, weights, best, run }, plan: saved } = model;
  if (run === undefined || saved === undefined) {
    const { commandLine } = await import("../program.ts"); // loaded only where it is needed
    const why = `it has a model, but no state of training: use it with ` +
      `${commandLine(["sample", path])}, or go on from it with --from`;
    throw cannotResume(path, why);
  }
  assertAgrees(model, saved.settings);
  assertUnchanged(path, saved, command);
  const { dataset } = command;
  const given = new Map([...run.settings, ...command.given]);
  const plan = trainCommand({ given, operands: dataset === undefined ? [] : [dataset] }, "saved");
  const { steps } = run.state;
  if (steps > plan.settings.numSteps) {
    throw new UsageError(
      `${asWord(path)} has taken ${steps} steps already: ` +
        `--num-steps is ${plan.settings.numSteps}: give more than ${steps}`,
    );
  }
  assertLearningRates(plan.settings);
  const open = async (talk: Talk) => {
    const data = dataset === undefined
      ? await openSavedData(path, run, plan, talk)
      : await openData({ dataset }, talk, plan.settings);
    await assertSame(data, path, run);
    return data;
  };
  const state = { ...run.state, weights };
  return { plan, tokenizer, state, random: run.random, best, from: run.from, openData: open };
}

/** Checks that the settings are those of the model beside them. */
function assertAgrees(
  { path, checkpoint: { config, tokenizer, dtype } }: SavedModel,
  settings: RunSettings,
): void {
  const agrees = settings.nLayer === config.nLayer && settings.nEmbd === config.nEmbd &&
    settings.nHead === config.nHead && settings.blockSize === config.blockSize &&
    settings.tokenizer === tokenizer.kind && settings.dtype === dtype;
  if (!agrees) throw cannotResume(path, "its settings do not match its model");
}

/** Checks that nothing is given that cannot change in the middle of a run. */
function assertUnchanged(path: string, saved: Plan, { settings, given }: TrainCommand): void {
  for (const [name, option] of Object.entries<Option>(RUN_OPTIONS)) {
    const key = camelCase(name) as keyof RunSettings; // as the table has such an option
    if (option.saved === "fixed" && given.has(name) && settings[key] !== saved.settings[key]) {
      throw new UsageError(
        `--${name} cannot be changed in the middle of a run: ${asWord(path)} has ` +
          `${asWord(`${saved.settings[key] ?? "none"}`)}, given is ${asWord(`${settings[key]}`)}`,
      );
    }
  }
  if (saved.generation.prompt === "-" && !given.has("prompt")) {
    throw new UsageError(`The prompts of ${asWord(path)} came from stdin: give --prompt - again`);
  }
  if (saved.generation.exclude === "-" && !given.has("exclude")) {
    throw new UsageError(
      `The --exclude list of ${asWord(path)} came from stdin: give --exclude - again`,
    );
  }
}

async function assertSame(data: TrainingData, path: string, { dataset }: SavedRun): Promise<void> {
  const found = await sha256(data.bytes);
  if (found === dataset.sha256) return;
  const other = isAbsolute(data.path) || data.path.startsWith("the preset ")
    ? ""
    : ", or is another file of that name";
  const what = data.path === dataset.path
    ? `${nameOf(data.path)} has changed since it was trained on${other}`
    : `${nameOf(data.path)} is not the data set that it was trained on, ${nameOf(dataset.path)}`;
  throw cannotResume(
    path,
    `${what}: its SHA-256 is ${found}, ${dataset.sha256} is expected: restore that file, or train again`,
  );
}

function cannotResume(path: string, why: string): Error {
  return new Error(`Cannot resume ${quote(path)}: ${why}`);
}
