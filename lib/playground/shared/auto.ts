/**
 * Settings that suit a list, chosen from the facts about it.
 *
 * @module
 */

import type { ListFacts } from "./facts.ts";
import { ORIGINAL, type Settings } from "./settings.ts";

/** Fewer distinct documents cannot be split: see `splitDocs`. */
const MIN_TO_SPLIT = 50;

/** With so many documents one per step is enough, and a longer look at each does not pay. */
const MANY = 10_000;

/**
 * Chooses settings for a list.
 *
 * @param facts The list.
 */
export function auto(facts: ListFacts): Settings {
  const numDistinct = facts.numDocs - facts.numDuplicates;
  const blockSize = Math.min(256, facts.longest + 1); // the end counts
  const sizes = facts.numDocs >= MANY ? { nEmbd: 16, batchSize: 1 } : { nEmbd: 32, batchSize: 8 };
  return {
    ...ORIGINAL,
    ...sizes,
    blockSize,
    numSteps: facts.numDocs < 1000 ? 500 : facts.numDocs < 2000 ? 1000 : 2000,
    valFraction: numDistinct < MIN_TO_SPLIT ? 0 : 0.1,
  };
}
