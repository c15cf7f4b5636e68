/**
 * The samples that are documents of the list: the model knows those by heart.
 *
 * @module
 */

import type { Docs } from "../../docs.ts";

/** Finds which texts are documents of a list, in one pass over it: an index would take memory. */
export function documentsAmong(texts: readonly string[], { bytes, spans }: Docs): Set<string> {
  const encoder = new TextEncoder();
  const wanted = texts.map((text) => ({ text, code: encoder.encode(text) }));
  const found = new Set<string>();
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i]!, end = spans[i + 1]!; // spans come in pairs
    for (const { text, code } of wanted) {
      if (code.length !== end - start || code[0] !== bytes[start]) continue;
      if (code.every((byte, j) => byte === bytes[start + j])) found.add(text);
    }
  }
  return found;
}
