/**
 * Foreign text, made safe to show. In a message it stands in quotes, escaped and cut, so that it
 * can neither break the line, nor pass for a part of the message, nor bury it. On a terminal, and
 * in JSON, it gives no orders.
 *
 * @module
 */

/**
 * The maximum number of characters (Unicode code points) of a quotation: most paths are shorter.
 */
const MAX = 160;

/** The number of characters that a cut quotation has of the text's end. */
const END = 60;

/** The maximum number of characters of an excerpt. */
const EXCERPT = 60;

/** Quotes a text that a user has typed, such as a path. The middle of a long one is left out. */
export function quote(text: string): string {
  return quoted(shorten(text));
}

/** Quotes the beginning of a text from a file, which can have megabytes. */
export function excerpt(text: string): string {
  const start = firstOf(text, EXCERPT);
  return quoted(start.length < text.length ? `${start}...` : text);
}

/** Quotes a text unless it is plainly one word of a command line. */
export function asWord(text: string): string {
  return isWord(text) ? shorten(text) : quote(text);
}

/** Shows a value of any type, where another one was wanted: `"10"` is not the number 10. */
export function shownValue(value: unknown): string {
  return typeof value === "string" ? quote(value) : shorten(String(value));
}

/** Names the kind of a value, where another one was wanted: `an ArrayBuffer`, `a number`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const type = typeof value;
  const name: unknown = type === "object" ? value.constructor?.name : type;
  const word = typeof name === "string" && name !== "" ? name : type;
  return `${/^[aeiou]/i.test(word) ? "an" : "a"} ${word}`;
}

/** Writes a path as a shell takes it: all of it, for it may be pasted. */
export function shellWord(path: string): string {
  return isWord(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Leaves out the middle of a text that is too long for a message. */
export function shorten(text: string): string {
  if (text.length <= MAX) return text;
  const start = firstOf(text, MAX - END);
  const end = Array.from(text.slice(-2 * END)).slice(-END).join(""); // 2 units at most each
  return start.length + end.length < text.length ? `${start}...${end}` : text;
}

/** Returns the first characters of a text. */
function firstOf(text: string, count: number): string {
  return Array.from(text.slice(0, 2 * count)).slice(0, count).join(""); // as above
}

function quoted(text: string): string {
  return escapeUnseen(JSON.stringify(text));
}

function isWord(text: string): boolean {
  return /^[\w=.+/-]+$/.test(text);
}

/** Needs no care; the patterns below take a millisecond to compile. */
const PLAIN = /^[ -~]*$/;

/**
 * Makes a text harmless: an escape sequence in a data set is shown, not obeyed.
 *
 * @param text Any text.
 * @returns The text on one line: an ASCII control character as its picture (`␛`), a tab as a
 * space, others that cannot be shown as U+FFFD.
 */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  // Orders to a terminal, changes of direction, and what cannot be written as UTF-8 or XML.
  const unprintable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu;
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\t") return " ";
    if (code === 0x7f) return "␡";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/**
 * Writes invisible characters as escapes, `\u200b`: controls, marks of direction,
 * characters of no width, soft hyphens, and all spaces but the usual one.
 */
export function escapeUnseen(text: string): string {
  if (PLAIN.test(text)) return text;
  const unseen =
    /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\ufffe\uffff]/gu;
  return escape(text, unseen);
}

/** Writes a value as JSON, with escapes for all that a terminal obeys. */
export function toJson(value: unknown): string {
  return escape(
    JSON.stringify(value), // which escapes what is below U+0020, and halves of surrogate pairs
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
  );
}

function escape(text: string, pattern: RegExp): string {
  const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, "0");
  return text.replace(
    pattern,
    (character) => character.split("").map((unit) => `\\u${hex(unit)}`).join(""),
  );
}

/** A way to mend a text. */
export interface Mend {
  /** The step, in words. */
  readonly say: string;
  /**
   * Commands that take it: each reads stdin and writes stdout, or reads what stands for `FILE` in
   * it.
   */
  readonly filters?: readonly string[];
}

/**
 * Writes down how to mend a text.
 *
 * @param path The file; `-` is stdin.
 */
export function mendLine({ say, filters = [] }: Mend, path: string): string {
  const [first, ...others] = filters;
  if (first === undefined) return say;
  if (path === "-") return `${say}, with ${filters.join(" | ").replace("FILE", "a file")}`;
  const file = shellWord(path.startsWith("-") ? `./${path}` : path);
  const begin = first.includes("FILE") ? first.replace("FILE", () => file) : `${first} < ${file}`;
  return `${say}: ${[begin, ...others].join(" | ")} > NEW.txt`;
}
