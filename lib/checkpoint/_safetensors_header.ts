/**
 * The text of a safetensors header: JSON, but of one form only,
 * `{"wte": {"dtype": "F64", "shape": [27, 16], "data_offsets": [0, 3456]}, ...}`.
 *
 * It is read here and not by `JSON.parse()`, which lets the later of two equal
 * keys win, rounds integers, moves keys such as `"10"` to the front, and makes
 * of 100 MB of brackets gigabytes of arrays before anyone can say that no
 * brackets belong there. This parser stops at the first character that does not.
 *
 * @module
 */

import { excerpt, quote } from "../text/quote.ts";
import { TENSOR_DTYPES, type TensorDtype } from "./tensor.ts";

/** The key whose value is not a tensor. */
export const METADATA_KEY = "__metadata__";

/** What the header says of a tensor. */
export interface HeaderEntry {
  /** The type of its elements. */
  readonly dtype: TensorDtype;
  /** Its sizes, integers from 0 up. */
  readonly shape: readonly number[];
  /** Where its data begin and end, counted from the end of the header. */
  readonly offsets: readonly number[];
}

/** What stands in a header. */
export interface HeaderText {
  /** The tensors by name, in the order of the text. */
  readonly entries: ReadonlyMap<string, HeaderEntry>;
  /** The metadata; empty if there are none. */
  readonly metadata: Map<string, string>;
}

/**
 * Reads the text of a header. Whether the numbers in it fit together is not looked at.
 *
 * @param text The header.
 * @throws {SyntaxError} If it is not of the form described above.
 */
export function readHeaderText(text: string): HeaderText {
  return new HeaderReader(text).read();
}

/** An error that says what is wrong with the text; the reason alone is its cause. */
export function unreadable(why: string): SyntaxError {
  return new SyntaxError(`Cannot read the safetensors file: ${why}`, { cause: why });
}

const isSpace = (char: string | undefined) =>
  char === " " || char === "\n" || char === "\r" || char === "\t";

class HeaderReader {
  readonly #text: string;
  /** The index of the character to be read next. */
  #i = 0;
  /** The keys of the objects that this character is in. */
  readonly #path: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): HeaderText {
    if (!this.#text.startsWith("{")) this.#fail('"{"'); // not even white space before it
    let metadata = new Map<string, string>();
    const entries = this.#object((name) => {
      if (name !== METADATA_KEY) return this.#entry();
      metadata = this.#object(() => this.#string());
      return undefined;
    });
    this.#skipSpace();
    if (this.#i < this.#text.length) this.#fail("nothing but white space");
    entries.delete(METADATA_KEY);
    return { entries: entries as Map<string, HeaderEntry>, metadata }; // the others are entries
  }

  #entry(): HeaderEntry {
    const entry: { dtype?: TensorDtype; shape?: number[]; offsets?: number[] } = {};
    this.#object((key) => {
      if (key === "dtype") entry.dtype = this.#dtype();
      else if (key === "shape") entry.shape = this.#integers();
      else if (key === "data_offsets") entry.offsets = this.#integers();
      else this.#refuse("there is no such key of a tensor");
    });
    const { dtype, shape, offsets } = entry;
    if (dtype === undefined) this.#refuse("dtype is missing");
    if (shape === undefined) this.#refuse("shape is missing");
    if (offsets === undefined) this.#refuse("data_offsets is missing");
    if (offsets.length !== 2) {
      this.#refuse(`data_offsets has ${offsets.length} numbers: 2 are wanted`);
    }
    return { dtype, shape, offsets };
  }

  #dtype(): TensorDtype {
    const text = this.#string();
    const dtype = TENSOR_DTYPES.find((dtype) => dtype === text);
    return dtype ?? this.#refuse(`${excerpt(text)} is not known: ${TENSOR_DTYPES.join(", ")} are`);
  }

  /** Reads an object; `value` reads the value of a key. */
  #object<T>(value: (key: string) => T): Map<string, T> {
    const entries = new Map<string, T>();
    this.#expect("{");
    if (this.#accept("}")) return entries;
    do {
      const key = this.#string();
      this.#path.push(key);
      if (entries.has(key)) this.#refuse("the key occurs twice");
      this.#expect(":");
      entries.set(key, value(key));
      this.#path.pop();
    } while (this.#goesOn("}"));
    return entries;
  }

  /** Reads an array of integers from 0 up. */
  #integers(): number[] {
    const integers: number[] = [];
    this.#expect("[");
    if (this.#accept("]")) return integers;
    do integers.push(this.#integer()); while (this.#goesOn("]"));
    return integers;
  }

  #integer(): number {
    this.#skipSpace();
    const word = this.#word();
    const integer = /^(0|[1-9]\d*)$/.test(word) ? Number(word) : NaN;
    if (!Number.isSafeInteger(integer)) {
      this.#fail(`an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    this.#i += word.length;
    return integer;
  }

  /** Reads a string; its end is looked for here, what is in it is read by `JSON.parse()`. */
  #string(): string {
    this.#skipSpace();
    if (this.#text[this.#i] !== '"') this.#fail("a string");
    let end = this.#i + 1;
    for (let char; (char = this.#text[end]) !== '"'; end += char === "\\" ? 2 : 1) {
      if (char === undefined) this.#fail("a string", "one that does not end");
    }
    const string = parseString(this.#text.slice(this.#i, end + 1));
    if (string === undefined) this.#fail("a string", "one that JSON does not allow");
    if (!string.isWellFormed()) this.#fail("a string", "one with half a surrogate pair");
    this.#i = end + 1;
    return string;
  }

  /** Whether an object or array goes on with a comma; otherwise it must end here. */
  #goesOn(close: string): boolean {
    if (this.#accept(",")) return true;
    if (this.#accept(close)) return false;
    return this.#fail(`"," or "${close}"`);
  }

  #expect(char: string): void {
    if (!this.#accept(char)) this.#fail(`"${char}"`);
  }

  #accept(char: string): boolean {
    this.#skipSpace();
    const isThere = this.#text[this.#i] === char;
    if (isThere) this.#i++;
    return isThere;
  }

  #skipSpace(): void {
    while (isSpace(this.#text[this.#i])) this.#i++;
  }

  /** The number, or the name such as `null`, that comes next; of a long one the first 40 characters. */
  #word(): string {
    return /^[-+.\w]*/.exec(this.#text.slice(this.#i, this.#i + 40))![0]; // * always matches
  }

  /** Fails: something else stands where a part of the header is wanted. */
  #fail(wanted: string, found: string = this.#word() || this.#char()): never {
    this.#refuse(`${wanted} is wanted at character ${this.#i} of the header: found ${found}`);
  }

  #char(): string {
    const char = this.#text[this.#i];
    return char === undefined ? "its end" : quote(char);
  }

  #refuse(why: string): never {
    const [name] = this.#path;
    const kind = name === undefined || name === METADATA_KEY ? "" : "tensor ";
    const where = this.#path.map((key) => `${excerpt(key)}: `).join("");
    throw unreadable(`${kind}${where}${why}`);
  }
}

/** What a string of JSON, with its quotes, stands for; `undefined` if it is none. */
function parseString(json: string): string | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
