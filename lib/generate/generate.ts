/**
 * Texts as somebody wants them. What can be asked while a text is written is
 * asked then (see `constraints`); what can only be asked of a whole text (that
 * it matches a pattern, that it is new) is found by trying again. The search is
 * bounded, and tells in the end how far it came.
 *
 * What it does not do: rank what it finds (see `score`).
 *
 * @example Two different texts, and no more
 * ```ts
 * import { generate } from "@x/microgpt/generate";
 * import {
 *   createEngine,
 *   DEFAULT_SIZES,
 *   Docs,
 *   initWeights,
 *   Random,
 *   Tokenizer,
 * } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const random = new Random(42);
 * const tokenizer = Tokenizer.fromDocs(Docs.from(["anna", "hanna"]));
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, random));
 *
 * const results = generate(engine, tokenizer, random, {
 *   prompt: "ha",
 *   endsWith: "nna",
 *   maxLength: 6,
 *   unique: true,
 *   exclude: new Set(["hanna"]),
 *   match: /a{2}|n{3}/,
 *   maxTries: 1000, // in vain, before it gives up
 * });
 * assertEquals(Array.from(results, ({ text }) => text).sort(), ["haanna", "hannna"]);
 * ```
 *
 * @module
 */

import { Constraints, isConstrained, type TextConstraints } from "./constraints.ts";
import { assertInteger, assertVocabulary, type Engine } from "../engine.ts";
import type { Random } from "../random.ts";
import { DEFAULT_TEMPERATURE } from "../sample.ts";
import { FoldedSet } from "../text/text_form.ts";
import { chooseIds } from "./token_choice.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** How to generate. What is left out asks for nothing. */
export interface GenerateOptions extends TextConstraints {
  /** How many results are wanted: 20 unless it is given. */
  readonly numSamples?: number | undefined;
  /** The temperature, from 0 up: 0.5 unless it is given. */
  readonly temperature?: number | undefined;
  /** Draw from so many tokens, the likeliest. */
  readonly topK?: number | undefined;
  /** Draw from the likeliest tokens, as few as have this probability together. */
  readonly topP?: number | undefined;
  /** What a text must match; anywhere, unless the pattern says where. */
  readonly match?: RegExp | undefined;
  /** No text twice, however it is written: what differs in case or Unicode form only is the same. */
  readonly unique?: boolean | undefined;
  /**
   * Which texts not to take, such as the set of those that the model was trained on; however they
   * are written, as above.
   */
  readonly exclude?: ReadonlySet<string> | ((text: string) => boolean) | undefined;
  /** After how many texts in a row that are not taken to give up: 10,000 unless it is given. */
  readonly maxTries?: number | undefined;
}

/** A text that was generated. */
export interface GeneratedText {
  /** The text, with the prompt. */
  readonly text: string;
  /** Its tokens, without BOS. */
  readonly ids: readonly number[];
  /** How many texts had been written when it was found, itself included. */
  readonly numTries: number;
}

/** How a search ended. */
export interface GenerateSummary {
  /** How many results there were. */
  readonly numFound: number;
  /** How many texts were written. */
  readonly numTries: number;
  /**
   * Why it ended: all results were found; `maxTries` texts in a row were not taken;
   * or only one text can come, and is not taken (again).
   */
  readonly end: "found" | "tries" | "exhausted";
}

/** How many samples microgpt.py prints. */
const DEFAULT_NUM_SAMPLES = 20;

/** With microgpt.py's sizes, half a second's work. */
const DEFAULT_MAX_TRIES = 10_000;

/**
 * Generates texts, each when the next one is asked for. What is wrong with the
 * arguments is thrown when the first one is.
 *
 * @param engine The model.
 * @param tokenizer What its tokens stand for.
 * @param random Where the random numbers come from. With no option but `numSamples` and
 * `temperature`, as many are drawn as by microgpt.py, and the results are its samples.
 * @param options What is wanted.
 * @returns The texts; in the end, how the search went.
 * @throws {RangeError} If the tokenizer is not the model's, an option is out of range, no text
 * meets the constraints, or the model has diverged.
 */
export function* generate(
  engine: Engine,
  tokenizer: Tokenizer,
  random: Random,
  options: GenerateOptions = {},
): Generator<GeneratedText, GenerateSummary, void> {
  const { numSamples = DEFAULT_NUM_SAMPLES, maxTries = DEFAULT_MAX_TRIES } = options;
  const { temperature = DEFAULT_TEMPERATURE, topK, topP } = options;
  assertInteger("Cannot generate: numSamples", numSamples, 0);
  assertInteger("Cannot generate: maxTries", maxTries, 1);
  assertVocabulary(engine, tokenizer);
  const constraints = isConstrained(options)
    ? new Constraints(options, tokenizer, engine.config.blockSize)
    : undefined; // bytes that are not UTF-8 may come, too
  const isWanted = newFilter(options);
  const isDeterministic = temperature === 0 || topK === 1 || topP === 0;
  let numFound = 0, numTries = 0, lastFound = 0;
  while (numFound < numSamples) {
    if (numTries - lastFound === maxTries) return { numFound, numTries, end: "tries" };
    const choice = { topK, topP, guide: constraints?.guide() };
    const ids = chooseIds(engine, tokenizer.bos, random, temperature, choice);
    const text = tokenizer.decode(ids);
    numTries++;
    if (isWanted(text)) {
      numFound++;
      lastFound = numTries;
      yield { text, ids, numTries };
    } else if (isDeterministic) {
      return { numFound, numTries, end: "exhausted" };
    }
  }
  return { numFound, numTries, end: "found" };
}

/** Says of one text after the other if it is wanted. */
function newFilter({ match, unique, exclude }: GenerateOptions): (text: string) => boolean {
  const pattern = match && new RegExp(match); // a copy: with g or y, test() would change it
  const excluded = typeof exclude === "function" ? undefined : new FoldedSet(exclude);
  const isExcluded = typeof exclude === "function"
    ? exclude
    : (text: string) => excluded?.has(text);
  const seen = new FoldedSet();
  return (text) => {
    if (pattern) pattern.lastIndex = 0;
    if (seen.has(text) || pattern?.test(text) === false || isExcluded(text)) return false;
    if (unique) seen.add(text);
    return true;
  };
}
