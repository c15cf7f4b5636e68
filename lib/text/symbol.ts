/**
 * A symbol by itself, such as a token, in a form that can be seen: a letter of a Hangul syllable
 * as one that stands alone, a mark on a circle, a space as `␣`, an invisible character by its code.
 *
 * @example
 * ```ts
 * import { shownSymbol } from "./symbol.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([..."é한 ".normalize("NFD")].map(shownSymbol), ["e", "◌\u0301", "ㅎ", "ㅏ", "ㄴ", "␣"]);
 * ```
 *
 * @module
 */

import { columnsOf } from "./columns.ts";
import { printable } from "./quote.ts";

/** Hangul's compatibility jamo in the order of the letters that make up a syllable. */
const JAMO: readonly (readonly [first: number, letters: string])[] = [
  [0x1100, "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"],
  [0x1161, "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"],
  [0x11a8, "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"],
];

const MARK = /^\p{M}$/u;
const DIRECTIVE = /^[\p{Cf}\p{Variation_Selector}\p{Emoji_Modifier}]$/u;

/** Shows a symbol by itself; a text of several characters is returned {@linkcode printable}. */
export function shownSymbol(symbol: string): string {
  if (symbol === " ") return "␣";
  const code = symbol.codePointAt(0) ?? 0;
  const [first, letters] = JAMO.findLast(([first]) => first <= code) ?? [0, ""];
  const letter = letters[code - first];
  if (letter !== undefined && symbol.length === 1) return letter;
  const shown = printable(symbol);
  if (DIRECTIVE.test(symbol) || columnsOf(shown) === 0 && !MARK.test(symbol)) {
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return MARK.test(symbol) ? `◌${symbol}` : shown;
}
