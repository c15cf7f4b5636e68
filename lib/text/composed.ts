/**
 * Texts in Unicode normalization form NFD of which all letters compose. A model that writes letter
 * by letter can write others: a Hangul syllable without a vowel, or an accent on nothing.
 *
 * @module
 */

/** A Hangul syllable in NFD: its letters. */
const SYLLABLE = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?";

/** All letters that are parts of syllables, in a class; those of old Hangul compose to nothing. */
const LETTERS = "\u1100-\u11ff";

/**
 * Matches the texts of which NFC leaves no Hangul letter alone, and that do not begin with a
 * combining mark. What a mark stands on is not judged: most scripts have marks that NFC leaves alone.
 */
export const COMPOSED: RegExp = new RegExp(
  `^(?:(?:${SYLLABLE}|[^${LETTERS}\\p{M}])(?:${SYLLABLE}|[^${LETTERS}])*)?$`,
  "u",
);

/** Matches the characters without which every text is {@linkcode COMPOSED}. */
export const COMPOSING: RegExp = new RegExp(`[${LETTERS}\\p{M}]`, "u");
