/**
 * Options as data. A table says all about the options of a command; argv
 * becomes values whose types follow from the table, or a {@linkcode UsageError}.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { asWord, quote, shorten } from "../../text/quote.ts";
import { listed, type Parser, UsageError } from "./parsers.ts";
import { optionHint } from "./words.ts";

/** An option of the command line. */
export interface Option {
  /** The parser of its value; an option that takes none is on or off. */
  readonly takes?: Parser<unknown>;
  /**
   * Tells if the next word is the value of an option that may also stand alone, which is then "".
   * Without this an option that takes a value needs one.
   */
  readonly isValue?: (word: string) => boolean;
  /** A few words for the help. */
  readonly help: string;
  /** The value if it is not given; without a default that is `undefined`. */
  readonly default?: unknown;
  /**
   * The rule for an option that is saved with a run. `fixed`: `--resume` rejects another value.
   * `changeable`: another value may be given with `--resume`. `inherited`: likewise, and
   * `microgpt sample` takes the saved value, too.
   */
  readonly saved?: "fixed" | "changeable" | "inherited";
}

/** Options by name, in the order of the help. */
export type Options = Readonly<Record<string, Option>>;

/** The values of the options of a table, by their names in camelCase. */
export type Parsed<O extends Options> = {
  readonly [Name in keyof O & string as CamelCase<Name>]: ValueOf<O[Name]>;
};

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type ValueOf<O extends Option> = O extends { takes: Parser<infer T> }
  ? O extends { default: T } ? T : T | undefined
  : boolean;

/** The options that were given, by name, as they were written; "" for those that take nothing. */
export type Given = ReadonlyMap<string, string>;

/** Turns `n-embd`, or `n embd`, into `nEmbd`. */
export function camelCase(name: string): string {
  return name.replace(/[- ](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Turns `nEmbd` into `n-embd`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The source of options: those of a saved run may have values that only the library takes. */
export type Source = "typed" | "saved";

/**
 * Parses the values of options.
 *
 * @param options The table of the options; others may be given as well.
 * @throws {UsageError} If an option does not take the value that was given.
 */
export function valuesOf<O extends Options>(
  options: O,
  given: Given,
  source: Source = "typed",
): Parsed<O> {
  const values: Record<string, unknown> = {};
  for (const [name, { takes, default: byDefault }] of Object.entries(options)) {
    const text = given.get(name);
    values[camelCase(name)] = takes === undefined
      ? text !== undefined
      : text === undefined
      ? byDefault
      : ((source === "saved" ? takes.parseSaved : undefined) ?? takes.parse)(text, name);
  }
  return values as Parsed<O>; // which says the same of each row
}

/** A command line, split. */
export interface Arguments {
  /** The options. */
  readonly given: Given;
  /** The rest, in order. */
  readonly operands: readonly string[];
}

/**
 * Splits a command line into options and operands.
 *
 * @throws {UsageError} If there is no such option, or one lacks its value.
 */
export function parseArguments(argv: readonly string[], options: Options): Arguments {
  const all = Object.keys(options);
  const flags = all.filter((name) => options[name]?.takes === undefined);
  const values = all.filter((name) => !flags.includes(name));
  const args: Record<string, unknown> = parseArgs(normalized(argv, options, flags), {
    string: [...values, "_"], // "_": a file called 007 is no number
    boolean: flags,
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) throw unknownOption(arg, all);
    },
  });
  const given = new Map<string, string>();
  for (const name of values) if (args[name] !== undefined) given.set(name, `${args[name]}`);
  for (const name of flags) if (args[name]) given.set(name, "");
  return { given, operands: (args["_"] as unknown[]).map(String) }; // parseArgs says so
}

/**
 * Writes `--name value` as `--name=value`, so that a value may begin with a
 * minus sign and a missing one is noticed; and a flag as `--flag=true`, so that
 * it does not swallow the word behind it.
 */
function normalized(
  argv: readonly string[],
  options: Options,
  flags: readonly string[],
): string[] {
  const all = Object.keys(options);
  const normal: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] === "-h" ? "--help" : argv[i]!;
    if (arg === "--") return [...normal, ...argv.slice(i)];
    const [option = "", given] = arg.startsWith("--") ? arg.slice(2).split("=", 2) : [];
    if (option === "_") throw unknownOption(arg, all);
    if (flags.includes(option)) {
      if (given !== undefined) throw new UsageError(`The option --${option} takes no value`);
      normal.push(`${arg}=true`);
    } else if (given === undefined && options[option]?.isValue?.(argv[i + 1] ?? "") === false) {
      normal.push(`${arg}=`);
    } else if (all.includes(option) && given === undefined) {
      const value = argv[++i] ?? "--";
      if (isTypeset(value) && typed(value, all).startsWith("--")) throw typesetOption(value, all);
      if (value.startsWith("--")) {
        const { choices } = options[option]?.takes ?? {};
        const what = choices === undefined ? "" : `, ${listed(choices, "or")}`;
        throw new UsageError(`The option ${arg} needs a value${what}: there is none`);
      }
      normal.push(`${arg}=${value}`);
    } else if (isTypeset(arg)) {
      throw typesetOption(arg, all);
    } else {
      normal.push(arg);
    }
  }
  return normal;
}

function unknownOption(arg: string, names: readonly string[]): UsageError {
  const option = arg.split("=")[0] ?? arg;
  return new UsageError(`There is no option ${asWord(option)}${optionHint(option, names)}`);
}

/** The dashes at the beginning of a word: editors make one of two hyphens. */
const DASHES = /^[\p{Pd}\u2212]+/u;

/** Tells if a word begins with a dash that is none of the keyboard. */
function isTypeset(arg: string): boolean {
  return /[^-]/.test(DASHES.exec(arg)?.[0] ?? "");
}

/** Writes an option, or `-`, as one types it, if a word is one but for its dashes. */
function typed(word: string, names: readonly string[]): string {
  const plain = word.replace(DASHES, (dashes) => dashes === word ? "-" : "--");
  const [name = ""] = plain.slice(2).split("=");
  return isTypeset(word) && (plain === "-" || names.includes(name)) ? plain : word;
}

function typesetOption(arg: string, names: readonly string[]): UsageError {
  const code = arg.codePointAt(arg.search(/[^-]/))!.toString(16).toUpperCase(); // it is typeset
  const message = `${quote(arg)} begins with the dash U+${code}, not with two hyphens`;
  return typed(arg, names) === arg
    ? new UsageError(`${message}: a file of that name is ${shorten(`./${arg}`)}`)
    : new UsageError(message, (argv) => argv.map((word) => typed(word, names)));
}
