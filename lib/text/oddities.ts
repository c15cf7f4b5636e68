/**
 * Looks at a list that every run can afford: did its characters come to harm when it was made, and
 * is it worth looking for a structure in it (see `structure`)?
 *
 * @module
 */

import { type Mend, mendLine } from "./quote.ts";
import { lineAt } from "./utf8.ts";

/**
 * Finds characters that came to harm.
 *
 * @param list The list, in UTF-8.
 * @param path The file; `-` is stdin.
 * @returns What is wrong, said of the list, and what to do.
 */
export function findDamage(list: Uint8Array, path: string): string | undefined {
  const lost = indexOf(list, 0xef, 0xbf, 0xbd);
  if (lost >= 0) {
    const mend = { say: "remove such lines", filters: ["grep -v '\ufffd'"] };
    return `has U+FFFD on line ${lineAt(list, lost)}, where a character was lost in conversion: ` +
      `recreate the file, or ${mendLine(mend, path)}`;
  }
  const twice = indexOf(list, 0xc3, 0x83, 0xc2); // Ã, and a character from U+0080 to U+00BF
  if (twice < 0) return undefined;
  const encoding = indexOf(list, 0xc2, 0x81) < 0 && indexOf(list, 0xc2, 0x8d) < 0
    ? "CP1252"
    : "LATIN1";
  const mend: Mend = { say: "undo it", filters: [`iconv -f UTF-8 -t ${encoding}`] };
  return `may be UTF-8 that was read as Latin-1 and encoded again, on line ` +
    `${lineAt(list, twice)}: ${mendLine(mend, path)}`;
}

/** Returns where some bytes stand first, or -1. */
function indexOf(bytes: Uint8Array, first: number, ...others: readonly number[]): number {
  let i = bytes.indexOf(first);
  while (i >= 0 && others.some((byte, k) => bytes[i + 1 + k] !== byte)) {
    i = bytes.indexOf(first, i + 1);
  }
  return i;
}

/** Begins a change of the character set in ISO-2022. */
export const ESCAPE = 0x1b;

/** Characters without which there is hardly a structure. */
const SIGNS = "\t\x1b\"'`“”„«»#*•·–—,-/0123456789;<[{|";

/** With fewer texts they may all stand on one line. */
const FEW = 4;

/**
 * Checks whether it is worth looking for a structure in a list.
 *
 * @param first Its first text.
 * @param length The number of its texts.
 * @param codes Their distinct characters or bytes.
 */
export function hasSigns(first: string, length: number, codes: readonly number[]): boolean {
  return length < FEW || isColumnName(first) ||
    codes.some((code) => SIGNS.includes(String.fromCodePoint(code)));
}

/** Checks whether a text is a usual name of a column of texts. */
export function isColumnName(text: string): boolean {
  return /^(\w+[ _-])?((first|last|sur)?name|word|text|title|label|value|term|lemma|entry)s?$/i
    .test(text.trim());
}
