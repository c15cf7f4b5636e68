/**
 * The word that the user may have meant.
 *
 * @module
 */

import { editDistance } from "./edit_distance.ts";

/**
 * Finds the candidate that is most like a word.
 *
 * @returns The only candidate that contains the word; else the one with the
 * fewest letters to change, or `undefined` if those are more than a third.
 */
export function nearest<T extends string>(word: string, candidates: readonly T[]): T | undefined {
  const containing = candidates.filter((candidate) => word.length > 3 && candidate.includes(word));
  if (containing.length === 1) return containing[0];
  const ranked = candidates
    .map((candidate) => ({ candidate, changes: editDistance(word, candidate) }))
    .filter(({ candidate, changes }) =>
      changes <= Math.ceil(Math.max(word.length, candidate.length) / 3)
    )
    .sort((a, b) => a.changes - b.changes);
  return ranked[0]?.candidate;
}
