/**
 * Holds out a part of the documents, to tell what a model has learned from what it has memorized.
 * That is honest only if no held-out document is trained on. Lists are full of duplicates: if you
 * hold out 10 % of the lines of names.txt, 14 % of those also appear in the training part. So
 * documents are split, not lines.
 *
 * Documents that differ only in case or Unicode normalization, such as "José" composed and "JOSÉ"
 * decomposed, count as the same (see `fold()` in `text_form`). In documents that are not UTF-8, only
 * the case of ASCII letters is ignored. Similar documents ("Ann", "Anne") are different ones.
 *
 * @example A tenth held out
 * ```ts
 * import { splitDocs } from "@x/microgpt/evaluate";
 * import { Docs } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const docs = Docs.from("Ann ann ANN Bea Bob Cid Dan Eva Eve Fay Gus Gil".split(" "));
 * const { trainDocs, valDocs } = splitDocs(docs, 0.1, 42);
 * assertEquals([...valDocs], ["Gus"]);
 * assertEquals([...trainDocs].join(" "), "Ann ann ANN Bea Bob Cid Dan Eva Eve Fay Gil");
 * ```
 *
 * @module
 */

import type { Docs } from "../docs.ts";
import { Random } from "../random.ts";
import { fold } from "../text/text_form.ts";

/** The minimum number of distinct documents: a part of fewer says nothing. */
export const MIN_DISTINCT = 10;

/** Documents to train on, and others to validate with, in the order they had. */
export interface Split {
  /** All occurrences of the documents to train on. */
  readonly trainDocs: Docs;
  /** The held-out documents, each once as it first occurs in the text. */
  readonly valDocs: Docs;
}

/**
 * Holds out a part of the documents. Each gets a random number by a hash of its text, and those
 * with the lowest are held out. So the split depends only on the documents and the seed, not on
 * their order, and if documents are added, few of the others change sides.
 *
 * @param docs The documents; they stay as they are.
 * @param valFraction The share of the distinct documents to hold out, above 0 and below 1.
 * @param seed Any integer: another one holds out others.
 * @param name The name that messages give the fraction.
 * @throws {RangeError} If the fraction is out of range, or leaves no document on a side; if
 * there are fewer than 10 distinct documents; if the seed is not an integer.
 */
export function splitDocs(
  docs: Docs,
  valFraction: number,
  seed: number | bigint,
  name = "valFraction",
): Split {
  if (!(valFraction > 0 && valFraction < 1)) {
    throw new RangeError(
      `Cannot split the documents: ${name} must be above 0 and below 1: it is ${valFraction}`,
    );
  }
  const hashes = hashDocs(docs, seed);
  const distinct = sortedDistinct(hashes);
  const limit = distinct[numHeldOut(distinct.length, valFraction, name)]!; // fewer than all
  const heldOut = new Set<number>();
  const valDocs = docs.filter((doc) => {
    const hash = hashes[doc]!; // one per document
    if (hash >= limit || heldOut.has(hash)) return false;
    heldOut.add(hash);
    return true;
  });
  const trainDocs = docs.filter((doc) => hashes[doc]! >= limit);
  return { trainDocs, valDocs };
}

/**
 * Finds the documents that others do not have, by the same rule: each once as it first occurs in
 * the text, in the order they had.
 */
export function newDocs(docs: Docs, others: Docs): Docs {
  const seen = new Set(hashDocs(others, 0));
  const hashes = hashDocs(docs, 0);
  return docs.filter((doc) => {
    const hash = hashes[doc]!; // one per document
    const isNew = !seen.has(hash);
    seen.add(hash);
    return isNew;
  });
}

/** Counts the documents, those that count as the same once. */
export function countDistinct(docs: Docs): number {
  return sortedDistinct(hashDocs(docs, 0)).length;
}

/** Computes the number of distinct documents to hold out: at least 1, and not all. */
function numHeldOut(numDistinct: number, valFraction: number, name: string): number {
  if (numDistinct < MIN_DISTINCT) {
    throw new RangeError(
      `Cannot split the documents: at least ${MIN_DISTINCT} distinct ones are needed: ` +
        `there are ${numDistinct}`,
    );
  }
  const numVal = Math.round(valFraction * numDistinct);
  if (numVal === 0 || numVal === numDistinct) {
    const side = numVal === 0 ? "validate with" : "train on";
    throw new RangeError(
      `Cannot split the documents: ${name} ${valFraction} of ${numDistinct} distinct ones ` +
        `leaves none to ${side}`,
    );
  }
  return numVal;
}

function sortedDistinct(numbers: Float64Array): Float64Array {
  const sorted = numbers.slice().sort();
  let length = 0;
  for (const x of sorted) {
    if (length === 0 || x !== sorted[length - 1]) sorted[length++] = x;
  }
  return sorted.subarray(0, length);
}

/** Hashes each document, in the order of the text; those that count as the same alike. */
function hashDocs({ bytes, spans, length }: Docs, seed: number | bigint): Float64Array {
  const random = new Random(seed);
  const salt: Salt = [random.getrandbits(32), random.getrandbits(32)];
  const hashes = new Float64Array(length);
  for (let doc = 0; doc < length; doc++) {
    const start = spans[2 * doc]!, end = spans[2 * doc + 1]!; // spans come in pairs
    if (isAscii(bytes, start, end)) { // folding would do no more than hashBytes() does
      hashes[doc] = hashBytes(bytes, start, end, salt);
    } else {
      const folded = foldBytes(bytes.subarray(start, end));
      hashes[doc] = hashBytes(folded, 0, folded.length, salt);
    }
  }
  return hashes;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let i = start; i < end; i++) bits |= bytes[i]!; // end <= length
  return bits < 0x80;
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Folds a document into bytes that it shares with all that count as the same, if it is UTF-8. */
function foldBytes(doc: Uint8Array): Uint8Array {
  let text;
  try {
    text = DECODER.decode(doc);
  } catch {
    return doc;
  }
  return ENCODER.encode(fold(text));
}

/** Two words of 32 bits, which choose one of many hash functions. */
type Salt = readonly [number, number];

/**
 * Hashes the bytes from `start` to `end` to 53 bits, ASCII letters of either case alike. Of 2⁵³
 * pairs of different documents one has the same hash and counts as one document, which leaks
 * nothing.
 *
 * Two multiplicative hashes of 32 bits side by side, mixed as in the finalizer of MurmurHash3
 * (Appleby): the function known as cyrb53 (bryc, public domain).
 */
function hashBytes(bytes: Uint8Array, start: number, end: number, salt: Salt): number {
  let [a, b] = salt;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!; // end <= length
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
    a = Math.imul(a ^ upper, 2654435761);
    b = Math.imul(b ^ upper, 1597334677);
  }
  const c = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const d = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(c ^ (c >>> 13), 3266489909);
  return (d >>> 11) * 2 ** 32 + (c >>> 0);
}
