/**
 * A saved model that a command line names.
 *
 * @module
 */

import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { isCheckpoint, loadCheckpoint } from "../files/checkpoint_file.ts";
import { quote } from "../text/quote.ts";

/**
 * Loads a model. Of a file that is something else altogether, such as a data
 * set, it says just that.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read, or is not a model.
 */
export async function loadModel(path: string): Promise<Checkpoint> {
  if (!await isCheckpoint(path)) {
    throw new Error(
      `Cannot load ${quote(path)}: it is not a model: name a file that --save made`,
    );
  }
  return await loadCheckpoint(path);
}
