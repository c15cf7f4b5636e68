/**
 * The lists that are part of the package, each with settings that suit it: they
 * were chosen by the loss on documents held out, and by reading the samples.
 *
 * @module
 */

/** A list, and how to learn it. */
export interface Preset {
  /** What is in the list. */
  readonly title: string;
  /** Loads the list: one entry a line. */
  readonly load: () => Promise<string>;
  /** The options that suit it, as they would be written on the command line. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What most lists need: twice microgpt.py's width, and smoother gradients. */
function settings(
  blockSize: number,
  numSteps: number,
  temperature: number,
  others: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    "block-size": `${blockSize}`,
    "n-embd": "32",
    "batch-size": "8",
    "num-steps": `${numSteps}`,
    "temperature": `${temperature}`,
    ...others,
  };
}

/** An imported text: its default export. */
type Imported = Promise<{ readonly default: string }>;

function preset(title: string, load: () => Imported, settings: Preset["settings"]): Preset {
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
    settings(8, 2000, 0.6, { "n-embd": "16", "batch-size": "1", "normalize": "nfd" }),
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
    settings(13, 500, 0.5, { "learning-rate": "0.02" }),
  ),
  towns: preset(
    "German towns",
    () => import("../../datasets/german_towns.txt", { with: { type: "text" } }),
    settings(19, 1000, 0.5),
  ),
};
