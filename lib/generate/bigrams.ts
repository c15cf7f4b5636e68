/**
 * Bigrams, in a form in which sums over all next tokens are short: of the tokens that have not been
 * seen after a context, all contexts say the same, up to a factor.
 *
 * They are smoothed as Witten and Bell do (see `ngram`) and, as a sampler's probabilities are,
 * sharpened or flattened by a temperature τ. With N(c) tokens counted after c, T(c) different ones:
 *
 *     p(w)     = (count(w) + T / V) / (N + T)
 *     p(w | c) = (count(c w) + T(c) p(w)) / (N(c) + T(c)) = λ(c) p(w) + ...
 *     q(w)     = p(w)^(1/τ) / Z                                   Z, Z(c): the sums over all w
 *     q(w | c) = p(w | c)^(1/τ) / Z(c) = b(c) q(w) + d(w | c)
 *     b(c)     = λ(c)^(1/τ) Z / Z(c)
 *     d(w | c) = (p(w | c)^(1/τ) - (λ(c) p(w))^(1/τ)) / Z(c)      0 unless c w has been seen
 *
 * @module
 */

import type { Tokens } from "../engine.ts";

/** The bigrams of documents. */
export class Bigrams {
  /** For each token w, its probability without a context: q(w). */
  readonly unigrams: Float64Array;
  /** For each token c as a context, the factor of q(w) in q(w | c): b(c). */
  readonly backoff: Float64Array;
  /** The tokens seen after c are those from `first[c]` to `first[c + 1] - 1`. */
  readonly first: Int32Array;
  /** The tokens, context by context: w. */
  readonly tokens: Int32Array;
  /** For each of them, what is added to b(c) q(w): d(w | c). */
  readonly extra: Float64Array;

  /**
   * Counts bigrams.
   *
   * @param documents Documents, with BOS at both ends.
   * @param vocabSize The number of tokens, BOS included.
   * @param temperature The temperature τ, above 0.
   */
  constructor(documents: Iterable<Tokens>, vocabSize: number, temperature: number) {
    const all = new Counts();
    const after = Array.from({ length: vocabSize }, () => new Counts());
    for (const tokens of documents) {
      for (let i = 1; i < tokens.length; i++) {
        after[tokens[i - 1]!]!.add(tokens[i]!); // tokens
        all.add(tokens[i]!);
      }
    }
    const sharp = (p: number) => p ** (1 / temperature);
    const p = Float64Array.from(after, (_, w) => all.mix(w, 1 / vocabSize));
    const powers = p.map(sharp);
    const z = sum(powers);
    this.unigrams = powers.map((power) => power / z);
    this.backoff = new Float64Array(vocabSize);
    this.first = new Int32Array(vocabSize + 1);
    this.tokens = Int32Array.from(after.flatMap((counts) => [...counts.keys()]));
    this.extra = new Float64Array(this.tokens.length);
    after.forEach((counts, c) => {
      const lambda = counts.backoff;
      const extra = Float64Array.from(
        counts.keys(),
        (w) => sharp(counts.mix(w, p[w]!)) - sharp(lambda * p[w]!), // tokens
      );
      const zc = sharp(lambda) * z + sum(extra);
      this.backoff[c] = sharp(lambda) * z / zc;
      this.extra.set(extra.map((d) => d / zc), this.first[c]);
      this.first[c + 1] = this.first[c]! + extra.length; // c < vocabSize
    });
  }
}

/** Counts of each token in some place. */
class Counts {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(token: number): void {
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    this.#total++;
  }

  /** Lists the tokens that were seen. */
  keys(): IterableIterator<number> {
    return this.#counts.keys();
  }

  /** The weight of the next shorter context: λ, which is 1 if nothing was seen. */
  get backoff(): number {
    const numTypes = this.#counts.size;
    return this.#total === 0 ? 1 : numTypes / (this.#total + numTypes);
  }

  /** Estimates the probability of a token that has the probability `lower` there. */
  mix(token: number, lower: number): number {
    const count = this.#counts.get(token) ?? 0;
    return this.backoff * lower + (count === 0 ? 0 : count / (this.#total + this.#counts.size));
  }
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((a, b) => a + b, 0);
}
