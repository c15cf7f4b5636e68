/**
 * The lists that are part of the package, each with settings that suit it, chosen by the loss on
 * held-out documents and by reading the samples.
 *
 * @module
 */

import type { Normalization } from "../text/text_form.ts";

/** Settings that suit a list, by the names that they have in the library. */
export interface PresetSettings {
  /** The maximum length of a sequence, in tokens: longer than the longest entry. */
  readonly blockSize: number;
  /** The embedding dimension. */
  readonly nEmbd: number;
  /** Documents per step. */
  readonly batchSize: number;
  /** Training steps. */
  readonly numSteps: number;
  /** The temperature to sample with. */
  readonly temperature: number;
  /** The learning rate of the first step; otherwise the default. */
  readonly learningRate?: number;
  /** The normalization of the text; otherwise none. */
  readonly normalize?: Normalization;
}

/** A list, and how to learn it. */
export interface Preset {
  /** The kind of entries in the list. */
  readonly title: string;
  /** Loads the list: one entry per line. */
  readonly load: () => Promise<string>;
  /** The settings that suit it. */
  readonly settings: PresetSettings;
}

/** Settings for most lists: twice microgpt.py's width, and smoother gradients. */
function settings(
  blockSize: number,
  numSteps: number,
  temperature: number,
  others: Partial<PresetSettings> = {},
): PresetSettings {
  return { blockSize, nEmbd: 32, batchSize: 8, numSteps, temperature, ...others };
}

/** An imported text: its default export. */
type Imported = Promise<{ readonly default: string }>;

function preset(title: string, load: () => Imported, settings: PresetSettings): Preset {
  return { title, load: async () => (await load()).default, settings };
}

/** The presets by name. Each file is imported when it is asked for, without a permission. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  arabic: preset(
    "Arabic given names",
    () => import("../../datasets/arabic_names.txt", { with: { type: "text" } }),
    settings(8, 500, 0.5),
  ),
  birds: preset(
    "English names of birds",
    () => import("../../datasets/birds.txt", { with: { type: "text" } }),
    settings(16, 500, 0.5),
  ),
  dinosaurs: preset(
    "genera of dinosaurs",
    () => import("../../datasets/dinosaurs.txt", { with: { type: "text" } }),
    settings(20, 500, 0.5),
  ),
  english: preset(
    "English given names",
    () => import("../../datasets/english_names.txt", { with: { type: "text" } }),
    settings(12, 2000, 0.6),
  ),
  greek: preset(
    "Greek given names",
    () => import("../../datasets/greek_names.txt", { with: { type: "text" } }),
    settings(16, 500, 0.5),
  ),
  japanese: preset(
    "Japanese given names in hiragana",
    () => import("../../datasets/japanese_names.txt", { with: { type: "text" } }),
    settings(8, 1000, 0.7),
  ),
  korean: preset(
    "Korean given names, learned letter by letter",
    () => import("../../datasets/korean_names.txt", { with: { type: "text" } }),
    settings(8, 2000, 0.6, { nEmbd: 16, batchSize: 1, normalize: "nfd" }),
  ),
  minerals: preset(
    "minerals",
    () => import("../../datasets/minerals.txt", { with: { type: "text" } }),
    settings(18, 500, 0.5),
  ),
  plants: preset(
    "genera of plants",
    () => import("../../datasets/plants.txt", { with: { type: "text" } }),
    settings(17, 1000, 0.5),
  ),
  russian: preset(
    "Russian given names",
    () => import("../../datasets/russian_names.txt", { with: { type: "text" } }),
    settings(13, 500, 0.5, { learningRate: 0.02 }),
  ),
  towns: preset(
    "German towns",
    () => import("../../datasets/german_towns.txt", { with: { type: "text" } }),
    settings(19, 1000, 0.5),
  ),
};
