/**
 * Facts about a list: what a visitor wants to know at once, and what settings are chosen by.
 *
 * @module
 */

import { Docs } from "../../docs.ts";
import { bytesToForm, type TextForm } from "../../text/text_form.ts";

/** What a list is like. */
export interface ListFacts {
  /** How many documents it has. */
  readonly numDocs: number;
  /** How many of them repeat an earlier one. */
  readonly numDuplicates: number;
  /** How often each character occurs, the most frequent first. */
  readonly characters: readonly (readonly [character: string, count: number])[];
  /** How many documents have how many characters: the index is the length. */
  readonly lengths: readonly number[];
}

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
  const counts = new Map<string, number>();
  const lengths: number[] = [];
  const seen = new Set<string>();
  for (const text of docs) {
    let length = 0;
    for (const character of text) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
      length++;
    }
    lengths[length] = (lengths[length] ?? 0) + 1;
    seen.add(text);
  }
  return {
    numDocs: docs.length,
    numDuplicates: docs.length - seen.size,
    characters: [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    lengths: Array.from(lengths, (count = 0) => count),
  };
}

/** The number of characters of the longest document. */
export function longest({ lengths }: ListFacts): number {
  return Math.max(0, lengths.length - 1);
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
