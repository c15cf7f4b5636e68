/**
 * A close look at one text: how likely the model finds each token, which others it would have
 * preferred, where its heads of attention look, and how long its vectors become.
 *
 * What it does not do: say why. Attention is where a head looks, not the reason of a choice.
 *
 * @example The surprise of each token
 * ```ts
 * import { explain, likeliest, score } from "@x/microgpt/evaluate";
 * import {
 *   createEngine,
 *   DEFAULT_SIZES,
 *   Docs,
 *   initWeights,
 *   Random,
 *   Tokenizer,
 *   train,
 * } from "@x/microgpt/lib";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const docs = Docs.from(["anna"]);
 * const tokenizer = Tokenizer.fromDocs(docs); // a is 0, n is 1, BOS is 2
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, new Random(42)));
 * for (const _ of train(engine, tokenizer, docs, { numSteps: 100 }));
 *
 * const { tokens, ranks, surprise, probs, attention } = explain(engine, tokenizer, "anan");
 * assertEquals(tokens, [2, 0, 1, 0, 1, 2]);
 * assertEquals(ranks, [1, 1, 2, 3, 1]); // it expects "anna"
 * assertEquals(likeliest(probs[2]!, 1), [1]);
 * const bits = surprise.reduce((sum, x) => sum + x);
 * assertAlmostEquals(-bits * Math.LN2, score(engine, tokenizer, "anan").logProb);
 * assertEquals(attention[0]![3]![1]!.length, 2); // layer 0, head 3, after "a": to BOS and "a"
 * ```
 *
 * @module
 */

import { assertVocabulary, type Engine, type Trace } from "../engine.ts";
import { probabilities } from "../sample.ts";
import { excerpt, quote } from "../text/quote.ts";
import { AS_IT_IS, type TextForm, toForm } from "../text/text_form.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** A model's view of a text: what it expects at each position `t`, and what comes then. */
export interface Explanation extends Pick<Trace, "logits" | "attention"> {
  /**
   * BOS, the tokens of the text, and BOS again unless the text fills the block. At position `t` the
   * model has read `tokens[0]` to `tokens[t]`, and `tokens[t + 1]` follows. So all lists over
   * positions are shorter by one.
   */
  readonly tokens: readonly number[];
  /** The number of tokens at the end of the text that the block has no room for. */
  readonly numCut: number;
  /** The probabilities of what comes next, at temperature 1: `probs[t][token]`. */
  readonly probs: readonly Float64Array[];
  /** The place of the token that follows among all, from 1, the likeliest first. */
  readonly ranks: readonly number[];
  /** The surprise at the token that follows: -log₂ of its probability, in bits. */
  readonly surprise: readonly number[];
  /**
   * The length of the residual stream: `norms[stage][t]`. The stages are the sum of the embeddings,
   * that sum normalized, and for each layer what its attention and then its MLP have made of it.
   */
  readonly norms: readonly Float64Array[];
}

/**
 * Explains how a model reads a text.
 *
 * @param engine The model.
 * @param tokenizer The tokenizer of the model.
 * @param text The text; of a longer one than the block holds, its beginning.
 * @param form The form of the model's texts, which this one is brought into.
 * @throws {RangeError} If a character is not in the vocabulary, the tokenizer is not the
 * model's, or the model has diverged.
 */
export function explain(
  engine: Engine,
  tokenizer: Tokenizer,
  text: string,
  form: TextForm = AS_IT_IS,
): Explanation {
  assertVocabulary(engine, tokenizer);
  const { blockSize } = engine.config;
  const ids = encode(tokenizer, text, form);
  const tokens = [tokenizer.bos, ...ids.slice(0, blockSize)];
  if (tokens.length <= blockSize) tokens.push(tokenizer.bos);
  const { logits, attention, stream } = engine.trace(tokens.slice(0, -1));
  if (!logits.every((row) => row.every(Number.isFinite))) {
    throw new RangeError(
      "Cannot explain the text: the model has diverged: its logits are not finite",
    );
  }
  const targets = tokens.slice(1); // as many as positions
  return {
    tokens,
    numCut: Math.max(0, ids.length - blockSize),
    logits,
    probs: logits.map((row) => probabilities(row, 1)),
    ranks: logits.map((row, t) => rankOf(row, targets[t]!)),
    surprise: logits.map((row, t) => surpriseAt(row, targets[t]!)),
    attention,
    norms: stream.map((rows) => Float64Array.from(rows, norm)),
  };
}

/**
 * Finds the likeliest tokens.
 *
 * @param probs One probability per token.
 * @param count The maximum number of tokens.
 * @param except A token to leave out, such as the one that came.
 * @returns Token ids, the likeliest first; of equals, the lower id.
 */
export function likeliest(probs: ArrayLike<number>, count: number, except?: number): number[] {
  return Array.from(probs, (_, id) => id)
    .filter((id) => id !== except)
    .sort((a, b) => probs[b]! - probs[a]! || a - b) // ids of probs
    .slice(0, count);
}

/** Encodes a text; an error says which character is unknown, and where it stands. */
function encode(tokenizer: Tokenizer, text: string, form: TextForm): number[] {
  try {
    return tokenizer.encode(toForm(text, form));
  } catch (error) {
    const characters = [...text];
    const i = characters.findIndex((character) => !isKnown(tokenizer, toForm(character, form)));
    const unknown = characters[i];
    if (!(error instanceof RangeError) || unknown === undefined) throw error;
    throw new RangeError(
      `Cannot explain ${excerpt(text)}: character ${i + 1}, ${quote(unknown)}, ` +
        "is not in the vocabulary",
    );
  }
}

function isKnown(tokenizer: Tokenizer, text: string): boolean {
  try {
    tokenizer.encode(text);
    return true;
  } catch {
    return false;
  }
}

/** Ranks a token by its logit; of equals, the lower id comes first. */
function rankOf(logits: Float64Array, target: number): number {
  const own = logits[target]!; // an id of the vocabulary
  return logits.reduce(
    (rank, logit, id) => logit > own || (logit === own && id < target) ? rank + 1 : rank,
    1,
  );
}

/**
 * Computes -log₂ softmax(logits)[target] from the logits: finite where the probability underflows
 * to 0.
 */
function surpriseAt(logits: Float64Array, target: number): number {
  const max = logits.reduce((max, logit) => Math.max(max, logit));
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  return (Math.log(sum) + max - logits[target]!) / Math.LN2; // an id of the vocabulary
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 0));
}
