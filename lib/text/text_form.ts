/**
 * The form of texts that a model sees: Unicode normalization, which writes a letter and its mark as
 * one character or as two, and lower case.
 *
 * Unicode Standard Annex 15 defines NFC (composed) and NFD (decomposed). NFD turns a Hangul
 * syllable into its letters: a model needs to learn 67 of them, not 11,172 syllables.
 *
 * @module
 */

/** A way to write characters; `none`: as they are. */
export type Normalization = "none" | "nfc" | "nfd";

/** The choices there are. */
export const NORMALIZATIONS: readonly Normalization[] = ["none", "nfc", "nfd"];

/** A form that texts can be brought into. */
export interface TextForm {
  /** The way to write characters. */
  readonly normalize: Normalization;
  /** True if capital letters become small ones. */
  readonly lowercase: boolean;
}

/** The form of a text that is left as it is. */
export const AS_IT_IS: TextForm = { normalize: "none", lowercase: false };

/** Tells if a form leaves every text as it is. */
export function isAsItIs({ normalize, lowercase }: TextForm): boolean {
  return normalize === "none" && !lowercase;
}

/** Brings a text into a form. */
export function toForm(text: string, { normalize, lowercase }: TextForm): string {
  const cased = lowercase ? text.toLowerCase() : text; // first: İ becomes two characters
  return normalize === "none" ? cased : cased.normalize(normalize === "nfc" ? "NFC" : "NFD");
}

/** Writes a text in a form as people do: composes what was decomposed. */
export function shownText(text: string, { normalize }: TextForm): string {
  return normalize === "nfd" ? text.normalize("NFC") : text;
}

/**
 * Brings a file into a form: the same bytes if the form leaves them as they are.
 *
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
