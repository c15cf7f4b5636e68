/**
 * Front coding: of each line only what the line before it has not. A sorted list takes a fifth less
 * room, compressed.
 *
 * @module
 */

/** A line begins with a control character that says how many characters it repeats. */
const FIRST = 0x0e, LAST = 0x1f;

// deno-lint-ignore no-control-regex -- that is what they are for
const CODED_LINE = /([\x0e-\x1f])([^\x0e-\x1f]*)/g;

/**
 * Codes a text.
 *
 * @param text The text, without control characters but line feeds.
 */
export function frontCoded(text: string): string {
  let last = "";
  return text.split("\n").map((line) => {
    let same = 0;
    while (same < line.length && line[same] === last[same] && same < LAST - FIRST) same++;
    last = line;
    return String.fromCharCode(FIRST + same) + line.slice(same);
  }).join("");
}

/** Undoes {@linkcode frontCoded}. */
export function frontDecoded(coded: string): string {
  let last = "";
  return Array.from(coded.matchAll(CODED_LINE), ([, same = "", rest = ""]) => {
    last = last.slice(0, same.charCodeAt(0) - FIRST) + rest;
    return last;
  }).join("\n");
}
