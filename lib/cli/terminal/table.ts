/**
 * Tables of text from anywhere: columns that line up, whatever the width of the characters.
 *
 * @module
 */

import { columnsOf } from "../../text/columns.ts";

/** A column of a table. */
export interface Column {
  /** Its heading. */
  readonly head: string;
  /** A line above the heading. */
  readonly title?: string;
  /** One text per row, printable. */
  readonly cells: readonly string[];
  readonly align?: "left" | "right";
}

/** The space between two columns. */
const GAP = "  ";

/**
 * Lays out a table. Columns for which there is no room follow below, in tables of their own.
 *
 * @param keys The columns that begin each table.
 * @param columns The others.
 * @param width The maximum width; a column that is wider by itself is left as it is.
 * @returns Lines, an empty one between two tables.
 */
export function tableLines(
  keys: readonly Column[],
  columns: readonly Column[],
  width: number,
): string[] {
  const lines: string[] = [];
  for (let rest = columns; rest.length > 0;) {
    let count = 1;
    while (count < rest.length && widthOf([...keys, ...rest.slice(0, count + 1)]) <= width) count++;
    if (lines.length > 0) lines.push("");
    lines.push(...linesOf([...keys, ...rest.slice(0, count)]));
    rest = rest.slice(count);
  }
  return lines;
}

/** Returns the width of columns side by side. */
export function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column), 0) +
    GAP.length * (columns.length - 1);
}

function columnWidth({ title = "", head, cells }: Column): number {
  return [title, head, ...cells].reduce((max, cell) => Math.max(max, columnsOf(cell)), 0);
}

function linesOf(columns: readonly Column[]): string[] {
  const hasTitles = columns.some(({ title }) => title !== undefined);
  const padded = columns.map((column) => {
    const { title = "", head, cells, align } = column, width = columnWidth(column);
    return [...(hasTitles ? [title] : []), head, ...cells].map((cell) => {
      const space = " ".repeat(width - columnsOf(cell));
      return align === "right" ? space + cell : cell + space;
    });
  });
  const [first = []] = padded;
  return first.map((_, row) => padded.map((cells) => cells[row]).join(GAP).trimEnd());
}
