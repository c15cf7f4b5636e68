/**
 * The command line as data: argv becomes a {@linkcode Command}, or a
 * {@linkcode UsageError} that says what is wrong with it. Nothing in this folder
 * prints, reads files or exits.
 *
 * @module
 */

import { asWord, quote } from "../../text/quote.ts";
import {
  type Arguments,
  type Given,
  parseArguments,
  type Parsed,
  type Source,
  valuesOf,
} from "./options.ts";
import {
  assertFile,
  assertOneDataset,
  assertOneStdin,
  noOperand,
  onlyOperand,
  optionalDataset,
} from "./operands.ts";
import { listed, UsageError } from "./parsers.ts";
import {
  COMMAND_NAMES,
  COMMAND_OPTIONS,
  type CommandName,
  EVALUATION_OPTIONS,
  EXPLANATION_OPTIONS,
  GENERATION_OPTIONS,
  type GenerationSettings,
  INFO_OPTIONS,
  OUTPUT_OPTIONS,
  type OutputSettings,
  RUN_OPTIONS,
  type RunSettings,
  SAMPLING_OPTIONS,
  type SaveSettings,
  SAVING_OPTIONS,
  SERVING_OPTIONS,
  WATCHING_OPTIONS,
  type WatchSettings,
} from "./tables.ts";
import { withPreset } from "./preset.ts";

/** The command that a command line asks for. */
export type Command =
  | TrainCommand
  | SampleCommand
  | InfoCommand
  | EvalCommand
  | ExplainCommand
  | ServeCommand
  | { readonly kind: "help"; readonly topic: CommandName }
  | { readonly kind: "presets" }
  | { readonly kind: "version" };

/** The settings that are saved with a run. */
export interface Plan {
  readonly settings: RunSettings;
  readonly generation: GenerationSettings;
  /** The options that were given, those of a preset included, and perhaps others. */
  readonly given: Given;
}

/** Trains a model, then lets it write. */
export interface TrainCommand extends Plan, OutputSettings {
  readonly kind: "train";
  /** The file to train on; without it, the preset, or names.txt. */
  readonly dataset: string | undefined;
  readonly watching: WatchSettings;
  /** Without `save` a run is saved where it was resumed from. */
  readonly saving: SaveSettings;
}

/** Lets a saved model write. */
export interface SampleCommand extends Parsed<typeof SAMPLING_OPTIONS>, OutputSettings {
  readonly kind: "sample";
  /** The file that `--save` made. */
  readonly model: string;
  readonly generation: GenerationSettings;
  readonly given: Given;
}

/** Tells how good a saved model is. */
export interface EvalCommand extends Parsed<typeof EVALUATION_OPTIONS>, OutputSettings {
  readonly kind: "eval";
  /** The file that `--save` made. */
  readonly model: string;
  /** The documents to judge it by; without it, those held out of its training. */
  readonly dataset: string | undefined;
}

/** Shows how a saved model reads a text. */
export interface ExplainCommand extends Parsed<typeof EXPLANATION_OPTIONS>, OutputSettings {
  readonly kind: "explain";
  /** The file that `--save` made. */
  readonly model: string;
  readonly text: string;
}

/** Serves the playground, or writes it to a file. */
export interface ServeCommand extends Parsed<typeof SERVING_OPTIONS>, OutputSettings {
  readonly kind: "serve";
}

/** Tells what a file is: a model, or a data set. */
export interface InfoCommand extends Parsed<typeof INFO_OPTIONS>, OutputSettings {
  readonly kind: "info";
  /** The file; without it, the preset. */
  readonly file: string | undefined;
}

/**
 * Parses a command line.
 *
 * @param argv The arguments, without the program's name.
 * @returns The command, complete and valid.
 * @throws {UsageError} If there is anything in it that cannot be understood.
 */
export function parseCommand(argv: readonly string[]): Command {
  const line = asOptions(argv);
  const topic = commandName(line);
  const words = line[0] === topic ? line.slice(1) : line;
  const hasPresets = topic === "train" || topic === "info";
  if (hasPresets && words.length === 1 && words[0] === "--preset") return { kind: "presets" };
  const args = parseArguments(words, COMMAND_OPTIONS[topic]);
  if (args.given.has("help")) return { kind: "help", topic: helpTopic(topic, args) };
  if (args.given.has("version")) return { kind: "version" };
  return COMMANDS[topic](args);
}

/** Writes `help COMMAND` as `COMMAND --help`, and `version` as `--version`. */
function asOptions(argv: readonly string[]): readonly string[] {
  const [word, topic, ...rest] = argv;
  if (word === "version") return ["--version", ...argv.slice(1)];
  if (word !== "help") return argv;
  if (topic === undefined || topic.startsWith("-")) return ["--help", ...argv.slice(1)];
  if (isCommandName(topic)) return [topic, "--help", ...rest];
  const names = listed(COMMAND_NAMES, "and");
  throw new UsageError(`There is no help on ${asWord(topic)}: there is help on ${names}`);
}

/** Finds the command whose help is asked for: `--help sample` is `sample --help`. */
function helpTopic(topic: CommandName, { operands: [word = ""] }: Arguments): CommandName {
  return topic === "train" && isCommandName(word) ? word : topic;
}

function isCommandName(word: string): word is CommandName {
  return COMMAND_NAMES.some((name) => name === word);
}

const COMMANDS: Readonly<Record<CommandName, (args: Arguments) => Command>> = {
  train: trainCommand,
  sample: sampleCommand,
  info: infoCommand,
  eval: evalCommand,
  explain: explainCommand,
  serve: serveCommand,
};

/**
 * Finds the command that a command line is for: the one that its first word names, else
 * training. A word that is only nearly a name is a file.
 *
 * @param argv The arguments, without the program's name.
 */
export function commandName([word]: readonly string[]): CommandName {
  return COMMAND_NAMES.find((name) => name === word) ?? "train";
}

/**
 * Parses the arguments of training.
 *
 * @param source Where the values are from; those that are typed have been parsed before they are
 * put to saved ones.
 * @throws {UsageError} If a value is not what it must be, or they contradict each other.
 */
export function trainCommand(args: Arguments, source: Source = "typed"): TrainCommand {
  const given = withPreset(args.given);
  const saving = valuesOf(SAVING_OPTIONS, given);
  const command: TrainCommand = {
    kind: "train",
    dataset: optionalDataset(args),
    settings: valuesOf(RUN_OPTIONS, given, source),
    watching: valuesOf(WATCHING_OPTIONS, given),
    saving: { ...saving, save: saving.save ?? saving.resume },
    generation: generationSettings(given, source),
    ...valuesOf(OUTPUT_OPTIONS, given),
    given,
  };
  assertConsistent(command);
  return command;
}

function assertConsistent(command: TrainCommand): void {
  const { dataset, settings, generation, saving } = command;
  const { preset, from, auto, nEmbd, nHead, engine, dtype, patience, valFraction } = settings;
  assertOneDataset(preset, dataset);
  const isNew = saving.resume === undefined; // else what the run was saved with counts
  if (!isNew && from !== undefined) {
    throw new UsageError(
      "--resume continues a run, --from starts a new one: give only one of them",
    );
  }
  assertAuto(command);
  const isWhole = isNew && auto === undefined; // else settings come from elsewhere as well
  if (isWhole && patience !== undefined && valFraction === undefined) {
    throw new UsageError(
      "--patience needs --val-fraction, which holds documents out to validate by",
    );
  }
  if (isWhole && from === undefined && nEmbd % nHead !== 0) { // else those of the model count
    throw new UsageError(
      `--n-embd must be divisible by --n-head: --n-embd is ${nEmbd}, --n-head is ${nHead}`,
    );
  }
  if (isWhole) assertLearningRates(settings);
  if (engine === "scalar" && dtype !== "f64") {
    throw new UsageError(`--engine scalar has --dtype f64 only: it is ${dtype}`);
  }
  if (saving.saveEvery !== undefined && saving.save === undefined) {
    throw new UsageError("--save-every needs --save FILE, which says where to save to");
  }
  const { prompt, exclude } = generation;
  assertOneStdin({ "the data set": dataset, "--prompt": prompt, "--exclude": exclude });
}

/** Checks that `--auto` has settings to choose. */
function assertAuto({ settings: { auto, from }, saving: { resume } }: TrainCommand): void {
  if (auto === undefined) return;
  if (resume !== undefined) {
    throw new UsageError(
      "--auto chooses the settings of a new run: --resume goes on with those of the saved one",
    );
  }
  if (from !== undefined) {
    throw new UsageError(
      "--auto chooses the sizes of a new model, --from has those of a saved one: " +
        "give --num-steps and --learning-rate instead",
    );
  }
}

/**
 * Checks the options that decide on learning rates.
 *
 * @throws {UsageError} If they contradict each other.
 */
export function assertLearningRates(
  { numSteps, learningRate, warmup, weightDecay }: RunSettings,
): void {
  if (warmup > numSteps) {
    throw new UsageError(
      `--warmup must not be above --num-steps: --warmup is ${warmup}, --num-steps is ${numSteps}`,
    );
  }
  if (learningRate * weightDecay >= 1) {
    throw new UsageError(
      `--weight-decay times --learning-rate must be below 1: ` +
        `--weight-decay is ${weightDecay}, --learning-rate is ${learningRate}`,
    );
  }
}

/**
 * Parses the options of generation.
 *
 * @param source Where the values are from, see {@linkcode trainCommand}.
 * @throws {UsageError} If a value is not what it must be, or they contradict each other.
 */
export function generationSettings(given: Given, source: Source = "typed"): GenerationSettings {
  const generation = valuesOf(GENERATION_OPTIONS, given, source);
  const { minLength = 0, maxLength = Infinity } = generation;
  if (minLength > maxLength) {
    throw new UsageError(
      `--min-length must not be above --max-length: ` +
        `--min-length is ${minLength}, --max-length is ${maxLength}`,
    );
  }
  return generation;
}

function sampleCommand({ given, operands }: Arguments): SampleCommand {
  const what = "a model, which is a file written by --save";
  const model = onlyOperand("sample", what, { given, operands });
  assertFile("sample", model);
  const generation = generationSettings(given);
  assertOneStdin({ "--prompt": generation.prompt, "--exclude": generation.exclude });
  const values = { ...valuesOf(SAMPLING_OPTIONS, given), ...valuesOf(OUTPUT_OPTIONS, given) };
  return { kind: "sample", model, generation, ...values, given };
}

function infoCommand({ given, operands }: Arguments): InfoCommand {
  const values = { ...valuesOf(INFO_OPTIONS, given), ...valuesOf(OUTPUT_OPTIONS, given) };
  const [first] = operands, { preset, column } = values;
  if (preset === undefined) {
    const what = "a file, which is a model or a data set";
    return { kind: "info", file: onlyOperand("info", what, { given, operands }), ...values };
  }
  assertOneDataset(preset, first);
  if (column !== undefined) {
    throw new UsageError(`--column is for tables: --preset ${preset} is none`);
  }
  return { kind: "info", file: undefined, ...values };
}

function evalCommand({ given, operands }: Arguments): EvalCommand {
  const [model, dataset, third] = operands;
  if (model === undefined) throw noOperand("eval", "a model, a file written by --save", given);
  assertFile("eval", model);
  if (third !== undefined) {
    throw new UsageError(
      `The command eval takes a model and a data set: there are ${operands.length} files, ` +
        `the third is ${asWord(third)}`,
    );
  }
  const values = valuesOf(EVALUATION_OPTIONS, given);
  if (values.perLine && dataset === undefined) {
    throw new UsageError("--per-line needs a data set, one text per line; - is stdin");
  }
  if (values.column !== undefined && dataset === undefined) {
    throw new UsageError("--column needs a data set that has it");
  }
  const output = valuesOf(OUTPUT_OPTIONS, given);
  return { kind: "eval", model, dataset, ...values, ...output };
}

function explainCommand({ given, operands: [model, ...words] }: Arguments): ExplainCommand {
  if (model === undefined) throw noOperand("explain", "a model, a file written by --save", given);
  assertFile("explain", model);
  const [text] = words;
  if (text === undefined) throw noOperand("explain", "a text", given);
  if (words.length > 1) {
    throw new UsageError(
      `The command explain takes one text: there are ${words.length}: ` +
        `put it in quotes: ${quote(words.join(" "))}`,
    );
  }
  const values = { ...valuesOf(EXPLANATION_OPTIONS, given), ...valuesOf(OUTPUT_OPTIONS, given) };
  return { kind: "explain", model, text, ...values };
}

function serveCommand({ given, operands: [operand] }: Arguments): ServeCommand {
  if (operand !== undefined) {
    throw new UsageError(
      `The command serve takes no file, but got ${asWord(operand)}: lists are opened in the page`,
    );
  }
  if (given.has("export") && (given.has("port") || given.has("open"))) {
    throw new UsageError(
      "--export does not serve the page: --port and --open are for serving",
    );
  }
  return { kind: "serve", ...valuesOf(SERVING_OPTIONS, given), ...valuesOf(OUTPUT_OPTIONS, given) };
}
