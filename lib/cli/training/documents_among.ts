/**
 * The samples that are documents of the list: the model knows those by heart.
 *
 * @module
 */

import type { Docs } from "../../docs.ts";
import type { Say } from "../terminal/output.ts";

/** A text and its bytes. */
interface Wanted {
  readonly text: string;
  readonly code: Uint8Array;
}

/** Finds which texts are documents of a list, in one pass over it: an index would take memory. */
export function documentsAmong(texts: Iterable<string>, docs: Docs): Set<string> {
  const wanted = Map.groupBy(wantedOf(texts), ({ code }) => keyOf(code.length, code[0]));
  const found = new Set<string>();
  for (const doc of alike([...wanted.keys()], docs)) {
    const [start, end] = [docs.spans[2 * doc]!, docs.spans[2 * doc + 1]!]; // in bounds
    for (const { text, code } of wanted.get(keyOf(end - start, docs.bytes[start])) ?? []) {
      const isSame = code.length === end - start &&
        code.every((byte, j) => byte === docs.bytes[start + j]);
      if (isSame) found.add(text);
    }
  }
  return found;
}

function* wantedOf(texts: Iterable<string>): Generator<Wanted, void, void> {
  const encoder = new TextEncoder();
  for (const text of new Set(texts)) yield { text, code: encoder.encode(text) };
}

/** Finds the documents that have one of some keys. It is the inner loop: it visits all of them. */
function alike(keys: readonly number[], { bytes, spans }: Docs): number[] {
  const isWanted = new Uint8Array(NUM_KEYS);
  for (const key of keys) isWanted[key] = 1;
  const found: number[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i]!; // spans come in pairs
    if (isWanted[(((spans[i + 1]! - start) & 0xff) << 8) | bytes[start]!] === 1) found.push(i >> 1);
  }
  return found;
}

/** The number of keys: two bytes. */
const NUM_KEYS = 1 << 16;

/** A number that texts of one length and first byte have in common. */
function keyOf(length: number, first = 0): number {
  return ((length & 0xff) << 8) | first;
}

/** Notes how many of the samples are documents of the list. */
export function noteKnown(samples: readonly string[], docs: Docs, note: Say): void {
  const known = documentsAmong(samples, docs);
  const count = samples.filter((text) => known.has(text)).length;
  if (count === 0) return;
  const [are, lines, them] = count === 1 ? ["is", "a line", "it"] : ["are", "lines", "them"];
  const all = `${samples.length} sample${samples.length === 1 ? "" : "s"}`;
  note(`${count} of ${all} ${are} ${lines} of the list: --new leaves ${them} out`);
}
