/**
 * Options as data: what a command understands is a table, and argv becomes
 * {@linkcode Arguments}, or a {@linkcode UsageError} that says what is wrong
 * with it. Nothing here prints, reads files or exits.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { nearest } from "./nearest.ts";
import { asWord, quote } from "../../text/quote.ts";

/** What is asked for is not possible as it is written: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The names of the commands; that of the first is not written. */
export const COMMAND_NAMES = ["train", "sample", "info", "eval"] as const;

/** The name of a command. */
export type CommandName = typeof COMMAND_NAMES[number];

/** An option of the command line. */
export interface Option {
  /** What stands for its value in the help; an option without one is on or off. */
  readonly value?: string;
  /** What it is, in a few words. */
  readonly help: string;
  /** The value it has when it is not given, as it would be written. */
  readonly default?: string;
}

/** Options by name, in the order of the help. */
export type Options = Readonly<Record<string, Option>>;

/** What every command understands. */
export const COMMON_OPTIONS = {
  "json": { help: "JSON lines on stdout" },
  "quiet": { help: "no progress and no notes on stderr" },
  "color": { value: "auto|always|never", help: "colour on stderr", default: "auto" },
  "help": { help: "print this help" },
  "version": { help: "print the version" },
} as const satisfies Options;

/** When to write in colour. */
export type Color = "auto" | "always" | "never";

/** What is common to all commands. */
export interface CommonArguments {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: Color;
}

/** What was given on the command line. */
export class Arguments<in Name extends string> {
  /** What stands there beside the options, in order. */
  readonly operands: readonly string[];
  /** The values of the options that were given, as they were written; "" for a flag. */
  readonly given: ReadonlyMap<string, string>;
  readonly #options: Options;

  /** Makes arguments of what was given and what there is. */
  constructor(
    options: Options,
    given: ReadonlyMap<string, string>,
    operands: readonly string[],
  ) {
    this.#options = options;
    this.given = given;
    this.operands = operands;
  }

  /** These arguments, and beneath them others: what is given here counts. */
  over(others: ReadonlyMap<string, string>): Arguments<Name> {
    return new Arguments<Name>(this.#options, new Map([...others, ...this.given]), this.operands);
  }

  /** Whether an option was given. */
  has(name: Name): boolean {
    return this.given.has(name);
  }

  /** The value of an option: the default if it was not given. */
  text(name: Name): string {
    return this.given.get(name) ?? this.#options[name]?.default ?? "";
  }

  /**
   * A number.
   *
   * @throws {UsageError} If it is none, or out of range.
   */
  number(name: Name, min: number, max: number): number {
    return this.#number(name, min, max, "a number", Number.isFinite);
  }

  /**
   * A whole number.
   *
   * @throws {UsageError} If it is none, or out of range.
   */
  integer(name: Name, min: number, max: number): number {
    return this.#number(name, min, max, "an integer", Number.isInteger);
  }

  #number(
    name: Name,
    min: number,
    max: number,
    kind: string,
    isKind: (value: number) => boolean,
  ): number {
    const text = this.text(name);
    const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max && isKind(number))) {
      const range = min === Number.MIN_VALUE ? `above 0, at most ${max}` : `from ${min} to ${max}`;
      throw new UsageError(`--${name} must be ${kind} ${range}: it is ${quote(text)}`);
    }
    return number;
  }

  /**
   * One of several words.
   *
   * @throws {UsageError} If it is none of them.
   */
  choice<T extends string>(name: Name, choices: readonly T[]): T {
    const text = this.text(name);
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    const guess = nearest(text, choices);
    throw new UsageError(
      `--${name} must be ${listed(choices, "or")}: it is ${quote(text)}` +
        (guess === undefined ? "" : `: did you mean ${guess}?`),
    );
  }

  /** The value of an option that has no default: `undefined` if it was not given. */
  optional<T>(name: Name, value: () => T): T | undefined {
    return this.has(name) ? value() : undefined;
  }

  /**
   * A text that is not empty, such as a path.
   *
   * @throws {UsageError} If it is empty.
   */
  nonEmpty(name: Name): string {
    const text = this.text(name);
    if (text === "") throw new UsageError(`--${name} must not be empty`);
    return text;
  }

  /**
   * The path of a file; neither stdin nor stdout, for which `-` stands, is one.
   *
   * @throws {UsageError} If it is empty, or `-`.
   */
  file(name: Name): string {
    const path = this.nonEmpty(name);
    if (path === "-") throw new UsageError(`--${name} must be a file: it is "-"`);
    return path;
  }

  /**
   * The only operand of a command that needs one.
   *
   * @param command The command, as it is written.
   * @param what What the operand is.
   * @throws {UsageError} If there is none, or more than one.
   */
  onlyOperand(command: string, what: string): string {
    const [operand, second] = this.operands;
    if (operand === undefined) throw new UsageError(`${command} needs ${what}: there is none`);
    if (second === undefined) return operand;
    throw new UsageError(
      `${command} needs ${what}, and no more: there are ${this.operands.length}, ` +
        `the second is ${asWord(second)}`,
    );
  }
}

/** What all commands have in common. */
export function commonArguments(args: Arguments<keyof typeof COMMON_OPTIONS>): CommonArguments {
  return {
    json: args.has("json"),
    quiet: args.has("quiet"),
    color: args.choice("color", ["auto", "always", "never"]),
  };
}

/**
 * Checks that stdin is read once at most.
 *
 * @param sources What can be `-`, by the name that messages give it.
 * @throws {UsageError} If more than one is.
 */
export function assertOneStdin(sources: Readonly<Record<string, string | undefined>>): void {
  const names = Object.keys(sources).filter((name) => sources[name] === "-");
  if (names.length > 1) {
    throw new UsageError(
      `Only one of ${listed(names, "and")} can be -, which stands for stdin`,
    );
  }
}

/**
 * Checks that nothing is written where something else is read or written. Only the paths are
 * looked at, as they stand there.
 *
 * @param outputs The files to write, by the name that messages give them.
 * @param inputs The files to read.
 * @throws {UsageError} If one is another.
 */
export function assertDistinctFiles(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: Readonly<Record<string, string | undefined>>,
): void {
  const names = new Map(Object.entries(inputs).map(([name, path]) => [path && plain(path), name]));
  for (const [name, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    const other = names.get(plain(path));
    if (other !== undefined) {
      throw new UsageError(`${name} must be another file than ${other}: both are ${asWord(path)}`);
    }
    names.set(plain(path), name);
  }
}

/** A path without what leads nowhere: `.//a` is `a`. */
function plain(path: string): string {
  return path.replace(/\/+/g, "/").replace(/(^|\/)(\.\/)+/g, "$1");
}

/**
 * Takes a command line apart.
 *
 * @param argv The arguments.
 * @param options The options there are.
 * @throws {UsageError} If there is an option that is not, or one without its value.
 */
export function parseOptions<Name extends string>(
  argv: readonly string[],
  options: Readonly<Record<Name, Option>>,
): Arguments<Name> {
  const all = Object.keys(options);
  const flags = all.filter((name) => options[name as Name].value === undefined); // as keys() says
  const values = all.filter((name) => !flags.includes(name));
  const args: Record<string, unknown> = parseArgs(normalise(argv, values, flags), {
    string: [...values, "_"], // "_": a file called 007 is no number
    boolean: flags,
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) throw unknownOption(arg, all);
    },
  });
  const given = new Map<string, string>();
  for (const name of values) if (args[name] !== undefined) given.set(name, `${args[name]}`);
  for (const name of flags) if (args[name]) given.set(name, "");
  return new Arguments(options, given, (args["_"] as unknown[]).map(String)); // parseArgs says so
}

/**
 * Writes `--name value` as `--name=value`, so that a value may begin with a
 * minus sign and a missing one is noticed; and a flag as `--flag=true`, so that
 * it does not swallow the word behind it.
 */
function normalise(
  argv: readonly string[],
  values: readonly string[],
  flags: readonly string[],
): string[] {
  const normal: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] === "-h" ? "--help" : argv[i]!; // i < length
    if (arg === "--") return [...normal, ...argv.slice(i)];
    const [option = "", given] = arg.startsWith("--") ? arg.slice(2).split("=", 2) : [];
    if (option === "_") throw unknownOption(arg, [...values, ...flags]);
    if (flags.includes(option)) {
      if (given !== undefined) throw new UsageError(`The option --${option} takes no value`);
      normal.push(`${arg}=true`);
    } else if (values.includes(option) && given === undefined) {
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
  return new UsageError(`There is no option ${asWord(option)}${hint}`);
}

/** Several words in a sentence. */
function listed(words: readonly string[], conjunction: "and" | "or"): string {
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}
