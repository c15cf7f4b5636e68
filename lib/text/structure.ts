/**
 * Lists with something around their texts: tables, numbered lines, quotes, a header, the count and
 * flags of a spelling dictionary, all texts on one line. A model would learn that, too; here it is
 * named, with what takes it off.
 *
 * What it does not do: change a list, which may be meant to look like that.
 *
 * @module
 */

import {
  columnName,
  DELIMITERS,
  headerOf,
  MAX_NAMED,
  mostRegular,
  regularity,
  sampleRows,
} from "./csv.ts";
import { ESCAPE, isColumnName } from "./oddities.ts";
import { excerpt, type Mend, quote } from "./quote.ts";

/** The structure around the texts of a list. */
export interface Structure {
  /** The structure, said of the list: "numbers its lines". */
  readonly what: string;
  /** The column that has the texts, where taking it is enough: see `takeColumn()`. */
  readonly column?: string;
  /** A command that takes the structure off. */
  readonly mend: Mend;
}

/** The beginning of a list. */
interface Sample {
  readonly bytes: Uint8Array;
  /** Its lines without white space around them, none of them blank. */
  readonly lines: readonly string[];
  /** True if these are all lines of the list. */
  readonly isAll: boolean;
}

/** The maximum number of bytes and of lines that are looked at. */
const SAMPLE_BYTES = 1 << 18, SAMPLE_LINES = 1000;

/** The share of the lines that must have a mark, so that it is no part of the texts. */
const MOST = 0.9;

/** With fewer lines it cannot be told what they have in common; nor that they are sorted. */
const FEW = 3, MANY = 8;

/**
 * Finds the structure of a list.
 *
 * @param list The list, in UTF-8.
 * @returns The first one that is found.
 */
export function findStructure(list: Uint8Array): Structure | undefined {
  const bytes = list.subarray(0, SAMPLE_BYTES);
  const all = new TextDecoder().decode(bytes).split(/[\r\n]+/).map((line) => line.trim())
    .filter((line) => line !== "");
  const lines = all.slice(0, SAMPLE_LINES);
  const isAll = bytes.length === list.length && all.length === lines.length;
  for (const find of FINDERS) {
    const structure = lines.length > 0 ? find({ bytes, lines, isAll }) : undefined;
    if (structure !== undefined) return structure;
  }
  return undefined;
}

const FINDERS: readonly ((sample: Sample) => Structure | undefined)[] = [
  ({ lines }) => findDocument(lines),
  ({ lines }) => findJson(lines),
  ({ lines, isAll }) => findDictionary(lines, isAll),
  ({ lines, isAll }) => isAll ? findManyOnALine(lines) : undefined,
  ({ bytes, lines }) => findTable(bytes, lines),
  ({ lines }) => findMarks(lines),
  ({ lines: [first = "", ...others] }) => findFirstLine(first, others),
];

/**
 * Finds documents that are no lists, by how they begin, and encodings that have only ASCII in them.
 */
function findDocument(lines: readonly string[]): Structure | undefined {
  const [first = ""] = lines;
  const line = lines.find((line) => line.includes(String.fromCharCode(ESCAPE))) ?? first;
  const [, what, say, ...filters] = DOCUMENTS.find(([sign]) => sign.test(line)) ?? [];
  return what === undefined || say === undefined ? undefined : { what, mend: { say, filters } };
}

const DOCUMENTS: readonly (readonly [RegExp, ...string[]])[] = [
  [/\p{Cc}\$[@B]/u, "is ISO-2022-JP, not UTF-8", "convert it", "iconv -f ISO-2022-JP -t UTF-8"],
  [/^\p{Cc}\$\)C/u, "is ISO-2022-KR, not UTF-8", "convert it", "iconv -f ISO-2022-KR -t UTF-8"],
  [
    /^version https:\/\/git-lfs\./,
    "is only a Git LFS pointer",
    "download the file with git lfs pull",
  ],
  [
    /^<(!doctype html|html)\b/i,
    "is a page of HTML",
    "download the file itself, or take the texts out",
  ],
  [/^<\?xml\b/, "is XML", "take the texts out of it"],
  [/^\{\\rtf/, "is RTF", "save it as plain text"],
  [/^%!PS/, "is PostScript", "take the texts out of it", "ps2ascii"],
  [/^%PDF-/, "is PDF", "take the texts out of it", "pdftotext FILE -"],
];

/** Finds arrays of JSON, over lines or on one, and objects, one per line. */
function findJson(lines: readonly string[]): Structure | undefined {
  const text = lines.join("\n").slice(0, 1 << 12);
  const string = /"((?:[^"\\]|\\.){1,40})"/.source;
  // The first key of an object whose value is a string.
  const pattern = new RegExp(`\\{\\s*(?:${string}\\s*:[^",{}]*,\\s*)*${string}\\s*:\\s*"`);
  const key = pattern.exec(text)?.at(-1) ?? "";
  const field = /^\w+$/.test(key) ? `.${key}` : /^[^'\p{C}]+$/u.test(key) ? `."${key}"` : ".[]";
  const jq = (program: string): Structure => ({
    what: "is JSON",
    mend: { say: "take the texts out of it", filters: [`jq -r '${program}'`] },
  });
  if (/^\[\s*"/.test(text)) return jq(".[]");
  if (/^\[\s*\{/.test(text)) return jq(`.[]${field}`);
  const isObject = (line: string) =>
    line.startsWith("{") && line.endsWith("}") && /"\s*:/.test(line);
  return share(lines, isObject) >= MOST ? jq(field) : undefined;
}

/** Finds dictionaries of Hunspell: a count, then words with flags: "walk/DGS". */
function findDictionary(lines: readonly string[], isAll: boolean): Structure | undefined {
  const [first = "", ...words] = lines;
  const hasCount = /^\d+$/.test(first) && share(words, (word) => /^\d+$/.test(word)) < 0.1;
  const hasFlags = share(words, (word) => /^[^\s\/]+\/[\p{L}\d,!-]+(\t|$)/u.test(word)) > 0.2;
  if (hasFlags && (hasCount || share(lines, (line) => /^\S+\/[A-Z]{1,9}$/.test(line)) > 0.5)) {
    const sed = hasCount ? "sed '1d; s:/.*::'" : "sed 's:/.*::'";
    const what = `has the ${hasCount ? "count and the " : ""}flags of a spelling dictionary`;
    return { what, mend: { say: "take them off", filters: [sed] } };
  }
  const isCount = hasCount && isAll && Math.abs(Number(first) - words.length) < 0.1 * words.length;
  if (!isCount) return undefined;
  return { what: "begins with a count", mend: { say: "take it off", filters: ["sed 1d"] } };
}

/** Finds few lines of many texts. */
function findManyOnALine(lines: readonly string[]): Structure | undefined {
  if (lines.length > FEW) return undefined;
  for (const separator of [",", ";", "\t", "|", " "]) {
    const count = lines.join("\n").split(separator === " " ? /\s+/ : separator).length;
    const isProse = separator === " " && share(lines, (line) => /[.,;:!?]/.test(line)) > 0;
    if (count < 10 * lines.length || isProse) continue;
    const isQuoted = share(lines, (line) => line.startsWith('"')) > MOST;
    const name =
      { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces" }[separator];
    const tr = separator === " "
      ? "tr -s ' ' '\\n'"
      : `tr '${separator === "\t" ? "\\t" : separator}' '\\n'`;
    return {
      what: `has many texts on a line, with ${name} between them`,
      mend: { say: "give each a line", filters: isQuoted ? [`tr -d '"'`, tr] : [tr] },
    };
  }
  return undefined;
}

/** Finds tables: as many fields on nearly all lines. */
function findTable(bytes: Uint8Array, lines: readonly string[]): Structure | undefined {
  if (lines.length < FEW) return undefined;
  const { delimiter, rows } = mostRegular(
    DELIMITERS.map((delimiter) => ({ delimiter, rows: sampleRows(bytes, delimiter) })),
  );
  const table = regularity(rows);
  if (table.share < MOST) return undefined;
  const header = headerOf(rows);
  const cells = header === undefined ? rows : rows.slice(1);
  const index = textColumn(cells, table.width);
  if (table.width === 2 && cells.every((cell) => cell[1 - index] === "")) return undefined; // a mark
  const isNumeric = cells[0]?.some((cell) => /^[\d.]+$/.test(cell)) === true;
  // "Last, First": what a space follows is in a text, rather than between two.
  const isProse = /[,;]/.test(delimiter) &&
    lines.every((line) => !new RegExp(`${delimiter}(?! )`).test(line));
  if (isProse && header === undefined && !isNumeric) return undefined;
  const name = { "\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas" }[delimiter];
  const names = header === undefined || header.length > MAX_NAMED
    ? ""
    : ` (${header.map(excerpt).join(", ")})`;
  return {
    what: `is a table of ${table.width} columns${names}, with ${name} between them`,
    column: columnName(header, index),
    mend: cutColumn(delimiter, index, header !== undefined),
  };
}

/** Finds the column with the most different texts that are no numbers. */
function textColumn(rows: readonly (readonly string[])[], width: number): number {
  const numTexts = (column: number) =>
    new Set(rows.map((row) => row[column] ?? "").filter((cell) => /\p{L}/u.test(cell))).size;
  const counts = Array.from({ length: width }, (_, column) => numTexts(column));
  return counts.indexOf(Math.max(...counts));
}

function cutColumn(delimiter: string, index: number, hasHeader: boolean): Mend {
  const option = delimiter === "\t" ? "" : ` -d '${delimiter}'`;
  const cut = `cut${option} -f ${index + 1}`;
  return { say: "take a column of it", filters: hasHeader ? ["sed 1d", cut] : [cut] };
}

/** Finds marks that nearly all lines have: quotes, numbers, bullets. */
function findMarks(lines: readonly string[]): Structure | undefined {
  if (lines.length < FEW) return undefined;
  const found = MARKS.find(({ mark }) => share(lines, (line) => mark.test(line)) >= MOST);
  if (found === undefined) return findFrequencies(lines);
  const { what, sed, column } = found;
  const mend = { say: "take them off", filters: [`sed -E ${sed}`] };
  return { what, mend, ...(column === undefined ? {} : { column }) };
}

/** A mark, and what takes it off. */
interface Mark {
  readonly mark: RegExp;
  readonly what: string;
  readonly sed: string;
  readonly column?: string;
}

const MARKS: readonly Mark[] = [
  { mark: /^".*"$/, what: "has quotes around its texts", sed: `'s/^ *"//; s/" *$//'`, column: "1" },
  { mark: /^'.*'$/, what: "has quotes around its texts", sed: `"s/^ *'//; s/' *$//"` },
  { mark: /^`.*`$/, what: "has quotes around its texts", sed: "'s/^ *`//; s/` *$//'" },
  {
    mark: /^[“„].*[”“]$/,
    what: "has quotes around its texts",
    sed: "'s/^ *(“|„)//; s/(”|“) *$//'",
  },
  {
    mark: /^[«»].*[«»]$/,
    what: "has quotes around its texts",
    sed: "'s/^ *(«|») *//; s/ *(«|») *$//'",
  },
  {
    mark: /^\(?\d+([.):]\s*|\s+)\D/,
    what: "has a number before each text",
    sed: "'s/^[[:space:]]*\\(?[0-9]+[.):]?[[:space:]]*//'",
  },
  {
    mark: /^([-*+•·–—]|\[[ x]\])\s+\S/,
    what: "has a bullet before each text",
    sed: "'s/^[[:space:]]*([-*+]|•|·|–|—)[[:space:]]+//'",
  },
  {
    mark: /^[^,;]+[,;]$/,
    what: "has a comma after each text",
    sed: "'s/[,;][[:space:]]*$//'",
    column: "1",
  },
];

/**
 * Finds numbers behind the texts: several, or one that is as sorted as frequencies or ranks are.
 */
function findFrequencies(lines: readonly string[]): Structure | undefined {
  const numbers = lines.map((line) => {
    const [, columns = ""] = /\D((?:\s+[\d.,%]+)+)$/.exec(line.slice(-100)) ?? [];
    return columns.split(/\s+/).slice(1);
  });
  const width = Math.min(...numbers.map(({ length }) => length));
  const last = numbers.map((columns) => Number(columns.at(-1)?.replaceAll(",", "")));
  const step = Math.sign(last.at(-1)! - last[0]!); // there is a line
  const isSorted = last.every((n, i) => i === 0 || (n - last[i - 1]!) * step >= 0); // i > 0
  const isRank = width === 1 && isSorted && step !== 0 && lines.length >= MANY;
  if (width < 2 && !isRank) return undefined;
  const what = `has ${width === 1 ? "a number" : "numbers"} after each text`;
  const sed = "sed -E 's/([[:space:]]+[0-9.,%]+)+[[:space:]]*$//'";
  return { what, mend: { say: "take them off", filters: [sed] } };
}

/** Finds a first line that is no text: the name of a column, or a comment. */
function findFirstLine(first: string, others: readonly string[]): Structure | undefined {
  if (others.length < FEW) return undefined;
  const sed = { say: "take it off", filters: ["sed 1d"] };
  if (isColumnName(first) && columnName([first], 0) === first) {
    return { what: `begins with a header, ${quote(first)}`, column: first, mend: sed };
  }
  const isComment = (line: string) => /^(#|\/\/|%%)/.test(line);
  if (!isComment(first) || share(others, isComment) > 0.5) return undefined;
  const grep = `grep -v '^${first.startsWith("#") ? "#" : first.slice(0, 2)}'`;
  return { what: "has comments", mend: { say: "take them out", filters: [grep] } };
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(test).length / items.length;
}
