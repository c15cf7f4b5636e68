/**
 * Which text of a list is most like a given one: how new is what a model wrote?
 *
 * Texts are as far apart as the characters (Unicode code points) that must be
 * put in, taken out or replaced to make one of the other: Levenshtein, "Binary
 * Codes Capable of Correcting Deletions, Insertions and Reversals" (1966).
 *
 * What it does not do: skip texts unseen. Every text of the list is looked at,
 * though most only briefly: their lengths and characters often say enough.
 *
 * @example The name that comes nearest
 * ```ts
 * import { DocumentIndex } from "./nearest_document.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const index = new DocumentIndex(["emma", "olivia", "ava"]);
 * assertEquals(index.nearest("oliva"), { text: "olivia", index: 1, distance: 1 });
 * assertEquals(index.nearest("ava")?.distance, 0);
 * ```
 *
 * @module
 */

/** A text of the list. */
export interface NearestDocument {
  /** The text. */
  readonly text: string;
  /** Where it stands in the list, counted from 0. */
  readonly index: number;
  /** How many characters are to be put in, taken out or replaced. */
  readonly distance: number;
}

/** A list of texts to be searched. */
export class DocumentIndex {
  readonly #texts: readonly string[];
  /** The characters of the texts, numbered. */
  readonly #idOf: ReadonlyMap<string, number>;
  /** The characters of all texts in a row. */
  readonly #ids: Uint32Array;
  /** Text `i` has the characters from `starts[i]` to before `starts[i + 1]`. */
  readonly #starts: Uint32Array;
  /** For each text, which characters it has: see {@linkcode characterSet}. */
  readonly #sets: Int32Array;

  /**
   * Prepares a list.
   *
   * @param texts The texts, such as `Docs`.
   */
  constructor(texts: Iterable<string>) {
    this.#texts = [...texts];
    this.#starts = new Uint32Array(this.#texts.length + 1);
    this.#sets = new Int32Array(this.#texts.length);
    const idOf = new Map<string, number>();
    const ids: number[] = [];
    this.#texts.forEach((text, i) => {
      for (const character of text) {
        let id = idOf.get(character);
        if (id === undefined) idOf.set(character, id = idOf.size);
        ids.push(id);
      }
      this.#starts[i + 1] = ids.length;
      this.#sets[i] = characterSet(ids, this.#starts[i]);
    });
    this.#idOf = idOf;
    this.#ids = Uint32Array.from(ids);
  }

  /**
   * Finds the text that is most like a given one.
   *
   * @param text Any text.
   * @returns The nearest of the list, the first of those that are as near; `undefined` if the
   * list is empty.
   */
  nearest(text: string): NearestDocument | undefined {
    const unknown = this.#idOf.size;
    const ids = Array.from(text, (character) => this.#idOf.get(character) ?? unknown);
    const set = characterSet(ids);
    const pattern = new Pattern(ids, unknown + 1);
    let index = -1, distance = Infinity;
    for (let i = 0; i < this.#sets.length && distance > 0; i++) {
      const start = this.#starts[i]!, end = this.#starts[i + 1]!; // one more than texts
      if (Math.abs(end - start - ids.length) >= distance) continue;
      if (setDistance(set, this.#sets[i]!) >= distance) continue; // one a text
      const d = pattern.distance(this.#ids, start, end, distance);
      if (d < distance) {
        distance = d;
        index = i;
      }
    }
    const found = this.#texts[index];
    return found === undefined ? undefined : { text: found, index, distance };
  }
}

/**
 * A text that others are compared with, 32 characters at a time.
 *
 * In the table of distances between the beginnings of two texts, neighbours differ by -1,
 * 0 or 1. So a column is kept as two bits a row, and the next is made of it with a few
 * operations on whole words: Myers, "A Fast Bit-Vector Algorithm for Approximate String
 * Matching Based on Dynamic Programming" (1999), in the form of Hyyrö, "A Bit-Vector
 * Algorithm for Computing Levenshtein and Damerau Edit Distances" (2003).
 */
class Pattern {
  readonly #length: number;
  readonly #numWords: number;
  /** For each character and word, where in the pattern the character stands. */
  readonly #matches: Int32Array;
  /** For each row of the column, 1 if it is one more than the row above. */
  readonly #more: Int32Array;
  /** For each row of the column, 1 if it is one less than the row above. */
  readonly #less: Int32Array;

  constructor(ids: readonly number[], numIds: number) {
    this.#length = ids.length;
    this.#numWords = Math.ceil(ids.length / 32);
    this.#matches = new Int32Array(numIds * this.#numWords);
    this.#more = new Int32Array(this.#numWords);
    this.#less = new Int32Array(this.#numWords);
    ids.forEach((id, row) => {
      this.#matches[id * this.#numWords + (row >>> 5)]! |= 1 << row; // modulo 32
    });
  }

  /** The distance to the characters from `start` to before `end`, or `limit` if it is not below. */
  distance(ids: Uint32Array, start: number, end: number, limit: number): number {
    let distance = this.#length; // to the empty text
    this.#more.fill(-1);
    this.#less.fill(0);
    for (let i = start; i < end; i++) {
      distance += this.#nextColumn(ids[i]!); // end <= length
      if (distance - (end - 1 - i) >= limit) return limit; // a column takes 1 off at most
    }
    return distance;
  }

  /** Goes on by a character, and says by how much the last row has changed. */
  #nextColumn(id: number): number {
    const numWords = this.#numWords, more = this.#more, less = this.#less;
    let right = 1; // how the row above the word has changed: the row above all counts characters
    for (let w = 0; w < numWords; w++) {
      const pv = more[w]!, mv = less[w]!; // w < numWords, as below
      const eq = this.#matches[id * numWords + w]!;
      const xv = eq | mv;
      const eqIn = right < 0 ? eq | 1 : eq;
      const xh = (((eqIn & pv) + pv) ^ pv) | eqIn;
      const ph = mv | ~(xh | pv); // where a row is one more than in the column before
      const mh = pv & xh; // where it is one less
      const phIn = (ph << 1) | (right > 0 ? 1 : 0), mhIn = (mh << 1) | (right < 0 ? 1 : 0);
      more[w] = mhIn | ~(xv | phIn);
      less[w] = phIn & xv;
      const last = w < numWords - 1 ? 31 : (this.#length - 1) & 31;
      right = ((ph >>> last) & 1) - ((mh >>> last) & 1);
    }
    return right;
  }
}

/** Which characters there are from `start` on: bit `id % 32` is set if `id` may be there. */
function characterSet(ids: readonly number[], start = 0): number {
  let set = 0;
  for (let i = start; i < ids.length; i++) set |= 1 << ids[i]!; // modulo 32
  return set;
}

/** The least distance of texts with such characters: each that one lacks must be changed. */
function setDistance(a: number, b: number): number {
  return Math.max(bitCount(a & ~b), bitCount(b & ~a));
}

/** How many bits of a 32-bit word are set: Warren, "Hacker's Delight" (2002), figure 5-2. */
function bitCount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}
