/**
 * Names in a picture that would lie on each other, moved apart.
 *
 * @module
 */

import type { Point } from "../page/svg.ts";

/** The height of a name, and the width of a letter of it, with the space around. */
const HEIGHT = 15, LETTER = 7.2, SPACE = 5;

/** The interval at which all pairs are looked at. */
const MAX_ROUNDS = 60;

/** The border that names keep from the edge. */
const BORDER = 8;

/**
 * Moves names apart.
 *
 * @param wanted Where their middles should be.
 * @param names The names.
 * @returns Where the middles are.
 */
export function apart(
  wanted: readonly Point[],
  names: readonly string[],
  width: number,
  height: number,
): Point[] {
  const xs = wanted.map(([x]) => x), ys = wanted.map(([, y]) => y);
  const halves = names.map((name) => Math.max(1, [...name].length) * LETTER / 2);
  for (let round = 0, isMoved = true; round < MAX_ROUNDS && isMoved; round++) {
    isMoved = false;
    for (let i = 1; i < xs.length; i++) {
      for (let j = 0; j < i; j++) {
        // i and j are below the length
        const acrossBy = halves[i]! + halves[j]! + SPACE - Math.abs(xs[i]! - xs[j]!);
        const downBy = HEIGHT - Math.abs(ys[i]! - ys[j]!);
        if (acrossBy <= 0 || downBy <= 0) continue;
        isMoved = true;
        const [along, by] = acrossBy < downBy ? [xs, acrossBy] : [ys, downBy];
        const way = (by / 2 + 0.1) * (along[i]! >= along[j]! ? 1 : -1);
        along[i]! += way;
        along[j]! -= way;
      }
    }
    for (let i = 0; i < xs.length; i++) {
      xs[i] = Math.min(Math.max(xs[i]!, BORDER), width - BORDER);
      ys[i] = Math.min(Math.max(ys[i]!, BORDER), height - BORDER);
    }
  }
  return xs.map((x, i) => [x, ys[i]!]);
}
