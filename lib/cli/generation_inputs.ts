/**
 * What the options of generation name: prompts, and texts to leave out. It is
 * read before training, and so is checked whether anything can be written at
 * all, for after training it would be known too late.
 *
 * @module
 */

import { Constraints, isConstrained } from "../constraints.ts";
import { readDataset } from "../dataset.ts";
import { Docs } from "../docs.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { GenerationArguments } from "./generation_args.ts";

/** What was read. */
export interface GenerationInputs {
  /** What to go on from, one after the other; `undefined`: from nothing. */
  readonly prompts: readonly (string | undefined)[];
  /** The lines of `--exclude`. */
  readonly excluded: ReadonlySet<string>;
}

/**
 * Reads prompts and the texts to leave out.
 *
 * @param generation What is asked for.
 * @param tokenizer The tokens of the model.
 * @param blockSize How many tokens a text can have.
 * @throws {RangeError} If no text can meet what is asked for.
 * @throws {Error} If something cannot be read.
 */
export async function readInputs(
  generation: GenerationArguments,
  tokenizer: Tokenizer,
  blockSize: number,
): Promise<GenerationInputs> {
  const prompts = generation.prompt === "-" ? await readPrompts() : [generation.prompt];
  for (const prompt of prompts) {
    const constraints = { ...generation, prompt };
    if (isConstrained(constraints)) new Constraints(constraints, tokenizer, blockSize);
  }
  return { prompts, excluded: await readExcluded(generation.exclude) };
}

async function readPrompts(): Promise<string[]> {
  const prompts = [...Docs.parse(await readDataset("-"))];
  if (prompts.length === 0) {
    throw new Error("Cannot read the prompts: stdin has none: one a line is wanted");
  }
  return prompts;
}

async function readExcluded(path: string | undefined): Promise<Set<string>> {
  return new Set(path === undefined ? [] : Docs.parse(await readDataset(path)));
}
