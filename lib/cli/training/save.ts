/**
 * `--save`: keeps a run in a file.
 *
 * @module
 */

import { type Best, encodeCheckpoint } from "../../checkpoint/checkpoint.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import { packList } from "../../checkpoint/training_list.ts";
import type { Engine } from "../../engine.ts";
import { assertWritable, NotReplaced, writeAtomically } from "../../files/atomic_file.ts";
import { isCheckpoint } from "../../files/checkpoint_file.ts";
import { quote } from "../../text/quote.ts";
import { savedOptions } from "../saved_model.ts";
import type { Say, Talk } from "../terminal/output.ts";
import { statOf } from "./own_file.ts";
import type { Run } from "./run.ts";

/** Saves a run as it is now, with its best weights so far if it is validated. */
export interface Save {
  /**
   * Saves it.
   *
   * @throws {Error} If it cannot be written.
   */
  readonly now: (best: Best | undefined) => Promise<void>;
  /**
   * Saves it for the last time: if that fails, somewhere else.
   *
   * @returns Its place; `undefined` if it could not be written anywhere.
   */
  readonly atLast: (best: Best | undefined) => Promise<string | undefined>;
}

/**
 * Prepares to save a run.
 *
 * @param path The file.
 * @throws {Error} If it cannot be saved there, which is better known before training than after.
 */
export async function newSave(
  path: string,
  run: Run,
  engine: Engine,
  { note, warn }: Talk,
): Promise<Save> {
  await assertModelOrNothing(path);
  await assertWritable(path);
  const { default: { version } } = await import("../../../deno.json", { with: { type: "json" } });
  const { config, tokenizer, random, data, settings, given, from } = run;
  const trainingList = await packList(data.docs);
  if (trainingList === undefined) {
    note(
      "The data set is too large to be saved with the model: later use --exclude FILE instead of --new",
    );
  }
  const dataset = { path: data.path, sha256: await sha256(data.bytes) };
  const encode = (best: Best | undefined) => {
    const { weights, ...state } = engine.state();
    return encodeCheckpoint({
      config,
      dtype: settings.dtype,
      tokenizer,
      weights,
      best,
      trainingList,
      run: { state, random: random.getstate(), dataset, settings: savedOptions(given), from },
      program: `microgpt ${version}`,
    });
  };
  return {
    now: (best) => writeAtomically(path, encode(best)),
    atLast: (best) => writeSomewhere(path, encode(best), warn),
  };
}

async function writeSomewhere(
  path: string,
  bytes: Uint8Array,
  warn: Say,
): Promise<string | undefined> {
  try {
    await writeAtomically(path, bytes);
    return path;
  } catch (error) {
    const { message, cause } = error as Error; // it throws no other
    if (cause instanceof NotReplaced) {
      warn(message);
      return cause.kept;
    }
    const { rescue } = await import("./rescue.ts");
    const place = await rescue(path, bytes);
    const end = place === undefined
      ? "it could not be saved elsewhere"
      : `it is in ${quote(place)}`;
    warn(`${message}: ${end}`);
    return place;
  }
}

/** Checks that no other file is overwritten, such as a data set in the wrong place. */
async function assertModelOrNothing(path: string): Promise<void> {
  const found = statOf(path);
  if (found?.isFile && found.size > 0 && !await isCheckpoint(path)) {
    throw new Error(
      `Cannot save to ${quote(path)}: there is a file that is not a model: ` +
        `choose another name, or remove it`,
    );
  }
}
