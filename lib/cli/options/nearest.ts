/**
 * The word that somebody may have meant.
 *
 * @module
 */

/**
 * The candidate that is most like a word.
 *
 * @param word What was written.
 * @param candidates What could have been meant.
 * @returns The only candidate that has the word in it; else the one with the
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

/** How many letters must be put in, taken out or replaced to make `b` of `a` (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = above[j]! + (a[i] === b[j] ? 0 : 1); // rows have b.length + 1 entries
      row.push(Math.min(replaced, above[j + 1]! + 1, row[j]! + 1));
    }
  }
  return row[b.length]!; // a row has b.length + 1 entries
}
