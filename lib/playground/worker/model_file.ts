/**
 * Models as files: those of the command line's `--save`, so that each reads the other's.
 *
 * @module
 */

import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../checkpoint/checkpoint.ts";
import { unpackList } from "../../checkpoint/training_list.ts";
import type { FileNotes, ModelFile, OptionTexts } from "../shared/protocol.ts";
import type { Run } from "./run.ts";

/**
 * Writes the model of a run.
 *
 * @param run The run.
 * @param notes What the file says besides the model.
 * @throws {RangeError} If training has diverged.
 */
export async function encodeModel(
  run: Run,
  { options, dataset, program }: FileNotes,
): Promise<Uint8Array<ArrayBuffer>> {
  const { state: { weights, ...state }, best, dice } = run.snapshot(); // now: training may go on
  return encodeCheckpoint({
    config: run.engine.config,
    dtype: run.settings.dtype,
    tokenizer: run.tokenizer,
    weights,
    best,
    trainingList: await run.packed(),
    run: { state, random: dice, dataset, settings: options },
    program,
  });
}

/**
 * Reads a file.
 *
 * @param bytes The whole file; it can be from anywhere.
 * @throws {SyntaxError} If it is not safetensors.
 * @throws {RangeError} If it is not the file of a model, or has no state of training.
 */
export function decodeModel(bytes: Uint8Array): ModelFile {
  const checkpoint = decodeCheckpoint(bytes);
  const { weights, best, trainingList, run } = checkpoint;
  if (run === undefined) {
    throw new RangeError("This file has a model, but no state of training");
  }
  const { average, ...state } = run.state;
  return {
    options: optionsOf(checkpoint, run.settings),
    // The page averages no weights: it shows those that are used, and goes on from them.
    snapshot: { state: { ...state, weights: average ?? weights }, best, dice: run.random },
    dataset: run.dataset,
    texts: trainingList && new TextEncoder().encode(unpackList(trainingList).join("\n")),
  };
}

/** The options of the run; what the model says itself counts more. */
function optionsOf({ config, dtype, tokenizer }: Checkpoint, settings: OptionTexts): OptionTexts {
  return new Map([
    ...settings,
    ["n-layer", `${config.nLayer}`],
    ["n-embd", `${config.nEmbd}`],
    ["n-head", `${config.nHead}`],
    ["block-size", `${config.blockSize}`],
    ["tokenizer", tokenizer.kind],
    ["dtype", dtype],
  ]);
}
