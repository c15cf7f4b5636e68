/**
 * The words of a command line that are no options: files, mostly.
 *
 * @module
 */

import { asWord } from "../../text/quote.ts";
import type { Arguments, Given } from "./options.ts";
import { isLikeFile, listed, time, UsageError } from "./parsers.ts";
import type { CommandName } from "./tables.ts";
import { commandMeant, inPlaceOf } from "./words.ts";

/** Checks that a model is no stdin. */
export function assertFile(command: CommandName, model: string): void {
  if (model === "-") {
    throw new UsageError(`The command ${command} needs a file: it cannot read a model from stdin`);
  }
}

/** Returns the operand of a command that takes just one. */
export function onlyOperand(
  command: CommandName,
  what: string,
  { given, operands: [operand, second, ...more] }: Arguments,
): string {
  if (operand === undefined) throw noOperand(command, what, given);
  if (second === undefined) return operand;
  throw new UsageError(
    `The command ${command} needs ${what}, and no more: there are ${2 + more.length}, ` +
      `the second is ${asWord(second)}`,
  );
}

/** Makes the error that a command lacks its operand, perhaps because an option has swallowed it. */
export function noOperand(command: CommandName, what: string, given: Given): UsageError {
  const [option, value] = [...given].findLast(([, value]) => isLikeFile(value)) ?? [];
  const why = value === undefined
    ? "there is none"
    : `${asWord(value)} was taken as the value of --${option}`;
  return new UsageError(`The command ${command} needs ${what}: ${why}`);
}

/** Returns the operand of training, if there is one. */
export function optionalDataset({ given, operands }: Arguments): string | undefined {
  const [dataset, second, ...more] = operands;
  if (dataset === undefined || second === undefined) return dataset;
  const word = given.get("auto") === "" ? operands.find((word) => /^\d\w*$/.test(word)) : undefined;
  if (word !== undefined) time.parse(word, "auto"); // it is none, which is an error
  const guess = commandMeant(dataset);
  throw new UsageError(
    `Only one data set can be given: there are ${2 + more.length}, the second is ${asWord(second)}`,
    guess === undefined ? undefined : inPlaceOf(dataset, [guess]),
  );
}

/** Checks that there is a preset, or a data set, or neither. */
export function assertOneDataset(preset: string | undefined, dataset: string | undefined): void {
  if (dataset === undefined || preset === undefined) return;
  throw new UsageError(`--preset ${preset} is a data set: ${asWord(dataset)} is another one`);
}

/** Files by the name that messages give them. */
type Files = Readonly<Record<string, string | undefined>>;

/** Checks that stdin, `-`, is read once at most. */
export function assertOneStdin(sources: Files): void {
  const names = Object.keys(sources).filter((name) => sources[name] === "-");
  if (names.length > 1) {
    throw new UsageError(
      `Only one of ${listed(names, "and")} can be -, which stands for stdin`,
    );
  }
}
