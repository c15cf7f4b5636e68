/**
 * A run as a command line that gives the same losses.
 *
 * @module
 */

import type { PresetSettings } from "../../files/presets.ts";
import { optionsOf } from "./options.ts";
import type { OptionTexts } from "./protocol.ts";
import { ORIGINAL, type Settings } from "./settings.ts";

/** The file that the command line gets a list from. */
export interface ListSource {
  /** The name of a preset or a file. */
  readonly name: string;
  /** The settings of the preset; `undefined` if it is a file. */
  readonly preset: PresetSettings | undefined;
}

/** The options of a run, as the command line keeps them in a model's file. */
export function runOptions({ name, preset }: ListSource, settings: Settings): OptionTexts {
  if (preset === undefined) return optionsOf(settings);
  const keys = Object.keys(preset) as (keyof PresetSettings)[]; // they are
  return new Map([["preset", name], ...optionsOf(settings, ORIGINAL, keys)]);
}

/**
 * Writes the command of a run.
 *
 * @param source The list.
 * @param settings The settings.
 * @param lengths The lengths that the run was trained to, one after the other.
 */
export function commandOf(
  { name, preset }: ListSource,
  settings: Settings,
  [numSteps = settings.numSteps, ...longer]: readonly number[],
): string {
  const own = { ...settings, numSteps };
  const options = preset === undefined
    ? optionsOf(own)
    : new Map([["preset", name], ...optionsOf(own, { ...ORIGINAL, ...preset })]);
  const file = "model.safetensors";
  const words = [
    ...Array.from(options, ([option, text]) => text === "" ? `--${option}` : `--${option} ${text}`),
    ...longer.length > 0 ? [`--save ${file}`] : [],
    "--log-every 1",
    ...preset === undefined ? [word(name)] : [],
  ];
  const again = longer.map((numSteps) =>
    `microgpt --resume ${file} --num-steps ${numSteps} --log-every 1`
  );
  return [`microgpt ${words.join(" ")}`, ...again].join(" && ");
}

/** Quotes a word for a shell where that is needed. */
function word(text: string): string {
  const path = text.startsWith("-") ? `./${text}` : text;
  return /^[\w=.+/-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
