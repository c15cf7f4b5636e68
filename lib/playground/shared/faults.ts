/**
 * Faults of a list that can be mended: another encoding, a table, everything on one line.
 *
 * @module
 */

import { takeColumn } from "../../text/csv.ts";
import { findStructure } from "../../text/structure.ts";

/** The encodings that a list may have by mistake. */
export type Encoding = "utf-16le" | "utf-16be" | "windows-1252";

/** The characters between the names of one line. */
export type Separator = "\t" | ";" | "," | " ";

/** A fault. */
export type Fault =
  | { readonly kind: "encoding"; readonly encoding: Encoding }
  /** A table, or marks such as quotes: `what` is said of the list, `column` has the texts. */
  | { readonly kind: "table"; readonly what: string; readonly column: string }
  | { readonly kind: "line"; readonly separator: Separator };

/** The length of a list that is searched for line breaks, in bytes. */
const SAMPLE = 50_000;

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
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  if (lines.length === 1) return faultOfLine(lines[0] ?? "");
  const { what, column } = findStructure(bytes) ?? {};
  return what !== undefined && column !== undefined ? { kind: "table", what, column } : undefined;
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

/**
 * Mends a list.
 *
 * @param bytes The list.
 * @param fault Its fault.
 * @returns The list without it, as text.
 */
export function mended(bytes: Uint8Array, fault: Fault): string {
  switch (fault.kind) {
    case "encoding":
      return new TextDecoder(fault.encoding).decode(bytes);
    case "table":
      return new TextDecoder().decode(takeColumn(bytes, fault.column).bytes).trimEnd();
    case "line":
      return new TextDecoder().decode(bytes).split(fault.separator).map((name) => name.trim())
        .filter((name) => name !== "").join("\n");
  }
}
