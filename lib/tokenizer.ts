/**
 * The tokenizer translates text to numbers and back: each distinct symbol of
 * the data set gets a token id, in sorted order, and one more id stands for the
 * beginning of a sequence (BOS), which is also its end.
 *
 * In microgpt.py: `uchars = sorted(set(''.join(docs)))`, `BOS = len(uchars)`.
 * A symbol is a character (a Unicode code point, as in Python) or a byte.
 *
 * What it does not do: merge symbols (BPE), normalise text.
 *
 * @example Text to token ids and back
 * ```ts
 * import { Docs } from "@x/microgpt/docs";
 * import { Tokenizer } from "@x/microgpt/tokenizer";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = Tokenizer.fromDocs(Docs.from(["anna", "bob"]));
 * assertEquals(tokenizer.symbols, ["a", "b", "n", "o"]);
 * assertEquals(tokenizer.bos, 4);
 * assertEquals(tokenizer.encode("nab"), [2, 0, 1]);
 * assertEquals(tokenizer.decode([2, 0, 1]), "nab");
 * ```
 *
 * @module
 */

import type { Docs } from "./docs.ts";
import { excerpt, quote } from "./text/quote.ts";

/** What a token is: a character (Unicode code point) or a byte of UTF-8. */
export type TokenizerKind = "char" | "byte";

/** The kinds of tokenizer there are. */
export const TOKENIZER_KINDS: readonly TokenizerKind[] = ["char", "byte"];

/** Text to token ids and back, with the vocabulary of a data set. */
export class Tokenizer {
  /** What a token is. */
  readonly kind: TokenizerKind;
  /** The code points or bytes of the vocabulary, ascending; the token id is the index. */
  readonly codes: readonly number[];
  /** The token id of the beginning, and end, of a sequence: the last one. */
  readonly bos: number;
  /** How many tokens there are, BOS included. */
  readonly vocabSize: number;
  readonly #idOf: ReadonlyMap<number, number>;
  /** The ids of the codes that are one byte. */
  readonly #byteIds: readonly (number | undefined)[];

  /**
   * Makes a tokenizer of a known vocabulary.
   *
   * @param kind What a token is.
   * @param codes The code points or bytes, ascending and distinct.
   * @throws {RangeError} If a code is out of range, or not larger than the one before it.
   */
  constructor(kind: TokenizerKind, codes: readonly number[]) {
    const limit = kind === "char" ? 0x10ffff : 0xff;
    codes.forEach((code, id) => {
      const previous = codes[id - 1] ?? -1;
      if (!Number.isInteger(code) || code > limit || code <= previous) {
        throw new RangeError(
          `Cannot make a ${kind} tokenizer: codes must be ascending integers from 0 to ${limit}: ` +
            `code ${id} is ${code}, the one before it ${previous}`,
        );
      }
    });
    this.kind = kind;
    this.codes = codes;
    this.bos = codes.length;
    this.vocabSize = codes.length + 1;
    this.#idOf = new Map(codes.map((code, id) => [code, id]));
    this.#byteIds = Array.from({ length: 0x100 }, (_, code) => this.#idOf.get(code));
  }

  /**
   * Makes the tokenizer of a data set: every symbol that occurs in it.
   *
   * @param docs The documents.
   * @param kind What a token is.
   * @throws {TypeError} If characters are asked for and a document is not UTF-8.
   */
  static fromDocs(docs: Docs, kind: TokenizerKind = "char"): Tokenizer {
    const { bytes, spans } = docs;
    let seen = new Uint8Array(0x100);
    for (let i = 0; i < spans.length; i += 2) {
      const end = spans[i + 1]!; // spans come in pairs
      for (let b = spans[i]!; b < end; b++) seen[bytes[b]!] = 1; // end <= bytes.length
    }
    if (kind === "char" && seen.indexOf(1, 0x80) >= 0) {
      assertUtf8(docs);
      seen = new Uint8Array(0x110000);
      for (let i = 0; i < spans.length; i += 2) {
        const doc = bytes.subarray(spans[i], spans[i + 1]);
        forEachCodePoint(doc, (code) => seen[code] = 1);
      }
    }
    const codes: number[] = [];
    for (let c = seen.indexOf(1); c >= 0; c = seen.indexOf(1, c + 1)) {
      codes.push(c);
    }
    return new Tokenizer(kind, codes);
  }

  /**
   * The symbols of the vocabulary as text; `symbols[id]` is what token `id`
   * stands for. Bytes above 0x7F are shown as `\xE3`.
   */
  get symbols(): string[] {
    return this.codes.map((code) => this.#show(code));
  }

  /**
   * Translates text to token ids, without BOS around it.
   *
   * @param text The text; as bytes, it must be UTF-8 where tokens are characters.
   * @returns One id a character, or a byte.
   * @throws {RangeError} If a symbol is not in the vocabulary.
   */
  encode(text: string | Uint8Array): number[] {
    const ids: number[] = [];
    this.#encodeInto(ids, text);
    return ids;
  }

  /**
   * Translates a document to token ids, with BOS at both ends.
   *
   * @param text The document; as bytes, it must be UTF-8 where tokens are characters.
   * @param limit How many symbols to translate; of a longer document the rest is left out,
   * and so is the BOS at its end.
   * @returns One id a character, or a byte, and those of BOS.
   * @throws {RangeError} If a symbol is not in the vocabulary.
   */
  encodeDocument(text: string | Uint8Array, limit = Infinity): number[] {
    const ids = [this.bos];
    this.#encodeInto(ids, text, 1 + limit);
    if (ids.length <= limit) ids.push(this.bos);
    return ids;
  }

  /** Appends ids until there are `maxLength` of them. */
  #encodeInto(ids: number[], text: string | Uint8Array, maxLength = Infinity): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const isChar = this.kind === "char";
    for (let i = 0; i < bytes.length && ids.length < maxLength; i++) {
      const byte = bytes[i]!; // i < length
      if (isChar && byte >= 0x80) return this.#encodeRest(ids, bytes, i, maxLength);
      ids.push(this.#byteIds[byte] ?? this.#unknown(bytes, byte));
    }
  }

  /** The characters from byte `i` on, not all of them ASCII. */
  #encodeRest(ids: number[], bytes: Uint8Array, i: number, maxLength: number): void {
    const rest = bytes.subarray(i, i + 4 * (maxLength - ids.length)); // 4 bytes at most each
    for (const character of new TextDecoder("utf-8", { ignoreBOM: true }).decode(rest)) {
      if (ids.length >= maxLength) return;
      const code = character.codePointAt(0)!; // a character is not empty
      ids.push(this.#idOf.get(code) ?? this.#unknown(bytes, code));
    }
  }

  /**
   * How many symbols a text has.
   *
   * @param bytes The text; where tokens are characters it must be UTF-8.
   */
  lengthOf(bytes: Uint8Array): number {
    if (this.kind === "byte") return bytes.length;
    let length = 0;
    for (const byte of bytes) if ((byte & 0xc0) !== 0x80) length++; // 10xxxxxx goes on
    return length;
  }

  /**
   * Translates token ids to text.
   *
   * @param ids The token ids, without BOS.
   * @returns The text. Bytes that are not UTF-8 become U+FFFD.
   * @throws {RangeError} If an id is not that of a symbol.
   */
  decode(ids: Iterable<number>): string {
    const codes = Array.from(ids, (id) => {
      const code = this.codes[id];
      if (code === undefined) {
        throw new RangeError(
          `Cannot decode token ${id}: ids of symbols are 0 to ${this.bos - 1}`,
        );
      }
      return code;
    });
    return this.kind === "char"
      ? codes.map((code) => String.fromCodePoint(code)).join("")
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(
        Uint8Array.from(codes),
      );
  }

  #show(code: number): string {
    return this.kind === "char" || code < 0x80
      ? String.fromCodePoint(code)
      : `\\x${code.toString(16).toUpperCase()}`;
  }

  /** Throws that there is no such symbol. */
  #unknown(bytes: Uint8Array, code: number): never {
    const text = new TextDecoder().decode(bytes.subarray(0, MAX_SHOWN)); // more than an excerpt
    const symbol = this.kind === "char" ? "character" : "byte";
    throw new RangeError(
      `Cannot encode ${excerpt(text)}: ${symbol} ${quote(this.#show(code))} ` +
        `is not in the vocabulary`,
    );
  }
}

/** How many bytes of a document are decoded for a message. */
const MAX_SHOWN = 300;

/**
 * Calls `visit` with each code point of a text.
 *
 * @param bytes The text: valid UTF-8, which is not checked.
 */
function forEachCodePoint(
  bytes: Uint8Array,
  visit: (code: number) => void,
): void {
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++]!; // i < length
    if (first < 0x80) {
      visit(first);
      continue;
    }
    // 110xxxxx, 1110xxxx and 11110xxx begin sequences of 2, 3 and 4 bytes.
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = first & (0x3f >> more);
    for (let k = 0; k < more; k++) code = (code << 6) | (bytes[i++]! & 0x3f); // valid: not cut off
    visit(code);
  }
}

/** Throws a TypeError that names the first line which is not UTF-8. */
function assertUtf8(docs: Docs): void {
  const { bytes, spans } = docs;
  const CHUNK = 1 << 20; // the decoded text is thrown away: keep it small
  const whole = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let i = 0; i < bytes.length; i += CHUNK) {
      const stream = i + CHUNK < bytes.length;
      whole.decode(bytes.subarray(i, i + CHUNK), { stream });
    }
  } catch {
    let bad = 0;
    while (bad < spans.length && isUtf8(bytes.subarray(spans[bad], spans[bad + 1]))) bad += 2;
    const start = spans[bad];
    if (start === undefined) return; // what is not UTF-8 belongs to no document: see Docs.filter()
    throw new TypeError(
      `Cannot read line ${docs.lineOf(start)} as text: it is not UTF-8: ` +
        `save it as UTF-8, or use bytes as tokens`,
    );
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
