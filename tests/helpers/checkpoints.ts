/** Checkpoints for the tests: whole ones, and what one can do to them. */

import {
  type Checkpoint,
  encodeCheckpoint,
  type SavedRun,
} from "../../lib/checkpoint/checkpoint.ts";
import type { Dtype } from "../../lib/engine.ts";
import { numParams } from "../../lib/model.ts";
import { Random } from "../../lib/random.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/checkpoint/safetensors.ts";
import type { Tensor } from "../../lib/checkpoint/tensor.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { packList } from "../../lib/checkpoint/training_list.ts";
import { Docs } from "../../lib/docs.ts";
import { gaussVector } from "./random.ts";

/** What a checkpoint is to be like; what is left out is as it usually is. */
export interface CheckpointOptions {
  readonly tokenizer?: Tokenizer;
  readonly dtype?: Dtype;
  readonly isResumable?: boolean;
  readonly hasList?: boolean;
}

/** The vocabulary of the tests: characters of 1, 2, 3 and 4 bytes in UTF-8. */
export const CHARS = new Tokenizer("char", [0x61, 0xe9, 0xac00, 0x1f600]);

/** The training list of the tests. */
const LIST = await packList(Docs.from(["a\u00e9", "\uac00", "a\u00e9"]));

/** A checkpoint, always the same. */
export function newCheckpoint(options: CheckpointOptions = {}): Checkpoint {
  const { tokenizer = CHARS, dtype = "f64", isResumable = true, hasList = true } = options;
  const config = { vocabSize: tokenizer.vocabSize, nLayer: 2, nEmbd: 4, nHead: 2, blockSize: 3 };
  const random = new Random(7);
  const round = dtype === "f64" ? (x: number) => x : Math.fround;
  const numbers = () => gaussVector(random, numParams(config), 0.1).map(round);
  return {
    config,
    dtype,
    tokenizer,
    weights: numbers(),
    trainingList: hasList ? LIST : undefined,
    run: isResumable ? newRun(numbers(), numbers().map((x) => round(x * x))) : undefined,
    best: isResumable ? { step: 7, loss: 2.25, weights: numbers() } : undefined,
    program: "microgpt 1.2.3",
  };
}

function newRun(m: Float64Array, v: Float64Array): SavedRun {
  const random = new Random(11);
  random.gauss(0, 1); // its second number waits
  return {
    state: { steps: 12, m, v, mScale: 0.15, vScale: 0.1 + 0.2 },
    random: random.getstate(),
    dataset: { path: "my data/é.txt", sha256: "0123456789abcdef".repeat(4) },
    settings: new Map([["n-layer", "2"], ["n-embd", "4"], ["n-head", "2"], ["prompt", "é\n"]]),
  };
}

/** What can be changed in a file. */
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
