/**
 * Generates texts that satisfy constraints. They are distributed as the model's own texts that
 * happen to satisfy them, however rare those are (see `constrained`). Conditions on whole texts,
 * such as being new, reject and retry. The search is bounded, and reports how far it came.
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
 *   maxTries: 1000, // rejected in a row, before it gives up
 * });
 * assertEquals(Array.from(results, ({ text }) => text).sort(), ["haanna", "hannna"]);
 * ```
 *
 * @module
 */

import { constrained, type TextSource } from "./constrained.ts";
import { Constraints, type TextConstraints } from "./constraints.ts";
import { assertInteger, assertVocabulary, type Engine } from "../engine.ts";
import type { Random } from "../random.ts";
import { DEFAULT_TEMPERATURE } from "../sample.ts";
import { FoldedSet } from "../text/text_form.ts";
import { tokenByToken } from "./token_by_token.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** Settings of generation. */
export interface GenerateOptions extends TextConstraints {
  /** The number of texts: 20 unless it is given. */
  readonly numSamples?: number | undefined;
  /**
   * The temperature, from 0 up: 0.5 unless it is given. At 0 the likeliest token is taken or, under
   * other constraints than a beginning, the likeliest text.
   */
  readonly temperature?: number | undefined;
  /** The number of tokens to draw from, the likeliest; constraints do not change which. */
  readonly topK?: number | undefined;
  /** The probability of the tokens to draw from, the likeliest and as few as possible. */
  readonly topP?: number | undefined;
  /**
   * True if no text may come twice. Texts that differ only in case or Unicode form count as the
   * same.
   */
  readonly unique?: boolean | undefined;
  /**
   * The texts to reject, such as the set of those that the model was trained on. Texts of a set are
   * compared as above.
   */
  readonly exclude?: ReadonlySet<string> | ((text: string) => boolean) | undefined;
  /** The number of rejected texts in a row after which it gives up: 10,000 unless it is given. */
  readonly maxTries?: number | undefined;
}

/** A text that was generated. */
export interface GeneratedText {
  /** The text, with the prompt. */
  readonly text: string;
  /** Its tokens, without BOS. */
  readonly ids: readonly number[];
  /** The number of texts that had been drawn when it was found, itself included. */
  readonly numTries: number;
}

/** The end of a search. */
export interface GenerateSummary {
  /** The number of texts that were found. */
  readonly numFound: number;
  /** The number of texts that were drawn. */
  readonly numTries: number;
  /**
   * The reason: all texts were found; `maxTries` texts in a row were rejected, or could not be
   * drawn; or only one text can come, and was rejected.
   */
  readonly end: "found" | "tries" | "exhausted";
  /**
   * The probability that a text of the model satisfies the constraints, as estimated on the way;
   * not there if no lookahead was needed. `unique`, `exclude` and a few patterns do not count.
   */
  readonly probability?: number;
}

/** The number of samples that microgpt.py prints. */
const DEFAULT_NUM_SAMPLES = 20;

/** With microgpt.py's sizes, a tenth of a second's work; some seconds' work with lookahead. */
const DEFAULT_MAX_TRIES = 10_000;

/**
 * Generates texts, each when the next one is asked for. The arguments are checked on the first call
 * of `next()`.
 *
 * @param engine The model.
 * @param tokenizer Its tokenizer.
 * @param random The source of randomness. With no option but `numSamples` and `temperature`, as
 * many numbers are drawn as by microgpt.py, and the texts are its samples.
 * @param options The settings.
 * @returns The texts; in the end, how the search went.
 * @throws {RangeError} If the tokenizer is not the model's, an option is out of range, no text
 * satisfies the constraints, or the model has diverged.
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
  const constraints = new Constraints(options, tokenizer, engine.config.blockSize);
  const isDeterministic = temperature === 0 || topK === 1 || topP === 0;
  const source = newSource(engine, random, constraints, {
    ...options,
    temperature: constraints.steering === "lookahead" && isDeterministic ? 0 : temperature,
  });
  const isWanted = newFilter(options);
  let numFound = 0, numTries = 0, lastFound = 0;
  const summary = (end: GenerateSummary["end"]): GenerateSummary => {
    const { probability } = source;
    return { numFound, numTries, end, ...(probability === undefined ? {} : { probability }) };
  };
  while (numFound < numSamples) {
    if (numTries - lastFound === maxTries) return summary("tries");
    const ids = source.draw();
    if (ids === undefined) return summary("tries");
    const text = tokenizer.decode(ids);
    numTries++;
    if (constraints.isSatisfied(text) && isWanted(text)) {
      numFound++;
      lastFound = numTries;
      yield { text, ids, numTries };
    } else if (isDeterministic) {
      return summary("exhausted");
    }
  }
  return summary("found");
}

/** Makes a source of texts: with lookahead if that is needed, else token by token. */
function newSource(
  engine: Engine,
  random: Random,
  constraints: Constraints,
  options: GenerateOptions & { readonly temperature: number },
): TextSource {
  const { temperature, topK, topP } = options;
  const { automaton, prefix, steering } = constraints;
  if (steering !== "lookahead") {
    // Without constraints, bytes that are not UTF-8 may come, too.
    const newGuide = steering === "guide" ? () => constraints.guide() : undefined;
    const draw = tokenByToken(engine, random, temperature, { topK, topP, newGuide });
    return { draw, probability: undefined };
  }
  let source: TextSource | undefined; // no work before the first text
  let { changes } = engine;
  const open = () =>
    constrained(engine, random, { automaton, prefix, temperature, filter: { topK, topP } });
  return {
    draw: () => {
      // What is known of the model is wrong after a step: it would wait for what never comes.
      if (changes !== engine.changes) source = undefined;
      const ids = (source ??= open()).draw();
      changes = engine.changes;
      return ids;
    },
    get probability() {
      return source?.probability;
    },
  };
}

/** Makes a function that tells of one text after the other if it is wanted. */
function newFilter({ unique, exclude }: GenerateOptions): (text: string) => boolean {
  const isExcluded = exclusion(exclude);
  const seen = new FoldedSet();
  return (text) => {
    if (seen.has(text) || isExcluded(text)) return false;
    if (unique) seen.add(text);
    return true;
  };
}

/**
 * Makes a function that tells if a text is to be rejected.
 *
 * @throws {TypeError} If there is one text in place of a set.
 */
export function exclusion(exclude: GenerateOptions["exclude"]): (text: string) => boolean {
  if (typeof exclude === "function") return exclude;
  if (typeof exclude === "string") {
    throw new TypeError("Cannot generate: exclude must be a set of texts: it is one text");
  }
  const excluded = new FoldedSet(exclude);
  return (text) => excluded.has(text);
}
