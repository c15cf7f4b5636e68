/**
 * The options that steer what a model writes, for all commands that let it.
 *
 * @module
 */

import { DEFAULT_TEMPERATURE } from "../../sample.ts";
import { type Arguments, type Options, UsageError } from "./options.ts";

/** The options, in the order of the help. */
export const GENERATION_OPTIONS = {
  "num-samples": { value: "N", help: "how many to write, for each prompt", default: "20" },
  "temperature": {
    value: "X",
    help: "0 = likeliest token, 1 = as the model says",
    default: `${DEFAULT_TEMPERATURE}`,
  },
  "top-k": { value: "N", help: "only the N likeliest tokens" },
  "top-p": { value: "X", help: "only the likeliest, of probability X together" },
  "prompt": { value: "TEXT", help: "go on from TEXT; - is stdin, a prompt a line" },
  "starts-with": { value: "TEXT", help: "begin with TEXT" },
  "ends-with": { value: "TEXT", help: "end with TEXT" },
  "contains": { value: "TEXT", help: "have TEXT in it" },
  "match": { value: "REGEX", help: "match a JavaScript regular expression" },
  "min-length": { value: "N", help: "at least N characters" },
  "max-length": { value: "N", help: "at most N characters" },
  "unique": { help: "none twice" },
  "new": { help: "none that is in the training list" },
  "exclude": { value: "FILE", help: "none that is a line of FILE" },
} as const satisfies Options;

/** How a model is to write. */
export interface GenerationArguments {
  readonly numSamples: number;
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
  /** What to go on from; `-`: what stdin says. */
  readonly prompt: string | undefined;
  readonly startsWith: string | undefined;
  readonly endsWith: string | undefined;
  readonly contains: string | undefined;
  readonly match: RegExp | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly unique: boolean;
  /** Leave out what is in the training list. */
  readonly isNew: boolean;
  /** A file whose lines are left out. */
  readonly exclude: string | undefined;
}

/**
 * Understands the options.
 *
 * @throws {UsageError} If a value is not what it must be, or they contradict each other.
 */
export function generationArguments(
  args: Arguments<keyof typeof GENERATION_OPTIONS>,
): GenerationArguments {
  const text = (name: keyof typeof GENERATION_OPTIONS) =>
    args.optional(name, () => args.nonEmpty(name));
  const length = (name: "min-length" | "max-length" | "top-k", min: number) =>
    args.optional(name, () => args.integer(name, min, 1e9));
  const generation: GenerationArguments = {
    numSamples: args.integer("num-samples", 0, 1e9),
    temperature: args.number("temperature", 0, 1000),
    topK: length("top-k", 1),
    topP: args.optional("top-p", () => args.number("top-p", Number.MIN_VALUE, 1)),
    prompt: text("prompt"),
    startsWith: text("starts-with"),
    endsWith: text("ends-with"),
    contains: text("contains"),
    match: args.optional("match", () => regExp(args.nonEmpty("match"))),
    minLength: length("min-length", 0),
    maxLength: length("max-length", 0),
    unique: args.has("unique"),
    isNew: args.has("new"),
    exclude: text("exclude"),
  };
  const { minLength = 0, maxLength = Infinity } = generation;
  if (minLength > maxLength) {
    throw new UsageError(
      `--min-length must not be above --max-length: ` +
        `--min-length is ${minLength}, --max-length is ${maxLength}`,
    );
  }
  return generation;
}

function regExp(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (error) {
    const why = (error as SyntaxError).message.replace(/^Invalid regular expression: /, ""); // RegExp throws no other
    throw new UsageError(`--match must be a JavaScript regular expression: ${why}`);
  }
}

/** Whether nothing is asked for but what microgpt.py does: so many samples, at a temperature. */
export function isPlain(generation: GenerationArguments): boolean {
  const { numSamples: _n, temperature: _t, ...steering } = generation;
  return Object.values(steering).every((value) => value === undefined || value === false);
}
