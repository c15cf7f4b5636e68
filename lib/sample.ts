/**
 * Inference: logits to probabilities to a token, token by token to a text.
 * May the model babble back to us.
 *
 * What it does not do: know why a token must not come (see `constraints`), or
 * look for texts that please (see `generate`).
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
 * assertEquals(sampleToken(logits, 9, new Random(42), { topK: 1 }), 1); // the likeliest only
 * assertEquals(sampleToken(logits, 0, new Random(42), { allowed: [1, 0] }), 0); // no other
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
 * Logits to probabilities: the softmax of logits / temperature.
 *
 * @param logits Any finite numbers.
 * @param temperature Above 0: the lower, the likelier the likely ones.
 * @returns As many numbers in [0, 1], which sum to 1.
 * @throws {RangeError} If the temperature is not positive, or a logit is not finite.
 */
export function probabilities(
  logits: ArrayLike<number>,
  temperature: number,
): Float64Array {
  assertTemperature(temperature);
  if (temperature === 0) {
    throw new RangeError(
      "Cannot compute probabilities: the temperature must be above 0: it is 0",
    );
  }
  const max = logits[argmax(logits)]!; // argmax() is an index of logits
  const probs = new Float64Array(logits.length);
  let total = 0;
  for (let i = 0; i < probs.length; i++) {
    total += probs[i] = Math.exp((logits[i]! - max) / temperature); // i < length
  }
  for (let i = 0; i < probs.length; i++) probs[i]! /= total; // likewise
  return probs;
}

/** Which tokens may come: all, unless something is given. */
export interface TokenFilter {
  /** For each token, 0 if it must not come. */
  readonly allowed?: ArrayLike<number> | undefined;
  /** Only so many come, the likeliest of the allowed; of equals the lower ids. */
  readonly topK?: number | undefined;
  /**
   * Only the likeliest of those come, as few as have this probability together:
   * from 0, the likeliest alone, to 1, all.
   */
  readonly topP?: number | undefined;
}

/**
 * Draws a token: `random.choices(range(vocab_size), weights=probs)[0]`, from
 * those that the filter keeps, with the odds they have among each other.
 *
 * Sources: Fan et al., "Hierarchical Neural Story Generation" (2018), for top-k;
 * Holtzman et al., "The Curious Case of Neural Text Degeneration" (2020), for top-p.
 *
 * @param logits One a token, finite.
 * @param temperature From 0 up; 0 takes the most likely token and draws no random number.
 * @param random Where the random numbers come from: one is drawn, whatever the filter.
 * @param filter Which tokens may come.
 * @returns The token id.
 * @throws {RangeError} If the temperature is negative, a logit is not finite, `topK` is not
 * a positive integer, `topP` is not in [0, 1], or no token is allowed.
 * @throws {TypeError} If `allowed` has not one number a token.
 */
export function sampleToken(
  logits: ArrayLike<number>,
  temperature: number,
  random: Random,
  filter: TokenFilter = {},
): number {
  const { allowed, topK, topP } = filter;
  if (allowed === undefined && topK === undefined && topP === undefined) {
    return temperature === 0
      ? argmax(logits)
      : random.weightedIndex(probabilities(logits, temperature));
  }
  const kept = keptTokens(logits, temperature, filter);
  const keptLogits = kept.map((id) => logits[id]!); // ids are indices of logits
  return kept[sampleToken(keptLogits, temperature, random)]!; // an index of kept
}

/** What leads a text while it grows, such as one of `Constraints.guide()`. */
export interface Guide {
  /** For each token, 0 if it must not come next; valid until the next `append()`. */
  readonly allowed: ArrayLike<number>;
  /** Tells which token came; BOS, which ends the text, is not told. */
  append(tokenId: number): void;
}

/** How the tokens of a text are chosen. */
export interface SampleOptions extends Omit<TokenFilter, "allowed"> {
  /** What leads the text. */
  readonly guide?: Guide | undefined;
}

/**
 * Lets the model write a document: from BOS to BOS, or to the end of the block.
 *
 * @param engine The model.
 * @param tokenizer What its tokens stand for.
 * @param random Where the random numbers come from.
 * @param temperature From 0 up.
 * @param options How to choose the tokens; with none, as microgpt.py does.
 * @returns The text; it can be empty.
 * @throws {RangeError} If the temperature is negative, an option is out of range, the
 * tokenizer is not the model's, or the model has diverged.
 */
export function sample(
  engine: Engine,
  tokenizer: Tokenizer,
  random: Random,
  temperature: number = DEFAULT_TEMPERATURE,
  options: SampleOptions = {},
): string {
  assertVocabulary(engine, tokenizer);
  return tokenizer.decode(sampleIds(engine, tokenizer.bos, random, temperature, options));
}

/**
 * Lets the model write a document, as {@linkcode sample} does, but leaves it in tokens.
 *
 * @param engine The model.
 * @param bos The token that begins and ends a document.
 * @param random Where the random numbers come from.
 * @param temperature From 0 up.
 * @param options How to choose the tokens.
 * @returns The token ids, without BOS: at most `blockSize`.
 * @throws {RangeError} If the temperature is negative, an option is out of range, or the
 * model has diverged.
 */
export function sampleIds(
  engine: Engine,
  bos: number,
  random: Random,
  temperature: number,
  options: SampleOptions = {},
): number[] {
  const { guide, topK, topP } = options;
  const sequence = engine.sequence();
  const ids: number[] = [];
  let tokenId = bos;
  for (let posId = 0; posId < engine.config.blockSize; posId++) {
    const filter = { allowed: guide?.allowed, topK, topP };
    tokenId = sampleToken(sequence.append(tokenId), temperature, random, filter);
    if (tokenId === bos) break;
    ids.push(tokenId);
    guide?.append(tokenId);
  }
  return ids;
}

/** The ids of the tokens that a filter keeps: all in their order, or the likeliest first. */
function keptTokens(
  logits: ArrayLike<number>,
  temperature: number,
  { allowed, topK = Infinity, topP = 1 }: TokenFilter,
): number[] {
  assertFilter(logits, { allowed, topK, topP });
  argmax(logits); // throws if one is not finite, allowed or not
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (allowed === undefined || allowed[id] !== 0) ids.push(id);
  }
  if (ids.length === 0) throw new RangeError("Cannot choose a token: none is allowed");
  if (topK >= ids.length && topP === 1) return ids;
  const logitOf = (id: number) => logits[id]!; // ids are indices of logits
  ids.sort((a, b) => logitOf(b) - logitOf(a)); // stable: of equals the lower id is first
  const likeliest = ids.slice(0, topK);
  if (temperature > 0 && topP < 1) {
    likeliest.length = nucleusLength(probabilities(likeliest.map(logitOf), temperature), topP);
  }
  return likeliest;
}

/** How many of some probabilities, the largest first, it takes to reach `topP`: one at least. */
function nucleusLength(probs: ArrayLike<number>, topP: number): number {
  let total = 0;
  for (let i = 0; i < probs.length; i++) {
    total += probs[i]!; // i < length
    if (total >= topP) return i + 1;
  }
  return probs.length; // they sum to a little less than 1
}

/** The index of the largest logit, of the first of them if there are several. */
function argmax(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!; // i < length
    if (!Number.isFinite(logit)) {
      throw new RangeError(`Cannot choose a token: the logit of token ${i} is ${logit}`);
    }
    if (logit > logits[best]!) best = i; // best < length
  }
  return best;
}

function assertTemperature(temperature: number): void {
  if (!(temperature >= 0)) {
    throw new RangeError(
      `Cannot sample: the temperature must be 0 or above: it is ${temperature}`,
    );
  }
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
  if (!(topK >= 1 && (Number.isInteger(topK) || topK === Infinity))) {
    throw new RangeError(`Cannot sample: topK must be a positive integer: it is ${topK}`);
  }
  if (!(topP >= 0 && topP <= 1)) {
    throw new RangeError(`Cannot sample: topP must be a number from 0 to 1: it is ${topP}`);
  }
}
