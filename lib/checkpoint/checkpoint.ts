/**
 * Models as the bytes of a safetensors file: the parameters under the names and in the shapes of
 * microgpt.py's `state_dict`, and everything that training needs to continue as if it had never
 * stopped. Other programs can read the file; {@linkcode encodeCheckpoint} lists what is in it.
 *
 * Nothing that is read is trusted. Files and folders are the business of `files`.
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

import { attempt, CheckpointReader, fail, SIZE_NAMES, type TensorShape } from "./_reader.ts";
import { type GptConfig, layout, numParams } from "../config.ts";
import { type Dtype, DTYPES, type EngineState } from "../engine.ts";
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
  /** The tokenizer with its vocabulary. */
  readonly tokenizer: Tokenizer;
  /**
   * The parameters after the last step, in the order of `layout()`: training continues with these.
   * To use the model, take {@linkcode usedWeights}.
   */
  readonly weights: Float64Array;
  /** The texts that it was trained on. */
  readonly trainingList?: PackedList | undefined;
  /** The run of training; without it, training cannot continue. */
  readonly run?: SavedRun | undefined;
  /** The best weights of the run, by the loss on documents that it did not train on. */
  readonly best?: Best | undefined;
  /** The version of the program that wrote it. */
  readonly program?: string | undefined;
}

/**
 * Returns the weights of a model to use: the best ones if it was validated, else their
 * average if it has one, else those after the last step.
 *
 * @param checkpoint The model.
 * @returns Its own array, in the order of `layout()`: not a copy.
 */
export function usedWeights({ best, run, weights }: Checkpoint): Float64Array {
  return best?.weights ?? run?.state.average ?? weights;
}

/** The best weights of a run. */
export interface Best {
  /** The number of steps that had been taken. */
  readonly step: number;
  /** The loss on the validation documents, in nats per token. */
  readonly loss: number;
  /** The parameters, in the order of `layout()`. */
  readonly weights: Float64Array;
}

/** A run of training that can continue. */
export interface SavedRun {
  /** The state of the engine, without the weights. */
  readonly state: Omit<EngineState, "weights">;
  /** The random numbers that come next: those of the samples. */
  readonly random: RandomState;
  /** The path of the data set, and the SHA-256 of its bytes in hexadecimal. */
  readonly dataset: { readonly path: string; readonly sha256: string };
  /** The settings of the program that ran it, by name, as they were written down. */
  readonly settings: ReadonlyMap<string, string>;
  /** The path of the model that it went on from; `-` if that was no file. */
  readonly from?: string | undefined;
}

/** The format that the file says it has. */
const FORMAT = "microgpt";

/** The prefixes of the names of Adam's moments, of the best weights and of the averaged ones. */
const MOMENTS = { m: "adam.m.", v: "adam.v." } as const, BEST = "best.", AVERAGE = "ema.";

/** The names of the other tensors. */
const RANDOM_STATE = "random.state", TRAINING_LIST = "training_list";

/** 624 words and an index: see `RandomState`. */
const RANDOM_STATE_LENGTH = 625;

/**
 * Writes a model as a file. Its tensors:
 *
 * - `wte`, `wpe`, `lm_head`, `layer0.attn_wq`, ...: the parameters, in F64 or F32;
 * - `best.wte`, ...: the parameters when they were best, of a run with validation;
 * - `adam.m.wte`, `adam.v.wte`, ...: Adam's moments, as the engine keeps them;
 * - `ema.wte`, ...: the averaged parameters, of a run that averages them;
 * - `random.state`: 625 U32, the second item of CPython's `random.getstate()`;
 * - `training_list`: U8, the documents, one per line, compressed with zlib.
 *
 * Its metadata, all strings: `format`, `program`, `dtype`, the sizes (`n_layer` ...), `tokenizer`
 * (char or byte) and `uchars` (the characters in the order of their tokens) or `bytes` (the same in
 * hexadecimal), `training_list_count` and `training_list_size`; `best_step` and `best_loss`; of a
 * run also `step`, `adam_m_scale` and `adam_v_scale` (factors that make the stored moments Adam's),
 * `gauss_next`, `dataset`, `dataset_sha256` and `settings` (JSON), and `from` if it was fine-tuned.
 *
 * @param checkpoint The model.
 * @returns The bytes of the file.
 * @throws {RangeError} If the model has diverged: numbers that are not finite could not be read.
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
    const { state, random, dataset, settings, from } = run;
    addMatrices(tensors, MOMENTS.m, config, dtype, state.m);
    addMatrices(tensors, MOMENTS.v, config, dtype, state.v);
    if (state.average) addMatrices(tensors, AVERAGE, config, dtype, state.average);
    tensors.set(RANDOM_STATE, tensorOf(random.words));
    metadata.set("step", `${state.steps}`);
    metadata.set("adam_m_scale", `${state.mScale}`);
    metadata.set("adam_v_scale", `${state.vScale}`);
    metadata.set("gauss_next", `${random.gaussNext ?? ""}`);
    metadata.set("dataset", dataset.path);
    metadata.set("dataset_sha256", dataset.sha256);
    metadata.set("settings", JSON.stringify(Object.fromEntries(settings)));
    if (from !== undefined) metadata.set("from", from);
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

/** A checkpoint without its numbers: all that the header of a file says. */
export interface CheckpointHeader
  extends Pick<Checkpoint, "config" | "dtype" | "tokenizer" | "program"> {
  /** The sizes of the training list. */
  readonly trainingList: Omit<PackedList, "data"> | undefined;
  /** The run of training, if it can continue. */
  readonly run: RunHeader | undefined;
  /** The best step and its loss. */
  readonly best: Omit<Best, "weights"> | undefined;
}

/** A run of training without its numbers. */
interface RunHeader extends Pick<SavedRun, "dataset" | "settings" | "from"> {
  readonly state: Pick<EngineState, "steps" | "mScale" | "vScale">;
  readonly gaussNext: number | undefined;
  /** True if the parameters have been averaged. */
  readonly hasAverage: boolean;
}

/**
 * Reads and checks the header of a file, before memory is taken for its numbers.
 *
 * @throws {RangeError} If it is not the file of a model.
 */
export function readCheckpointHeader(
  metadata: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, TensorShape>,
): CheckpointHeader {
  const reader = new CheckpointReader(metadata, tensors);
  reader.choice("format", [FORMAT]);
  const config = reader.config();
  const tokenizer = reader.tokenizer();
  if (tokenizer.vocabSize !== config.vocabSize) {
    fail(`vocab_size is ${config.vocabSize}, but its tokenizer has ${tokenizer.vocabSize} tokens`);
  }
  const dtype = reader.choice("dtype", DTYPES);
  reader.checkMatrices("", config, dtype);
  const header = {
    config,
    dtype,
    tokenizer,
    trainingList: trainingListHeader(reader, tensors.get(TRAINING_LIST)),
    run: metadata.has("step") ? runHeader(reader, config, dtype) : undefined,
    best: metadata.has("best_step") ? bestHeader(reader, config, dtype) : undefined,
    program: metadata.get("program"),
  };
  reader.checkNoOtherTensors();
  return header;
}

function trainingListHeader(reader: CheckpointReader, tensor: TensorShape | undefined) {
  if (tensor === undefined) return undefined;
  const length = tensor.shape[0] ?? 0;
  if (length > MAX_PACKED_SIZE) {
    const name = excerpt(TRAINING_LIST);
    fail(`tensor ${name} has ${length} bytes: at most ${MAX_PACKED_SIZE} are allowed`);
  }
  reader.checkTensor(TRAINING_LIST, ["U8"], [length]);
  return {
    count: reader.integer("training_list_count"),
    size: reader.integer("training_list_size"),
  };
}

function runHeader(reader: CheckpointReader, config: GptConfig, dtype: Dtype): RunHeader {
  const from = reader.optionalText("from");
  reader.checkMatrices(MOMENTS.m, config, dtype);
  reader.checkMatrices(MOMENTS.v, config, dtype);
  const hasAverage = reader.hasMatrices(AVERAGE);
  if (hasAverage) reader.checkMatrices(AVERAGE, config, dtype);
  reader.checkTensor(RANDOM_STATE, ["U32"], [RANDOM_STATE_LENGTH]);
  return {
    state: {
      steps: reader.integer("step"),
      mScale: reader.positive("adam_m_scale"),
      vScale: reader.positive("adam_v_scale"),
    },
    gaussNext: reader.text("gauss_next") === "" ? undefined : reader.number("gauss_next"),
    hasAverage,
    dataset: { path: reader.text("dataset"), sha256: reader.sha256("dataset_sha256") },
    settings: reader.settings(),
    ...(from !== undefined && { from }),
  };
}

function bestHeader(reader: CheckpointReader, config: GptConfig, dtype: Dtype) {
  reader.checkMatrices(BEST, config, dtype);
  return { step: reader.integer("best_step"), loss: reader.number("best_loss") };
}

/**
 * Reads a model from a file.
 *
 * @param bytes The whole file.
 * @returns The model, with everything that was saved.
 * @throws {SyntaxError} If it is not safetensors.
 * @throws {RangeError} If it is not the file of a model, or one of its numbers cannot be.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const { best, trainingList, run, ...model } = readCheckpointHeader(metadata, tensors);
  const tensor = (name: string) => tensors.get(name)!; // the header has been checked
  const numbers = (prefix: string) => numbersOf(prefix, model.config, tensor);
  return {
    ...model,
    weights: numbers(""),
    best: best && { ...best, weights: numbers(BEST) },
    // A copy, so that the rest of the file can be freed.
    trainingList: trainingList && { ...trainingList, data: tensor(TRAINING_LIST).data.slice() },
    run: run && {
      state: {
        ...run.state,
        m: numbers(MOMENTS.m),
        v: secondMoments(numbers(MOMENTS.v)),
        ...(run.hasAverage && { average: numbers(AVERAGE) }),
      },
      random: randomState(tensor(RANDOM_STATE), run.gaussNext),
      dataset: run.dataset,
      settings: run.settings,
      ...(run.from !== undefined && { from: run.from }),
    },
  };
}

/** Reads the numbers of all matrices, in the order of `layout()`. */
function numbersOf(
  prefix: string,
  config: GptConfig,
  tensor: (name: string) => Tensor,
): Float64Array {
  const all = new Float64Array(numParams(config));
  for (const { name, nout, nin, offset } of layout(config)) {
    const values = all.subarray(offset, offset + nout * nin);
    copyNumbers(tensor(prefix + name), values);
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
  attempt(() => new Random(0).setstate(state));
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
