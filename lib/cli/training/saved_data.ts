/**
 * The data set that a saved run was trained on.
 *
 * @module
 */

import type { SavedRun } from "../../checkpoint/checkpoint.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import { loadOriginal, NAMES, NAMES_PATH } from "../../files/dataset.ts";
import { asWord } from "../../text/quote.ts";
import type { Plan } from "../options/commands.ts";
import { UsageError } from "../options/parsers.ts";
import type { Talk } from "../terminal/output.ts";
import { dataOf, type DataSource, openData, type TrainingData } from "./training_data.ts";

/**
 * Opens the data set that a saved run names; it may have changed since.
 *
 * @param path The file that the run is from.
 * @throws {UsageError} If the data set was stdin.
 * @throws {Error} If it cannot be read any more.
 */
export async function openSavedData(
  path: string,
  { dataset }: SavedRun,
  { settings }: Plan,
  talk: Talk,
): Promise<TrainingData> {
  if (dataset.path === "-") {
    throw new UsageError(
      `The data set of ${asWord(path)} came from stdin: give it again, as - or a file`,
    );
  }
  const open = (source: DataSource) => openData(source, talk, settings);
  try {
    if (settings.preset !== undefined) return await open({ preset: settings.preset });
    if (dataset.path !== NAMES_PATH) return await open({ dataset: dataset.path });
    const fallback = await open({ preset: "english" }); // of a run that could not fetch names.txt
    return await sha256(fallback.bytes) === dataset.sha256
      ? { ...fallback, path: NAMES_PATH }
      : await dataOf(await loadOriginal(NAMES, NAMES_PATH, talk.note), NAMES_PATH, settings, {});
  } catch (error) {
    const why = (error as Error).message; // they throw errors
    throw new Error(
      `The data set of ${asWord(path)} is needed: name it if it has moved: ${why}`,
    );
  }
}
