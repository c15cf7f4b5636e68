/**
 * The inputs of generation: prompts, and texts to leave out. They are read, and
 * the constraints are checked, before training: after it would be too late.
 *
 * @module
 */

import { Docs } from "../../docs.ts";
import { readDataset } from "../../files/dataset.ts";
import { Constraints, isConstrained } from "../../generate/constraints.ts";
import { shownText, type TextForm, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { GenerationSettings } from "../options/tables.ts";

/** The inputs of generation. */
export interface GenerationInputs {
  /** The texts to go on from, one after the other; `undefined`: from nothing. */
  readonly prompts: readonly (string | undefined)[];
  /** The settings, with texts in the form of the model's. */
  readonly generation: GenerationSettings;
  /** The lines of `--exclude`, as texts in that form are shown. */
  readonly excluded: ReadonlySet<string>;
}

/**
 * Reads prompts and the texts to leave out.
 *
 * @param form The form of the model's texts.
 * @param blockSize The maximum number of tokens of a text.
 * @throws {RangeError} If no text can satisfy the constraints.
 * @throws {Error} If something cannot be read.
 */
export async function readInputs(
  generation: GenerationSettings,
  form: TextForm,
  tokenizer: Tokenizer,
  blockSize: number,
): Promise<GenerationInputs> {
  const formed = (text: string | undefined) => text === undefined ? undefined : toForm(text, form);
  const inForm = {
    ...generation,
    startsWith: formed(generation.startsWith),
    endsWith: formed(generation.endsWith),
    contains: formed(generation.contains),
  };
  const prompts = generation.prompt === "-" ? await readPrompts() : [generation.prompt];
  const formedPrompts = prompts.map(formed);
  for (const prompt of formedPrompts) {
    const constraints = { ...inForm, prompt };
    if (isConstrained(constraints)) new Constraints(constraints, tokenizer, blockSize);
  }
  const { exclude } = generation;
  const excluded = exclude === undefined ? [] : [...Docs.parse(await readDataset(exclude))];
  return {
    prompts: formedPrompts,
    generation: inForm,
    excluded: new Set(excluded.map((text) => shownText(toForm(text, form), form))),
  };
}

async function readPrompts(): Promise<string[]> {
  const prompts = [...Docs.parse(await readDataset("-"))];
  if (prompts.length === 0) {
    throw new Error("Cannot read the prompts: stdin has none: one a line is wanted");
  }
  return prompts;
}
