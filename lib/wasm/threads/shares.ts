/**
 * The shares of threads in work.
 *
 * @module
 */

import type { Count } from "../memory/place.ts";

/** Cuts `length` units into nearly equal shares, and returns the first of a thread and the end. */
export function shareOf(
  length: Count,
  thread: Count,
  threads: Count,
): readonly [from: Count, to: Count] {
  const start = (thread: Count): Count => Math.floor(length * thread / threads);
  return [start(thread), start(thread + 1)];
}

/**
 * Shares documents out in their order: each goes to the thread that its middle belongs to if all
 * rows were cut into equal parts.
 *
 * @param lengths The number of rows of each document.
 * @returns The number of documents of each share: at most one share per thread.
 */
export function documentShares(lengths: readonly Count[], threads: Count): Count[] {
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const counts = new Array<Count>(threads).fill(0);
  let row = 0;
  for (const length of lengths) {
    counts[Math.floor((row + length / 2) * threads / rows)]!++; // below threads
    row += length;
  }
  return counts.filter((count) => count > 0);
}
