/**
 * Faults of a list that can be mended: another encoding, a table, everything on one line.
 *
 * @module
 */

/** The encodings that a list may have by mistake. */
export type Encoding = "utf-16le" | "utf-16be" | "windows-1252";

/** The characters that part the columns of a table, or the names of one line. */
export type Separator = "\t" | ";" | "," | " ";

/** A fault. */
export type Fault =
  | { readonly kind: "encoding"; readonly encoding: Encoding }
  | { readonly kind: "table"; readonly separator: Separator; readonly numColumns: number }
  | { readonly kind: "line"; readonly separator: Separator };

/** The length of a list that is searched for columns, in characters. */
const SAMPLE = 50_000;

/** The part of the lines that must agree on the number of columns. */
const MOST = 0.9;

/** Fewer lines are no table. */
const MIN_LINES = 3;

/** A single line is a list in disguise from this length on, with so many names. */
const LONG_LINE = 60, MIN_NAMES = 5;

/** The most likely separator comes first: names have spaces and commas, but hardly tabs. */
const SEPARATORS: readonly Separator[] = ["\t", ";", ","];

/**
 * Finds the fault of a list that is most in the way.
 *
 * @param bytes The list.
 */
export function findFault(bytes: Uint8Array): Fault | undefined {
  const encoding = encodingOf(bytes);
  if (encoding !== undefined) return { kind: "encoding", encoding };
  const text = new TextDecoder().decode(bytes.subarray(0, SAMPLE));
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== "");
  if (bytes.length > SAMPLE && lines.length > 1) lines.pop(); // it is cut
  return lines.length === 1 ? faultOfLine(lines[0] ?? "") : faultOfTable(lines);
}

/** The encoding of a list that is not UTF-8. */
function encodingOf(bytes: Uint8Array): Encoding | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    return "windows-1252";
  }
}

function faultOfLine(line: string): Fault | undefined {
  if (line.length < LONG_LINE) return undefined;
  const separator = [...SEPARATORS, " " as const].find((separator) =>
    line.split(separator).length >= MIN_NAMES
  );
  return separator && { kind: "line", separator };
}

function faultOfTable(lines: readonly string[]): Fault | undefined {
  if (lines.length < MIN_LINES) return undefined;
  for (const separator of SEPARATORS) {
    const counts = lines.map((line) => line.split(separator).length);
    const numColumns = counts[0] ?? 1;
    const numLike = counts.filter((count) => count === numColumns).length;
    if (numColumns > 1 && numLike >= MOST * lines.length) {
      return { kind: "table", separator, numColumns };
    }
  }
  return undefined;
}

/**
 * Mends a list.
 *
 * @param bytes The list.
 * @param fault Its fault.
 * @returns The list without it, as text.
 */
export function mended(bytes: Uint8Array, fault: Fault): string {
  if (fault.kind === "encoding") return new TextDecoder(fault.encoding).decode(bytes);
  const text = new TextDecoder().decode(bytes);
  const { separator } = fault;
  if (fault.kind === "line") {
    return text.split(separator).map((name) => name.trim()).filter((name) => name !== "").join(
      "\n",
    );
  }
  return text.split(/\r\n?|\n/).map((line) => unquoted(line.split(separator)[0] ?? "")).join("\n");
}

/** A cell of a table without the quotes around it. */
function unquoted(cell: string): string {
  return cell.trim().replace(/^"(.*)"$/, "$1");
}
