/**
 * Inference: logits to probabilities to a token, token by token to a text.
 * May the model babble back to us.
 *
 * What it does not do: constrain or filter what comes out (see `generate`).
 *
 * @example A token at each temperature
 * ```ts
 * import { Random } from "@x/microgpt/random";
 * import { probabilities, sampleToken } from "@x/microgpt/sample";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = [0, Math.log(3)];
 * assertEquals([...probabilities(logits, 1)].map((p) => p.toFixed(2)), ["0.25", "0.75"]);
 * assertEquals([...probabilities(logits, 0.5)].map((p) => p.toFixed(2)), ["0.10", "0.90"]);
 * assertEquals(sampleToken(logits, 0, new Random(42)), 1); // temperature 0: the most likely
 * ```
 *
 * @module
 */

import { assertVocabulary, type Engine } from "./engine.ts";
import type { Random } from "./random.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The temperature that microgpt.py samples with. */
export const DEFAULT_TEMPERATURE = 0.5;

/**
 * Turns logits into probabilities: the softmax of logits / temperature.
 *
 * @param logits Any finite numbers.
 * @param temperature Above 0: the lower, the likelier the likely ones.
 * @returns As many numbers in [0, 1], which sum to 1.
 * @throws {RangeError} If the temperature is not positive, or a logit is not finite.
 */
export function probabilities(logits: ArrayLike<number>, temperature: number): Float64Array {
  const probs = new Float64Array(logits.length);
  writeProbabilities(probs, logits, temperature);
  return probs;
}

/**
 * Writes {@linkcode probabilities} into an array.
 *
 * @param probs As many numbers as there are logits. Where many are kept, plain arrays cost less than
 * typed ones.
 * @param logits Any finite numbers.
 * @param temperature Above 0.
 * @throws {RangeError} If the temperature is not positive, or a logit is not finite.
 */
export function writeProbabilities(
  probs: number[] | Float64Array,
  logits: ArrayLike<number>,
  temperature: number,
): void {
  if (!(temperature > 0)) {
    throw new RangeError(
      `Cannot compute probabilities: the temperature must be above 0: it is ${temperature}`,
    );
  }
  const max = logits[likeliestToken(logits)]!; // an index of logits
  let total = 0;
  for (let i = 0; i < probs.length; i++) {
    total += probs[i] = Math.exp((logits[i]! - max) / temperature); // as many as probs
  }
  for (let i = 0; i < probs.length; i++) probs[i]! /= total; // in bounds
}

/**
 * Draws a token: `random.choices(range(vocab_size), weights=probs)[0]`.
 *
 * @param logits One per token, finite.
 * @param temperature From 0 up; 0 takes the most likely token and draws no random number.
 * @param random The source of randomness: one number is drawn.
 * @returns The token id.
 * @throws {RangeError} If the temperature is negative or a logit is not finite.
 */
export function sampleToken(
  logits: ArrayLike<number>,
  temperature: number,
  random: Random,
): number {
  if (!(temperature >= 0)) {
    throw new RangeError(`Cannot sample: the temperature must be 0 or above: it is ${temperature}`);
  }
  if (temperature === 0) return likeliestToken(logits);
  return random.weightedIndex(probabilities(logits, temperature));
}

/**
 * Lets the model write a document: from BOS to BOS, or to the end of the block.
 *
 * @param engine The model.
 * @param tokenizer Its tokenizer.
 * @param random The source of randomness.
 * @param temperature From 0 up.
 * @returns The text; it can be empty.
 * @throws {RangeError} If the temperature is negative, the tokenizer is not the model's, or
 * the model has diverged.
 */
export function sample(
  engine: Engine,
  tokenizer: Tokenizer,
  random: Random,
  temperature: number = DEFAULT_TEMPERATURE,
): string {
  assertVocabulary(engine, tokenizer);
  const choose = (logits: ArrayLike<number>) => sampleToken(logits, temperature, random);
  return tokenizer.decode(sampleIds(engine, tokenizer.bos, choose));
}

/**
 * Lets the model write a document in tokens.
 *
 * @param engine The model.
 * @param bos The token that begins and ends a document.
 * @param choose Chooses the next token from its logits.
 * @returns The token ids, without BOS: at most `blockSize`.
 */
export function sampleIds(
  engine: Engine,
  bos: number,
  choose: (logits: ArrayLike<number>) => number,
): number[] {
  const sequence = engine.sequence();
  const ids: number[] = [];
  let tokenId = bos;
  for (let posId = 0; posId < engine.config.blockSize; posId++) {
    tokenId = choose(sequence.append(tokenId));
    if (tokenId === bos) break;
    ids.push(tokenId);
  }
  return ids;
}

/**
 * Finds the most likely token; among equals, the first.
 *
 * @param logits One per token.
 * @returns The token id.
 * @throws {RangeError} If one is not finite.
 */
export function likeliestToken(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (!Number.isFinite(logit)) {
      throw new RangeError(`Cannot choose a token: the logit of token ${i} is ${logit}`);
    }
    if (logit > logits[best]!) best = i; // best < length
  }
  return best;
}
