/**
 * Fits text from a data set on one line of a terminal or a picture: counts its columns (one for
 * `a`, two for `가`) and cuts it to a width. What makes it printable is in `quote`.
 *
 * Characters that are narrow in the West and wide in old East Asian fonts ("ambiguous": `±`, `█`)
 * count as narrow.
 *
 * @module
 */

/**
 * Unicode's East Asian Width "wide" and "fullwidth" (UAX #11), for which JavaScript has no
 * property: blocks that are wide as a whole, and emoji.
 */
const WIDE = new RegExp(
  "[" +
    "\u{1100}-\u{115f}" + // Hangul, leading consonants
    "\u{2329}\u{232a}" + // angle brackets
    "\u{2e80}-\u{303e}\u{3041}-\u{3247}\u{3250}-\u{4dbf}\u{4e00}-\u{a4c6}" + // kana, Han, Yi
    "\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}" + // Hangul
    "\u{f900}-\u{faff}\u{fe10}-\u{fe19}\u{fe30}-\u{fe6b}" + // forms of compatibility
    "\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}" + // fullwidth forms
    "\u{16fe0}-\u{1b2fb}" + // Tangut, Khitan, Nushu, more kana
    "\u{1f200}-\u{1f265}" + // squared kana and Han
    "\u{20000}-\u{3fffd}" + // Han
    "\\p{Emoji_Presentation}]",
  "u",
);

/** Marks, characters that only direct others, Hangul's vowels and final consonants. */
const NO_WIDTH = /[[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]--\u00ad]/v; // not the soft hyphen

/** Marks a cluster that is shown as one emoji, whatever it is made of. */
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Extended_Pictographic}.*\p{Emoji_Presentation})/u;

const PLAIN = /^[ -~]*$/;

/** Made on demand: it takes 10 ms. */
let segmenter: Intl.Segmenter | undefined;

/** Counts the columns that a printable text takes. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of charactersOf(text)) columns += columnsOfCharacter(character);
  return columns;
}

/**
 * Cuts a printable text to a number of columns, from 0 on, between two characters. A text that was
 * cut ends in `…`.
 */
export function cutToColumns(text: string, width: number): string {
  if (text.length <= width && PLAIN.test(text)) return text;
  let columns = 0;
  let end = 0; // of what fits with a `…` behind it
  let i = 0;
  for (const character of charactersOf(text)) {
    columns += columnsOfCharacter(character);
    i += character.length;
    if (columns < width) end = i;
    else if (columns > width) return width < 1 ? "" : `${text.slice(0, end)}…`;
  }
  return text;
}

/** Lists the characters as readers see them: with their marks (grapheme clusters, UAX #29). */
function* charactersOf(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function columnsOfCharacter(character: string): number {
  if (EMOJI.test(character)) return 2;
  let columns = 0;
  for (const codePoint of character) {
    if (!NO_WIDTH.test(codePoint)) columns += WIDE.test(codePoint) ? 2 : 1;
  }
  return columns;
}
