/**
 * Things to open, and the settings to open them with.
 *
 * @module
 */

import type { ModelFile } from "../shared/protocol.ts";
import { conflictOf, isProblem, type Settings, withSetting } from "../shared/settings.ts";
import { type List, newList } from "./lists.ts";

/** The thing to open: a run, a list with the settings that suit it, a model from a file. */
export interface Opening {
  readonly list: List | Promise<List>;
  /** Those that suit the list, once it has been looked at, unless others are wanted. */
  settings: Settings | undefined;
  /** Settings that have been changed since. */
  readonly changes: [key: keyof Settings, text: string][];
  readonly copy: number;
  readonly file: ModelFile | undefined;
}

/** The part that opens a list, unless there is more. */
export const PLAIN = { settings: undefined, copy: 0, file: undefined };

/**
 * Changes settings one after the other.
 *
 * @param settings The settings; they stay as they are.
 * @param changes The changes.
 * @param refuse Takes what is wrong with one, which is left out.
 */
export function withChanges(
  settings: Settings,
  changes: Opening["changes"],
  refuse: (message: string) => void,
): Settings {
  let all = settings;
  for (const [key, text] of changes) {
    const changed = withSetting(all, key, text);
    const problem = isProblem(changed) ? changed : conflictOf(changed);
    if (problem !== undefined) refuse(problem.message);
    else if (!isProblem(changed)) all = changed;
  }
  return all;
}

/**
 * Finds the list that a model from a file has learned.
 *
 * @param file The file.
 * @param lists The lists that are here.
 * @returns One of these, or the distinct documents that are in the file.
 * @throws {Error} If it is neither here nor in the file.
 */
export function learnedList({ texts, dataset }: ModelFile, lists: readonly List[]): List {
  const { path, sha256 } = dataset;
  const known = lists.find((list) => list.sha256 === sha256 && !list.isPartial);
  if (known !== undefined) return known;
  if (texts !== undefined) return { ...newList(path, texts), sha256, isPartial: true };
  throw new Error(`This model has learned ${path}, which is not here: open that list first.`);
}
