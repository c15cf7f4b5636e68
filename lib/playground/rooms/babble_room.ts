/**
 * The room that the column of babble takes, found before training from the lengths of the list, so
 * that nothing below it moves when names come.
 *
 * @module
 */

import { Random } from "../../random.ts";
import type { ListFacts } from "../shared/facts.ts";

/** The names of a row, the rows of a column, and how many columns are tried. */
const NUM_NAMES = 5, NUM_ROWS = 13, NUM_COLUMNS = 40;

/** The lines of a column. */
export interface BabbleRoom {
  /** The lines of each row: as many as most rows need. */
  readonly perRow: number;
  /** The lines at the foot of the column, for rows that need more. */
  readonly spare: number;
}

/**
 * Finds the room for names as long as those of a list.
 *
 * @param lengths How many documents have how many characters.
 * @param letter The width of a character.
 * @param gap The width between two names.
 * @param available The width of a line.
 */
export function babbleRoom(
  lengths: ListFacts["lengths"],
  letter: number,
  gap: number,
  available: number,
): BabbleRoom {
  const random = new Random(1); // any: the same list gets the same room
  const draw = drawer(lengths, random);
  const columns = Array.from(
    { length: NUM_COLUMNS },
    () =>
      Array.from(
        { length: NUM_ROWS },
        () => linesOf(Array.from({ length: NUM_NAMES }, () => draw() * letter), gap, available),
      ),
  );
  const all = columns.flat().sort((a, b) => a - b);
  const perRow = all[Math.floor(all.length / 2)] ?? 1;
  const extra = columns.map((column) =>
    column.reduce((sum, lines) => sum + Math.max(0, lines - perRow), 0)
  );
  const mean = extra.reduce((a, b) => a + b) / NUM_COLUMNS;
  const deviation = Math.sqrt(extra.reduce((sum, n) => sum + (n - mean) ** 2, 0) / NUM_COLUMNS);
  return { perRow, spare: Math.ceil(mean + deviation) };
}

/** Draws lengths as often as they occur. */
function drawer(lengths: ListFacts["lengths"], random: Random): () => number {
  const total = lengths.reduce((sum, count) => sum + count, 0);
  return () => {
    let rest = random.random() * total;
    const length = lengths.findIndex((count) => (rest -= count) < 0);
    return Math.max(0, length);
  };
}

/** The lines that texts of these widths take. */
function linesOf(widths: readonly number[], gap: number, available: number): number {
  let lines = 1, used = 0;
  for (const width of widths) {
    if (used > 0 && used + gap + width > available) {
      lines++;
      used = 0;
    }
    used += (used > 0 ? gap : 0) + width;
    for (; used > available; used -= available) lines++; // it is broken
  }
  return lines;
}
