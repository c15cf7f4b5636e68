/**
 * The text of a list that is most like a given one: how new is what a model wrote?
 *
 * Texts are as far apart as their edit distance, in characters (Unicode code
 * points): see `edit_distance`.
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

import { EditPattern } from "../text/edit_distance.ts";

/** A text of the list. */
export interface NearestDocument {
  /** The text. */
  readonly text: string;
  /** Its index in the list. */
  readonly index: number;
  /** The number of characters to put in, take out or replace. */
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
    const pattern = new EditPattern(ids, unknown + 1);
    let index = -1, distance = Infinity;
    for (let i = 0; i < this.#sets.length && distance > 0; i++) {
      const start = this.#starts[i]!, end = this.#starts[i + 1]!; // one more than texts
      if (Math.abs(end - start - ids.length) >= distance) continue;
      if (setDistance(set, this.#sets[i]!) >= distance) continue; // one per text
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

/** Makes the set of the characters from `start` on: bit `id % 32` is set if `id` may be there. */
function characterSet(ids: readonly number[], start = 0): number {
  let set = 0;
  for (let i = start; i < ids.length; i++) set |= 1 << ids[i]!; // modulo 32
  return set;
}

/** Bounds the distance of texts with such characters: each that one lacks must be changed. */
function setDistance(a: number, b: number): number {
  return Math.max(bitCount(a & ~b), bitCount(b & ~a));
}

/** Counts the bits of a 32-bit word that are set: Warren, "Hacker's Delight" (2002), figure 5-2. */
function bitCount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}
