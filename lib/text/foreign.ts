/**
 * Bytes that are not a list of texts in UTF-8, named as what they are: files of other formats by
 * their first bytes, encodings by what is in the whole of them. The signs are those of `file` and
 * `git`: a format's signature, NUL, control characters that no text has.
 *
 * What it does not do: guess an encoding but for UTF-16, UTF-32 and Latin-1.
 *
 * @module
 */

import { type Mend, mendLine } from "./quote.ts";
import { invalidAt, isText, lineAt } from "./utf8.ts";

/** The reason why bytes are no list, and what to do. */
export interface Foreign {
  /** The line that is at fault; `undefined` if it is all of the bytes. */
  readonly line?: number;
  /** The reason, after "Cannot read ... as text:". */
  readonly why: string;
  /** The next step. */
  readonly mend: Mend;
  /** True if they are a model that this program may have saved. */
  readonly isModel?: boolean;
}

/**
 * Finds out why bytes cannot be read as a list.
 *
 * @param bytes All of them.
 * @param kind The tokens: bytes may be in any encoding that has ASCII in it.
 * @returns The reason; `undefined` if they can.
 */
export function findForeign(
  bytes: Uint8Array,
  kind: "char" | "byte" = "char",
): Foreign | undefined {
  if (isText(bytes)) return undefined;
  const whole = findFormat(bytes) ?? findWideEncoding(bytes);
  if (whole !== undefined || kind === "byte") return whole;
  return findNul(bytes) ?? findNarrowEncoding(bytes);
}

/**
 * Says why bytes cannot be read.
 *
 * @param name Their name in the message.
 * @param path The file that they are from; `-` if it is none.
 */
export function foreignMessage({ line, why, mend }: Foreign, name: string, path: string): string {
  const where = line === undefined ? name : `line ${line} of ${name}`;
  return `Cannot read ${where} as text: ${why}: ${mendLine(mend, path)}`;
}

/**
 * Checks that bytes can be read as a list.
 *
 * @param kind As above.
 * @throws {TypeError} If they cannot: the message says what they are.
 */
export function assertList(bytes: Uint8Array, kind?: "char" | "byte"): void {
  const foreign = findForeign(bytes, kind);
  if (foreign !== undefined) throw new TypeError(foreignMessage(foreign, "the texts", "-"));
}

const unpack = (command: string): Mend => ({ say: "unpack it", filters: [command] });
const extract = (command: string): Mend => ({
  say: "take the texts out of it",
  filters: [command],
});
const NAME: Mend = { say: "name a text file with one document per line" };
const AS_CSV: Mend = { say: "save a sheet of it as CSV, and name a column of that with --column" };

/** Formats that are never text, by their first bytes (Latin-1). */
const FORMATS: readonly (readonly [start: string, why: string, mend: Mend])[] = [
  ["\x1f\x8b", "it is compressed with gzip", unpack("gzip -dc")],
  ["\x1f\x9d", "it is compressed with compress", unpack("gzip -dc")],
  ["BZh", "it is compressed with bzip2", unpack("bzip2 -dc")],
  ["\xfd7zXZ\0", "it is compressed with xz", unpack("xz -dc")],
  ["\x28\xb5\x2f\xfd", "it is compressed with zstd", unpack("zstd -dc")],
  ["\x04\x22\x4d\x18", "it is compressed with lz4", unpack("lz4 -dc")],
  ["7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive", unpack("7z e -so FILE")],
  ["Rar!\x1a\x07", "it is a RAR archive", unpack("unrar p -inul FILE")],
  ["\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", "it is a model of PyTorch", NAME],
  ["GGUF", "it is a model in GGUF", NAME],
  ["\x89HDF\r\n\x1a\n", "it is in HDF5, as models of Keras are", NAME],
  ["\x93NUMPY", "it is an array of NumPy", NAME],
  ["%PDF-", "it is PDF", extract("pdftotext FILE -")],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an old Office document, such as xls", AS_CSV],
  ["SQLite format 3\0", "it is an SQLite database", extract("sqlite3 FILE 'SELECT ...'")],
  ["PAR1", "it is Parquet", AS_CSV],
  ["ARROW1\0", "it is Arrow", AS_CSV],
  ["\x89PNG", "it is an image", NAME],
  ["\xff\xd8\xff", "it is an image", NAME],
  ["GIF8", "it is an image", NAME],
  ["\x7fELF", "it is a program", NAME],
];

/** The content of a zip archive, by the names of the files in it. */
const ZIPPED: readonly (readonly [name: string, why: string, mend: Mend])[] = [
  ["data.pkl", "it is a model of PyTorch", NAME],
  ["xl/", "it is an Excel workbook", AS_CSV],
  ["opendocument.spreadsheet", "it is an OpenDocument spreadsheet", AS_CSV],
  ["word/", "it is a Word document", { say: "save it as plain text" }],
  ["opendocument.text", "it is an OpenDocument text", { say: "save it as plain text" }],
  [".npy", "it is an archive of NumPy", NAME],
];

function findFormat(bytes: Uint8Array): Foreign | undefined {
  const has = (text: string, at = 0) => startsWith(bytes.subarray(at), text);
  if (has("\0\0\0\0{", 4)) { // safetensors: a length in 8 bytes, then JSON
    return {
      why: "it is a model",
      mend: { say: "name a list, and load this as a model" },
      isModel: true,
    };
  }
  if (has("PK\x03\x04") || has("PK\x05\x06")) {
    // The names stand at the beginning of each file, and again at the end of the archive.
    const names = latin1(bytes.subarray(0, 1 << 16)) + latin1(bytes.subarray(-(1 << 16)));
    const [, why = "it is a zip archive", mend = unpack("unzip -p FILE")] = ZIPPED.find(([name]) =>
      names.includes(name)
    ) ?? [];
    return { why, mend };
  }
  if (has("ustar", 257)) return { why: "it is a tar archive", mend: unpack("tar -xOf FILE") };
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5 && bytes.at(-1) === 0x2e) {
    return { why: "it is a pickle of Python", mend: NAME };
  }
  const [, why, mend] = FORMATS.find(([start]) => has(start)) ?? [];
  return why === undefined || mend === undefined ? undefined : { why, mend };
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return latin1(bytes.subarray(0, text.length)) === text;
}

/** Decodes a character for each byte. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const convert = (encoding: string, say = "convert it"): Mend => ({
  say,
  filters: [`iconv -f ${encoding} -t UTF-8`],
});

/** Finds UTF-16 and UTF-32, with and without a byte order mark. */
function findWideEncoding(bytes: Uint8Array): Foreign | undefined {
  const encoding = wideEncodingOf(bytes);
  if (encoding === undefined) return undefined;
  return { why: `it is ${encoding.slice(0, 6)}`, mend: convert(encoding) };
}

function wideEncodingOf(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16";
  if (a === 0xfe && b === 0xff) return "UTF-16";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32";
  const first = bytes.indexOf(0);
  if (first < 0) return undefined;
  const start = first < SAMPLE / 2 ? 0 : first & ~3; // at the beginning of four bytes
  return encodingByNul(bytes.subarray(start, start + SAMPLE));
}

/** The number of bytes that a guess looks at. */
const SAMPLE = 1 << 20;

/**
 * Guesses UTF-16 and UTF-32 without a mark: NULs are where ASCII and line feeds have their high
 * bytes.
 */
function encodingByNul(bytes: Uint8Array): string | undefined {
  const zeros = [0, 0, 0, 0]; // by place among four bytes
  const feeds = [0, 0], wideFeeds = [0, 0]; // line feeds by place among two, and those beside a NUL
  let numNarrow = 0; // pairs of ASCII, as no wide encoding has many
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[i & 3]!++; // below 4
    else if (isPrintable(byte) && (i & 1) === 1 && isPrintable(bytes[i - 1]!)) numNarrow++; // i > 0
    if (byte !== 0x0a) return;
    feeds[i & 1]!++; // below 2, as below
    if (bytes[i ^ 1] === 0) wideFeeds[i & 1]!++;
  });
  const [z0, z1, z2, z3] = zeros as [number, number, number, number]; // as it was made
  const all = bytes.length >> 2; // no character is above U+10FFFF, most are below U+10000
  if (all > 1 && z3 >= all && z2 > all / 2) return "UTF-32LE";
  if (all > 1 && z0 >= all && z1 > all / 2) return "UTF-32BE";
  if (numNarrow > 0.3 * bytes.length / 2) return undefined;
  /**
   * Every second byte is NUL beside ASCII; where there is none, line feeds are as wide as the rest.
   */
  const isWide = (high: number, low: number, place: 0 | 1) => {
    const found = wideFeeds[place]!, all = feeds[place]!, others = feeds[1 - place]!; // of two
    return (high > 20 * low && high > 0.4 * bytes.length) ||
      (found > all / 2 && (found > 1 || others === 0));
  };
  if (isWide(z1 + z3, z0 + z2, 0)) return "UTF-16LE";
  if (isWide(z0 + z2, z1 + z3, 1)) return "UTF-16BE";
  return undefined;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function findNul(bytes: Uint8Array): Foreign | undefined {
  const index = bytes.indexOf(0);
  if (index < 0) return undefined;
  const why = "it has a NUL, which no text has";
  return bytes.includes(0x0a)
    ? { line: lineAt(bytes, index), why, mend: { say: "leave it out", filters: ["tr -d '\\0'"] } }
    : {
      why,
      mend: { say: "if it ends each text, end lines instead", filters: ["tr '\\0' '\\n'"] },
    };
}

/** Finds encodings with a byte, or two, for a character; and what is no text at all. */
function findNarrowEncoding(bytes: Uint8Array): Foreign {
  const control = bytes.findIndex(isNoText);
  if (control >= 0) {
    const hex = bytes[control]!.toString(16).padStart(2, "0"); // found
    const why = `it has the byte ${hex}, which no text has`;
    return { line: lineAt(bytes, control), why, mend: NAME };
  }
  const start = invalidAt(bytes);
  const line = lineAt(bytes, start);
  const encoding = latinEncodingOf(bytes.subarray(Math.max(0, start - 1), start + SAMPLE));
  if (encoding === undefined) {
    const mend = convert("ENCODING", "convert it from its encoding");
    return { line, why: "it is not UTF-8", mend };
  }
  const name = { LATIN1: "Latin-1", CP1252: "Windows-1252" }[encoding];
  return { line, why: `it is not UTF-8, but perhaps ${name}`, mend: convert(encoding) };
}

/** Tells if `file` finds a byte in no text: controls but white space, bell, backspace, escape. */
function isNoText(byte: number): boolean {
  return byte < 0x07 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) || byte === 0x7f;
}

/**
 * Guesses: Latin-1 has few letters in a row beside ASCII; Windows-1252 has some below A0, and
 * quotes.
 */
function latinEncodingOf(bytes: Uint8Array): "LATIN1" | "CP1252" | undefined {
  const high = Uint8Array.from({ length: 128 }, (_, i) => 0x80 + i);
  const characters = new TextDecoder("windows-1252").decode(high);
  const isLatin = Array.from(
    characters,
    (character) => /[\p{Script=Latin}\u2013-\u201e]/u.test(character),
  );
  isLatin[0x83 - 0x80] = false; // ƒ, the most frequent byte of Japanese in Shift JIS
  let numHigh = 0, numLatin = 0, isLatin1 = true, run = 0, isRunLatin = true;
  for (let i = 0; i <= bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x80) {
      run++;
      isRunLatin &&= isLatin[byte - 0x80] === true;
      isLatin1 &&= byte >= 0xa0;
      continue;
    }
    numHigh += run;
    if (run <= 2 && isRunLatin) numLatin += run; // a letter, perhaps with a quote
    run = 0;
    isRunLatin = true;
  }
  if (numLatin < 0.9 * numHigh) return undefined;
  return isLatin1 ? "LATIN1" : "CP1252";
}
