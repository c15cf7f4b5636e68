/**
 * Options of the front door: which ones there are, and those that a model's file keeps.
 *
 * What it does not do: check their values, which is up to those who use them.
 *
 * @module
 */

import { nearest } from "./text/nearest.ts";
import { asWord, excerpt, kindOf } from "./text/quote.ts";
import { NORMALIZATIONS, type TextForm } from "./text/text_form.ts";

/** The names of options: all of them, and the compiler says so if one is missing. */
export type OptionNames<Options> = Readonly<Record<keyof Options, unknown>>;

/**
 * Checks that there are such options: a wrong name would be ignored, and a default used instead.
 *
 * @param action The words before the colon of the message, such as "Cannot train".
 * @param options The options that are given.
 * @param names The names that there are, as keys.
 * @throws {TypeError} If an option is not among them, or these are no options.
 */
export function assertOptions(
  action: string,
  options: object,
  names: Readonly<Record<string, unknown>>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${action}: the options must be an object: they are ${kindOf(options)}`);
  }
  const known = Object.keys(names);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const guess = nearest(unknown, known);
  const next = guess === undefined ? `there are ${known.join(", ")}` : `did you mean ${guess}?`;
  throw new TypeError(`${action}: there is no option ${asWord(unknown)}: ${next}`);
}

/** Writes down the options that decide what a model is, as the command line would. */
export function settingsOf(options: object): ReadonlyMap<string, string> {
  const isGiven = (name: string, value: unknown) =>
    value !== undefined && value !== false && !(name === "valFraction" && value === 0);
  const given = Object.entries(options).filter(([name, value]) =>
    !PASSING.includes(name) && isGiven(name, value)
  );
  return new Map(given.map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), // batchSize: batch-size
    value === true ? "" : `${value}`,
  ]));
}

/** Options of training that the model does not depend on. */
const PASSING = ["engine", "threads", "onStep", "signal"];

/** Reads the form of a model's texts from its settings, which can be from anywhere. */
export function formOf(settings?: ReadonlyMap<string, string>): TextForm {
  const normalize = settings?.get("normalize") ?? "none";
  const known = NORMALIZATIONS.find((name) => name === normalize);
  if (known === undefined) {
    throw new RangeError(
      `Cannot use the model: its normalization is ${excerpt(normalize)}: ` +
        `${NORMALIZATIONS.join(", ")} are known`,
    );
  }
  return { normalize: known, lowercase: settings?.has("lowercase") ?? false };
}
