/** A file with a model in it, for the tests of what reads such files. */

import type { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { saveCheckpoint } from "../../lib/files/checkpoint_file.ts";
import { Docs } from "../../lib/docs.ts";
import { initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";

/** Saves a model that has learned nothing, of the letters a and b, and returns its path. */
export async function saveTinyModel(
  dir: string,
  changed: Partial<Checkpoint> = {},
): Promise<string> {
  const path = `${dir}/tiny.safetensors`;
  const tokenizer = Tokenizer.fromDocs(Docs.from(["ab"]));
  const config = {
    vocabSize: (changed.tokenizer ?? tokenizer).vocabSize,
    nLayer: 1,
    nEmbd: 4,
    nHead: 2,
    blockSize: 6,
  };
  const weights = initWeights(config, new Random(1));
  await saveCheckpoint(path, { config, dtype: "f64", tokenizer, weights, ...changed });
  return path;
}
