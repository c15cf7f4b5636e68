/** The meaning of a command line, as tests want to see it. */

import { assertEquals, assertThrows } from "@std/assert";
import { parseCommand } from "../../lib/cli/options/commands.ts";
import { UsageError } from "../../lib/cli/options/parsers.ts";
import type { GenerationSettings } from "../../lib/cli/options/tables.ts";
import { assertFails } from "./assert.ts";

/** The generation of microgpt.py. */
export const GENERATION: GenerationSettings = {
  numSamples: 20,
  temperature: 0.5,
  topK: undefined,
  topP: undefined,
  prompt: undefined,
  startsWith: undefined,
  endsWith: undefined,
  contains: undefined,
  match: undefined,
  minLength: undefined,
  maxLength: undefined,
  unique: false,
  new: false,
  exclude: undefined,
};

/** The parts that all commands have in common. */
export const COMMON = { json: false, quiet: false, color: "auto" };

/** The command, its parts beside each other, without what was written to get it. */
export function understood(argv: readonly string[]): object {
  const command = parseCommand(argv);
  if (!("given" in command)) return command;
  const { given: _, ...rest } = command;
  if (rest.kind === "sample") return rest;
  const { settings, watching, saving, ...others } = rest;
  return { ...settings, ...watching, ...saving, ...others };
}

/** Fails unless the command line is refused with just this message. */
export function assertRefused(argv: readonly string[], message: string): void {
  assertFails(() => parseCommand(argv), UsageError, message);
}

/** A command line that is refused, as the error corrects it. */
export function corrected(argv: readonly string[]): readonly string[] | undefined {
  return assertThrows(() => parseCommand(argv), UsageError).correct?.(argv);
}

/** Fails unless a value is refused, whichever way it is written; `operands` stand behind it. */
export function assertValueRefused(
  command: readonly string[],
  name: string,
  value: string,
  message: string,
  operands: readonly string[] = [],
): void {
  assertRefused([...command, `--${name}=${value}`, ...operands], message);
  if (value.startsWith("--")) return; // looks like the next option
  assertRefused([...command, `--${name}`, value, ...operands], message);
}

/** The value of an option, in the words of its message. */
export interface Range {
  /** Such as "an integer from 1 to 1000". */
  readonly range: string;
  readonly tooLarge: string;
  readonly zero: boolean;
}

/** Fails if an option takes a number that it must not take. */
export function assertRange(
  command: readonly string[],
  name: string,
  { range, tooLarge, zero }: Range,
  operands: readonly string[] = [],
): void {
  const bad = ["", " ", "x", "-1", "-0.5", "--5", "NaN", "Infinity", "-Infinity", "0x10", "0b1"];
  bad.push("1_000", "1,5", "1 2", "१", "1e", "1e999", "4n", "true", tooLarge);
  if (!zero) bad.push("0", "0.0");
  if (range.startsWith("an integer")) bad.push("1.5", "1e-1");
  for (const value of bad) {
    const message = `--${name} must be ${range}: it is ${JSON.stringify(value)}`;
    assertValueRefused(command, name, value, message, operands);
  }
}

/** Fails unless each command line is understood as the table says, with `=` as well. */
export function assertUnderstood(
  table: readonly (readonly [argv: readonly string[], expected: object])[],
  command: readonly string[] = [],
  operands: readonly string[] = [],
): void {
  for (const [argv, expected] of table) {
    const joined = argv.length === 2 && argv[0]?.startsWith("--") ? [argv.join("=")] : argv;
    for (const line of [argv, joined]) {
      assertEquals(understood([...command, ...line, ...operands]), expected, line.join(" "));
    }
  }
}
