/**
 * The form that texts are brought into before a model sees them: Unicode
 * normalisation, which writes a letter and its mark as one character or as two,
 * and lower case.
 *
 * Unicode Standard Annex 15 defines NFC (composed) and NFD (decomposed): in NFD
 * a Hangul syllable is its letters, of which a model needs to learn 67 and not
 * 11,172 syllables.
 *
 * @example Hangul, letter by letter
 * ```ts
 * import { shownText, toForm } from "./text_form.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const form = { normalize: "nfd", lowercase: false } as const;
 * assertEquals([...toForm("한", form)].length, 3);
 * assertEquals(shownText(toForm("한", form), form), "한");
 * ```
 *
 * @module
 */

/** How characters are written; `none`: as they are. */
export type Normalization = "none" | "nfc" | "nfd";

/** The choices there are. */
export const NORMALIZATIONS: readonly Normalization[] = ["none", "nfc", "nfd"];

/** A form that texts can be brought into. */
export interface TextForm {
  /** How characters are written. */
  readonly normalize: Normalization;
  /** Whether capital letters become small ones. */
  readonly lowercase: boolean;
}

/** The form of a text that is left as it is. */
export const AS_IT_IS: TextForm = { normalize: "none", lowercase: false };

/** Whether a form leaves every text as it is. */
export function isAsItIs({ normalize, lowercase }: TextForm): boolean {
  return normalize === "none" && !lowercase;
}

/**
 * Brings a text into a form.
 *
 * @param text The text.
 * @param form The form.
 */
export function toForm(text: string, { normalize, lowercase }: TextForm): string {
  const cased = lowercase ? text.toLowerCase() : text; // first: İ becomes two characters
  return normalize === "none" ? cased : cased.normalize(normalize === "nfc" ? "NFC" : "NFD");
}

/**
 * A text of a model as people write it: what was taken apart is put together again.
 *
 * @param text The text, in the form.
 * @param form The form.
 */
export function shownText(text: string, { normalize }: TextForm): string {
  return normalize === "nfd" ? text.normalize("NFC") : text;
}

/**
 * Brings a file into a form.
 *
 * @param bytes The file, in UTF-8.
 * @param form The form.
 * @returns The file in the form: the same one if nothing is asked for.
 * @throws {TypeError} If it is not UTF-8.
 */
export function bytesToForm(bytes: Uint8Array, form: TextForm): Uint8Array {
  if (isAsItIs(form)) return bytes;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new TypeError("Cannot change the form of the text: it is not UTF-8: save it as UTF-8");
  }
  return new TextEncoder().encode(toForm(text, form));
}

/** A Hangul syllable in NFD: its letters. */
const SYLLABLE = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?";

/** All those letters, in a class. */
const LETTERS = "\u1100-\u1112\u1161-\u1175\u11a8-\u11c2";

/**
 * Matches the texts in NFD of which NFC leaves no Hangul letter alone, and that do not begin with a
 * combining mark. A model that writes letter by letter can write others.
 */
export const COMPOSED = new RegExp(
  `^(?:(?:${SYLLABLE}|[^${LETTERS}\\p{M}])(?:${SYLLABLE}|[^${LETTERS}])*)?$`,
  "u",
);

/** Matches the characters without which every text is {@linkcode COMPOSED}. */
export const COMPOSING = new RegExp(`[${LETTERS}\\p{M}]`, "u");
