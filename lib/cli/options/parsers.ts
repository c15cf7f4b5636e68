/**
 * Parsers of options: each turns the text behind an option into a value, or
 * throws a {@linkcode UsageError} that names the option.
 *
 * @module
 */

import { asWord, quote, shorten } from "../../text/quote.ts";
import { nearest } from "../../text/nearest.ts";

/** Turns the words of a command line into those that were meant. */
export type Correction = (argv: readonly string[]) => readonly string[];

/** An error in the command line: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
  /** Corrects the whole command line, if it is clear what was meant. */
  readonly correct: Correction | undefined;

  /**
   * Creates the error.
   *
   * @param message The message.
   * @param correct Corrects the whole command line, if it is clear what was meant.
   */
  constructor(message: string, correct?: Correction) {
    super(message);
    this.correct = correct;
  }
}

/** Parses the value of an option. */
export interface Parser<T> {
  /** The word that stands for the value in the help. */
  readonly placeholder: string;
  /** All there is to choose from. */
  readonly choices?: readonly string[];
  /** The limits of a number, in words. */
  readonly range?: string;
  /**
   * Parses a value, as it was written.
   *
   * @throws {UsageError} If the option does not take it.
   */
  readonly parse: (text: string, option: string) => T;
  /**
   * Parses the value of a saved run, where the library takes more than the command line.
   *
   * @throws {UsageError} If the library takes it neither.
   */
  readonly parseSaved?: (text: string, option: string) => T;
}

/**
 * Takes a number; a minimum of `Number.MIN_VALUE` means above 0.
 *
 * @param savedMin The minimum that the library takes; its maximum is `Infinity`.
 */
export function number(min: number, max: number, savedMin: number = min): Parser<number> {
  return numeric("X", "a number", Number.isFinite, min, max, savedMin);
}

/** Takes an integer; the parameters are those of {@linkcode number}. */
export function integer(min: number, max: number, savedMin: number = min): Parser<number> {
  return numeric("N", "an integer", Number.isInteger, min, max, savedMin);
}

/** Takes an integer, or a word that stands for one. */
export function integerOr<const T extends string>(
  word: T,
  min: number,
  max: number,
): Parser<number | T> {
  const kind = `${word}, or an integer`;
  const { placeholder, parse } = numeric("N", kind, Number.isInteger, min, max, min);
  return {
    placeholder: `${placeholder}|${word}`,
    parse: (text, option) => text === word ? word : parse(text, option),
  };
}

function numeric(
  placeholder: string,
  kind: string,
  isKind: (value: number) => boolean,
  min: number,
  max: number,
  savedMin: number,
): Parser<number> {
  const range = min === Number.MIN_VALUE ? `above 0, at most ${max}` : `from ${min} to ${max}`;
  const parse = (text: string, option: string) => {
    const value = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max && isKind(value)) return value;
    throw wrong(option, `${kind} ${range}`, text);
  };
  const parseSaved = (text: string, option: string) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= savedMin && (isKind(value) || value === Infinity)) return value;
    throw wrong(option, `${kind} from ${savedMin} on`, text);
  };
  return { placeholder, range, parse, parseSaved };
}

/** Takes one of several words. */
export function choice<const T extends string>(
  choices: readonly T[],
  placeholder: string = choices.join("|"),
): Parser<T> {
  const parse = (text: string, option: string) => {
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    const guess = nearest(text, choices);
    const hint = guess === undefined ? "" : `: did you mean ${guess}?`;
    throw wrong(option, listed(choices, "or"), text, hint);
  };
  return { placeholder, choices, parse };
}

/** Takes a text that is not empty. */
export function text(placeholder = "TEXT"): Parser<string> {
  const parse = (text: string, option: string) => {
    if (text === "") throw new UsageError(`--${option} must not be empty`);
    return text;
  };
  return { placeholder, parse };
}

/** Takes the path of a file: not `-`, which stands for stdin. */
export const file: Parser<string> = {
  placeholder: "FILE",
  parse: (path, option) => {
    if (path === "-") throw wrong(option, "a file", path);
    return text().parse(path, option);
  },
};

/** The endings of formats that the tool does not write, or writes only in one kind of file. */
const FORMATS = new Set(
  ("png jpg jpeg gif webp avif bmp tif tiff pdf ps eps svg html htm csv tsv xls xlsx ods parquet " +
    "json jsonl ndjson safetensors pt pth ckpt onnx gguf h5 pkl npy npz").split(" "),
);

/**
 * Takes the path of a file to write, but not if its ending promises another format.
 *
 * @param format The format.
 * @param endings The endings of the format, the usual one first.
 */
export function fileIn(format: string, ...endings: readonly string[]): Parser<string> {
  const parse = (path: string, option: string) => {
    const [, start, ending = ""] = /^(.*)\.(\w+)$/s.exec(file.parse(path, option)) ?? [];
    const name = ending.toLowerCase();
    if (!FORMATS.has(name) || endings.includes(name)) return path;
    throw new UsageError(
      `--${option} writes ${format}: name the file ${asWord(`${start}.${endings[0]}`)}, ` +
        `not ${asWord(path)}`,
    );
  };
  return { ...file, parse };
}

/** Takes a part of the whole that is neither nothing nor all of it. */
export const fraction: Parser<number> = {
  placeholder: "X",
  range: "above 0, below 1",
  parse: (text, option) => {
    const value = Number(text);
    if (value > 0 && value < 1) return value;
    throw wrong(option, "a number above 0 and below 1, such as 0.1", text);
  },
};

/** The units of time, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Takes a time, in milliseconds; `Infinity` if an option that may stand alone does. */
export const time: Parser<number> = {
  placeholder: "[TIME]",
  parse: (text, option) => {
    if (text === "") return Infinity;
    const [, count, unit = ""] = /^(\d+(?:\.\d*)?|\.\d+)([a-z]+)$/.exec(text) ?? [];
    const value = Number(count) * (UNITS[unit] ?? NaN);
    if (value > 0 && value < Infinity) return value;
    const meant = timeMeant(text);
    const write = meant === undefined ? "" : `: write ${meant}`;
    const file = isTime(text)
      ? `${write === "" ? ":" : ";"} a file of that name is ${asWord(`./${text}`)}`
      : "";
    throw wrong(option, "a time above 0, such as 500ms, 10s or 2m", text, write + file);
  },
};

/** Finds the time that a word may mean: `60s` for 60, `2m` for 2min. */
function timeMeant(word: string): string | undefined {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(word) ?? [];
  if (!(Number(count) > 0) || !isTime(word)) return undefined;
  const letter = unit === "" ? "s" : /^(ms|[sm])/i.exec(unit)?.[0].toLowerCase();
  return letter && `${count}${letter}`;
}

/** Tells if a word looks like a time, correct or not, rather than the name of a file. */
export function isTime(word: string): boolean {
  return /^[+-]?(?=[.,]*\d)[\d.,]+(ms|msecs?|[smhd]|secs?|seconds?|mins?|minutes?|hours?|hrs?)?$/i
    .test(word);
}

/** Takes a seed, which may be larger than a number can be. */
export const seed: Parser<bigint> = {
  placeholder: "N",
  range: "0 or above, up to 1000 digits",
  parse: (text, option) => {
    if (/^\d{1,1000}$/.test(text)) return BigInt(text);
    throw wrong(option, "an integer, 0 or above, of at most 1000 digits", text);
  },
  parseSaved: (text, option) => {
    if (/^-?\d+$/.test(text)) return BigInt(text);
    throw wrong(option, "an integer", text);
  },
};

/** Takes a regular expression. */
export const regExp: Parser<RegExp> = {
  placeholder: "REGEX",
  parse: (source, option) => {
    try {
      const pattern = new RegExp(text().parse(source, option), "u");
      pattern.test(""); // compiles it: only then is it known to be too large
      return pattern;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const why = error.message.replace(/^Invalid regular expression: /, ""); // V8's words
      throw new UsageError(`--${option} must be a JavaScript regular expression: ${shorten(why)}`);
    }
  },
};

function wrong(option: string, wanted: string, text: string, hint = ""): UsageError {
  const found = isLikeFile(text) ? `${quote(text)} was taken as its value` : `it is ${quote(text)}`;
  return new UsageError(`--${option} must be ${wanted}: ${found}${hint}`);
}

/** Tells if a word looks like the path of a file, rather than a value: it has an ending. */
export function isLikeFile(word: string): boolean {
  return /[^\\/.]\.[a-z]\w*$/i.test(word);
}

/** Lists words in a sentence: `a, b or c`. */
export function listed(words: readonly string[], conjunction: "and" | "or"): string {
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}
