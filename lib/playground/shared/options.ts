/**
 * Settings as options of the command line, in its files and in links.
 *
 * @module
 */

import type { OptionTexts } from "./protocol.ts";
import {
  conflictOf,
  isProblem,
  ORIGINAL,
  SETTING_KEYS,
  SETTINGS,
  type Settings,
  textOf,
  withSetting,
} from "./settings.ts";

/** Longer values of options are cut in messages. */
const MAX_SHOWN = 40;

/** The name of a setting's option, without the dashes. */
export function optionName(key: keyof Settings): string {
  return SETTINGS[key].name.replaceAll(" ", "-");
}

/**
 * Lists the options that make some settings out of others.
 *
 * @param settings The settings to get.
 * @param base What they are without an option.
 * @param always Settings whose options are listed in any case.
 */
export function optionsOf(
  settings: Settings,
  base: Settings = ORIGINAL,
  always: readonly (keyof Settings)[] = [],
): OptionTexts {
  const keys = SETTING_KEYS.filter((key) => settings[key] !== base[key] || always.includes(key));
  // "lowercase" is the only one that takes no value; --val-fraction must be above 0.
  return new Map(keys.map((key) => [
    optionName(key),
    key === "lowercase" ? "" : textOf(settings, key),
  ]));
}

/** The outcome of options. */
export interface Understood {
  readonly settings: Settings;
  /** The faults in them, and the values that are used instead, as sentences. */
  readonly problems: readonly string[];
}

/**
 * Understands options from anywhere. Those of the command line that the page lacks are ignored.
 *
 * @param options The options.
 */
export function settingsOf(options: OptionTexts): Understood {
  let settings: Settings = ORIGINAL;
  const problems: string[] = [];
  for (const key of SETTING_KEYS) {
    const text = options.get(optionName(key));
    if (text === undefined) continue;
    const changed = withSetting(settings, key, key === "lowercase" && text === "" ? "yes" : text);
    if (!isProblem(changed)) settings = changed;
    else {
      const { name } = SETTINGS[key];
      const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
      problems.push(`${name} ${shown}: ${changed.message} ${textOf(ORIGINAL, key)} is used.`);
    }
  }
  const conflict = conflictOf(settings);
  if (conflict === undefined) return { settings, problems };
  const { nEmbd, nHead } = ORIGINAL;
  problems.push(`${conflict.message} ${nEmbd} and ${nHead} are used.`);
  return { settings: { ...settings, nEmbd, nHead }, problems };
}
