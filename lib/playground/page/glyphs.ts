/**
 * Characters by themselves, as they can be seen: in the labels of charts.
 *
 * @module
 */

import { columnsOf } from "../../text/columns.ts";
import { printable } from "../../text/quote.ts";

/** Hangul's letters as they are written alone, in the order of those that make up syllables. */
const LEADING = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const TRAILING = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

/** The code points of the letters that make up syllables. */
const FIRST_LEADING = 0x1100, FIRST_VOWEL = 0x1161, FIRST_TRAILING = 0x11a8;

/** The width of a bar with its label: for European letters, East Asian ones, and others. */
const EUROPEAN_BAR = 9.8, EAST_ASIAN_BAR = 15, OTHER_BAR = 13;

const EUROPEAN =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Number}\p{Punctuation}␣]/u;

/**
 * Writes a character so that it can be seen by itself.
 *
 * @param character The character.
 * @returns A space as its picture, an accent on a circle, a part of a syllable as a letter.
 */
export function glyphOf(character: string): string {
  if (character === " ") return "␣";
  if (/\p{Mark}/u.test(character)) return `◌${character}`;
  const code = character.codePointAt(0) ?? 0;
  return LEADING[code - FIRST_LEADING] ?? VOWELS[code - FIRST_VOWEL] ??
    TRAILING[code - FIRST_TRAILING] ?? printable(character);
}

/** The least width of a bar that is labeled with a glyph, in pixels. */
export function barWidthOf(glyph: string): number {
  if (glyph.length > 2) return EUROPEAN_BAR * glyph.length; // a byte
  if (EUROPEAN.test(glyph)) return EUROPEAN_BAR;
  return columnsOf(glyph) === 2 ? EAST_ASIAN_BAR : OTHER_BAR;
}
