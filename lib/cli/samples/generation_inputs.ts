/**
 * What the options of generation name: prompts, and texts to leave out. It is
 * read before training, and so is checked whether anything can be written at
 * all, for after training it would be known too late.
 *
 * @module
 */

import { Constraints } from "../../generate/constraints.ts";
import { readDataset } from "../../files/dataset.ts";
import { Docs } from "../../docs.ts";
import { shownText, type TextForm, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { GenerationArguments } from "../options/generation_args.ts";

/** What was read. */
export interface GenerationInputs {
  /** What to go on from, one after the other; `undefined`: from nothing. */
  readonly prompts: readonly (string | undefined)[];
  /** What is asked for, in the form of the model's texts. */
  readonly generation: GenerationArguments;
  /** The lines of `--exclude`, as texts in that form are shown. */
  readonly excluded: ReadonlySet<string>;
}

/**
 * Reads prompts and the texts to leave out.
 *
 * @param generation What is asked for.
 * @param form The form of the model's texts.
 * @param tokenizer The tokens of the model.
 * @param blockSize How many tokens a text can have.
 * @throws {RangeError} If no text can meet what is asked for.
 * @throws {Error} If something cannot be read.
 */
export async function readInputs(
  generation: GenerationArguments,
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
    new Constraints(constraints, tokenizer, blockSize);
  }
  const excluded = await readExcluded(generation.exclude);
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

async function readExcluded(path: string | undefined): Promise<string[]> {
  return path === undefined ? [] : [...Docs.parse(await readDataset(path))];
}
