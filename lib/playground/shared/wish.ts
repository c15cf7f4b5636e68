/**
 * A wish: what the visitor wants the model to write. It has the options of the command line.
 *
 * @module
 */

import type { TextConstraints } from "../../generate/constraints.ts";

/** A wish for texts: what to write, and how. */
export interface Wish extends TextConstraints {
  readonly numSamples: number;
  /** From 0 up; 0 takes the likeliest token each time. */
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
  /** Only texts that are not in the list. */
  readonly new: boolean;
  /** No text twice. */
  readonly unique: boolean;
}

/** The options that are texts. */
export type TextKey = "prompt" | "startsWith" | "endsWith" | "contains";

/** The options that are numbers in a field. */
export type NumberKey = "minLength" | "maxLength" | "topK" | "topP" | "numSamples";

/** A number in a field. */
export interface NumberOption {
  /** The option without its dashes. */
  readonly name: string;
  /** Its valid values, as the end of "top k must be ...". */
  readonly range: string;
  readonly accepts: (value: number) => boolean;
}

/** The numbers. Each but `numSamples` may be left out. */
export const NUMBER_OPTIONS: Readonly<Record<NumberKey, NumberOption>> = {
  minLength: { name: "min length", ...integer(0, 1000) },
  maxLength: { name: "max length", ...integer(0, 1000) },
  topK: { name: "top k", ...integer(1, 1_000_000) },
  topP: {
    name: "top p",
    range: "a number from 0 to 1",
    accepts: (value) => value >= 0 && value <= 1,
  },
  numSamples: { name: "num samples", ...integer(1, 1000) },
};

function integer(min: number, max: number): Omit<NumberOption, "name"> {
  return {
    range: `a whole number from ${min} to ${max.toLocaleString("en-US")}`,
    accepts: (value) => Number.isInteger(value) && value >= min && value <= max,
  };
}

/**
 * Reads a number.
 *
 * @param key The option.
 * @param text Its value as it was written.
 * @returns The number; `undefined` if the field is empty.
 * @throws {RangeError} If the text is not such a number; the message is a sentence.
 */
export function parseNumber(key: NumberKey, text: string): number | undefined {
  const { name, range, accepts } = NUMBER_OPTIONS[key];
  const trimmed = text.trim();
  if (trimmed === "" && key !== "numSamples") return undefined;
  const value = Number(trimmed);
  if (/^(\d+(\.\d+)?|\.\d+)$/.test(trimmed) && accepts(value)) return value;
  throw new RangeError(`${name} must be ${range}.`);
}
