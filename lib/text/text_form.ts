/**
 * The form of texts that a model sees: Unicode normalization, which writes a letter and its mark as
 * one character or as two, and lower case. And the one answer to the question whether two texts are
 * the same, whatever their form: `fold()`.
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

/**
 * Maps a text to one that all texts share which count as the same: for duplicates, for what is
 * held out, for `--exclude`, `--new` and `--unique`.
 *
 * Texts that look alike, or differ in case only, are the same: "José" composed, "JOSÉ" decomposed,
 * and either with a zero-width space in it or white space around it. The rule is Unicode's
 * compatibility caseless match of identifiers (The Unicode Standard, section 3.13, D147), with
 * lower case and then upper case for its case folding, which JavaScript does not have.
 *
 * @example One text, written in two ways
 * ```ts
 * import { fold } from "./text_form.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fold("jose\u0301"), fold("JOS\u00c9"));
 * assertEquals(fold("an\u200bna "), fold("Anna"));
 * ```
 */
export function fold(text: string): string {
  const trimmed = text.trim();
  if (/^[ -~]*$/.test(trimmed)) return trimmed.toUpperCase(); // the usual text needs no more
  return trimmed.normalize("NFKD").replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase().toUpperCase().normalize("NFKD"); // lower case first: only that turns ẞ into SS
}

/** A set of texts, of which those that count as the same are one. */
export class FoldedSet {
  #keys = new Set<string>();

  /** Makes a set of texts. */
  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.add(text);
  }

  /** Makes a set of the lines of a text; the empty text has none. */
  static ofLines(text: string): FoldedSet {
    if (text === "") return new FoldedSet();
    // The usual list is folded at once, in a fifth of the time: see fold().
    const isUsual = /^[\n -~]*$/.test(text) && !/^ | $/m.test(text);
    if (!isUsual) return new FoldedSet(text.split("\n"));
    const set = new FoldedSet();
    set.#keys = new Set(text.toUpperCase().split("\n"));
    return set;
  }

  /** Adds a text. */
  add(text: string): void {
    this.#keys.add(fold(text));
  }

  /** Tells if it has a text, however that is written. */
  has(text: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(fold(text));
  }

  /** Tells if it has a text, given what {@linkcode fold} makes of that. */
  hasFolded(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The number of texts that are not the same. */
  get size(): number {
    return this.#keys.size;
  }
}
