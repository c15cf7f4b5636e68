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
export function documentsAmong(texts: Iterable<string>, { bytes, spans }: Docs): Set<string> {
  const wanted = Map.groupBy(wantedOf(texts), ({ code }) => keyOf(code.length, code[0]));
  const found = new Set<string>();
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i]!, end = spans[i + 1]!; // spans come in pairs
    const alike = wanted.get(keyOf(end - start, bytes[start]));
    for (const { text, code } of alike ?? []) {
      if (code.every((byte, j) => byte === bytes[start + j])) found.add(text);
    }
  }
  return found;
}

function* wantedOf(texts: Iterable<string>): Generator<Wanted, void, void> {
  const encoder = new TextEncoder();
  for (const text of new Set(texts)) yield { text, code: encoder.encode(text) };
}

/** A number that texts of the same length and first byte have in common; an empty one has none. */
function keyOf(length: number, first = 0): number {
  return 256 * length + first;
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
