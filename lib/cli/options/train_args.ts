/**
 * `microgpt [options] [dataset]`, as data.
 *
 * @module
 */

import { ENGINE_NAMES, type EngineName } from "../../create_engine.ts";
import { type Dtype, DTYPES } from "../../engine.ts";
import { DEFAULT_SIZES } from "../../config.ts";
import { PRESETS } from "../../files/presets.ts";
import { NORMALIZATIONS, type TextForm } from "../../text/text_form.ts";
import { TOKENIZER_KINDS, type TokenizerKind } from "../../tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../../trainer.ts";
import {
  GENERATION_OPTIONS,
  type GenerationArguments,
  generationArguments,
} from "./generation_args.ts";
import { nearest } from "./nearest.ts";
import {
  type Arguments,
  assertDistinctFiles,
  assertOneStdin,
  COMMAND_NAMES,
  COMMON_OPTIONS,
  type CommonArguments,
  commonArguments,
  type Options,
  UsageError,
} from "./options.ts";
import { asWord, quote } from "../../text/quote.ts";

/** The data, and the form of its text. */
export const DATA_OPTIONS = {
  "preset": { value: "NAME", help: "a list that is included, and its settings" },
  "normalize": { value: NORMALIZATIONS.join("|"), help: "Unicode normalisation", default: "none" },
  "lowercase": { help: "small letters only" },
  "val-fraction": { value: "X", help: "hold out this part of the documents (none)" },
} as const satisfies Options;

/** The sizes of the model. */
export const MODEL_OPTIONS = {
  "n-layer": { value: "N", help: "number of layers", default: `${DEFAULT_SIZES.nLayer}` },
  "n-embd": { value: "N", help: "embedding dimension", default: `${DEFAULT_SIZES.nEmbd}` },
  "n-head": {
    value: "N",
    help: "attention heads, a divisor of n-embd",
    default: `${DEFAULT_SIZES.nHead}`,
  },
  "block-size": {
    value: "N",
    help: "maximum sequence length in tokens",
    default: `${DEFAULT_SIZES.blockSize}`,
  },
  "tokenizer": { value: TOKENIZER_KINDS.join("|"), help: "what a token is", default: "char" },
} as const satisfies Options;

/** How to train it. */
export const TRAINING_OPTIONS = {
  "num-steps": {
    value: "N",
    help: "training steps, of a resumed run in all",
    default: `${DEFAULT_TRAIN_OPTIONS.numSteps}`,
  },
  "batch-size": {
    value: "N",
    help: "documents a step",
    default: `${DEFAULT_TRAIN_OPTIONS.batchSize}`,
  },
  "learning-rate": {
    value: "X",
    help: "learning rate, falls linearly to 0",
    default: `${DEFAULT_TRAIN_OPTIONS.learningRate}`,
  },
  "seed": { value: "N", help: "seed of the random numbers, as Python's", default: "42" },
  "dtype": { value: DTYPES.join("|"), help: "precision; the original has f64", default: "f64" },
  "engine": {
    value: ENGINE_NAMES.join("|"),
    help: "what computes: fast, or readable",
    default: "wasm",
  },
  "patience": {
    value: "N",
    help: "stop after N validations (ten a run) in vain",
  },
} as const satisfies Options;

/** How to keep it. */
export const SAVING_OPTIONS = {
  "save": { value: "FILE", help: "save the model at the end, and at Ctrl-C" },
  "save-every": { value: "N", help: "save it every N steps, too" },
  "resume": { value: "FILE", help: "go on with a saved run, and save it there" },
} as const satisfies Options;

/** How to watch it. */
export const WATCHING_OPTIONS = {
  "log-every": { value: "N", help: "print the loss every N steps (only the last)" },
  "log": { value: "FILE", help: "write each step to FILE as a line of JSON" },
  "plot": { value: "FILE", help: "draw the losses as SVG" },
  "sample-every": { value: "N", help: "show samples every N steps (ten times a run)" },
} as const satisfies Options;

/** All options of the command. */
export const TRAIN_OPTIONS = {
  ...DATA_OPTIONS,
  ...MODEL_OPTIONS,
  ...TRAINING_OPTIONS,
  ...WATCHING_OPTIONS,
  ...SAVING_OPTIONS,
  ...GENERATION_OPTIONS,
  ...COMMON_OPTIONS,
} as const satisfies Options;

/** The name of an option of the command. */
export type TrainOption = keyof typeof TRAIN_OPTIONS;

/** Train a model, then let it write. */
export interface TrainCommand extends CommonArguments {
  readonly kind: "train";
  /** The file to train on; without it, names.txt. */
  readonly dataset: string | undefined;
  /** A list of the package to train on. */
  readonly preset: string | undefined;
  readonly form: TextForm;
  /** What part of the documents to hold out; 0: none. */
  readonly valFraction: number;
  /** After how many validations without a better one to stop. */
  readonly patience: number | undefined;
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly blockSize: number;
  readonly tokenizer: TokenizerKind;
  readonly numSteps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: bigint;
  readonly dtype: Dtype;
  readonly engine: EngineName;
  /** Print the step line every so many steps; `undefined`: the last only. */
  readonly logEvery: number | undefined;
  readonly log: string | undefined;
  readonly plot: string | undefined;
  readonly sampleEvery: number | undefined;
  /** Where to save the model: where it comes from if nothing else is said. */
  readonly save: string | undefined;
  readonly saveEvery: number | undefined;
  readonly resume: string | undefined;
  readonly generation: GenerationArguments;
  /** What was given, as it was written. */
  readonly args: Arguments<TrainOption>;
}

/**
 * Understands the arguments.
 *
 * @throws {UsageError} If a value is not what it must be, or they contradict each other.
 */
export function trainCommand(given: Arguments<TrainOption>): TrainCommand {
  const preset = given.optional("preset", () => given.choice("preset", Object.keys(PRESETS)));
  const args = given.over(new Map(Object.entries(PRESETS[preset ?? ""]?.settings ?? {})));
  const every = (name: "save-every" | "log-every" | "sample-every" | "patience") =>
    args.optional(name, () => args.integer(name, 1, 1e9));
  const path = (name: "save" | "resume" | "log" | "plot") =>
    args.optional(name, () => args.file(name));
  const resume = path("resume");
  const command: TrainCommand = {
    kind: "train",
    dataset: optionalOperand(args.operands),
    preset,
    form: {
      normalize: args.choice("normalize", NORMALIZATIONS),
      lowercase: args.has("lowercase"),
    },
    valFraction: args.has("val-fraction") ? parseFraction(args) : 0,
    patience: every("patience"),
    nLayer: args.integer("n-layer", 1, 1000),
    nEmbd: args.integer("n-embd", 1, 65_536),
    nHead: args.integer("n-head", 1, 65_536),
    blockSize: args.integer("block-size", 1, 1_000_000),
    tokenizer: args.choice("tokenizer", TOKENIZER_KINDS),
    numSteps: args.integer("num-steps", 1, 1e9),
    batchSize: args.integer("batch-size", 1, 1e6),
    learningRate: args.number("learning-rate", Number.MIN_VALUE, 10),
    seed: parseSeed(args.text("seed")),
    dtype: args.choice("dtype", DTYPES),
    engine: args.choice("engine", ENGINE_NAMES),
    logEvery: every("log-every"),
    log: path("log"),
    plot: path("plot"),
    sampleEvery: every("sample-every"),
    save: path("save") ?? resume,
    saveEvery: every("save-every"),
    resume,
    generation: generationArguments(args),
    ...commonArguments(args),
    args,
  };
  assertConsistent(command);
  return command;
}

function assertConsistent(command: TrainCommand): void {
  const { nEmbd, nHead, engine, dtype, save, saveEvery, dataset, preset } = command;
  if (dataset !== undefined && preset !== undefined) {
    throw new UsageError(`--preset ${preset} is a data set: ${asWord(dataset)} is another one`);
  }
  const isNew = command.resume === undefined; // what else holds was decided by the saved run
  if (command.patience !== undefined && command.valFraction === 0 && isNew) {
    throw new UsageError(
      "--patience needs --val-fraction, which holds documents out to validate by",
    );
  }
  if (command.resume === undefined && nEmbd % nHead !== 0) { // else the saved sizes count
    throw new UsageError(
      `--n-embd must be divisible by --n-head: --n-embd is ${nEmbd}, --n-head is ${nHead}`,
    );
  }
  if (engine === "scalar" && dtype !== "f64") {
    throw new UsageError(`--engine scalar has --dtype f64 only: it is ${dtype}`);
  }
  if (saveEvery !== undefined && save === undefined) {
    throw new UsageError("--save-every needs --save FILE, which says where to save to");
  }
  const { prompt, exclude } = command.generation;
  assertOneStdin({ "the data set": dataset, "--prompt": prompt, "--exclude": exclude });
  assertDistinctFiles(
    { "--save": save, "--log": command.log, "--plot": command.plot },
    { "the data set": dataset, "--exclude": exclude },
  );
}

function optionalOperand([dataset, second, ...more]: readonly string[]): string | undefined {
  if (dataset === undefined || second === undefined) return dataset;
  const guess = nearest(dataset, COMMAND_NAMES.filter((name) => name !== "train"));
  throw new UsageError(
    `One data set is enough: there are ${2 + more.length}, the second is ${asWord(second)}` +
      (guess === undefined ? "" : `: did you mean microgpt ${guess} ${asWord(second)}?`),
  );
}

/** A part of the whole, which is not the whole. */
function parseFraction(args: Arguments<TrainOption>): number {
  const fraction = Number(args.text("val-fraction"));
  if (fraction > 0 && fraction < 1) return fraction;
  throw new UsageError(
    `--val-fraction must be a number above 0 and below 1, such as 0.1: it is ${
      quote(args.text("val-fraction"))
    }`,
  );
}

/** A seed of any size. */
export function parseSeed(text: string): bigint {
  if (!/^\d{1,1000}$/.test(text)) {
    throw new UsageError(
      `--seed must be an integer, 0 or above, of at most 1000 digits: it is ${quote(text)}`,
    );
  }
  return BigInt(text);
}
