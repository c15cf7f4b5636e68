/**
 * `--resume`: a saved run, ready to go on as if nothing had happened.
 *
 * @module
 */

import type { Checkpoint, Run as SavedRun } from "../checkpoint.ts";
import { assertFits, createEngine } from "../create_engine.ts";
import { NAMES_PATH } from "../dataset.ts";
import { Random } from "../random.ts";
import { loadModel } from "./load_model.ts";
import { Arguments, UsageError } from "./options.ts";
import { availableEngine, type Run } from "./run.ts";
import { sha256 } from "./save.ts";
import {
  MODEL_OPTIONS,
  TRAIN_OPTIONS,
  type TrainCommand,
  trainCommand,
  type TrainOption,
} from "./train_args.ts";
import { loadTrainingData, nameOf, type Say, type TrainingData } from "./training_data.ts";

/** What cannot be chosen anew in the middle of a run. */
const FIXED: readonly TrainOption[] = [
  ...Object.keys(MODEL_OPTIONS) as (keyof typeof MODEL_OPTIONS)[], // its keys
  "batch-size",
  "learning-rate",
  "seed",
  "dtype",
];

/**
 * Prepares to go on with a saved run. Its settings count; those that do not
 * change what has been computed already may be given anew.
 *
 * @param command The command line, which has `--resume`.
 * @param path What to resume.
 * @throws {UsageError} If a setting is given that is another in the saved run.
 * @throws {Error} If the file cannot be read or has no run, or the data set is another one.
 */
export async function resumedRun(
  command: TrainCommand,
  path: string,
  note: Say,
  warn: Say,
): Promise<Run> {
  const checkpoint = await loadModel(path);
  const { config, tokenizer, dtype, weights, run } = checkpoint;
  if (run === undefined) {
    throw new Error(
      `Cannot resume ${JSON.stringify(path)}: it has a model, but no state of training: ` +
        `only microgpt sample can use it`,
    );
  }
  const merged = mergedCommand(command, path, checkpoint, run);
  const { steps } = run.state;
  if (steps > merged.numSteps) {
    throw new UsageError(
      `${path} has taken ${steps} steps already: --num-steps is ${merged.numSteps}`,
    );
  }
  const data = await sameData(merged, path, run, note, warn);
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
  const { docs } = data;
  return { command: merged, data, docs, tokenizer, config, random, newEngine, stepsDone: steps };
}

/** The settings of the saved run, and over them what is given anew. */
function mergedCommand(
  command: TrainCommand,
  path: string,
  { config, tokenizer, dtype }: Checkpoint,
  { settings, dataset }: SavedRun,
): TrainCommand {
  const saved = parseSaved(settings, path);
  const agrees = saved.nLayer === config.nLayer && saved.nEmbd === config.nEmbd &&
    saved.nHead === config.nHead && saved.blockSize === config.blockSize &&
    saved.tokenizer === tokenizer.kind && saved.dtype === dtype;
  if (!agrees) {
    throw new Error(
      `Cannot resume ${JSON.stringify(path)}: its settings are not those of its model`,
    );
  }
  for (const name of FIXED) {
    if (command.args.has(name) && !isSame(command.args.text(name), saved.args.text(name))) {
      throw new UsageError(
        `--${name} cannot be changed in the middle of a run: ${path} has ` +
          `${saved.args.text(name)}, given is ${command.args.text(name)}`,
      );
    }
  }
  const merged = trainCommand(command.args.over(settings));
  if (merged.dataset !== undefined || dataset.path === NAMES_PATH) return merged;
  if (dataset.path === "-") {
    throw new UsageError(`The data set of ${path} came from stdin: give it again, as - or a file`);
  }
  return { ...merged, dataset: dataset.path };
}

function parseSaved(settings: ReadonlyMap<string, string>, path: string): TrainCommand {
  try {
    for (const name of settings.keys()) {
      if (!Object.hasOwn(TRAIN_OPTIONS, name)) throw new UsageError(`There is no option --${name}`);
    }
    return trainCommand(new Arguments<TrainOption>(TRAIN_OPTIONS, settings, []));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Error(`Cannot resume ${JSON.stringify(path)}: its settings: ${error.message}`);
  }
}

/** Whether two values mean the same: 1e-2 is 0.01. */
function isSame(a: string, b: string): boolean {
  return a === b || Number(a) === Number(b);
}

async function sameData(
  { dataset }: TrainCommand,
  path: string,
  run: SavedRun,
  note: Say,
  warn: Say,
): Promise<TrainingData> {
  const data = await loadTrainingData(dataset, note, warn);
  const found = await sha256(data.bytes);
  if (found !== run.dataset.sha256) {
    throw new Error(
      `Cannot resume ${JSON.stringify(path)}: ${nameOf(data.path)} is not the data set that it ` +
        `was trained on, ${nameOf(run.dataset.path)}: its SHA-256 is ${found}, ` +
        `${run.dataset.sha256} is wanted`,
    );
  }
  return data;
}
