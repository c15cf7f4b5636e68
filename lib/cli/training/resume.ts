/**
 * `--resume`: a saved run, ready to go on as if nothing had happened.
 *
 * The file can be from anyone: it says which data set, and which list of
 * `--exclude`, to read, but not where to write, nor to read stdin.
 *
 * @module
 */

import type { Checkpoint, SavedRun } from "../../checkpoint/checkpoint.ts";
import { assertFits, createEngine } from "../../create_engine.ts";
import { NAMES_PATH } from "../../files/dataset.ts";
import { Random } from "../../random.ts";
import { loadModel } from "../load_model.ts";
import { UsageError } from "../options/options.ts";
import { availableEngine, type Run, split } from "./run.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import { parseSettings } from "./saved_settings.ts";
import { type TrainCommand, trainCommand, type TrainOption } from "../options/train_args.ts";
import {
  type DataSource,
  loadTrainingData,
  nameOf,
  type Say,
  type TrainingData,
} from "./training_data.ts";
import { asWord, quote } from "../../text/quote.ts";

/** What cannot be chosen anew in the middle of a run. */
const FIXED: readonly (readonly [TrainOption, (command: TrainCommand) => unknown])[] = [
  ["preset", ({ preset }) => preset ?? "none"],
  ["normalize", ({ form }) => form.normalize],
  ["lowercase", ({ form }) => form.lowercase],
  ["val-fraction", ({ valFraction }) => valFraction],
  ["n-layer", ({ nLayer }) => nLayer],
  ["n-embd", ({ nEmbd }) => nEmbd],
  ["n-head", ({ nHead }) => nHead],
  ["block-size", ({ blockSize }) => blockSize],
  ["tokenizer", ({ tokenizer }) => tokenizer],
  ["batch-size", ({ batchSize }) => batchSize],
  ["learning-rate", ({ learningRate }) => learningRate],
  ["seed", ({ seed }) => seed],
  ["dtype", ({ dtype }) => dtype],
];

/**
 * Prepares to go on with a saved run. Its settings count; those that do not
 * change what has been computed already may be given anew.
 *
 * @param command The command line, which has `--resume`.
 * @param path What to resume.
 * @throws {UsageError} If a setting is given that is another in the saved run, or stdin is needed.
 * @throws {Error} If the file cannot be read or has no run, or the data set is another one.
 */
export async function resumedRun(
  command: TrainCommand,
  path: string,
  note: Say,
  warn: Say,
): Promise<Run> {
  const checkpoint = await loadModel(path);
  const { config, tokenizer, dtype, weights, best, run } = checkpoint;
  if (run === undefined) {
    throw cannotResume(
      path,
      "it has a model, but no state of training: only microgpt sample can use it",
    );
  }
  const merged = mergedCommand(command, path, checkpoint, run);
  const { steps } = run.state;
  if (steps > merged.numSteps) {
    throw new UsageError(
      `${asWord(path)} has taken ${steps} steps already: --num-steps is ${merged.numSteps}`,
    );
  }
  const data = command.dataset === undefined
    ? await savedData(path, merged, run, note, warn)
    : await loadTrainingData(command, merged.form, note, warn);
  await assertSame(data, path, run);
  data.docs.shuffle(new Random(merged.seed));
  const random = new Random(0);
  random.setstate(run.random);
  const newEngine = () => {
    const { name, precision } = availableEngine(merged.engine, dtype, warn);
    assertFits(name, config, precision);
    const engine = createEngine(name, config, weights, precision);
    engine.restore({ ...run.state, weights });
    return engine;
  };
  const { docs, valDocs } = await split(data.docs, merged);
  const rest = { tokenizer, config, random, newEngine, stepsDone: steps, best };
  return { command: merged, data, docs, valDocs, ...rest };
}

/** The settings of the saved run, and over them what is given anew. */
function mergedCommand(
  command: TrainCommand,
  path: string,
  { config, tokenizer, dtype }: Checkpoint,
  { settings }: SavedRun,
): TrainCommand {
  const saved = parseSettings(settings, path);
  const agrees = saved.nLayer === config.nLayer && saved.nEmbd === config.nEmbd &&
    saved.nHead === config.nHead && saved.blockSize === config.blockSize &&
    saved.tokenizer === tokenizer.kind && saved.dtype === dtype;
  if (!agrees) throw cannotResume(path, "its settings are not those of its model");
  for (const [name, value] of FIXED) {
    if (command.args.has(name) && value(command) !== value(saved)) {
      throw new UsageError(
        `--${name} cannot be changed in the middle of a run: ${asWord(path)} has ` +
          `${value(saved)}, given is ${value(command)}`,
      );
    }
  }
  if (saved.generation.prompt === "-" && !command.args.has("prompt")) {
    throw new UsageError(`The prompts of ${asWord(path)} came from stdin: give --prompt - again`);
  }
  if (saved.generation.exclude === "-" && !command.args.has("exclude")) {
    throw new UsageError(`What ${asWord(path)} leaves out came from stdin: give --exclude - again`);
  }
  return trainCommand(command.args.over(settings));
}

/**
 * The data set that a saved run names.
 *
 * @param path The file that the run is from.
 * @param settings Its settings.
 * @param run The run.
 * @throws {UsageError} If it was stdin.
 * @throws {Error} If it cannot be read any more.
 */
export async function savedData(
  path: string,
  { form, preset }: TrainCommand,
  { dataset }: SavedRun,
  note: Say,
  warn: Say,
): Promise<TrainingData> {
  if (dataset.path === "-") {
    throw new UsageError(
      `The data set of ${asWord(path)} came from stdin: give it again, as - or a file`,
    );
  }
  const load = (source: DataSource) => loadTrainingData(source, form, note, warn);
  try {
    if (preset !== undefined) return await load({ dataset: undefined, preset });
    if (dataset.path !== NAMES_PATH) return await load({ dataset: dataset.path, preset });
    const fallback = await load({ dataset: undefined, preset: "english" }); // where it could not be had
    return await sha256(fallback.bytes) === dataset.sha256
      ? { ...fallback, path: NAMES_PATH }
      : await load({ dataset: undefined, preset });
  } catch (error) {
    const why = (error as Error).message; // they throw errors
    throw new Error(
      `The data set of ${asWord(path)} is needed: name it if it is elsewhere: ${why}`,
    );
  }
}

async function assertSame(data: TrainingData, path: string, { dataset }: SavedRun): Promise<void> {
  const found = await sha256(data.bytes);
  if (found === dataset.sha256) return;
  const what = data.path === dataset.path
    ? `${nameOf(data.path)} has changed since it was trained on`
    : `${nameOf(data.path)} is not the data set that it was trained on, ${nameOf(dataset.path)}`;
  throw cannotResume(
    path,
    `${what}: its SHA-256 is ${found}, ${dataset.sha256} is wanted: bring that back, or train anew`,
  );
}

function cannotResume(path: string, why: string): Error {
  return new Error(`Cannot resume ${quote(path)}: ${why}`);
}
