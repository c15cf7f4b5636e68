/**
 * What `microgpt info` tells of a model.
 *
 * @module
 */

import { loadCheckpointHeader } from "../../files/checkpoint_file.ts";
import { numParams } from "../../config.ts";
import type { Facts } from "../commands/info.ts";

/**
 * The facts about a model.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read, or is not one.
 */
export async function modelFacts(path: string): Promise<Facts> {
  const header = await loadCheckpointHeader(path);
  const { config, dtype, tokenizer, best, trainingList, run, program } = header;
  return [
    ["kind", "model"],
    ["saved by", program || "unknown"],
    ["num params", numParams(config)],
    ["n layer", config.nLayer],
    ["n embd", config.nEmbd],
    ["n head", config.nHead],
    ["block size", config.blockSize],
    ["vocab size", config.vocabSize],
    ["dtype", dtype],
    ["tokenizer", tokenizer.kind],
    ["vocabulary", tokenizer.symbols.join("")],
    ...(trainingList === undefined ? [] : [["training list", trainingList.count] as const]),
    ...(run === undefined ? [] : [
      ["steps", run.state.steps],
      ...(best === undefined
        ? []
        : [["best step", best.step], ["best validation loss", best.loss]] as const),
      ["dataset", run.dataset.path],
      ["dataset sha256", run.dataset.sha256],
      ["settings", Object.fromEntries(run.settings)],
    ] as const),
  ];
}
