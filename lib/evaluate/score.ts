/**
 * How likely a model finds a text.
 *
 * @example Of two texts, the one that the model has learned
 * ```ts
 * import { score } from "@x/microgpt/evaluate";
 * import {
 *   createEngine,
 *   DEFAULT_SIZES,
 *   Docs,
 *   initWeights,
 *   Random,
 *   Tokenizer,
 *   train,
 * } from "@x/microgpt/lib";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const docs = Docs.from(["anna"]);
 * const tokenizer = Tokenizer.fromDocs(docs);
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, new Random(42)));
 * for (const _ of train(engine, tokenizer, docs, { numSteps: 100 }));
 *
 * const { numTokens, perplexity } = score(engine, tokenizer, "anna");
 * assertEquals(numTokens, 5); // a, n, n, a, BOS
 * assert(perplexity < 1.1); // at each, the model hesitates between little more than 1 token
 * assert(score(engine, tokenizer, "nana").perplexity > 10);
 * ```
 *
 * @module
 */

import { assertVocabulary, documentLength, type Engine } from "../engine.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** How likely a text is. */
export interface Score {
  /** The natural logarithm of the text's probability at temperature 1: the sum of its tokens'. */
  readonly logProb: number;
  /** How many tokens were scored: those after the first BOS. */
  readonly numTokens: number;
  /** exp(-logProb / numTokens): among how many equally likely tokens the choice was, in the mean. */
  readonly perplexity: number;
}

/**
 * Scores a document: the probability that the model writes just this, from BOS to BOS.
 *
 * A text that fills the context ends without BOS, as when it is sampled. Of a
 * longer text what fills the context is scored, as in training: then it is the
 * probability of all texts that begin so.
 *
 * @param engine The model.
 * @param tokenizer What its tokens stand for.
 * @param text The document; as bytes, it must be UTF-8 where tokens are characters.
 * @returns How likely it is.
 * @throws {RangeError} If a symbol is not in the vocabulary, the tokenizer is not the
 * model's, or the model has diverged.
 */
export function score(engine: Engine, tokenizer: Tokenizer, text: string | Uint8Array): Score {
  assertVocabulary(engine, tokenizer);
  const tokens = tokenizer.encodeDocument(text, engine.config.blockSize);
  const numTokens = documentLength(tokens, engine.config);
  const loss = engine.loss(tokens);
  if (Number.isNaN(loss)) {
    throw new RangeError("Cannot score the text: the model has diverged: its loss is not a number");
  }
  return { logProb: -loss * numTokens, numTokens, perplexity: Math.exp(loss) };
}
