/**
 * `--auto`: settings that suit the list of a run, as the options that they stand for.
 *
 * @module
 */

import { settingsWithin } from "../../auto/budget.ts";
import { type AutoFacts, autoFacts } from "../../auto/facts.ts";
import { type AutoSettings, autoSettings } from "../../auto/settings.ts";
import type { NumThreads } from "../../create_engine.ts";
import { type Plan, type TrainCommand, trainCommand } from "../options/commands.ts";
import { type Given, kebabCase } from "../options/options.ts";
import type { RunSettings } from "../options/tables.ts";
import type { Talk } from "../terminal/output.ts";
import { newStopwatch } from "./stopwatch.ts";
import type { TrainingData } from "./training_data.ts";

/** The settings that are chosen, in the order in which they are written. */
const CHOSEN = [
  "blockSize",
  "nLayer",
  "nEmbd",
  "nHead",
  "batchSize",
  "numSteps",
  "learningRate",
  "schedule",
  "warmup",
  "weightDecay",
  "lossMean",
  "reshuffle",
  "ema",
  "dtype",
  "valFraction",
  "patience",
] as const satisfies readonly (keyof AutoSettings)[];

/** Samples that the list does not have already, each once. */
const GENERATION = ["new", "unique"];

/**
 * Completes the plan of a command line that has `--auto`, and notes what has been chosen.
 *
 * @param command The command line; what it gives counts.
 * @param data The list.
 * @throws {UsageError} If what is given contradicts what follows from it.
 */
export async function autoPlan(
  command: TrainCommand,
  data: TrainingData,
  { note }: Talk,
): Promise<Plan> {
  const { given, dataset } = command;
  const settings = { ...command.settings, threads: threadsFor(command) };
  const { auto: budget = Infinity, tokenizer } = settings;
  const facts = autoFacts(data.docs, data.codes.length + 1, tokenizer);
  const fixed = givenSettings(settings, given);
  const watch = newStopwatch(data, settings, facts.numDistinct, budget);
  const chosen = budget === Infinity
    ? autoSettings(facts, fixed)
    : await settingsWithin(facts, budget, watch, fixed);
  const options = optionsOf(chosen, given, settings);
  const time = given.get("auto") ?? "";
  note(`${time === "" ? "--auto" : `--auto ${time}`}: ${wordsOf(options).join(" ")}`);
  if (budget !== Infinity && fixed.numSteps === undefined && await isMost(chosen, facts, fixed)) {
    note("More time would not help: this is the largest model, and the most steps, for this list");
  }
  const others = new Map([...given].filter(([name]) => name !== "auto"));
  const operands = dataset === undefined ? [] : [dataset];
  return trainCommand({ given: new Map([...options, ...others]), operands });
}

/** Tells if settings are those that are chosen if there is no end of time. */
async function isMost(
  { nLayer, nEmbd, numSteps }: AutoSettings,
  facts: AutoFacts,
  fixed: Partial<AutoSettings>,
): Promise<boolean> {
  const most = await settingsWithin(facts, Infinity, () => ({ step: 0, validations: 0 }), fixed);
  return nLayer === most.nLayer && nEmbd === most.nEmbd && numSteps === most.numSteps;
}

/** Returns the settings that `--auto` alone chooses for a list, as options. */
export function autoOptions(facts: AutoFacts): Given {
  return optionsOf(autoSettings(facts), new Map(), { threads: "auto" });
}

/** Writes options as the words of a command line. */
export function wordsOf(options: Given): string[] {
  return [...options].flatMap(([name, value]) =>
    value === "" ? [`--${name}`] : [`--${name}`, value]
  );
}

/** Writes settings, and the threads of a run, as options, without those that are given. */
export function optionsOf(
  settings: AutoSettings,
  given: Given,
  { threads }: Pick<RunSettings, "threads">,
): Given {
  const chosen = CHOSEN.map((name) => [kebabCase(name), settings[name]] as const);
  const values = threads === 1 ? chosen : [...chosen, ["threads", threads] as const];
  const generation = (isCertain(given) ? [] : GENERATION).map((name) => [name, ""] as const);
  const options = [...values, ...generation]
    .filter(([name, value]) => value !== undefined && !given.has(name));
  return new Map(options.map(([name, value]) => [name, value === true ? "" : `${value}`]));
}

/**
 * Chooses the threads of a run: unless they are given, those that pay, as its results do not depend
 * on them. The scalar engine has one.
 */
function threadsFor({ settings: { engine, threads }, given }: TrainCommand): NumThreads {
  return given.has("threads") || engine === "scalar" ? threads : "auto";
}

/** Tells if the model is to write one text only, which may be in the list. */
function isCertain(given: Given): boolean {
  return Number(given.get("temperature") ?? 1) === 0 || Number(given.get("top-k")) === 1;
}

/** Finds the settings that a command line gives. */
function givenSettings(settings: RunSettings, given: Given): Partial<AutoSettings> {
  const names = CHOSEN.filter((name) => given.has(kebabCase(name)));
  const entries = names.map((name) => [name, settings[name]]);
  const precision = settings.engine === "scalar" ? { dtype: "f64" as const } : {}; // it has no other
  return { ...precision, ...Object.fromEntries(entries) };
}
