/**
 * Scores texts: how likely a model is to write them.
 *
 * @example Of two texts, the one that the model has learned
 * ```ts
 * import { score } from "@x/microgpt/evaluate";
 * import { Microgpt } from "@x/microgpt/lib";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { engine, tokenizer } = await Microgpt.train(["anna"], { numSteps: 100 });
 * const { numTokens, perplexity } = score(engine, tokenizer, "anna");
 * assertEquals(numTokens, 5); // a, n, n, a, BOS
 * assert(perplexity < 1.1); // it is nearly sure of each
 * assert(score(engine, tokenizer, "nana").perplexity > 10);
 * ```
 *
 * @module
 */

import { assertVocabulary, documentLength, type Engine } from "../engine.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** The probability of a text. */
export interface Score {
  /** The natural logarithm of the text's probability at temperature 1: the sum of its tokens'. */
  readonly logProb: number;
  /** The number of scored tokens: those after the first BOS. */
  readonly numTokens: number;
  /** exp(-logProb / numTokens): 8 means as unsure as choosing among 8 equally likely tokens. */
  readonly perplexity: number;
}

/**
 * Scores a document: the probability that the model writes exactly this, from BOS to BOS.
 *
 * A text that fills the block ends without BOS, as when it is sampled. A longer text is
 * truncated, as in training: then it is the probability of all texts that begin so.
 *
 * @param engine The model.
 * @param tokenizer The model's tokenizer.
 * @param text The document; as bytes, it must be UTF-8 where tokens are characters.
 * @returns Its probability.
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
