/**
 * Names of runs: what is different about them.
 *
 * @module
 */

import { ORIGINAL, SETTING_KEYS, SETTINGS, type Settings, textOf } from "../shared/settings.ts";
import type { Plan } from "./history.ts";

/** A run to name. */
export interface Named extends Plan {
  /** The settings that suit its list. */
  readonly suggested: Settings;
}

/**
 * Names a run by what is not as suggested for its list, or not as in microgpt.py if that is less.
 *
 * @param run The run.
 * @param hasList Whether the name of the list is a part.
 */
export function nameOf({ list, settings, suggested, copy }: Named, hasList: boolean): string {
  const fromSuggested = differences(settings, suggested);
  const fromOriginal = ["microgpt.py", ...differences(settings, ORIGINAL)];
  const own = fromSuggested.length < fromOriginal.length ? fromSuggested : fromOriginal;
  const parts = hasList ? [list.title, ...own] : own.length > 0 ? own : ["as suggested"];
  return [...parts, ...copy > 0 ? [`copy ${copy}`] : []].join(", ");
}

function differences(settings: Settings, base: Settings): string[] {
  return SETTING_KEYS.filter((key) => settings[key] !== base[key])
    .map((key) => `${SETTINGS[key].name} ${textOf(settings, key)}`);
}

/** True if runs have several lists, so that their names need them. */
export function haveSeveralLists(runs: readonly Plan[]): boolean {
  return new Set(runs.map(({ list }) => list.sha256)).size > 1;
}
