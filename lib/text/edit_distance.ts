/**
 * The edit distance of two texts: the number of characters to insert, delete or replace to turn one
 * into the other. Levenshtein, "Binary Codes Capable of Correcting Deletions, Insertions and
 * Reversals" (1966).
 *
 * @module
 */

/** Computes the edit distance of two texts, in characters (Unicode code points). */
export function editDistance(a: string, b: string): number {
  const idOf = new Map<string, number>();
  for (const character of [...a, ...b]) if (!idOf.has(character)) idOf.set(character, idOf.size);
  const idsOf = (text: string) => Array.from(text, (character) => idOf.get(character)!); // of both
  const ids = Uint32Array.from(idsOf(b));
  return new EditPattern(idsOf(a), idOf.size).distance(ids, 0, ids.length, Infinity);
}

/**
 * A text to compare others with, 32 characters at a time.
 *
 * In the table of distances between the beginnings of two texts, neighbors differ by -1, 0 or 1. So
 * a column is kept as two bits per row, and a few operations on whole words turn it into the next:
 * Myers, "A Fast Bit-Vector Algorithm for Approximate String Matching Based on Dynamic Programming"
 * (1999), in the form of Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit
 * Distances" (2003).
 */
export class EditPattern {
  readonly #length: number;
  readonly #numWords: number;
  /** For each character and word, where in the pattern the character stands. */
  readonly #matches: Int32Array;
  /** For each row of the column, 1 if it is one more than the row above. */
  readonly #more: Int32Array;
  /** For each row of the column, 1 if it is one less than the row above. */
  readonly #less: Int32Array;

  /** Prepares a text whose characters are numbers below `numIds`, as are those of the others. */
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

  /** Computes the distance to `ids.slice(start, end)`, or `limit` if it is not below that. */
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

  /** Appends a character to the other text, and returns the change of the last row. */
  #nextColumn(id: number): number {
    const numWords = this.#numWords, more = this.#more, less = this.#less;
    let right = 1; // the change of the row above the word: the first one counts characters
    for (let w = 0; w < numWords; w++) {
      const pv = more[w]!, mv = less[w]!;
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
