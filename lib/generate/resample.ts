/**
 * The model's own distribution of the texts that satisfy constraints, from proposals that come
 * close to it (see `proposals`).
 *
 * Of a batch of K proposals x₁ ... x_K one is kept, in proportion to its weight: sampling
 * importance resampling. With a finite K alone, heavy texts would come a little too seldom. So a
 * whole batch is kept only with a probability in proportion to its mean weight, W = Σ w(x_k) / K.
 * Then x comes with a probability in proportion to
 *
 *     Σ_k g(x) · W · w(x) / (K W) = g(x) w(x) = p(x)
 *
 * whatever the other proposals are. That probability is W / (2 P), where P is the mean of all
 * weights so far. A batch with W > 2 P is kept and counts for less than it should. K is chosen so
 * that this is rare: the variance of W / P is (1 / ESS - 1 / n) n / K, where the last n proposals
 * have had the effective sample size ESS = (Σ w)² / Σ w², and K makes it 1/16, so that 2 P is 4
 * deviations away.
 *
 * As long as that takes a large K, the lookahead learns from each batch. The proposals change, but
 * p does not: the next batch is as exact as the last one.
 *
 * Where P is so large that this takes more texts than to draw without lookahead, about 1 / P, that
 * is done; and as long as a smaller K could change that, the lookahead learns beside it.
 *
 * Sources: Rubin, "The Calculation of Posterior Distributions by Data Augmentation: Comment"
 * (1987), for the resampling; Andrieu, Doucet and Holenstein, "Particle Markov Chain Monte Carlo
 * Methods" (2010), for why the mean weights of batches make it exact; Lew et al., "Sequential Monte
 * Carlo Steering of Large Language Models using Probabilistic Programs" (2023), for constraints.
 *
 * @module
 */

import { attempt, type Candidate, propose, type Proposer } from "./proposals.ts";

/** The number of proposals to learn from before the first text, in each of several rounds. */
const ROUND_SIZE = 128;

/** The number of rounds; one more tells how far the weights spread. */
const NUM_ROUNDS = 3;

/** The minimum and the maximum of K. */
const MIN_SIZE = 8;
const MAX_SIZE = 512;

/** The K above which the lookahead goes on learning. */
const LARGE_SIZE = 16;

/** The variance of W / P that K is chosen for. */
const VARIANCE = 1 / 16;

/** The number of proposals without any weight after which there seem to be no texts. */
const MAX_VAIN = 10_000;

/** Draws texts that satisfy constraints. */
export class Resampler {
  readonly #proposer: Proposer;
  /** The weights of all proposals but those of the first rounds. */
  readonly #all = new Weights();
  /** Those of the last proposals: the longer ago, the less they count. */
  readonly #recent = new Weights();
  /** The number of texts begun without lookahead, and of those that came to an accepted end. */
  #numTries = 0;
  #numFound = 0;

  constructor(proposer: Proposer) {
    this.#proposer = proposer;
  }

  /**
   * The probability that a text of the model satisfies the constraints, as estimated so far: P;
   * NaN before the first text.
   */
  get probability(): number {
    return Math.exp(this.#logP);
  }

  /** The number of proposals in a batch: K. */
  get size(): number {
    return Math.min(Math.max(Math.ceil(this.#recent.spread / VARIANCE), MIN_SIZE), MAX_SIZE);
  }

  /**
   * The logarithm of P: of the mean weight, or of the part of tries that succeeded, whichever has
   * the smaller relative variance. For the part q of n tries that is (1 - q) / (q n), where q is
   * counted with one more success and one more failure, so that it is never 0 or 1.
   */
  get #logP(): number {
    const { logMean, spread, count } = this.#all;
    const q = (this.#numFound + 1) / (this.#numTries + 2);
    const isCounted = (1 - q) / q / this.#numTries < spread / count;
    return isCounted ? Math.log(this.#numFound / this.#numTries) : logMean;
  }

  /**
   * Draws a text.
   *
   * @returns Its tokens, without BOS; `undefined` if no proposal had any weight.
   * @throws {RangeError} If the model has diverged.
   */
  draw(): readonly number[] | undefined {
    if (this.#all.count === 0) this.#explore();
    if (this.#all.logSum === -Infinity) return undefined;
    const numTries = 1 / this.probability;
    if (numTries >= 2 * this.size) return this.#drawFromBatch();
    if (numTries > 2 * LARGE_SIZE) this.#prepareForBatches();
    return this.#drawBlindly();
  }

  /**
   * Learns what the model is like, and then how far weights spread. None of these texts is kept.
   */
  #explore(): void {
    const { lookahead } = this.#proposer;
    for (let round = 0; round < NUM_ROUNDS; round++) {
      lookahead.learn(propose(this.#proposer, ROUND_SIZE));
    }
    do {
      const candidates = propose(this.#proposer, ROUND_SIZE);
      this.#note(candidates);
      if (this.#all.logSum === -Infinity) lookahead.learn(candidates);
    } while (this.#all.logSum === -Infinity && this.#all.count < MAX_VAIN);
  }

  /** Learns from a few proposals: while tries are cheaper than batches, but batches could be. */
  #prepareForBatches(): void {
    const candidates = propose(this.#proposer, LARGE_SIZE);
    this.#note(candidates);
    this.#learn(candidates);
  }

  #drawBlindly(): readonly number[] {
    for (;;) {
      const ids = attempt(this.#proposer);
      this.#numTries++;
      if (ids === undefined) continue;
      this.#numFound++;
      return ids;
    }
  }

  #drawFromBatch(): readonly number[] {
    const { random } = this.#proposer;
    for (;;) {
      const logBound = Math.LN2 + this.#logP; // nothing in it is from the batch
      const candidates = propose(this.#proposer, this.size);
      const logTotal = this.#note(candidates);
      const logW = logTotal - Math.log(candidates.length);
      if (candidates.length > LARGE_SIZE) this.#learn(candidates);
      if (Math.log(random.random()) + logBound >= logW) continue;
      const weights = candidates.map(({ logWeight }) => Math.exp(logWeight - logTotal));
      return candidates[random.weightedIndex(weights)]!.ids; // one weight per candidate
    }
  }

  /** Learns from proposals that have been counted in. */
  #learn(candidates: readonly Candidate[]): void {
    this.#proposer.lookahead.learn(candidates);
    this.#recent.fade(ROUND_SIZE / (ROUND_SIZE + candidates.length));
  }

  /** Counts proposals in; returns the logarithm of the sum of their weights. */
  #note(candidates: readonly Candidate[]): number {
    const logs = candidates.map(({ logWeight }) => logWeight);
    this.#recent.add(logs);
    return this.#all.add(logs);
  }
}

/** Sums over weights w, which may be too small for a number. */
class Weights {
  /** The number of weights. */
  count = 0;
  /** log Σ w. */
  logSum = -Infinity;
  /** log Σ w². */
  #logSquares = -Infinity;

  /** The logarithm of the mean weight. */
  get logMean(): number {
    return this.logSum - Math.log(this.count);
  }

  /** The variance of w as a multiple of its squared mean. */
  get spread(): number {
    return this.count * Math.exp(this.#logSquares - 2 * this.logSum) - 1;
  }

  /** Adds weights, given by their logarithms; returns the logarithm of their sum. */
  add(logs: readonly number[]): number {
    const logSum = logSumExp(logs);
    this.count += logs.length;
    this.logSum = logSumExp([this.logSum, logSum]);
    this.#logSquares = logSumExp([this.#logSquares, ...logs.map((log) => 2 * log)]);
    return logSum;
  }

  /** Makes the weights so far count only a part of what they did. */
  fade(part: number): void {
    this.count *= part;
    this.logSum += Math.log(part);
    this.#logSquares += Math.log(part);
  }
}

/** Computes log Σ exp(x), also where the sum is too small for a number. */
function logSumExp(logs: readonly number[]): number {
  const max = Math.max(...logs);
  if (max === -Infinity) return -Infinity;
  return max + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - max), 0));
}
