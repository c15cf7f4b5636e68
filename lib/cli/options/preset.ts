/**
 * `--preset`: the settings of an included list as options.
 *
 * @module
 */

import { PRESETS } from "../../files/presets.ts";
import { type Given, kebabCase, valuesOf } from "./options.ts";
import { DATA_OPTIONS, MODEL_OPTIONS, TRAINING_OPTIONS } from "./tables.ts";

/**
 * Adds the settings of the preset that is given; what else is given takes precedence, and so does
 * what is decided by a model, or by the list.
 */
export function withPreset(given: Given): Given {
  const { preset } = valuesOf({ preset: DATA_OPTIONS.preset }, given);
  if (preset === undefined) return given;
  const isUsed = (name: string) =>
    !(given.has("from") && name in MODEL_OPTIONS) &&
    !(given.has("auto") && (name in MODEL_OPTIONS || name in TRAINING_OPTIONS));
  return new Map([...presetOptions(preset).filter(([name]) => isUsed(name)), ...given]);
}

/** Returns the settings of a preset as options, as they would be written. */
export function presetOptions(preset: string): [name: string, value: string][] {
  const { settings } = PRESETS[preset]!; // its name has been checked
  return Object.entries(settings).map(([name, value]) => [kebabCase(name), `${value}`]);
}
