/**
 * A model in a file, in the format of safetensors: the parameters under the
 * names and in the shapes of microgpt.py's `state_dict`, and beside them what is
 * needed to go on training as if nothing had happened. Other programs can read
 * the file; what they find is listed at {@linkcode encodeCheckpoint}.
 *
 * What it does not do: files and folders (see `checkpoint-file`). It trusts
 * nothing that it reads.
 *
 * @example There and back
 * ```ts
 * import { decodeCheckpoint, encodeCheckpoint } from "@x/microgpt/checkpoint";
 * import { DEFAULT_SIZES, initWeights, Random, Tokenizer } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = new Tokenizer("char", [97, 98]); // a, b
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const weights = initWeights(config, new Random(42));
 * const bytes = encodeCheckpoint({ config, dtype: "f64", tokenizer, weights });
 * assertEquals(decodeCheckpoint(bytes).weights, weights);
 * ```
 *
 * @module
 */

import { CheckpointReader, fail, SIZE_NAMES, type TensorShape } from "./_reader.ts";
import { type GptConfig, layout, numParams } from "../config.ts";
import type { Dtype, EngineState } from "../engine.ts";
import { Random, type RandomState } from "../random.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { copyNumbers, type Tensor, tensorOf, wordsOf } from "./tensor.ts";
import { excerpt } from "../text/quote.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { MAX_PACKED_SIZE, type PackedList } from "./training_list.ts";

/** A model, and what is known about it. */
export interface Checkpoint {
  /** The sizes of the model. */
  readonly config: GptConfig;
  /** The precision of its numbers. */
  readonly dtype: Dtype;
  /** What its tokens stand for. */
  readonly tokenizer: Tokenizer;
  /**
   * The parameters, in the order of `layout()`: those of the last step, with which training goes on.
   * To use the model take `best?.weights ?? weights`.
   */
  readonly weights: Float64Array;
  /** What it was trained on. */
  readonly trainingList?: PackedList | undefined;
  /** How to go on training it; without it, it can only be used. */
  readonly run?: SavedRun | undefined;
  /** The best weights of the run, by documents that it did not train on. */
  readonly best?: Best | undefined;
  /** The version of the program that wrote it. */
  readonly program?: string | undefined;
}

/** The weights of a run when they were best. */
export interface Best {
  /** How many steps had been taken. */
  readonly step: number;
  /** The loss on the validation documents, in nats a token. */
  readonly loss: number;
  /** The parameters, in the order of `layout()`. */
  readonly weights: Float64Array;
}

/** A run of training that can go on. */
export interface SavedRun {
  /** What training has changed, but for the weights. */
  readonly state: Omit<EngineState, "weights">;
  /** The random numbers that come next: those of the samples. */
  readonly random: RandomState;
  /** The data set: where it was, and the SHA-256 of its bytes in hexadecimal. */
  readonly dataset: { readonly path: string; readonly sha256: string };
  /** The settings of the program that ran it, by name, as they were written. */
  readonly settings: ReadonlyMap<string, string>;
}

/** What the file says it is. */
const FORMAT = "microgpt";

/** The prefixes of the names of Adam's moments. */
const MOMENTS = { m: "adam.m.", v: "adam.v." } as const;

/** The prefix of the names of the best weights. */
const BEST = "best.";

/** The names of the other tensors. */
const RANDOM_STATE = "random.state", TRAINING_LIST = "training_list";

/** 624 words and an index: see `RandomState`. */
const RANDOM_STATE_LENGTH = 625;

/**
 * Writes a file. Its tensors:
 *
 * - `wte`, `wpe`, `lm_head`, `layer0.attn_wq`, ...: the parameters, in F64 or F32;
 * - `best.wte`, ...: the parameters when they were best, of a run with validation;
 * - `adam.m.wte`, `adam.v.wte`, ...: what the engine keeps of Adam's moments;
 * - `random.state`: 625 U32, the second item of CPython's `random.getstate()`;
 * - `training_list`: U8, the documents, a line each, compressed as zlib does.
 *
 * Its metadata, all strings: `format`, `program`, `dtype`, the sizes (`n_layer`
 * ...), `tokenizer` (char or byte) and `uchars` (the characters in the order of
 * their tokens) or `bytes` (the same in hexadecimal), `training_list_count` and
 * `training_list_size`; `best_step` and `best_loss`; of a run also `step`,
 * `adam_m_scale` and `adam_v_scale` (with which the stored moments have to be
 * multiplied to be Adam's), `gauss_next`, `dataset`, `dataset_sha256` and `settings` (JSON).
 *
 * @param checkpoint The model.
 * @returns The bytes of the file.
 * @throws {RangeError} If it has diverged: numbers that are not finite are not read, either.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { config, dtype, tokenizer, weights, best, trainingList, run, program = "" } = checkpoint;
  const tensors = new Map<string, Tensor>();
  const metadata = new Map([["format", FORMAT], ["program", program], ["dtype", dtype]]);
  for (const [size, name] of Object.entries(SIZE_NAMES)) {
    metadata.set(name, `${config[size as keyof GptConfig]}`); // its keys
  }
  metadata.set("tokenizer", tokenizer.kind);
  metadata.set(...vocabularyOf(tokenizer));
  addMatrices(tensors, "", config, dtype, weights);
  if (best !== undefined) {
    addMatrices(tensors, BEST, config, dtype, best.weights);
    metadata.set("best_step", `${best.step}`);
    metadata.set("best_loss", `${best.loss}`);
  }
  if (trainingList !== undefined) {
    tensors.set(TRAINING_LIST, tensorOf(trainingList.data));
    metadata.set("training_list_count", `${trainingList.count}`);
    metadata.set("training_list_size", `${trainingList.size}`);
  }
  if (run !== undefined) {
    const { state, random, dataset, settings } = run;
    addMatrices(tensors, MOMENTS.m, config, dtype, state.m);
    addMatrices(tensors, MOMENTS.v, config, dtype, state.v);
    tensors.set(RANDOM_STATE, tensorOf(random.words));
    metadata.set("step", `${state.steps}`);
    metadata.set("adam_m_scale", `${state.mScale}`);
    metadata.set("adam_v_scale", `${state.vScale}`);
    metadata.set("gauss_next", `${random.gaussNext ?? ""}`);
    metadata.set("dataset", dataset.path);
    metadata.set("dataset_sha256", dataset.sha256);
    metadata.set("settings", JSON.stringify(Object.fromEntries(settings)));
  }
  return encodeSafetensors(tensors, metadata);
}

function vocabularyOf({ kind, codes }: Tokenizer): [string, string] {
  return kind === "char"
    ? ["uchars", codes.map((code) => String.fromCodePoint(code)).join("")]
    : ["bytes", codes.map((code) => code.toString(16).padStart(2, "0")).join("")];
}

/** Adds the matrices of a model, whose numbers lie in the order of `layout()`. */
function addMatrices(
  tensors: Map<string, Tensor>,
  prefix: string,
  config: GptConfig,
  dtype: Dtype,
  numbers: Float64Array,
): void {
  for (const { name, nout, nin, offset } of layout(config)) {
    const part = numbers.subarray(offset, offset + nout * nin);
    const values = dtype === "f64" ? part : Float32Array.from(part);
    const why = whyNotFinite(prefix + name, values, nin);
    if (why !== undefined) throw new RangeError(`Cannot save the model: ${why}`);
    tensors.set(prefix + name, tensorOf(values, [nout, nin]));
  }
}

/** A checkpoint without its numbers: what can be told from the header of a file. */
export interface CheckpointHeader
  extends Pick<Checkpoint, "config" | "dtype" | "tokenizer" | "program"> {
  /** What there is of the list that it was trained on. */
  readonly trainingList: Omit<PackedList, "data"> | undefined;
  /** The run of training, if it can go on. */
  readonly run: RunHeader | undefined;
  /** When the weights of the run were best. */
  readonly best: Omit<Best, "weights"> | undefined;
}

/** A run of training without its numbers. */
interface RunHeader extends Pick<SavedRun, "dataset" | "settings"> {
  readonly state: Pick<EngineState, "steps" | "mScale" | "vScale">;
  readonly gaussNext: number | undefined;
}

/**
 * Reads and checks the header of a file, before memory is taken for its numbers.
 *
 * @param metadata The metadata of the file.
 * @param tensors The types and shapes of its tensors.
 * @throws {RangeError} If it is not the file of a model.
 */
export function readCheckpointHeader(
  metadata: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, TensorShape>,
): CheckpointHeader {
  const reader = new CheckpointReader(metadata, tensors);
  const format = reader.text("format");
  if (format !== FORMAT) fail(`its format is ${excerpt(format)}: ${excerpt(FORMAT)} is wanted`);
  const config = reader.config();
  const tokenizer = reader.tokenizer();
  if (tokenizer.vocabSize !== config.vocabSize) {
    fail(`vocab_size is ${config.vocabSize}, but its tokenizer has ${tokenizer.vocabSize} tokens`);
  }
  const dtype = reader.dtype();
  reader.checkMatrices("", config, dtype);
  const header = {
    config,
    dtype,
    tokenizer,
    trainingList: tensors.has(TRAINING_LIST) ? trainingListHeader(reader) : undefined,
    run: metadata.has("step") ? runHeader(reader, config, dtype) : undefined,
    best: metadata.has("best_step") ? bestHeader(reader, config, dtype) : undefined,
    program: metadata.get("program"),
  };
  reader.checkNoOtherTensors();
  return header;
}

function trainingListHeader(reader: CheckpointReader): CheckpointHeader["trainingList"] {
  reader.checkBytes(TRAINING_LIST, MAX_PACKED_SIZE);
  return {
    count: reader.integer("training_list_count"),
    size: reader.integer("training_list_size"),
  };
}

function runHeader(reader: CheckpointReader, config: GptConfig, dtype: Dtype): RunHeader {
  reader.checkMatrices(MOMENTS.m, config, dtype);
  reader.checkMatrices(MOMENTS.v, config, dtype);
  reader.checkTensor(RANDOM_STATE, ["U32"], [RANDOM_STATE_LENGTH]);
  return {
    state: {
      steps: reader.integer("step"),
      mScale: reader.positive("adam_m_scale"),
      vScale: reader.positive("adam_v_scale"),
    },
    gaussNext: reader.text("gauss_next") === "" ? undefined : reader.finite("gauss_next"),
    dataset: { path: reader.text("dataset"), sha256: reader.sha256("dataset_sha256") },
    settings: reader.settings(),
  };
}

function bestHeader(
  reader: CheckpointReader,
  config: GptConfig,
  dtype: Dtype,
): CheckpointHeader["best"] {
  reader.checkMatrices(BEST, config, dtype);
  return { step: reader.integer("best_step"), loss: reader.finite("best_loss") };
}

/**
 * Reads a file.
 *
 * @param bytes All of it.
 * @returns The model; what was saved in one piece is there in one piece.
 * @throws {SyntaxError} If it is not safetensors.
 * @throws {RangeError} If it is not the file of a model, or one of its numbers cannot be.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const { best, trainingList, run, ...model } = readCheckpointHeader(metadata, tensors);
  const numbers = (prefix: string) => numbersOf(prefix, model.config, tensors);
  const list = tensors.get(TRAINING_LIST)?.data.slice(); // so that the rest can be freed
  return {
    ...model,
    weights: numbers(""),
    best: best && { ...best, weights: numbers(BEST) },
    trainingList: list && trainingList && { ...trainingList, data: list },
    run: run && {
      state: { ...run.state, m: numbers(MOMENTS.m), v: secondMoments(numbers(MOMENTS.v)) },
      random: randomState(tensors.get(RANDOM_STATE)!, run.gaussNext), // the header has it
      dataset: run.dataset,
      settings: run.settings,
    },
  };
}

/** Reads the numbers of all matrices, in the order of `layout()`. */
function numbersOf(
  prefix: string,
  config: GptConfig,
  tensors: ReadonlyMap<string, Tensor>,
): Float64Array {
  const all = new Float64Array(numParams(config));
  for (const { name, nout, nin, offset } of layout(config)) {
    const values = all.subarray(offset, offset + nout * nin);
    copyNumbers(tensors.get(prefix + name)!, values); // the header has it
    const why = whyNotFinite(prefix + name, values, nin);
    if (why !== undefined) fail(why);
  }
  return all;
}

function secondMoments(v: Float64Array): Float64Array {
  const negative = v.find((value) => value < 0);
  if (negative !== undefined) fail(`a second moment of Adam is ${negative}: 0 or above is wanted`);
  return v;
}

function randomState(tensor: Tensor, gaussNext: number | undefined): RandomState {
  const state = { words: wordsOf(tensor), gaussNext };
  try {
    new Random(0).setstate(state);
  } catch {
    fail(`tensor ${excerpt(RANDOM_STATE)} is not a state that a generator can be in`);
  }
  return state;
}

/** Says what is wrong with the numbers of a matrix; `undefined` if all are finite. */
function whyNotFinite(
  name: string,
  numbers: Float64Array | Float32Array,
  nin: number,
): string | undefined {
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) continue;
    const place = `[${Math.floor(i / nin)}, ${i % nin}]`;
    return `tensor ${excerpt(name)} has ${numbers[i]} at ${place}: finite numbers are wanted`;
  }
  return undefined;
}
