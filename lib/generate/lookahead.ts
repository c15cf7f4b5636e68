/**
 * Looking ahead: how likely a text is to satisfy its constraints in the end, from any place in it.
 *
 * A transformer cannot tell without writing all texts to their ends. Bigrams can, since all that
 * they know of a text is its last token. After t tokens, in state s of the constraints' automaton
 * and with the last token c,
 *
 *     h(t, s, c) = q(BOS | c) [s accepts] + Σ_w q(w | c) h(t + 1, s·w, w)
 *     h(B, s, c) = [s accepts]                     a text that fills the block B ends without BOS
 *
 * is the probability that they end in an accepted text. As q(w | c) = b(c) q(w) + d(w | c), where
 * d is 0 for what has not been seen (see `bigrams`), most of the sum is the same for all c:
 *
 *     h(t, s, c) = b(c) Σ_w q(w) h(t + 1, s·w, w) + Σ_{w seen after c} d(w | c) h(t + 1, s·w, w)
 *
 * where for w = BOS the last factor is [s accepts]. One pass from t = B back to the beginning of
 * the text fills the table.
 *
 * Bigrams do not write as the model does. What it does itself is learned from the texts that it has
 * written with lookahead (see `learn`), in factors f by which h is multiplied.
 *
 * Sources: Zhang et al., "Tractable Control for Autoregressive Language Generation" (2023) and
 * "Adaptable Logical Control for Large Language Models" (2024), which look ahead with hidden
 * Markov models.
 *
 * @module
 */

import { DEAD } from "./automaton.ts";
import type { Bigrams } from "./bigrams.ts";
import type { Lattice } from "./lattice.ts";

/** The least that a probability is taken for: what the model finds possible must remain possible. */
const TINY = 1e-300;

/** The number of visits after which a place counts as much as its row. */
const PLACE_WEIGHT = 5;

/**
 * The number of visits after which a row counts as much as the bigrams. With fewer, a place at which
 * the first visits found little would hardly be visited again, even if many texts come through it.
 */
const ROW_WEIGHT = 1;

/** The maximum size of the table: 16 MB. Above, it does not tell last tokens apart. */
const MAX_TABLE = 2 ** 21;

/** A place in a text, from which to look ahead. */
export interface Place {
  /** The layer of the lattice. */
  readonly layer: number;
  /** Its row. */
  readonly row: number;
  /** The last token; BOS before the first one. */
  readonly token: number;
}

/** A text that was written with lookahead. */
export interface Trace {
  /** The logarithm of its weight: see `proposals`. */
  readonly logWeight: number;
  /** The places that it came to, and the logarithms of its weight there. */
  readonly trail: readonly { readonly place: Place; readonly logWeight: number }[];
}

/** The visits of a place or a row. */
interface Visits {
  count: number;
  /** The sum of what was found there, as a multiple of h. */
  total: number;
}

/** The table h, and the factors f. */
export class Lookahead {
  /** The place after the given beginning of a text. */
  readonly start: Place;
  readonly #lattice: Lattice;
  readonly #bigrams: Bigrams;
  /** The number of columns of the table: one per last token, or only one. */
  readonly #width: number;
  /** For each layer, h of each row and last token: `[row * width + column]`. */
  readonly #tables: Float64Array[] = [];
  /** For each layer, f likewise. */
  readonly #factors: readonly Float64Array[];
  /** For each layer, the visits of its rows and of the places in them, by their indices. */
  readonly #rowVisits: readonly Map<number, Visits>[];
  readonly #placeVisits: readonly Map<number, Visits>[];
  #lessons = 0;

  /**
   * Fills the table. All factors are 1.
   *
   * @param lattice The constraints.
   * @param bigrams The bigrams.
   * @param lastToken The last token of the given beginning of texts.
   */
  constructor(lattice: Lattice, bigrams: Bigrams, lastToken: number) {
    const { length } = bigrams.unigrams;
    this.start = { layer: 0, row: 0, token: lastToken };
    this.#lattice = lattice;
    this.#bigrams = bigrams;
    this.#width = lattice.numRows * length <= MAX_TABLE ? length : 1;
    for (let t = lattice.layers.length - 1; t >= 0; t--) this.#tables[t] = this.#tableOf(t);
    this.#factors = this.#tables.map((table) => new Float64Array(table.length).fill(1));
    this.#rowVisits = this.#tables.map(() => new Map());
    this.#placeVisits = this.#tables.map(() => new Map());
  }

  /** The number of times it has learned: as long as it is the same, it says the same of a place. */
  get lessons(): number {
    return this.#lessons;
  }

  /** Tells whether a text has to end at a place, as the block is full. */
  isFull({ layer }: Place): boolean {
    return layer === this.#lattice.fullLayer;
  }

  /**
   * Looks ahead from a place.
   *
   * @param place A place at which the block is not full.
   * @param logs Is filled in: for each token, log(f h) after it, -Infinity where the constraints
   * cannot be satisfied any more; for BOS, 0 if the text may end.
   */
  fillLogs({ layer, row }: Place, logs: number[] | Float64Array): void {
    const { classes, numClasses, layers } = this.#lattice;
    const { next, accepts } = layers[layer]!; // a place
    const table = this.#tables[layer + 1], factors = this.#factors[layer + 1];
    const bos = classes.length;
    for (let token = 0; token < bos; token++) {
      const to = next[row * numClasses + classes[token]!]!; // a row and a symbol
      const i = this.#index(to, token);
      logs[token] = to === DEAD ? -Infinity : Math.log(table![i]! * factors![i]!); // of the next layer
    }
    logs[bos] = accepts[row] ? 0 : -Infinity;
  }

  /** Returns the place after a token that may come at a place, but not BOS. */
  after({ layer, row }: Place, token: number): Place {
    const { classes, numClasses, layers } = this.#lattice;
    const next = layers[layer]!.next[row * numClasses + classes[token]!]!; // a place and a symbol
    return { layer: layer + 1, row: next, token };
  }

  /**
   * Learns from texts what the model is like.
   *
   * If a text has the weight w(t) at a place and w in the end, w / w(t) estimates how likely the
   * model itself was to end in an accepted text from there. Of n visits, with k = `PLACE_WEIGHT`
   * and ε = `ROW_WEIGHT`,
   *
   *     f(t, s)    = (ε + Σ w / w(t) / h) / (ε + n(t, s))
   *     f(t, s, c) = (k f(t, s) + Σ w / w(t) / h) / (k + n(t, s, c))
   *
   * @param traces Texts that were written with this lookahead.
   */
  learn(traces: readonly Trace[]): void {
    this.#lessons++;
    for (const { logWeight, trail } of traces) {
      for (const { place: { layer, row, token }, logWeight: before } of trail) {
        const i = this.#index(row, token);
        const multiple = Math.exp(logWeight - before - Math.log(this.#tables[layer]![i]!)); // a place
        visit(this.#rowVisits[layer]!, row, multiple);
        visit(this.#placeVisits[layer]!, i, multiple);
      }
    }
    this.#factors.forEach((factors, layer) => {
      for (const [row, { count, total }] of this.#rowVisits[layer]!) { // there is one per layer
        const factor = (ROW_WEIGHT + total) / (ROW_WEIGHT + count);
        factors.fill(factor, row * this.#width, (row + 1) * this.#width);
      }
      for (const [i, { count, total }] of this.#placeVisits[layer]!) { // likewise
        factors[i] = (PLACE_WEIGHT * factors[i]! + total) / (PLACE_WEIGHT + count); // its row's
      }
    });
  }

  #index(row: number, token: number): number {
    return this.#width === 1 ? row : row * this.#width + token;
  }

  /** Fills the table of a layer, after that of the next one. */
  #tableOf(layer: number): Float64Array {
    const { unigrams, backoff, first, tokens, extra } = this.#bigrams;
    const { classes, numClasses, layers, fullLayer } = this.#lattice;
    const { accepts, next } = layers[layer]!; // a layer
    const table = new Float64Array(accepts.length * this.#width);
    if (layer === fullLayer) return table.fill(1); // all of its rows accept
    const later = this.#tables[layer + 1];
    const ahead = new Float64Array(unigrams.length); // for each token, h after it
    accepts.forEach((isEnd, row) => {
      let all = 0; // the sum over all tokens, whatever the last one was
      for (let w = 0; w < ahead.length; w++) {
        const to = next[row * numClasses + classes[w]!]!; // a row and a symbol; BOS has no class
        if (w === classes.length) ahead[w] = isEnd ? 1 : 0;
        else ahead[w] = to === DEAD ? 0 : later![this.#index(to, w)]!;
        all += unigrams[w]! * ahead[w]!; // tokens, as below
      }
      for (let c = 0; c < this.#width; c++) {
        let sum = this.#width === 1 ? all : backoff[c]! * all;
        const end = this.#width === 1 ? 0 : first[c + 1]!;
        for (let i = first[c]!; i < end; i++) sum += extra[i]! * ahead[tokens[i]!]!;
        table[row * this.#width + c] = Math.max(sum, TINY);
      }
    });
    return table;
  }
}

function visit(visits: Map<number, Visits>, key: number, multiple: number): void {
  const visit = visits.get(key);
  if (visit === undefined) {
    visits.set(key, { count: 1, total: multiple });
  } else {
    visit.count++;
    visit.total += multiple;
  }
}
