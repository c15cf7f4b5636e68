/**
 * Texts that satisfy constraints, written by the model with lookahead. They come close to how the
 * model would write such texts, and each says by how much it misses that.
 *
 * After the tokens so far, x, the next one is drawn with a probability in proportion to
 *
 *     p(next | x) h(x next)            the sum over all next ones is Z(x)
 *
 * where p is the model's and h looks ahead with n-grams (see `lookahead`). So a text x₁ ... xₙ comes
 * with the probability g(x) = Π p(xᵢ | x₁ ... xᵢ₋₁) h(x₁ ... xᵢ) / Z(x₁ ... xᵢ₋₁), and its weight is
 *
 *     w(x) = p(x) / g(x) = Π Z(x₁ ... xᵢ₋₁) / h(x₁ ... xᵢ)
 *
 * The mean weight of such texts is the probability that the model satisfies the constraints.
 *
 * What it does not do: make up for the weights (see `resample`).
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { Lookahead, Place, Trace } from "./lookahead.ts";
import type { Prefix, PrefixTree } from "./prefix_tree.ts";

/** A text in tokens. */
export interface Candidate extends Trace {
  /** Its tokens, without BOS. */
  readonly ids: readonly number[];
}

/** A way to draw texts. */
export interface Proposer {
  /** For each text, the logarithms of the model's probabilities of what comes next, not -Infinity for all. */
  readonly logProbs: PrefixTree<Float64Array>;
  /** The tokens that texts begin with. */
  readonly prefix: readonly number[];
  readonly lookahead: Lookahead;
  readonly random: Random;
}

/**
 * Draws texts, independently of each other.
 *
 * @param proposer The way to draw them.
 * @param n The number of texts.
 * @throws {RangeError} If the model has diverged.
 */
export function propose(proposer: Proposer, n: number): Candidate[] {
  const drafts = Array.from({ length: n }, () => new Draft(proposer));
  // One after the other, as an engine keeps one sequence in memory: by turns, tokens that the
  // tree does not know would cost their whole texts again (25 times the time at 100 tokens).
  for (const draft of drafts) while (!draft.isDone) draft.step(true);
  return drafts;
}

/**
 * Draws a text without lookahead, and gives it up where it can no longer satisfy the constraints.
 *
 * @param proposer The way to draw it.
 * @returns Its tokens, without BOS; `undefined` if it was given up.
 * @throws {RangeError} If the model has diverged.
 */
export function attempt(proposer: Proposer): readonly number[] | undefined {
  const draft = new Draft(proposer);
  while (!draft.isDone) draft.step(false);
  return draft.logWeight === -Infinity ? undefined : draft.ids;
}

/** A text while it is being written. */
class Draft implements Candidate {
  readonly trail: { place: Place; logWeight: number }[] = [];
  logWeight = 0;
  isDone: boolean;
  #place: Place;
  readonly #proposer: Proposer;
  readonly #text: Prefix<Float64Array>;

  constructor(proposer: Proposer) {
    const { logProbs, prefix, lookahead } = proposer;
    this.#text = logProbs.begin();
    for (const token of prefix) this.#text.append(token);
    this.#place = lookahead.start;
    this.isDone = lookahead.isFull(this.#place);
    this.#proposer = proposer;
  }

  get ids(): readonly number[] {
    return this.#text.ids;
  }

  /** Draws the next token, with lookahead or without. */
  step(looksAhead: boolean): void {
    const { lookahead, random } = this.#proposer;
    const odds = this.#text.value.slice();
    const ahead = new Float64Array(odds.length); // log h
    lookahead.fillLogs(this.#place, ahead);
    if (!looksAhead) ahead.forEach((log, token) => ahead[token] = log === -Infinity ? log : 0);
    let max = -Infinity, total = 0;
    for (let token = 0; token < odds.length; token++) {
      odds[token]! += ahead[token]!; // token < length, as below
      max = Math.max(max, odds[token]!);
    }
    if (max === -Infinity) return this.#giveUp();
    for (let token = 0; token < odds.length; token++) {
      total += odds[token] = Math.exp(odds[token]! - max);
    }
    const logZ = max + Math.log(total);
    if (!looksAhead && Math.log(random.random()) >= logZ) return this.#giveUp();
    const token = random.weightedIndex(odds);
    if (looksAhead) this.logWeight += logZ - ahead[token]!; // an index of odds
    this.#append(token);
  }

  #append(token: number): void {
    const { lookahead } = this.#proposer;
    this.isDone = token === this.#text.value.length - 1; // BOS
    if (this.isDone) return;
    this.#text.append(token);
    this.#place = lookahead.after(this.#place, token);
    this.trail.push({ place: this.#place, logWeight: this.logWeight });
    this.isDone = lookahead.isFull(this.#place);
  }

  #giveUp(): void {
    this.logWeight = -Infinity;
    this.isDone = true;
  }
}
