/**
 * Settings that suit a list, as `--auto` chooses them.
 *
 * @module
 */

import { autoSettings } from "../../auto/settings.ts";
import type { ListFacts } from "./facts.ts";
import { ORIGINAL, type Settings } from "./settings.ts";

/**
 * Chooses settings for a list. Of what `--auto` chooses the page has no patience.
 *
 * @param facts The list.
 */
export function auto(facts: ListFacts): Settings {
  const { patience: _, ...chosen } = autoSettings({
    numDocs: facts.numDocs,
    numDistinct: facts.numDocs - facts.numDuplicates,
    longest: facts.longest,
    meanLength: facts.characters.reduce((sum, [, count]) => sum + count, 0) / facts.numDocs,
    vocabSize: facts.characters.length + 1,
  });
  return { ...ORIGINAL, ...chosen };
}
