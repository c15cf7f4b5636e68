/**
 * The command line as data: argv becomes a {@linkcode Command}, or a
 * {@linkcode UsageError} that says what is wrong with it. Nothing here prints,
 * reads files or exits.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { ENGINE_NAMES, type EngineName } from "../create_engine.ts";
import { DEFAULT_SIZES } from "../model.ts";
import { DEFAULT_TEMPERATURE } from "../sample.ts";
import { TOKENIZER_KINDS, type TokenizerKind } from "../tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../trainer.ts";
import { type Dtype, DTYPES } from "../engine.ts";
import { nearest } from "./nearest.ts";

/** What is asked for is not possible as it is written: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Train a model, then let it write. */
export interface TrainCommand {
  readonly kind: "train";
  /** The file to train on; without it, names.txt. */
  readonly dataset: string | undefined;
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly blockSize: number;
  readonly numSteps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: bigint;
  readonly temperature: number;
  readonly numSamples: number;
  readonly tokenizer: TokenizerKind;
  readonly engine: EngineName;
  readonly dtype: Dtype;
  /** Print the step line every so many steps; `undefined`: the last only. */
  readonly logEvery: number | undefined;
  readonly quiet: boolean;
}

/** What a command line asks for. */
export type Command = TrainCommand | { readonly kind: "help" } | { readonly kind: "version" };

/** An option that takes a value. */
export interface Option {
  /** What stands for its value in the help. */
  readonly value: string;
  /** What it is, in a few words. */
  readonly help: string;
  /** The value it has when it is not given, as it would be written. */
  readonly default?: string;
}

/** The options that take a value, in the order of the help. */
export const OPTIONS = {
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
  "num-steps": {
    value: "N",
    help: "training steps",
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
  "temperature": {
    value: "X",
    help: "sampling temperature; 0 = likeliest token",
    default: `${DEFAULT_TEMPERATURE}`,
  },
  "num-samples": { value: "N", help: "samples to print after training", default: "20" },
  "tokenizer": { value: TOKENIZER_KINDS.join("|"), help: "what a token is", default: "char" },
  "engine": {
    value: ENGINE_NAMES.join("|"),
    help: "what computes: fast, or readable",
    default: "wasm",
  },
  "dtype": { value: DTYPES.join("|"), help: "precision; the original has f64", default: "f64" },
  "log-every": { value: "N", help: "print the loss every N steps (only the last)" },
} as const satisfies Record<string, Option>;

/** The options that are on or off, in the order of the help. */
export const FLAGS = {
  "quiet": "no progress and no notes on stderr",
  "help": "print this help",
  "version": "print the version",
} as const;

type OptionName = keyof typeof OPTIONS;

/**
 * Says what a command line asks for.
 *
 * @param argv The arguments, without the program's name.
 * @returns The command, complete and valid.
 * @throws {UsageError} If there is anything in it that cannot be understood.
 */
export function parseCommand(argv: readonly string[]): Command {
  const names = Object.keys(OPTIONS);
  const flags = Object.keys(FLAGS);
  const args = parseArgs(normalise(argv, names, flags), {
    string: [...names, "_"], // "_": a file called 007 is no number
    boolean: flags,
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) throw unknownOption(arg, [...names, ...flags]);
    },
  });
  if (args["help"]) return { kind: "help" };
  if (args["version"]) return { kind: "version" };
  if (args._.length > 1) {
    throw new UsageError(
      `One data set is enough: there are ${args._.length}, the second is ${quote(`${args._[1]}`)}`,
    );
  }
  const dataset = args._[0];
  const given = (name: OptionName) => args[name] as string | undefined; // as `string` above says
  return trainCommand(given, dataset === undefined ? undefined : `${dataset}`, !!args["quiet"]);
}

function trainCommand(
  given: (name: OptionName) => string | undefined,
  dataset: string | undefined,
  quiet: boolean,
): TrainCommand {
  const text = (name: OptionName) => {
    const option: Option = OPTIONS[name];
    return given(name) ?? option.default ?? "";
  };
  const integer = (name: OptionName, min: number, max: number) =>
    parseNumber(name, text(name), min, max, true);
  const number = (name: OptionName, min: number, max: number) =>
    parseNumber(name, text(name), min, max, false);
  const command: TrainCommand = {
    kind: "train",
    dataset,
    nLayer: integer("n-layer", 1, 1000),
    nEmbd: integer("n-embd", 1, 65_536),
    nHead: integer("n-head", 1, 65_536),
    blockSize: integer("block-size", 1, 1_000_000),
    numSteps: integer("num-steps", 1, 1e9),
    batchSize: integer("batch-size", 1, 1e6),
    learningRate: number("learning-rate", Number.MIN_VALUE, 10),
    seed: parseSeed(text("seed")),
    temperature: number("temperature", 0, 1000),
    numSamples: integer("num-samples", 0, 1e9),
    tokenizer: parseChoice("tokenizer", text("tokenizer"), TOKENIZER_KINDS),
    engine: parseChoice("engine", text("engine"), ENGINE_NAMES),
    dtype: parseChoice("dtype", text("dtype"), DTYPES),
    logEvery: given("log-every") === undefined ? undefined : integer("log-every", 1, 1e9),
    quiet,
  };
  const { nEmbd, nHead, engine, dtype } = command;
  if (nEmbd % nHead !== 0) {
    throw new UsageError(
      `--n-embd must be divisible by --n-head: --n-embd is ${nEmbd}, --n-head is ${nHead}`,
    );
  }
  if (engine === "scalar" && dtype !== "f64") {
    throw new UsageError(`--engine scalar has --dtype f64 only: it is ${dtype}`);
  }
  return command;
}

/**
 * Writes `--name value` as `--name=value`, so that a value may begin with a
 * minus sign and a missing one is noticed; and a flag as `--flag=true`, so that
 * it does not swallow the word behind it.
 */
function normalise(
  argv: readonly string[],
  names: readonly string[],
  flags: readonly string[],
): string[] {
  const normal: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] === "-h" ? "--help" : argv[i]!; // i < length
    if (arg === "--") return [...normal, ...argv.slice(i)];
    const [option = "", given] = arg.startsWith("--") ? arg.slice(2).split("=", 2) : [];
    if (option === "_") throw unknownOption(arg, [...names, ...flags]);
    if (flags.includes(option)) {
      if (given !== undefined) throw new UsageError(`The option --${option} takes no value`);
      normal.push(`${arg}=true`);
    } else if (names.includes(option) && given === undefined) {
      const value = argv[++i];
      if (value === undefined || value.startsWith("--")) {
        throw new UsageError(`The option ${arg} needs a value: there is none`);
      }
      normal.push(`${arg}=${value}`);
    } else {
      normal.push(arg);
    }
  }
  return normal;
}

function unknownOption(arg: string, names: readonly string[]): UsageError {
  const option = arg.split("=")[0] ?? arg;
  const guess = nearest(option.replace(/^-+/, "").toLowerCase(), names);
  const hint = guess === undefined ? "" : `: did you mean --${guess}?`;
  return new UsageError(`There is no option ${quote(option)}${hint}`);
}

/** As it was written, on one line. */
function quote(text: string): string {
  return /^[\w=.+/-]+$/.test(text) ? text : JSON.stringify(text);
}

function parseNumber(
  name: OptionName,
  text: string,
  min: number,
  max: number,
  isInteger: boolean,
): number {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!(number >= min && number <= max) || (isInteger && !Number.isInteger(number))) {
    const kind = isInteger ? "an integer" : "a number";
    const range = min === Number.MIN_VALUE ? `above 0, at most ${max}` : `from ${min} to ${max}`;
    throw new UsageError(`--${name} must be ${kind} ${range}: it is ${JSON.stringify(text)}`);
  }
  return number;
}

function parseSeed(text: string): bigint {
  if (!/^\d{1,1000}$/.test(text)) {
    throw new UsageError(
      `--seed must be an integer, 0 or above, of at most 1000 digits: it is ${
        JSON.stringify(text)
      }`,
    );
  }
  return BigInt(text);
}

function parseChoice<T extends string>(
  name: OptionName,
  text: string,
  choices: readonly T[],
): T {
  const choice = choices.find((choice) => choice === text);
  if (choice !== undefined) return choice;
  const guess = nearest(text, choices);
  throw new UsageError(
    `--${name} must be ${choices.join(" or ")}: it is ${JSON.stringify(text)}` +
      (guess === undefined ? "" : `: did you mean ${guess}?`),
  );
}
