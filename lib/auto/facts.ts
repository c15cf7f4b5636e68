/**
 * The facts about a list that its settings are chosen by.
 *
 * @module
 */

import type { Docs } from "../docs.ts";
import { countDistinct } from "../evaluate/split.ts";
import { countCodePoints } from "../text/utf8.ts";
import type { TokenizerKind } from "../tokenizer.ts";

/** Facts about a list. */
export interface AutoFacts {
  /** The number of documents. */
  readonly numDocs: number;
  /** The number of distinct documents; those that differ in case or Unicode form only are one. */
  readonly numDistinct: number;
  /** The length of the longest document, in tokens without its end. */
  readonly longest: number;
  /** The mean length of a document, in tokens without its end. */
  readonly meanLength: number;
  /** The number of tokens, BOS included. */
  readonly vocabSize: number;
}

/**
 * Measures a list.
 *
 * @param docs The documents.
 * @param vocabSize The number of tokens, BOS included.
 * @param tokenizer The kind of tokens: characters, unless this says byte.
 * @throws {RangeError} If there are no documents.
 *
 * @example Five names
 * ```ts
 * import { autoFacts } from "@x/microgpt/auto";
 * import { Docs, Tokenizer } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const docs = Docs.from(["Ann", "ann", "Bea", "Clara"]);
 * assertEquals(autoFacts(docs, Tokenizer.fromDocs(docs).vocabSize), {
 *   numDocs: 4,
 *   numDistinct: 3,
 *   longest: 5,
 *   meanLength: 3.5,
 *   vocabSize: 9,
 * });
 * ```
 */
export function autoFacts(
  docs: Docs,
  vocabSize: number,
  tokenizer: TokenizerKind = "char",
): AutoFacts {
  if (docs.length === 0) throw new RangeError("Cannot measure the list: there are no documents");
  const { bytes, spans, length } = docs;
  let longest = 0, sum = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const doc = bytes.subarray(spans[i], spans[i + 1]);
    const tokens = tokenizer === "byte" ? doc.length : countCodePoints(doc);
    longest = Math.max(longest, tokens);
    sum += tokens;
  }
  return {
    numDocs: length,
    numDistinct: countDistinct(docs),
    longest,
    meanLength: sum / length,
    vocabSize,
  };
}
