/**
 * The settings of a run: what the command line calls options. One table gives each its name, its
 * meaning, its range, and how it is read and written in a field and in a link.
 *
 * @module
 */

import { DEFAULT_SIZES, type GptConfig } from "../../config.ts";
import { type Dtype, DTYPES } from "../../engine.ts";
import { DEFAULT_TEMPERATURE } from "../../sample.ts";
import { type Normalization, NORMALIZATIONS, type TextForm } from "../../text/text_form.ts";
import { TOKENIZER_KINDS, type TokenizerKind } from "../../tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS, type TrainOptions } from "../../trainer.ts";

/** Everything that decides what a run gives, besides the list. */
export interface Settings
  extends
    Omit<GptConfig, "vocabSize">,
    Pick<TrainOptions, "numSteps" | "learningRate" | "batchSize">,
    TextForm {
  /** The seed of all random numbers. */
  readonly seed: bigint;
  /** The part of the documents to hold out; 0 for none. */
  readonly valFraction: number;
  readonly tokenizer: TokenizerKind;
  readonly dtype: Dtype;
  /** The temperature of the babble during training. */
  readonly temperature: number;
}

/** The settings of microgpt.py, which are the command line's defaults. */
export const ORIGINAL: Settings = {
  ...DEFAULT_SIZES,
  numSteps: DEFAULT_TRAIN_OPTIONS.numSteps,
  learningRate: DEFAULT_TRAIN_OPTIONS.learningRate,
  batchSize: DEFAULT_TRAIN_OPTIONS.batchSize,
  seed: 42n,
  valFraction: 0,
  tokenizer: "char",
  dtype: "f64",
  normalize: "none",
  lowercase: false,
  temperature: DEFAULT_TEMPERATURE,
};

/** The values a setting takes. */
interface Values<T> {
  /** Reads a value; `undefined` if the text is not one. */
  readonly parse: (text: string) => T | undefined;
  /** Its valid values, as the end of "n embd must be ...". */
  readonly range: string;
  /** All of them, where they are few. */
  readonly choices?: readonly string[];
}

/** A row of the table. */
export interface Setting<T> extends Values<T> {
  /** The option without its dashes, such as `n embd`. */
  readonly name: string;
  /** Its meaning, in one short line. */
  readonly hint: (settings: Settings) => string;
}

/** The largest number of steps: the page keeps the loss of each. */
const MAX_STEPS = 1_000_000;

/** The most digits of a seed. */
const MAX_SEED_DIGITS = 100;

function integer(min: number, max: number): Values<number> {
  return {
    parse: (text) => {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
    },
    range: `a whole number from ${min} to ${max.toLocaleString("en-US")}`,
  };
}

function real(isInRange: (value: number) => boolean, range: string): Values<number> {
  return {
    parse: (text) => {
      const value = Number(text);
      return /^[\d.]+(e-?\d+)?$/i.test(text) && isInRange(value) ? value : undefined;
    },
    range,
  };
}

function choice<T extends string>(choices: readonly T[]): Values<T> {
  return {
    parse: (text) => choices.find((name) => name === text),
    range: either(choices),
    choices,
  };
}

const SEED: Values<bigint> = {
  parse: (text) => /^\d+$/.test(text) && text.length <= MAX_SEED_DIGITS ? BigInt(text) : undefined,
  range: `a whole number of at most ${MAX_SEED_DIGITS} digits`,
};

const NO_OR_YES: Values<boolean> = {
  parse: (text) => text === "no" ? false : text === "yes" ? true : undefined,
  range: "no or yes",
  choices: ["no", "yes"],
};

/** "1, 2 or 4". */
function either(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** The table, in the order of the page. */
export const SETTINGS: { readonly [Key in keyof Settings]: Setting<Settings[Key]> } = {
  numSteps: {
    name: "num steps",
    hint: ({ batchSize }) =>
      `${batchSize === 1 ? "one document" : `${batchSize} documents`} each; from 1`,
    ...integer(1, MAX_STEPS),
  },
  nEmbd: { name: "n embd", hint: () => "numbers per letter; 1–256", ...integer(1, 256) },
  learningRate: {
    name: "learning rate",
    hint: () => "how far a step goes; falls to 0",
    ...real((value) => value > 0 && value <= 10, "a number above 0, at most 10"),
  },
  seed: { name: "seed", hint: () => "same seed, same losses", ...SEED },
  nLayer: {
    name: "n layer",
    hint: () => "how often it looks back and thinks; 1–8",
    ...integer(1, 8),
  },
  nHead: {
    name: "n head",
    hint: () => "ways to look back; divides n embd",
    ...integer(1, 256),
  },
  blockSize: {
    name: "block size",
    hint: () => "longest name it can see; 1–256",
    ...integer(1, 256),
  },
  batchSize: {
    name: "batch size",
    hint: () => "documents per step; 1–256",
    ...integer(1, 256),
  },
  valFraction: {
    name: "val fraction",
    hint: () => "part held out to test on; 0–0.5",
    ...real((value) => value >= 0 && value <= 0.5, "a number from 0 to 0.5"),
  },
  tokenizer: {
    name: "tokenizer",
    hint: () => "a token is a character, or a byte",
    ...choice<TokenizerKind>(TOKENIZER_KINDS),
  },
  dtype: {
    name: "dtype",
    hint: () => "f32 is faster, f64 is exact",
    ...choice<Dtype>(DTYPES),
  },
  normalize: {
    name: "normalize",
    hint: () => "accents joined (nfc) or apart (nfd)",
    ...choice<Normalization>(NORMALIZATIONS),
  },
  lowercase: { name: "lowercase", hint: () => "learns small letters only", ...NO_OR_YES },
  temperature: {
    name: "temperature",
    hint: () => "low is careful, high is bold; from 0",
    ...real((value) => value >= 0 && value <= 1000, "a number from 0 to 1,000"),
  },
};

/** The names of all settings in code, in the order of the page. */
export const SETTING_KEYS = Object.keys(SETTINGS) as (keyof Settings)[]; // as the type of the table says

/** A setting that is not what it must be. */
export interface Problem {
  readonly key: keyof Settings;
  /** The fault, as a sentence. */
  readonly message: string;
}

/**
 * Writes a setting as a field or a link has it.
 *
 * @param settings All settings.
 * @param key The one to write.
 */
export function textOf(settings: Settings, key: keyof Settings): string {
  const value = settings[key];
  return typeof value === "boolean" ? (value ? "yes" : "no") : `${value}`;
}

/**
 * Changes one setting.
 *
 * @param settings The settings; they stay as they are.
 * @param key The one to change.
 * @param text Its new value.
 * @returns The settings with the change, or what is wrong with the text.
 */
export function withSetting(
  settings: Settings,
  key: keyof Settings,
  text: string,
): Settings | Problem {
  const { name, range, parse } = SETTINGS[key];
  const value = parse(text.trim());
  if (value === undefined) return { key, message: `${name} must be ${range}.` };
  return { ...settings, [key]: value };
}

/**
 * Checks what no setting alone can tell.
 *
 * @param settings The settings, each in its range.
 */
export function conflictOf({ nEmbd, nHead }: Settings): Problem | undefined {
  if (nEmbd % nHead === 0) return undefined;
  const divisors = Array.from({ length: nEmbd }, (_, i) => i + 1).filter((n) => nEmbd % n === 0);
  return { key: "nHead", message: `n head must divide n embd (${nEmbd}): ${either(divisors)}.` };
}

/** Tells a problem from settings. */
export function isProblem(result: Settings | Problem): result is Problem {
  return "message" in result;
}
