/**
 * The automaton of constraints, unrolled token by token: after each number of tokens, the states
 * that a text can be in from which it can still satisfy them.
 *
 * @module
 */

import { DEAD, TOO_LARGE } from "./automaton.ts";
import type { TextAutomaton } from "./text_automaton.ts";

/** The maximum number of rows. */
const MAX_ROWS = 2 ** 22;

/** The states after a number of tokens: a row for each. */
export interface Layer {
  /** For each row, whether a text may end there. */
  readonly accepts: readonly boolean[];
  /** For each row and class of tokens, the row of the next layer, or `DEAD`. */
  readonly next: Int32Array;
}

/** The unrolled automaton, from the given beginning of a text on. */
export class Lattice {
  /** The layers; the first one, right after the beginning, has a single row. */
  readonly layers: readonly Layer[];
  /** The number of rows of all layers. */
  readonly numRows: number;
  /** For each token but BOS, its class. */
  readonly classes: Int32Array;
  /** The number of classes. */
  readonly numClasses: number;
  /** The layer in which the block is full; there need not be one. */
  readonly fullLayer: number;

  /**
   * Unrolls an automaton.
   *
   * @param automaton The automaton.
   * @param prefix The tokens that texts begin with, all of them allowed.
   * @param blockSize The block size of the model.
   * @throws {RangeError} If there are too many rows.
   */
  constructor(automaton: TextAutomaton, prefix: readonly number[], blockSize: number) {
    const { classes, numClasses, maxTokens } = automaton;
    this.classes = classes;
    this.numClasses = numClasses;
    this.fullLayer = blockSize - prefix.length;
    const layers: Layer[] = [];
    let states = [prefix.reduce((s, token, t) => automaton.next(s, t, classes[token]!), 0)]; // symbols
    let numRows = 0;
    for (let t = prefix.length; t <= maxTokens && states.length > 0; t++) {
      numRows += states.length;
      if (numRows > MAX_ROWS) throw new RangeError(TOO_LARGE);
      const accepts = states.map((state) => automaton.accepts(state));
      const rows = new Map<number, number>(); // of the next layer, by state
      const next = new Int32Array(states.length * numClasses);
      for (let i = 0; i < next.length; i++) {
        const state = states[Math.floor(i / numClasses)]!; // a row
        const to = automaton.next(state, t, i % numClasses);
        if (to !== DEAD && !rows.has(to)) rows.set(to, rows.size);
        next[i] = rows.get(to) ?? DEAD;
      }
      layers.push({ accepts, next });
      states = [...rows.keys()];
    }
    this.layers = layers;
    this.numRows = numRows;
  }
}
