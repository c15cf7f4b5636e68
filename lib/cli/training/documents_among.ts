/**
 * The samples that are documents of the list: the model has memorized those.
 *
 * @module
 */

import type { Docs } from "../../docs.ts";
import type { Say } from "../terminal/output.ts";

/**
 * Finds which texts are lines of a list, by one search for all: to go through 32,033 documents, or
 * to index them, takes 3 ms more.
 */
export function documentsAmong(texts: Iterable<string>, { bytes }: Docs): Set<string> {
  const wanted = [...new Set(texts)].filter((text) => text !== "").map((text) =>
    RegExp.escape(text)
  );
  if (wanted.length === 0) return new Set();
  const space = "[^\\S\\r\\n]*"; // around a document, which is stripped
  const line = new RegExp(`^${space}(?:${wanted.join("|")})${space}$`, "gm");
  return new Set(new TextDecoder().decode(bytes).match(line)?.map((line) => line.trim()));
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
