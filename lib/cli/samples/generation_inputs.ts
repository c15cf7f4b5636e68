/**
 * The inputs of generation: prompts, and texts to leave out. They are read, and
 * the constraints are checked, before training: after it would be too late.
 *
 * @module
 */

import { Constraints, type TextConstraints } from "../../generate/constraints.ts";
import { FoldedSet, shownText, type TextForm, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { GenerationSettings } from "../options/tables.ts";
import type { Say } from "../terminal/output.ts";
import { nameOf, readList } from "../text_input.ts";

/** The inputs of generation. */
export interface GenerationInputs {
  /** The texts to go on from, one after the other; `undefined`: from nothing. */
  readonly prompts: readonly (string | undefined)[];
  /** The settings, with texts in the form of the model's. */
  readonly generation: GenerationSettings & Pick<TextConstraints, "composed">;
  /** The lines of `--exclude`, in that form as it is shown. */
  readonly excluded: FoldedSet;
}

/**
 * Reads prompts and the texts to leave out.
 *
 * @param form The form of the model's texts.
 * @param blockSize The maximum number of tokens of a text.
 * @param note Called with what is odd about a list.
 * @throws {RangeError} If no text can satisfy the constraints.
 * @throws {Error} If something cannot be read.
 */
export async function readInputs(
  generation: GenerationSettings,
  form: TextForm,
  tokenizer: Tokenizer,
  blockSize: number,
  note: Say,
): Promise<GenerationInputs> {
  const formed = (text: string | undefined) => text === undefined ? undefined : toForm(text, form);
  const inForm = {
    ...generation,
    startsWith: formed(generation.startsWith),
    endsWith: formed(generation.endsWith),
    contains: formed(generation.contains),
    composed: form.normalize === "nfd",
  };
  const prompts = generation.prompt === "-" ? await readPrompts(note) : [generation.prompt];
  const formedPrompts = prompts.map(formed);
  for (const prompt of formedPrompts) {
    const constraints = { ...inForm, prompt };
    new Constraints(constraints, tokenizer, blockSize);
  }
  const { exclude } = generation;
  const excluded = exclude === undefined ? [] : await readExcluded(exclude, form, note);
  return { prompts: formedPrompts, generation: inForm, excluded: new FoldedSet(excluded) };
}

async function readPrompts(note: Say): Promise<string[]> {
  const { docs } = await readList("-", {}, { note });
  if (docs.length === 0) {
    throw new Error("Cannot read the prompts: stdin has none: expected one per line");
  }
  return [...docs];
}

async function readExcluded(path: string, form: TextForm, note: Say): Promise<string[]> {
  const { normalize, lowercase } = form; // and nothing else of the settings that it may be from
  const { docs } = await readList(path, { normalize, lowercase }, { note });
  if (docs.length === 0) note(`--exclude ${nameOf(path)} has no texts: it leaves nothing out`);
  return Array.from(docs, (text) => shownText(text, form));
}
