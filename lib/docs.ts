/**
 * The documents of a data set: the lines of a text, kept as bytes. A document becomes a string only
 * when somebody asks for it, so that a list of millions of lines takes little more memory than its
 * file.
 *
 * In microgpt.py:
 * `docs = [l.strip() for l in open('input.txt').read().strip().split('\n') if l.strip()]`.
 *
 * What it does not do: read files (see `dataset`), check that the bytes are
 * UTF-8 (the character tokenizer does; bytes are bytes to the byte tokenizer).
 *
 * @example Lines to documents
 * ```ts
 * import { Docs } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const docs = Docs.parse(new TextEncoder().encode("emma\r\n\n  olivia \n"));
 * assertEquals([...docs], ["emma", "olivia"]);
 * ```
 *
 * @module
 */

import type { Random } from "./random.ts";
import { forEachCodePoint, isUtf8, lineAt } from "./text/utf8.ts";
import { spaceAt, spaceBefore } from "./text/white_space.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/**
 * The maximum number of documents to make room for at first: one every 4 bytes. Room that is doubled
 * in the middle of the first data set makes V8 throw the loop's machine code away, which costs 2 ms.
 */
const MAX_GUESS = 1 << 20;

/** A list of documents, in an order that can be shuffled. */
export class Docs {
  /** The number of documents. */
  readonly length: number;
  /** The text that holds all documents. */
  readonly bytes: Uint8Array;
  /**
   * The places of the documents, in the order of the text: document `d` begins at byte
   * `spans[2 * d]` and ends before byte `spans[2 * d + 1]`.
   */
  readonly spans: Uint32Array;
  /** The length of the longest document, in bytes. */
  readonly maxBytes: number;
  /** The documents of the text in their present order. */
  readonly #order: Uint32Array;

  private constructor(
    bytes: Uint8Array,
    spans: Uint32Array,
    order: Uint32Array,
    maxBytes: number,
  ) {
    this.length = order.length;
    this.bytes = bytes;
    this.spans = spans;
    this.maxBytes = maxBytes;
    this.#order = order;
  }

  /**
   * Splits a text into documents: one per line, stripped of white space as by Python's
   * `str.strip()`; blank lines are left out. A line ends with LF, CRLF or CR; a byte order mark at
   * the start is skipped.
   *
   * @param bytes The text, in UTF-8 or another encoding that contains ASCII. It is kept, not copied.
   */
  static parse(bytes: Uint8Array): Docs {
    const size = bytes.length;
    const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    const breaks = bytes.includes(CARRIAGE_RETURN) ? withoutCarriageReturns(bytes) : bytes;
    const guess = Math.min(1 + (size >> 2), MAX_GUESS);
    let spans = new Uint32Array(2 * guess), order = new Uint32Array(guess);
    let length = 0, maxBytes = 0;
    for (let i = hasBom ? 3 : 0, lineStart = i; i <= size; i++) {
      if (i < size && breaks[i] !== LINE_FEED) continue;
      let start = lineStart, end = i;
      lineStart = i + 1;
      const first = bytes[start]!, last = bytes[end - 1]!; // or undefined, on an empty line
      const isPlain = first > SPACE && first < 0x80 && last > SPACE && last < 0x80;
      if (!isPlain) { // the usual line needs no more
        for (let n = 1; n > 0 && start < end; start += n) n = spaceAt(bytes, start, end);
        for (let n = 1; n > 0 && start < end; end -= n) n = spaceBefore(bytes, start, end);
      }
      if (start === end) continue;
      if (length === order.length) [spans, order] = [twiceAsLong(spans), twiceAsLong(order)];
      spans[2 * length] = start;
      spans[2 * length + 1] = end;
      order[length] = length;
      if (end - start > maxBytes) maxBytes = end - start;
      length++;
    }
    return new Docs(bytes, spans.subarray(0, 2 * length), order.subarray(0, length), maxBytes);
  }

  /**
   * Makes documents of strings. Each is treated as the line of a file: one that contains a line
   * break counts as several, a blank one as none.
   *
   * @param texts The documents.
   * @throws {TypeError} If there is one text, whose characters would be the documents.
   */
  static from(texts: Iterable<string>): Docs {
    if (typeof texts === "string") {
      throw new TypeError("Cannot make documents of one text: give a list of texts");
    }
    return Docs.parse(new TextEncoder().encode([...texts].join("\n")));
  }

  /**
   * Returns the bytes of a document.
   *
   * @param i Its index, from 0 to `length - 1`.
   * @returns A view of the text's bytes, not a copy.
   * @throws {RangeError} If there is no such document.
   */
  bytesAt(i: number): Uint8Array {
    const doc = this.#order[i];
    if (doc === undefined) {
      throw new RangeError(
        `Cannot take document ${i}: there are ${this.length}, counted from 0`,
      );
    }
    return this.bytes.subarray(this.spans[2 * doc], this.spans[2 * doc + 1]);
  }

  /**
   * Returns a document as a string; bytes that are not UTF-8 become U+FFFD.
   *
   * @param i Its index, from 0 to `length - 1`.
   * @throws {RangeError} If there is no such document.
   */
  at(i: number): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      this.bytesAt(i),
    );
  }

  /** Iterates over the documents as strings, in order. */
  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /**
   * Shuffles the documents as `random.shuffle(docs)` does.
   *
   * @param random The source of randomness.
   */
  shuffle(random: Random): void {
    random.shuffle(this.#order);
  }

  /**
   * Selects documents, in their present order. The text is shared, not copied; shuffling one list
   * does not shuffle the other.
   *
   * @param isKept Decides on document `doc`, counted in the order of the text, as in `spans`. It is
   * called once for each, in that order.
   */
  filter(isKept: (doc: number) => boolean): Docs {
    const spans = new Uint32Array(this.spans.length);
    const numbers = new Uint32Array(this.length); // a document's among the kept, from 1; 0: left out
    let length = 0, maxBytes = 0;
    for (let doc = 0; doc < this.length; doc++) {
      if (!isKept(doc)) continue;
      const start = this.spans[2 * doc]!, end = this.spans[2 * doc + 1]!; // doc < length
      spans[2 * length] = start;
      spans[2 * length + 1] = end;
      numbers[doc] = ++length;
      maxBytes = Math.max(maxBytes, end - start);
    }
    // Each doc of #order is below length.
    const order = this.#order.filter((doc) => numbers[doc]! > 0).map((doc) => numbers[doc]! - 1);
    return new Docs(this.bytes, spans.slice(0, 2 * length), order, maxBytes);
  }

  /**
   * Lists the distinct bytes or characters of the documents: `sorted(set(''.join(docs)))`.
   *
   * @param kind Bytes, or characters (Unicode code points).
   * @returns Their codes, ascending.
   * @throws {TypeError} If characters are asked for and a document is not UTF-8.
   */
  distinctCodes(kind: "byte" | "char"): number[] {
    const { bytes, spans } = this;
    let seen = new Uint8Array(0x100);
    for (let i = 0; i < spans.length; i += 2) {
      const end = spans[i + 1]!; // spans come in pairs
      for (let b = spans[i]!; b < end; b++) seen[bytes[b]!] = 1; // end <= bytes.length
    }
    if (kind === "char" && seen.includes(1, 0x80)) { // not all of it is ASCII
      this.assertUtf8();
      seen = new Uint8Array(0x110000);
      for (let i = 0; i < spans.length; i += 2) {
        forEachCodePoint(bytes.subarray(spans[i], spans[i + 1]), (code) => seen[code] = 1);
      }
    }
    const codes: number[] = [];
    for (let c = seen.indexOf(1); c >= 0; c = seen.indexOf(1, c + 1)) codes.push(c);
    return codes;
  }

  /**
   * Checks that the documents are UTF-8.
   *
   * @throws {TypeError} If one is not: the message names its line.
   */
  assertUtf8(): void {
    const { bytes, spans } = this;
    if (isUtf8(bytes)) return;
    for (let i = 0; i < spans.length; i += 2) { // other bytes may be in no document: see filter()
      const start = spans[i]!;
      if (isUtf8(bytes.subarray(start, spans[i + 1]))) continue;
      throw new TypeError(
        `Cannot read line ${this.lineOf(start)} as text: it is not UTF-8: ` +
          `save it as UTF-8, or use bytes as tokens`,
      );
    }
  }

  /**
   * Finds the line of a byte.
   *
   * @param index The index of the byte in `bytes`.
   * @returns The line, counted from 1.
   */
  lineOf(index: number): number {
    return lineAt(this.bytes, index);
  }
}

function withoutCarriageReturns(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte === CARRIAGE_RETURN ? LINE_FEED : byte);
}

function twiceAsLong(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * numbers.length);
  grown.set(numbers);
  return grown;
}
