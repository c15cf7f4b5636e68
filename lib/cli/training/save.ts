/**
 * `--save`: keeps a run in a file.
 *
 * @module
 */

import { assertWritable } from "../../files/atomic_file.ts";
import { isCheckpoint, saveCheckpoint } from "../../files/checkpoint_file.ts";
import type { Best } from "../../checkpoint/checkpoint.ts";
import type { Engine } from "../../engine.ts";
import { type PackedList, packList } from "../../checkpoint/training_list.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import type { Run } from "./run.ts";
import { settingsOf } from "./saved_settings.ts";
import type { Say } from "./training_data.ts";
import { quote } from "../../text/quote.ts";

/** Saves a run as often as it is asked to. */
export class Saver {
  readonly #path: string;
  readonly #run: Run;
  readonly #engine: Engine;
  readonly #sha256: string;
  readonly #trainingList: PackedList | undefined;
  readonly #program: string;

  private constructor(
    path: string,
    run: Run,
    engine: Engine,
    sha256: string,
    trainingList: PackedList | undefined,
    program: string,
  ) {
    this.#path = path;
    this.#run = run;
    this.#engine = engine;
    this.#sha256 = sha256;
    this.#trainingList = trainingList;
    this.#program = program;
  }

  /**
   * Prepares to save a run.
   *
   * @param path Where to.
   * @throws {Error} If it cannot be saved there, which is better known before training than after.
   */
  static async open(path: string, run: Run, engine: Engine, note: Say): Promise<Saver> {
    await assertModelOrNothing(path);
    await assertWritable(path);
    const { default: config } = await import("../../../deno.json", { with: { type: "json" } });
    const list = await packList(run.data.docs);
    if (list === undefined) {
      note("The data set is too large to be kept with the model: --new will need --exclude FILE");
    }
    const hash = await sha256(run.data.bytes);
    return new Saver(path, run, engine, hash, list, config.version);
  }

  /**
   * Saves the run as it is now.
   *
   * @param best Its best weights so far, if it is validated.
   */
  async save(best: Best | undefined): Promise<void> {
    const { config, tokenizer, random, data, command } = this.#run;
    const { weights, ...state } = this.#engine.state();
    await saveCheckpoint(this.#path, {
      config,
      dtype: command.dtype,
      tokenizer,
      weights,
      best,
      trainingList: this.#trainingList,
      run: {
        state,
        random: random.getstate(),
        dataset: { path: data.path, sha256: this.#sha256 },
        settings: settingsOf(command),
      },
      program: `microgpt ${this.#program}`,
    });
  }
}

/** A data set whose name stands in the wrong place must not be overwritten. */
async function assertModelOrNothing(path: string): Promise<void> {
  const isThere = await Deno.stat(path).then(({ isFile, size }) => isFile && size > 0, () => false);
  if (isThere && !await isCheckpoint(path)) {
    throw new Error(
      `Cannot save to ${quote(path)}: there is a file that is not a model: ` +
        `choose another name, or remove it`,
    );
  }
}
