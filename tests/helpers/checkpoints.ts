/** Checkpoints of the tests' small model, and what can be done to their files. */

import {
  type Checkpoint,
  encodeCheckpoint,
  type SavedRun,
} from "../../lib/checkpoint/checkpoint.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/checkpoint/safetensors.ts";
import type { Tensor } from "../../lib/checkpoint/tensor.ts";
import { packList } from "../../lib/checkpoint/training_list.ts";
import { numParams } from "../../lib/config.ts";
import type { Dtype } from "../../lib/engine.ts";
import { saveCheckpoint } from "../../lib/files/checkpoint_file.ts";
import { Random } from "../../lib/random.ts";
import type { Tokenizer } from "../../lib/tokenizer.ts";
import { gaussVector } from "./random.ts";
import { CONFIG, DOCS, TOKENIZER } from "./tiny.ts";

/** Wishes for a checkpoint; the rest is as usual. */
export interface CheckpointOptions {
  readonly tokenizer?: Tokenizer;
  readonly dtype?: Dtype;
  readonly isResumable?: boolean;
  readonly hasList?: boolean;
  readonly hasAverage?: boolean;
}

const LIST = await packList(DOCS);

/** A checkpoint, always the same. */
export function newCheckpoint(options: CheckpointOptions = {}): Checkpoint {
  const { tokenizer = TOKENIZER, dtype = "f64", isResumable = true, hasList = true } = options;
  const { hasAverage = false } = options;
  const config = { ...CONFIG, vocabSize: tokenizer.vocabSize };
  const random = new Random(7);
  const round = dtype === "f64" ? (x: number) => x : Math.fround;
  const numbers = () => gaussVector(random, numParams(config), 0.1).map(round);
  const weights = numbers();
  const run = () => newRun(numbers(), numbers().map((x) => round(x * x)));
  const checkpoint = {
    config,
    dtype,
    tokenizer,
    weights,
    trainingList: hasList ? LIST : undefined,
    run: isResumable ? run() : undefined,
    best: isResumable ? { step: 7, loss: 2.25, weights: numbers() } : undefined,
    program: "microgpt 1.2.3",
  };
  if (!hasAverage || checkpoint.run === undefined) return checkpoint;
  const state = { ...checkpoint.run.state, average: numbers() };
  return { ...checkpoint, run: { ...checkpoint.run, state } };
}

function newRun(m: Float64Array, v: Float64Array): SavedRun {
  const random = new Random(11);
  random.gauss(0, 1); // its second number waits
  return {
    state: { steps: 12, m, v, mScale: 0.15, vScale: 0.1 + 0.2 },
    random: random.getstate(),
    dataset: { path: "my data/é.txt", sha256: "0123456789abcdef".repeat(4) },
    settings: new Map([["n-layer", "2"], ["n-embd", "4"], ["n-head", "2"], ["prompt", "é\n"]]),
    from: "old.safetensors",
  };
}

/** Saves a model without a run behind it, in which something may be otherwise, and returns its path. */
export async function saveTinyModel(
  dir: string,
  changes: Partial<Checkpoint> = {},
): Promise<string> {
  const { tokenizer = TOKENIZER } = changes;
  const bare = newCheckpoint({ tokenizer, isResumable: false, hasList: false });
  const path = `${dir}/tiny.safetensors`;
  await saveCheckpoint(path, { ...bare, program: undefined, ...changes });
  return path;
}

/** Changes to a file. */
export interface Parts {
  readonly metadata: Map<string, string>;
  readonly tensors: Map<string, Tensor>;
}

/** The bytes of a checkpoint in which something has been changed. */
export function changed(change: (parts: Parts) => void, checkpoint = newCheckpoint()): Uint8Array {
  const { metadata, tensors } = decodeSafetensors(encodeCheckpoint(checkpoint));
  const parts = { metadata: new Map(metadata), tensors: new Map(tensors) };
  change(parts);
  return encodeSafetensors(parts.tensors, parts.metadata);
}
