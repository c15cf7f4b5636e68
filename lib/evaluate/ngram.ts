/**
 * N-gram models, as baselines for a GPT's loss: what counting achieves. They predict a token from
 * the n - 1 before it by how often it followed them in the training documents, interpolated with
 * the prediction from one token fewer, and so on down to the uniform distribution, as Witten and
 * Bell do.
 *
 * They see a document as the GPT does: between two BOS, of which the first is never predicted and
 * the last one is. No context reaches beyond the first.
 *
 * @example Predictions from none and from one token before
 * ```ts
 * import { NgramModel } from "./ngram.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b, bos] = [0, 1, 2];
 * const model = new NgramModel(3, 2);
 * for (const doc of [[bos, a, b, bos], [bos, a, bos]]) model.count(doc);
 * // After a come b and BOS, each once; alone, a and BOS twice of five, b once.
 * assertEquals([...model.probabilities([bos, a])].map((p) => p.toFixed(3)), [
 *   "0.188",
 *   "0.375",
 *   "0.438",
 * ]);
 * ```
 *
 * @module
 */

import type { Tokens } from "../engine.ts";

/**
 * N-gram models of all orders up to the highest, in one trie of n-grams.
 *
 * For a context c of n - 1 tokens, followed N times by T different tokens, and c' without its first
 * one:
 *
 *     pₙ(w | c) = (count(c w) + T pₙ₋₁(w | c')) / (N + T)
 *
 * and pₙ₋₁(w | c') itself where N is 0; p₀ is 1 / vocabSize.
 *
 * Sources: method C of Witten and Bell, "The zero-frequency problem", IEEE Transactions on
 * Information Theory 37 (1991); in this form, Chen and Goodman, "An empirical study of smoothing
 * techniques for language modeling", Computer Speech and Language 13 (1999).
 */
export class NgramModel {
  readonly #vocabSize: number;
  readonly #order: number;
  readonly #trie = new Trie();

  /**
   * Makes models that have seen nothing: each is uniform.
   *
   * @param vocabSize The number of tokens, BOS included.
   * @param order The highest order: the length of its n-grams, the predicted token included.
   */
  constructor(vocabSize: number, order: number) {
    this.#vocabSize = vocabSize;
    this.#order = order;
  }

  /** Counts the n-grams of a document with BOS at both ends. */
  count(tokens: Tokens): void {
    const trie = this.#trie;
    const contexts = [ROOT]; // [n] is the node of the last n tokens
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      // Downwards, as [n + 1] is wanted before it is written.
      for (let n = Math.min(contexts.length, this.#order) - 1; n >= 0; n--) {
        const context = contexts[n]!; // n < contexts.length
        const gram = trie.findOrAdd(context, token);
        if (i > 0) trie.count(context, gram);
        contexts[n + 1] = gram;
      }
    }
  }

  /**
   * Computes the loss of a document under each model: the mean of -ln p(next token).
   *
   * @param tokens The document, with BOS at both ends.
   * @returns Losses in nats per token: that of order n at index n, 0 being uniform.
   */
  losses(tokens: Tokens): Float64Array {
    const numPositions = tokens.length - 1;
    const totals = new Float64Array(this.#order + 1);
    totals[0] = numPositions * Math.log(this.#vocabSize);
    let contexts = this.#append([ROOT], tokens[0]!); // at least BOS
    for (let i = 1; i <= numPositions; i++) {
      const token = tokens[i]!;
      let p = 1 / this.#vocabSize;
      for (let n = 1; n <= this.#order; n++) {
        const context = contexts[n - 1]; // near the first BOS there are fewer
        if (context !== undefined) p = this.#interpolate(context, token, p);
        totals[n]! -= Math.log(p);
      }
      contexts = this.#append(contexts, token);
    }
    return totals.map((total) => total / numPositions);
  }

  /** Computes the model of the highest order's probabilities of each token after a context. */
  probabilities(context: Tokens): Float64Array {
    let contexts = [ROOT];
    for (let i = 0; i < context.length; i++) contexts = this.#append(contexts, context[i]!);
    return new Float64Array(this.#vocabSize).fill(1 / this.#vocabSize).map((uniform, token) =>
      contexts.reduce((p, context) => this.#interpolate(context, token, p), uniform)
    );
  }

  /** Returns the nodes of the last n tokens, n = 0 ... order - 1, after another one. */
  #append(contexts: readonly number[], token: number): number[] {
    const next = [ROOT];
    for (let n = 1; n < this.#order && n <= contexts.length; n++) {
      next.push(this.#trie.find(contexts[n - 1]!, token)); // n - 1 < length
    }
    return next;
  }

  /** Computes pₙ of a token out of pₙ₋₁. */
  #interpolate(context: number, token: number, lower: number): number {
    const { totals, types, counts } = this.#trie;
    const total = totals[context]!; // a node, as are those below
    if (total === 0) return lower;
    const gram = this.#trie.find(context, token);
    return (counts[gram]! + types[context]! * lower) / (total + types[context]!);
  }
}

/** The node of n-grams that have not been seen, and that of no token at all. */
const NONE = 0, ROOT = 1;

/**
 * The n-grams that have been seen: the node of one is the child, under its last token, of the node
 * of the rest. Children are found in a hash table with linear probing: a `Map` takes twice the time
 * and three times the memory, and holds no more than 2²⁴.
 */
class Trie {
  /** For each node, the number of times that its last token was predicted after the others. */
  counts = new Uint32Array(1 << 10);
  /** The number of predictions after it. */
  totals = new Uint32Array(1 << 10);
  /** The number of different tokens predicted after it. */
  types = new Uint32Array(1 << 10);
  #parents = new Uint32Array(1 << 10);
  #tokens = new Uint32Array(1 << 10);
  #numNodes = ROOT + 1;
  /** Nodes, or NONE in free slots: twice as many as there can be nodes. */
  #slots = new Uint32Array(1 << 11);

  /** Finds the node of an n-gram with another token at its end, or NONE. */
  find(parent: number, token: number): number {
    return this.#slots[this.#slotOf(parent, token)]!; // a slot
  }

  /** Finds the same node, or makes it. */
  findOrAdd(parent: number, token: number): number {
    const slot = this.#slotOf(parent, token);
    const found = this.#slots[slot]!; // a slot
    if (found !== NONE) return found;
    const node = this.#numNodes++;
    this.#slots[slot] = node;
    this.#parents[node] = parent;
    this.#tokens[node] = token;
    if (this.#numNodes === this.counts.length) this.#grow();
    return node;
  }

  /** Counts a prediction: `gram` is the child of `context` under the token. */
  count(context: number, gram: number): void {
    if (this.counts[gram]!++ === 0) this.types[context]!++; // nodes
    this.totals[context]!++;
  }

  /** Finds the slot of a child, or a free one for it. */
  #slotOf(parent: number, token: number): number {
    const mask = this.#slots.length - 1;
    const hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ token, 0x85ebca6b);
    for (let slot = (hash ^ (hash >>> 15)) & mask;; slot = (slot + 1) & mask) {
      const node = this.#slots[slot]!; // slot <= mask
      if (node === NONE) return slot;
      if (this.#parents[node] === parent && this.#tokens[node] === token) return slot;
    }
  }

  #grow(): void {
    this.counts = twiceAsLong(this.counts);
    this.totals = twiceAsLong(this.totals);
    this.types = twiceAsLong(this.types);
    this.#parents = twiceAsLong(this.#parents);
    this.#tokens = twiceAsLong(this.#tokens);
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let node = ROOT + 1; node < this.#numNodes; node++) {
      this.#slots[this.#slotOf(this.#parents[node]!, this.#tokens[node]!)] = node; // a node
    }
  }
}

function twiceAsLong(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * numbers.length);
  grown.set(numbers);
  return grown;
}
