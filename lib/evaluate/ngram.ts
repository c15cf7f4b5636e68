/**
 * What counting achieves: n-gram models, to hold a GPT's loss against. They
 * predict a token from the n - 1 before it by how often it followed them in the
 * training documents, interpolated with the prediction from one token fewer,
 * and so on down to the uniform distribution, as Witten and Bell do.
 *
 * They see a document as the GPT does: between two BOS, of which the first is
 * never predicted and the last one is. No context reaches beyond the first.
 *
 * @example How well the next token is told from none to two before it
 * ```ts
 * import { trainNgrams } from "./ngram.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b, bos] = [0, 1, 2];
 * const model = trainNgrams([[bos, a, b, bos], [bos, a, bos]], 3, 2);
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
 * For a context c of n - 1 tokens, followed N times by T different tokens, and c'
 * without its first one:
 *
 *     pₙ(w | c) = (count(c w) + T pₙ₋₁(w | c')) / (N + T)
 *
 * and pₙ₋₁(w | c') itself where N is 0; p₀ is 1 / vocabSize.
 *
 * Sources: method C of Witten and Bell, "The zero-frequency problem", IEEE
 * Transactions on Information Theory 37 (1991); in this form, Chen and Goodman,
 * "An empirical study of smoothing techniques for language modeling", Computer
 * Speech and Language 13 (1999).
 */
export class NgramModel {
  /** How many tokens there are, BOS included. */
  readonly vocabSize: number;
  /** The highest order: how many tokens an n-gram has, the predicted one included. */
  readonly order: number;
  readonly #trie = new Trie();

  /**
   * Makes models that have seen nothing: each is uniform.
   *
   * @param vocabSize How many tokens there are, BOS included.
   * @param order The highest order.
   * @throws {RangeError} If one of them is not a positive integer.
   */
  constructor(vocabSize: number, order: number) {
    for (const [name, value] of Object.entries({ vocabSize, order })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(
          `Cannot make an n-gram model: ${name} must be a positive integer: it is ${value}`,
        );
      }
    }
    this.vocabSize = vocabSize;
    this.order = order;
  }

  /**
   * Counts the n-grams of a document.
   *
   * @param tokens The document, BOS at both ends.
   * @throws {RangeError} If there are fewer than two tokens, or no token has such an id.
   */
  count(tokens: Tokens): void {
    assertDocument(tokens, this);
    const trie = this.#trie;
    const contexts = [ROOT]; // [n] is the node of the last n tokens
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!; // i < length
      // Downwards, as [n + 1] is wanted before it is written.
      for (let n = Math.min(contexts.length, this.order) - 1; n >= 0; n--) {
        const context = contexts[n]!; // n < contexts.length
        const gram = trie.findOrAdd(context, token);
        if (i > 0) trie.count(context, gram);
        contexts[n + 1] = gram;
      }
    }
  }

  /**
   * The loss of a document under each model: the mean of -ln p(next token) over its positions.
   *
   * @param tokens The document, BOS at both ends.
   * @returns In nats a token, `order + 1` numbers: that of order n at index n, 0 being uniform.
   * @throws {RangeError} If there are fewer than two tokens, or no token has such an id.
   */
  losses(tokens: Tokens): Float64Array {
    assertDocument(tokens, this);
    const numPositions = tokens.length - 1;
    const totals = new Float64Array(this.order + 1);
    totals[0] = numPositions * Math.log(this.vocabSize);
    let contexts = this.#append([ROOT], tokens[0]!); // length >= 2
    for (let i = 1; i <= numPositions; i++) {
      const token = tokens[i]!; // i < length
      let p = 1 / this.vocabSize;
      for (let n = 1; n <= this.order; n++) {
        const context = contexts[n - 1]; // near the first BOS there are fewer
        if (context !== undefined) p = this.#interpolate(context, token, p);
        totals[n]! -= Math.log(p); // n <= order
      }
      contexts = this.#append(contexts, token);
    }
    return totals.map((total) => total / numPositions);
  }

  /**
   * What comes next, as the model of the highest order sees it.
   *
   * @param context The document so far, beginning with BOS.
   * @returns As many numbers in [0, 1] as there are tokens, which sum to 1.
   */
  probabilities(context: Tokens): Float64Array {
    let contexts = [ROOT];
    for (let i = 0; i < context.length; i++) contexts = this.#append(contexts, context[i]!); // i < length
    return new Float64Array(this.vocabSize).fill(1 / this.vocabSize).map((uniform, token) =>
      contexts.reduce((p, context) => this.#interpolate(context, token, p), uniform)
    );
  }

  /** The nodes of the last n tokens, n = 0 ... order - 1, once another has been appended. */
  #append(contexts: readonly number[], token: number): number[] {
    const next = [ROOT];
    for (let n = 1; n < this.order && n <= contexts.length; n++) {
      next.push(this.#trie.find(contexts[n - 1]!, token)); // n - 1 < length
    }
    return next;
  }

  /** pₙ of a token out of pₙ₋₁. */
  #interpolate(context: number, token: number, lower: number): number {
    const { totals, types, counts } = this.#trie;
    const total = totals[context]!; // a node, as are those below
    if (total === 0) return lower;
    const gram = this.#trie.find(context, token);
    return (counts[gram]! + types[context]! * lower) / (total + types[context]!);
  }
}

/**
 * Trains n-gram models of all orders up to the highest.
 *
 * @param docs The documents, each with BOS at both ends.
 * @param vocabSize How many tokens there are, BOS included.
 * @param order The highest order.
 * @throws {RangeError} If a size is not a positive integer, or a document is not one.
 */
export function trainNgrams(docs: Iterable<Tokens>, vocabSize: number, order: number): NgramModel {
  const model = new NgramModel(vocabSize, order);
  for (const tokens of docs) model.count(tokens);
  return model;
}

function assertDocument(tokens: Tokens, { vocabSize }: NgramModel): void {
  if (tokens.length < 2) {
    throw new RangeError(
      `Cannot use a document of ${tokens.length} tokens: 2 are needed, such as BOS and BOS`,
    );
  }
  for (let i = 0; i < tokens.length; i++) {
    const id = tokens[i]!; // i < length
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new RangeError(
        `Cannot use a document with token ${id}: tokens are 0 to ${vocabSize - 1}`,
      );
    }
  }
}

/** The node of n-grams that have not been seen: nothing was counted, nothing follows. */
const NONE = 0;
/** The node of no token at all. */
const ROOT = 1;

/**
 * The n-grams that have been seen: the node of one is the child, under its last
 * token, of the node of the rest. Children are found in a hash table with
 * linear probing: a `Map` takes twice the time and three times the memory, and
 * holds no more than 2²⁴.
 */
class Trie {
  /** How often the n-gram of a node was predicted: its last token, after the others. */
  counts = new Uint32Array(1 << 10);
  /** How often a token was predicted after the n-gram of a node. */
  totals = new Uint32Array(1 << 10);
  /** How many different ones. */
  types = new Uint32Array(1 << 10);
  #parents = new Uint32Array(1 << 10);
  #tokens = new Uint32Array(1 << 10);
  #numNodes = ROOT + 1;
  /** Nodes, or NONE in free slots: twice as many as there can be nodes. */
  #slots = new Uint32Array(1 << 11);

  /** The node of an n-gram with another token at its end, or NONE. */
  find(parent: number, token: number): number {
    return this.#slots[this.#slotOf(parent, token)]!; // a slot
  }

  /** The same, but a new node where there is none. */
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

  /** Counts that a token was predicted; `gram` is the child of `context` under it. */
  count(context: number, gram: number): void {
    if (this.counts[gram]!++ === 0) this.types[context]!++; // nodes
    this.totals[context]!++;
  }

  /** Where a child is, or is to be. */
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
