/**
 * `--save`: keeps a run in a file.
 *
 * @module
 */

import type { Best } from "../../checkpoint/checkpoint.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import { packList } from "../../checkpoint/training_list.ts";
import type { Engine } from "../../engine.ts";
import { assertWritable } from "../../files/atomic_file.ts";
import { isCheckpoint, saveCheckpoint } from "../../files/checkpoint_file.ts";
import { quote } from "../../text/quote.ts";
import { savedOptions } from "../saved_model.ts";
import type { Say } from "../terminal/output.ts";
import type { Run } from "./run.ts";

/** Saves a run as it is now, with its best weights so far if it is validated. */
export type Save = (best: Best | undefined) => Promise<void>;

/**
 * Prepares to save a run.
 *
 * @param path The file.
 * @throws {Error} If it cannot be saved there, which is better known before training than after.
 */
export async function newSave(path: string, run: Run, engine: Engine, note: Say): Promise<Save> {
  await assertModelOrNothing(path);
  await assertWritable(path);
  const { default: { version } } = await import("../../../deno.json", { with: { type: "json" } });
  const { config, tokenizer, random, data, settings, given } = run;
  const trainingList = await packList(data.docs);
  if (trainingList === undefined) {
    note(
      "The data set is too large to be kept with the model: --exclude FILE will have to stand for --new",
    );
  }
  const dataset = { path: data.path, sha256: await sha256(data.bytes) };
  return async (best) => {
    const { weights, ...state } = engine.state();
    await saveCheckpoint(path, {
      config,
      dtype: settings.dtype,
      tokenizer,
      weights,
      best,
      trainingList,
      run: { state, random: random.getstate(), dataset, settings: savedOptions(given) },
      program: `microgpt ${version}`,
    });
  };
}

/** Checks that no other file is overwritten, such as a data set in the wrong place. */
async function assertModelOrNothing(path: string): Promise<void> {
  const isThere = await Deno.stat(path).then(({ isFile, size }) => isFile && size > 0, () => false);
  if (isThere && !await isCheckpoint(path)) {
    throw new Error(
      `Cannot save to ${quote(path)}: there is a file that is not a model: ` +
        `choose another name, or remove it`,
    );
  }
}
