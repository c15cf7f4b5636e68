/**
 * Columns of tables: CSV as in RFC 4180, and the same with tabs, semicolons or bars.
 *
 * Bytes stay bytes, in any encoding that has ASCII in it, so that a large table needs no string
 * per field. Two liberties beside the RFC: a quote in the middle of a field is a character, and
 * rows may have different numbers of fields.
 *
 * @example A column by its name
 * ```ts
 * import { takeColumn } from "./csv.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const table = 'year,name\n1990,"Smith, ""J"""\n1991,Ann\n';
 * const { bytes } = takeColumn(new TextEncoder().encode(table), "name");
 * assertEquals(new TextDecoder().decode(bytes), 'Smith, "J"\nAnn\n');
 * ```
 *
 * @module
 */

import { fold } from "./text_form.ts";
import { isColumnName } from "./oddities.ts";
import { excerpt, quote, shorten } from "./quote.ts";
import { lineAt } from "./utf8.ts";

const QUOTE = 0x22, LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d, SPACE = 0x20;

/** The characters between fields; commas last, for they are in fields, too. */
export const DELIMITERS: readonly string[] = ["\t", ";", "|", ","];

/** The numbers of rows and of bytes by which a table is known: whichever come first. */
const SAMPLE = 100, SAMPLE_BYTES = 1 << 20;

/** With more columns the names of no table are looked for. */
const MAX_HEADER = 1000;

/** The maximum number of columns that a message names. */
export const MAX_NAMED = 8;

/** A field, and where it ends: before a delimiter, a line break, or at the end of the bytes. */
interface Field {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/**
 * Reads the rows of a table.
 *
 * @param bytes The table.
 * @param delimiter The character between fields.
 * @returns The fields of each row, without quotes around them.
 * @throws {SyntaxError} If a quote is not closed; the message is the reason alone.
 */
export function* rowsOf(bytes: Uint8Array, delimiter: string): Generator<Uint8Array[]> {
  const separator = delimiter.charCodeAt(0);
  const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (let i = hasBom ? 3 : 0; i < bytes.length;) {
    const row: Uint8Array[] = [];
    for (let isMore = true; isMore;) {
      const field = fieldAt(bytes, i, separator);
      row.push(field.bytes);
      isMore = bytes[field.end] === separator;
      i = field.end + 1;
    }
    if (bytes[i - 1] === CARRIAGE_RETURN && bytes[i] === LINE_FEED) i++;
    yield row;
  }
}

function fieldAt(bytes: Uint8Array, start: number, separator: number): Field {
  let i = start, quoted: Uint8Array | undefined;
  if (bytes[start] === QUOTE) {
    const close = closingQuote(bytes, start);
    quoted = withoutDoubling(bytes.subarray(start + 1, close));
    i = close + 1;
  }
  const rest = i;
  const isEnd = (byte: number) =>
    byte === separator || byte === LINE_FEED || byte === CARRIAGE_RETURN;
  while (i < bytes.length && !isEnd(bytes[i]!)) i++;
  const plain = bytes.subarray(rest, i); // behind a closing quote there should be nothing
  return { bytes: quoted === undefined ? plain : joined(quoted, plain), end: i };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Finds the quote that ends a field: two in a row stand for one in it. */
function closingQuote(bytes: Uint8Array, open: number): number {
  for (let i = open + 1;; i += 2) {
    i = bytes.indexOf(QUOTE, i);
    if (i < 0) {
      throw new SyntaxError(`line ${lineAt(bytes, open)} opens a quote that nothing closes`);
    }
    if (bytes[i + 1] !== QUOTE) return i;
  }
}

function withoutDoubling(field: Uint8Array): Uint8Array {
  if (!field.includes(QUOTE)) return field;
  let isSecond = false;
  return field.filter((byte) => isSecond = byte !== QUOTE || !isSecond);
}

/** Decodes the first rows of a table, blank lines left out; up to a quote that is not closed. */
export function sampleRows(bytes: Uint8Array, delimiter: string): string[][] {
  const decoder = new TextDecoder();
  const rows: string[][] = [];
  try {
    for (const row of rowsOf(bytes.subarray(0, SAMPLE_BYTES), delimiter)) {
      if (!isBlank(row)) rows.push(row.map((field) => decoder.decode(field).trim()));
      if (rows.length === SAMPLE) break;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return rows;
}

function isBlank(row: readonly Uint8Array[]): boolean {
  return row.length === 1 && row[0]!.length === 0; // a row has a field
}

/**
 * Tells how regular a table is: the number of fields that most of its rows have, and the share of
 * those rows. With one field only it is no table, and the share is 0.
 */
export function regularity(rows: readonly (readonly string[])[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, count] = [...counts].reduce((a, b) => b[1] > a[1] ? b : a, [1, 0]);
  return { width, share: width < 2 ? 0 : count / rows.length };
}

/** Returns the names of the columns; `undefined` if the first row looks like the others. */
export function headerOf([first, ...others]: readonly (readonly string[])[]):
  | readonly string[]
  | undefined {
  if (first === undefined || others.length === 0 || first.length > MAX_HEADER) return undefined;
  const isNumber = (text: string) => /^[\d.,:%\/ -]+$/.test(text) && /\d/.test(text);
  if (first.some((name) => name === "" || isNumber(name))) return undefined;
  if (new Set(first.map(fold)).size < first.length) return undefined;
  const isNumeric = (column: number) => {
    const cells = others.map((row) => row[column]).filter((cell) => cell !== undefined);
    return cells.length > 0 && cells.every(isNumber);
  };
  return first.some((name, column) => isColumnName(name) || isNumeric(column)) ? first : undefined;
}

/**
 * Returns how to name a column on a command line: by its number if its name is not short and plain.
 */
export function columnName(header: readonly string[] | undefined, index: number): string {
  const name = header?.[index] ?? "";
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,40}$/u.test(name) && !/^[\d-]/.test(name) ? name : `${index + 1}`;
}

/** A column of a table, as a list. */
export interface Column {
  /** One field per line; a line break in a field is a space here. */
  readonly bytes: Uint8Array;
  /** The number of rows. */
  readonly numRows: number;
  /** The number of rows without the column: they are left out. */
  readonly numMissing: number;
  /** The first field of the column, if it looks like its name and is in the list all the same. */
  readonly header: string | undefined;
}

/**
 * Takes a column out of a table.
 *
 * @param bytes The table. What separates its fields is found out.
 * @param column The name of the column in the first row, which is left out then; or its number,
 * counted from 1.
 * @throws {RangeError} If there is no such column. The message is the reason alone, here and below.
 * @throws {SyntaxError} If a quote is not closed.
 */
export function takeColumn(bytes: Uint8Array, column: string): Column {
  const { delimiter, index, hasName, header } = findColumn(bytes, column);
  const list = new Uint8Array(bytes.length + 1); // the last row may lack a line break
  let length = 0, numRows = 0, numMissing = 0, width = 0;
  for (const row of rowsOf(bytes, delimiter)) {
    if (isBlank(row) || (numRows++ === 0 && hasName)) continue;
    width = Math.max(width, row.length);
    const field = row[index];
    if (field === undefined) {
      numMissing++;
      continue;
    }
    list.set(field, length);
    const end = length + field.length;
    for (; length < end; length++) {
      if (list[length] === LINE_FEED || list[length] === CARRIAGE_RETURN) list[length] = SPACE;
    }
    list[length++] = LINE_FEED;
  }
  if (hasName) numRows--;
  if (numRows > 0 && numMissing === numRows) {
    throw new RangeError(
      `it has no column ${shorten(column)}: its columns are 1${width === 1 ? "" : ` to ${width}`}`,
    );
  }
  return { bytes: list.subarray(0, length), numRows, numMissing, header };
}

/** Finds a column by the first rows of its table. */
function findColumn(bytes: Uint8Array, column: string) {
  const tables = DELIMITERS.map((delimiter) => ({ delimiter, rows: sampleRows(bytes, delimiter) }));
  if (/^\d+$/.test(column)) {
    const { delimiter, rows } = mostRegular(tables);
    const index = Number(column) - 1;
    const name = columnName(headerOf(rows), index);
    const header = name === `${index + 1}` ? undefined : name;
    return { delimiter, index, hasName: false, header };
  }
  for (const { delimiter, rows: [names = []] } of tables) {
    const exact = names.indexOf(column.trim());
    const index = exact < 0 ? names.findIndex((name) => fold(name) === fold(column)) : exact;
    if (index >= 0) return { delimiter, index, hasName: true, header: undefined };
  }
  const [names = []] = mostRegular(tables).rows;
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  throw new RangeError(
    `it has no column ${quote(column)}: its first row has ` +
      (names.length === 0 ? "none" : names.slice(0, MAX_NAMED).map(excerpt).join(", ") + more),
  );
}

/** A delimiter, and the first rows of the table that it makes. */
interface Table {
  readonly delimiter: string;
  readonly rows: readonly (readonly string[])[];
}

/** Finds the most regular of some tables; the last one if there is none. */
export function mostRegular(tables: readonly Table[]): Table {
  const shares = tables.map(({ rows }) => regularity(rows).share);
  const best = Math.max(...shares);
  return tables[best === 0 ? tables.length - 1 : shares.indexOf(best)]!; // there are some
}
