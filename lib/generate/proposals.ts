/**
 * Texts that satisfy constraints, written by the model with lookahead. They come close to how the
 * model would write such texts, and each says by how much it misses that.
 *
 * After the tokens so far, x, the next one is drawn with a probability in proportion to
 *
 *     p(next | x) h(x next)            the sum over all next ones is Z(x)
 *
 * where p is the model's and h looks ahead with bigrams (see `lookahead`). So a text x₁ ... xₙ comes
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
import type { Engine } from "../engine.ts";
import { type Prefix, PrefixTree } from "./prefix_tree.ts";
import { drawToken, logProbabilities, type TokenFilter } from "./token_choice.ts";

/** A text in tokens. */
export interface Candidate extends Trace {
  /** Its tokens, without BOS. */
  readonly ids: readonly number[];
}

/**
 * The odds of what comes next: `TokenOdds` that are computed again in place. New ones each time
 * would be old enough for the slow part of the garbage collection when they are replaced.
 */
class Odds {
  readonly ids = undefined;
  /** log h of each token. */
  readonly ahead: number[];
  /** For each token, the sum of p h up to it, as multiples of their largest. */
  readonly sums: number[];
  /** log Z: the sum of p h over all tokens; -Infinity if none may come. */
  logZ = -Infinity;
  /** The number of `Lookahead.lessons` when it was computed; -1 if nothing is. */
  lessons = -1;

  constructor(vocabSize: number) {
    this.ahead = new Array(vocabSize).fill(-Infinity);
    this.sums = new Array(vocabSize).fill(0.5); // no integers, for which V8 has another kind
  }

  /** Multiplies p, given by its logarithms, and h. */
  multiply(logProbs: readonly number[]): void {
    const { ahead, sums } = this;
    let max = -Infinity, total = 0;
    for (let token = 0; token < sums.length; token++) {
      const log = sums[token] = logProbs[token]! + ahead[token]!; // as many
      max = Math.max(max, log);
    }
    this.logZ = max;
    if (max === -Infinity) return;
    for (let token = 0; token < sums.length; token++) {
      sums[token] = total += Math.exp(sums[token]! - max); // in bounds
    }
    this.logZ += Math.log(total);
  }
}

/** The beginning of a text, and what has been computed for it. */
export interface Beginning {
  /** The logarithms of the model's probabilities of what comes next. */
  readonly logProbs: number[];
  odds?: Odds;
  /** The odds without lookahead. */
  blindOdds?: Odds;
}

/**
 * Makes an empty tree of beginnings. It is for texts with one {@linkcode Lookahead} only.
 *
 * @param engine The model.
 * @param temperature Above 0.
 * @param filter The tokens that the model draws from.
 * @param maxNumbers See {@linkcode PrefixTree}.
 */
export function newBeginnings(
  engine: Engine,
  temperature: number,
  filter: TokenFilter,
  maxNumbers?: number,
): PrefixTree<Beginning> {
  // One for all texts that are not kept: V8, which has seen the first ones stay, would put them
  // where garbage is collected late, and take 250 MB.
  const spare: Beginning = { logProbs: [] };
  return new PrefixTree(engine, (logits, _ids, isKept) => {
    if (isKept) return { logProbs: logProbabilities(logits, temperature, filter) };
    spare.logProbs.length = logits.length;
    logProbabilities(logits, temperature, filter, spare.logProbs);
    for (const odds of [spare.odds, spare.blindOdds]) if (odds !== undefined) odds.lessons = -1;
    return spare;
  }, maxNumbers);
}

/** A way to draw texts. */
export interface Proposer {
  readonly beginnings: PrefixTree<Beginning>;
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
  // One after the other, as an engine keeps one sequence in memory: by turns, tokens that the
  // tree does not know would cost their whole texts again (25 times the time at 100 tokens).
  return Array.from({ length: n }, () => {
    const draft = new Draft(proposer);
    while (!draft.isDone) draft.step(true);
    const { ids, logWeight, trail } = draft;
    return { ids, logWeight, trail }; // without what the model made of it, which may be in no tree
  });
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
  readonly #text: Prefix<Beginning>;

  constructor(proposer: Proposer) {
    const { beginnings, prefix, lookahead } = proposer;
    this.#text = beginnings.begin();
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
    const { random } = this.#proposer;
    const odds = looksAhead ? this.#odds() : this.#blindOdds(), { logZ } = odds;
    if (logZ === -Infinity) return this.#giveUp();
    if (!looksAhead && Math.log(random.random()) >= logZ) return this.#giveUp();
    const token = drawToken(odds, random);
    if (looksAhead) this.logWeight += logZ - odds.ahead[token]!; // a token
    this.#append(token);
  }

  #odds(): Odds {
    const beginning = this.#text.value, { lookahead } = this.#proposer;
    const odds = beginning.odds ??= new Odds(beginning.logProbs.length);
    if (odds.lessons !== lookahead.lessons) {
      odds.lessons = lookahead.lessons;
      lookahead.fillLogs(this.#place, odds.ahead);
      odds.multiply(beginning.logProbs);
    }
    return odds;
  }

  #blindOdds(): Odds {
    const beginning = this.#text.value;
    const odds = beginning.blindOdds ??= new Odds(beginning.logProbs.length), { ahead } = odds;
    if (odds.lessons < 0) {
      odds.lessons = 0; // whatever it learns: which tokens may come stays the same
      this.#proposer.lookahead.fillLogs(this.#place, ahead);
      ahead.forEach((log, token) => ahead[token] = log === -Infinity ? log : 0);
      odds.multiply(beginning.logProbs);
    }
    return odds;
  }

  #append(token: number): void {
    const { lookahead } = this.#proposer;
    this.isDone = token === this.#text.value.logProbs.length - 1; // BOS
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
