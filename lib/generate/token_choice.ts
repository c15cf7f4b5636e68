/**
 * The choice of the next token when not every token may come: only those that a constraint allows,
 * the k most likely, or the smallest set that has a given probability.
 *
 * Sources: Fan et al., "Hierarchical Neural Story Generation" (2018), for top-k;
 * Holtzman et al., "The Curious Case of Neural Text Degeneration" (2020), for top-p.
 *
 * @example The likeliest only, and one of the allowed
 * ```ts
 * import { Random } from "../random.ts";
 * import { chooseToken } from "./token_choice.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = [0, Math.log(3)];
 * assertEquals(chooseToken(logits, 9, new Random(42), { topK: 1 }), 1);
 * assertEquals(chooseToken(logits, 0, new Random(42), { allowed: [1, 0] }), 0);
 * ```
 *
 * @module
 */

import type { Random } from "../random.ts";
import { likeliestToken, probabilities, writeProbabilities } from "../sample.ts";

/** The tokens that may come: all, unless a property is given. */
export interface TokenFilter {
  /** For each token, 0 if it must not come. */
  readonly allowed?: ArrayLike<number> | undefined;
  /** The maximum number of allowed tokens to keep, the most likely; of equals, the lower ids. */
  readonly topK?: number | undefined;
  /**
   * Keeps only the most likely of those, as few as together have this probability: from 0, the
   * single most likely, to 1, all.
   */
  readonly topP?: number | undefined;
}

/** Leads a text while it grows, such as one of `Constraints.guide()`. */
export interface Guide {
  /** For each token, 0 if it must not come next; valid until the next `append()`. */
  readonly allowed: ArrayLike<number>;
  /** Records the token that was drawn. Not called for BOS, which ends the text. */
  append(tokenId: number): void;
}

/**
 * Draws a token from those that the filter keeps, with the odds they have among each other.
 *
 * @param logits One per token, finite.
 * @param temperature From 0 up; 0 takes the most likely token and draws no random number.
 * @param random The source of randomness: one number is drawn, whatever the filter.
 * @param filter The tokens that may come.
 * @returns The token id.
 * @throws {RangeError} If the temperature is negative, a logit is not finite, `topK` is not
 * a positive integer, `topP` is not in [0, 1], or no token is allowed.
 * @throws {TypeError} If `allowed.length` is not the vocabulary size.
 */
export function chooseToken(
  logits: ArrayLike<number>,
  temperature: number,
  random: Random,
  filter: TokenFilter,
): number {
  return drawToken(tokenOdds(logits, temperature, filter), random);
}

/** The tokens that may come next, ready to draw from many times. */
export interface TokenOdds {
  /** Their ids: all in their order, unless they are given. */
  readonly ids: readonly number[] | undefined;
  /**
   * For each, the sum of the probabilities up to its own: `cum_weights` of Python's
   * `random.choices()`; `undefined` if the first one comes for certain.
   */
  readonly sums: readonly number[] | undefined;
}

/**
 * Computes the odds that {@linkcode chooseToken} draws with.
 *
 * @param logits One per token, finite.
 * @param temperature From 0 up.
 * @param filter The tokens that may come.
 * @throws As {@linkcode chooseToken} does.
 */
export function tokenOdds(
  logits: ArrayLike<number>,
  temperature: number,
  filter: TokenFilter,
): TokenOdds {
  assertSampling({ temperature });
  if (isEmpty(filter)) return oddsOf(logits, temperature);
  likeliestToken(logits); // throws if one is not finite, allowed or not
  const kept = keptTokens(logits, temperature, filter);
  const { ids, sums } = oddsOf(kept.map((id) => logits[id]!), temperature); // indices of logits
  return { ids: ids?.map((i) => kept[i]!) ?? kept, sums }; // indices of kept
}

function oddsOf(logits: ArrayLike<number>, temperature: number): TokenOdds {
  if (temperature === 0) return { ids: [likeliestToken(logits)], sums: undefined };
  const sums = new Array<number>(logits.length);
  writeProbabilities(sums, logits, temperature);
  for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!; // in bounds
  return { ids: undefined, sums };
}

/**
 * Draws a token, as `Random.weightedIndex()` does with the probabilities.
 *
 * @param odds The tokens that may come.
 * @param random The source of randomness: one number is drawn, unless the first one is certain.
 * @returns The token id.
 */
export function drawToken({ ids, sums }: TokenOdds, random: Random): number {
  const i = sums === undefined ? 0 : firstAbove(sums, random.random() * sums.at(-1)!); // there is one
  return ids === undefined ? i : ids[i]!; // an index of sums, which are as many
}

/** Finds the first of ascending numbers that is above x, or the last one; x is not below 0. */
function firstAbove(numbers: readonly number[], x: number): number {
  let low = 0, high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < numbers[middle]!) high = middle; // low <= middle < high
    else low = middle + 1;
  }
  return low;
}

function isEmpty({ allowed, topK, topP }: TokenFilter): boolean {
  return allowed === undefined && topK === undefined && topP === undefined;
}

/**
 * Computes the logarithms of the probabilities that {@linkcode chooseToken} draws with. They do not
 * underflow, however low the temperature.
 *
 * @param logits One per token, finite.
 * @param temperature Above 0.
 * @param filter The tokens that may come.
 * @returns As many numbers, -Infinity for those that may not.
 */
export function logProbabilities(
  logits: Float64Array,
  temperature: number,
  filter: TokenFilter,
): number[] {
  const { length } = logits;
  const kept = isEmpty(filter) ? undefined : keptTokens(logits, temperature, filter);
  const logProbs = new Array<number>(length).fill(-Infinity);
  let max = -Infinity, total = 0;
  for (let id = 0; id < length; id++) if (logits[id]! > max) max = logits[id]!;
  for (let i = 0; i < (kept?.length ?? length); i++) {
    const id = kept === undefined ? i : kept[i]!;
    const logProb = (logits[id]! - max) / temperature; // ids are indices of logits
    logProbs[id] = logProb;
    total += Math.exp(logProb);
  }
  if (!(total > 0)) throw new RangeError(`Cannot choose a token: the largest logit is ${max}`);
  const logTotal = Math.log(total);
  for (let id = 0; id < length; id++) logProbs[id]! -= logTotal;
  return logProbs;
}

/**
 * Finds the tokens that a filter keeps.
 *
 * @param logits One per token, finite.
 * @param temperature From 0 up; at 0 `topP` keeps what it keeps at any temperature: the likeliest.
 * @param filter The tokens that may come.
 * @returns Their ids: all in their order, or the likeliest first.
 * @throws As {@linkcode chooseToken} does.
 */
export function keptTokens(
  logits: ArrayLike<number>,
  temperature: number,
  { allowed, topK = Infinity, topP = 1 }: TokenFilter,
): number[] {
  assertFilter(logits, { allowed, topK, topP });
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (allowed === undefined || allowed[id] !== 0) ids.push(id);
  }
  if (ids.length === 0) throw new RangeError("Cannot choose a token: none is allowed");
  if (topK >= ids.length && topP === 1) return ids;
  const logitOf = (id: number) => logits[id]!; // ids are indices of logits
  ids.sort((a, b) => logitOf(b) - logitOf(a)); // stable: among equals the lower id is first
  const likeliest = ids.slice(0, topK);
  if (temperature > 0 && topP < 1) {
    likeliest.length = nucleusLength(probabilities(likeliest.map(logitOf), temperature), topP);
  }
  return likeliest;
}

/** Counts how many probabilities, the largest first, it takes to reach `topP`: at least one. */
function nucleusLength(probs: ArrayLike<number>, topP: number): number {
  let total = 0;
  for (let i = 0; i < probs.length; i++) {
    total += probs[i]!;
    if (total >= topP) return i + 1;
  }
  return probs.length; // they sum to a little less than 1
}

function assertFilter(
  logits: ArrayLike<number>,
  { allowed, topK = 1, topP = 1 }: TokenFilter,
): void {
  if (allowed !== undefined && allowed.length !== logits.length) {
    throw new TypeError(
      `Cannot choose a token: there are ${logits.length}: allowed tells of ${allowed.length}`,
    );
  }
  assertSampling({ temperature: 0, topK, topP });
}

/**
 * Checks how tokens are to be drawn, which may be long before there is a model to draw them from.
 *
 * @param options The temperature, and the filter.
 * @throws {RangeError} If one of them is out of range.
 */
export function assertSampling(
  { temperature = 0, topK = 1, topP = 1 }: {
    readonly temperature?: number | undefined;
  } & Pick<TokenFilter, "topK" | "topP">,
): void {
  if (!(temperature >= 0)) {
    throw new RangeError(`Cannot sample: the temperature must be 0 or above: it is ${temperature}`);
  }
  if (!(topK >= 1 && (Number.isInteger(topK) || topK === Infinity))) {
    throw new RangeError(`Cannot sample: topK must be a positive integer: it is ${topK}`);
  }
  if (!(topP >= 0 && topP <= 1)) {
    throw new RangeError(`Cannot sample: topP must be a number from 0 to 1: it is ${topP}`);
  }
}
