/** Edit distances as they are defined, and texts to measure. */

import type { Random } from "../../lib/random.ts";

/** The distance as it is defined, cell by cell. */
export function slowEditDistance(a: readonly string[], b: readonly string[]): number {
  let row = [...b.keys(), b.length];
  a.forEach((character, i) => {
    const above = row;
    row = [i + 1];
    b.forEach((other, j) => {
      const replaced = above[j]! + (character === other ? 0 : 1); // b.length + 1 entries
      row.push(Math.min(replaced, above[j + 1]! + 1, row[j]! + 1));
    });
  });
  return row[b.length]!;
}

/** A text of the first characters of an alphabet that has more than 32. */
export function randomText(random: Random, length: number, numCharacters: number): string {
  const character = () => String.fromCodePoint(0x1f600 + random.randbelow(numCharacters));
  return Array.from({ length }, character).join("");
}
