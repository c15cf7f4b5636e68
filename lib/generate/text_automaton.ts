/**
 * The texts that satisfy constraints, as an automaton over tokens that also
 * counts characters, and that knows from each of its states how far the nearest
 * end is. A token may come if, after it, an end is no farther than there is
 * room. So a text of allowed tokens always comes to a good end, and every text
 * that satisfies the constraints can come.
 *
 * It is this simple because only one thing bounds the tokens from above, their
 * number. Everything else is in the state.
 *
 * What it does not do: know the constraints by name, or say which of them
 * contradict each other (see `constraints`).
 *
 * @module
 */

import { type Automaton, DEAD, product, TOO_LARGE } from "./automaton.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** The maximum number of states: 64 MB of distances. */
const MAX_STATES = 2 ** 23;

/** Conditions on a text. */
export interface TextShape {
  /** Automata that accept it, over code points or bytes, as the tokens are. */
  readonly automata: readonly Automaton[];
  /** The minimum number of characters. */
  readonly minLength: number;
  /** The maximum number of characters, or Infinity. */
  readonly maxLength: number;
  /** The maximum number of tokens, which is finite. */
  readonly maxTokens: number;
}

/** An automaton that begins in state 0 and accepts the texts of a shape. */
export class TextAutomaton {
  /** The maximum number of tokens that the shape leaves. */
  readonly maxTokens: number;
  /** For each token but BOS, its class: tokens of a class lead to the same states. */
  readonly classes: Int32Array;
  /** For each class, whether its tokens begin a character: bytes 10xxxxxx continue one. */
  readonly #begins: readonly boolean[];
  /** For each state of the patterns and each class, the next state of the patterns. */
  readonly #next: Int32Array;
  readonly #numStates: number;
  /** The number of characters up to which texts of different lengths have different states. */
  readonly #maxCount: number;
  /** True if there must be no more than those. */
  readonly #isMaxCountFinal: boolean;
  /**
   * For each state, how many tokens it takes to come to an end. With `count`
   * characters so far, state `s` of the patterns is state `count * numStates + s`.
   */
  readonly #distances: Float64Array;

  /**
   * Makes the automaton.
   *
   * @param shape The conditions on a text.
   * @param tokenizer The tokens, characters or bytes.
   * @throws {RangeError} If it is too large.
   */
  constructor(shape: TextShape, { kind, codes }: Tokenizer) {
    const { automata, minLength, maxLength, maxTokens } = shape;
    const { classes, alphabet } = symbolClasses(
      codes,
      (code) => automata.map((automaton) => automaton.classOf(code)).join(),
    );
    const { numStates, next, accepts } = product(automata, alphabet);
    this.classes = classes;
    this.#begins = alphabet.map((code) => kind === "char" || (code & 0xc0) !== 0x80);
    this.#next = next;
    this.#numStates = numStates;
    this.maxTokens = kind === "char" ? Math.min(maxTokens, maxLength) : maxTokens;
    this.#isMaxCountFinal = maxLength < this.maxTokens; // else the tokens' limit is the stricter
    this.#maxCount = this.#isMaxCountFinal ? maxLength : minLength;
    this.#distances = this.#findDistances(accepts, minLength);
  }

  /** The number of classes of tokens. */
  get numClasses(): number {
    return this.#begins.length;
  }

  /** True if there is a text of the shape. */
  get isPossible(): boolean {
    return this.#distances[0]! <= this.maxTokens; // state 0 is there
  }

  /**
   * Tells which tokens may come next.
   *
   * @param state The state after a text.
   * @param length The number of tokens of the text.
   * @param allowed Is filled in: for each token, 1 if it may come and 0 if not.
   */
  fillAllowed(state: number, length: number, allowed: Uint8Array): void {
    const isAllowed = this.#begins.map((_, k) => this.next(state, length, k) !== DEAD);
    const bos = this.classes.length;
    for (let id = 0; id < bos; id++) allowed[id] = isAllowed[this.classes[id]!] ? 1 : 0;
    allowed[bos] = this.accepts(state) ? 1 : 0;
  }

  /**
   * Returns the state after a token, or `DEAD` if the token may not come.
   *
   * @param state The state before.
   * @param length The number of tokens before.
   * @param k The class of the token.
   */
  next(state: number, length: number, k: number): number {
    const s = state % this.#numStates;
    const next = this.#after((state - s) / this.#numStates, s, k);
    const left = this.maxTokens - length - 1;
    return next !== DEAD && this.#distances[next]! <= left ? next : DEAD; // there is one per state
  }

  /** Tells whether a text may end in a state. */
  accepts(state: number): boolean {
    return this.#distances[state] === 0;
  }

  /** Returns the state after a token of class `k`, however far from an end, or `DEAD`. */
  #after(count: number, s: number, k: number): number {
    const to = this.#next[s * this.#begins.length + k]!; // there is one a state and class
    if (to === DEAD) return DEAD;
    if (this.#begins[k]) {
      if (count < this.#maxCount) count++;
      else if (this.#isMaxCountFinal) return DEAD;
    }
    return count * this.#numStates + to;
  }

  /**
   * Goes back from the ends. As counts never fall, those of a count need only larger ones' done.
   */
  #findDistances(accepts: readonly boolean[], minLength: number): Float64Array {
    const size = this.#numStates * (this.#maxCount + 1);
    if (size > MAX_STATES) throw new RangeError(TOO_LARGE);
    const distances = new Float64Array(size).fill(Infinity);
    for (let count = this.#maxCount; count >= 0; count--) {
      const first = count * this.#numStates;
      if (count >= minLength) {
        accepts.forEach((isEnd, s) => isEnd && (distances[first + s] = 0));
      }
      while (this.#improve(distances, count));
    }
    return distances;
  }

  /**
   * Shortens distances by way of the next states, from the last state of a count to its first:
   * most lead to later ones, so that few rounds are needed. Says if any became shorter.
   */
  #improve(distances: Float64Array, count: number): boolean {
    const first = count * this.#numStates;
    let isImproved = false;
    for (let s = this.#numStates - 1; s >= 0; s--) {
      for (let k = 0; k < this.#begins.length; k++) {
        const to = this.#after(count, s, k);
        if (to !== DEAD && distances[to]! + 1 < distances[first + s]!) { // states are indices
          distances[first + s] = distances[to]! + 1;
          isImproved = true;
        }
      }
    }
    return isImproved;
  }
}

/**
 * Numbers the classes of symbols.
 *
 * @param codes The symbols.
 * @param nameOf The name of a symbol's class.
 * @returns For each symbol its class, and for each class one symbol, its first.
 */
function symbolClasses(
  codes: readonly number[],
  nameOf: (code: number) => string,
): { classes: Int32Array; alphabet: number[] } {
  const ids = new Map<string, number>();
  const alphabet: number[] = [];
  const classes = Int32Array.from(codes, (code) => {
    const name = nameOf(code);
    const id = ids.get(name) ?? alphabet.push(code) - 1;
    ids.set(name, id);
    return id;
  });
  return { classes, alphabet };
}
