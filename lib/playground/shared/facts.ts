/**
 * Facts about a list: what a visitor wants to know at once, and what settings are chosen by.
 *
 * @module
 */

import { Docs } from "../../docs.ts";
import { bytesToForm, FoldedSet, type TextForm } from "../../text/text_form.ts";

/** Facts about a list. */
export interface ListFacts {
  /** The number of its documents. */
  readonly numDocs: number;
  /** The number of those that repeat an earlier one, in whatever form: see `fold`. */
  readonly numDuplicates: number;
  /** The count of each character, the most frequent first. */
  readonly characters: readonly (readonly [character: string, count: number])[];
  /** The number of documents of each length: the index is the length in characters, or `MAX_LENGTH`. */
  readonly lengths: readonly number[];
  /** The number of characters of the longest document. */
  readonly longest: number;
}

/** Longer documents are not told apart: no block size is so large. */
export const MAX_LENGTH = 300;

/** The number of code points in Unicode. */
const NUM_CODE_POINTS = 0x110000;

/** Scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/**
 * Looks at a list.
 *
 * @param bytes The list, one document per line.
 * @param form The form to bring it into first.
 * @throws {TypeError} If it is not UTF-8.
 */
export function listFacts(bytes: Uint8Array, form: TextForm): ListFacts {
  const docs = Docs.parse(bytesToForm(bytes, form));
  docs.assertUtf8();
  const counts = new Uint32Array(NUM_CODE_POINTS);
  const lengths: number[] = [];
  const seen = new FoldedSet();
  let longest = 0;
  for (const text of docs) {
    let length = 0;
    for (let i = 0; i < text.length; length++) {
      const code = text.codePointAt(i) ?? 0;
      counts[code]!++; // it is one of them
      i += code > 0xffff ? 2 : 1;
    }
    longest = Math.max(longest, length);
    length = Math.min(length, MAX_LENGTH);
    lengths[length] = (lengths[length] ?? 0) + 1;
    seen.add(text);
  }
  return {
    numDocs: docs.length,
    numDuplicates: docs.length - seen.size,
    characters: charactersOf(counts),
    lengths: Array.from(lengths, (count = 0) => count),
    longest,
  };
}

/** The characters that occur, the most frequent first. */
function charactersOf(counts: Uint32Array): ListFacts["characters"] {
  const found: (readonly [character: string, count: number])[] = [];
  counts.forEach((count, code) => {
    if (count > 0) found.push([String.fromCodePoint(code), count]);
  });
  return found.sort(([, m], [, n]) => n - m); // which keeps the order of those with as many
}

/**
 * Counts the documents whose end a model never sees.
 *
 * @param facts The list.
 * @param blockSize The maximum length of the model's sequences.
 */
export function numCut({ lengths }: ListFacts, blockSize: number): number {
  return lengths.slice(blockSize).reduce((sum, count) => sum + count, 0);
}

/** The direction that most of the letters of a list are written in. */
export function directionOf({ characters }: ListFacts): "ltr" | "rtl" {
  let balance = 0;
  for (const [character, count] of characters) {
    if (RIGHT_TO_LEFT.test(character)) balance += count;
    else if (/\p{Letter}/u.test(character)) balance -= count;
  }
  return balance > 0 ? "rtl" : "ltr";
}
