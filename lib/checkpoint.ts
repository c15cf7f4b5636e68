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
 * import { DEFAULT_SIZES, initWeights } from "@x/microgpt/model";
 * import { Random } from "@x/microgpt/random";
 * import { Tokenizer } from "@x/microgpt/tokenizer";
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

import { type Dtype, DTYPES, type EngineState } from "./engine.ts";
import { type GptConfig, layout, numParams } from "./model.ts";
import type { RandomState } from "./random.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { numbersOf, type Tensor, tensorOf, valuesAs } from "./tensor.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { PackedList } from "./training_list.ts";

/** A model, and what is known about it. */
export interface Checkpoint {
  /** The sizes of the model. */
  readonly config: GptConfig;
  /** The precision of its numbers. */
  readonly dtype: Dtype;
  /** What its tokens stand for. */
  readonly tokenizer: Tokenizer;
  /** The parameters, in the order of `layout()`. */
  readonly weights: Float64Array;
  /** What it was trained on. */
  readonly trainingList?: PackedList | undefined;
  /** How to go on training it; without it, it can only be used. */
  readonly run?: Run | undefined;
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
export interface Run {
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

/** The names that the sizes have in microgpt.py, and in the file. */
const SIZE_NAMES = {
  vocabSize: "vocab_size",
  nLayer: "n_layer",
  nEmbd: "n_embd",
  nHead: "n_head",
  blockSize: "block_size",
} as const;

/** The prefix of the names of the best weights. */
const BEST = "best.";

/** The prefixes of the names of Adam's moments. */
const MOMENTS = { m: "adam.m.", v: "adam.v." } as const;

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
 * `training_list_size`; `best_step` and `best_loss`; of a run also `step`, `adam_m_scale` and `adam_v_scale` (with
 * which the stored moments have to be multiplied to be Adam's), `gauss_next`,
 * `dataset`, `dataset_sha256` and `settings` (JSON).
 *
 * @param checkpoint The model.
 * @returns The bytes of the file.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { config, dtype, tokenizer, weights, best, trainingList, run, program = "" } = checkpoint;
  const tensors = new Map<string, Tensor>();
  const metadata = new Map([["format", FORMAT], ["program", program], ["dtype", dtype]]);
  for (const [size, name] of Object.entries(SIZE_NAMES)) {
    metadata.set(name, `${config[size as keyof typeof SIZE_NAMES]}`); // its keys
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
    tensors.set("training_list", tensorOf(trainingList.data));
    metadata.set("training_list_count", `${trainingList.count}`);
    metadata.set("training_list_size", `${trainingList.size}`);
  }
  if (run !== undefined) {
    const { state, random, dataset, settings } = run;
    addMatrices(tensors, MOMENTS.m, config, dtype, state.m);
    addMatrices(tensors, MOMENTS.v, config, dtype, state.v);
    tensors.set("random.state", tensorOf(random.words));
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
    tensors.set(prefix + name, tensorOf(values, [nout, nin]));
  }
}

/** What is known of a tensor before its data have been read. */
export type TensorShape = Pick<Tensor, "dtype" | "shape">;

/** What a file says before its tensors have been read. */
export interface CheckpointHeader extends Pick<Checkpoint, "config" | "dtype" | "tokenizer"> {
  /** Whether training can go on. */
  readonly isResumable: boolean;
}

/**
 * Checks what a file says of itself, before memory is taken for its numbers.
 *
 * @param metadata The metadata of the file.
 * @param tensors The tensors of the file; their data do not matter.
 * @returns What is known already.
 * @throws {RangeError} If it is not the file of a model.
 */
export function checkHeader(
  metadata: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, TensorShape>,
): CheckpointHeader {
  const reader = new Reader(metadata, tensors);
  const format = metadata.get("format");
  if (format !== FORMAT) fail(`its format is ${shown(format)}: ${shown(FORMAT)} is wanted`);
  const config = reader.config();
  const tokenizer = reader.tokenizer();
  if (tokenizer.vocabSize !== config.vocabSize) {
    fail(`vocab_size is ${config.vocabSize}, but its tokenizer has ${tokenizer.vocabSize} tokens`);
  }
  reader.checkMatrices("", config);
  if (metadata.has("best_step")) reader.checkMatrices(BEST, config);
  const isResumable = metadata.has("step");
  if (isResumable) Object.values(MOMENTS).forEach((prefix) => reader.checkMatrices(prefix, config));
  const dtype = reader.text("dtype");
  if (!DTYPES.includes(dtype as Dtype)) { // asked here
    fail(`dtype is ${shown(dtype)}: ${DTYPES.join(" or ")} is wanted`);
  }
  return { config, tokenizer, dtype: dtype as Dtype, isResumable };
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
  const { config, dtype, tokenizer, isResumable } = checkHeader(metadata, tensors);
  const reader = new Reader(metadata, tensors);
  return {
    config,
    dtype,
    tokenizer,
    weights: numbers("", config, tensors),
    best: metadata.has("best_step")
      ? {
        step: reader.integer("best_step"),
        loss: reader.finite("best_loss"),
        weights: numbers(BEST, config, tensors),
      }
      : undefined,
    trainingList: trainingListOf(reader, tensors),
    run: isResumable ? runOf(reader, config, tensors) : undefined,
    program: metadata.get("program"),
  };
}

function trainingListOf(
  reader: Reader,
  tensors: ReadonlyMap<string, Tensor>,
): PackedList | undefined {
  const tensor = tensors.get("training_list");
  if (tensor === undefined) return undefined;
  if (tensor.dtype !== "U8") fail(`training_list is ${tensor.dtype}: U8 is wanted`);
  return {
    count: reader.integer("training_list_count"),
    size: reader.integer("training_list_size"),
    data: valuesAs(tensor, "U8").slice(),
  };
}

function runOf(reader: Reader, config: GptConfig, tensors: ReadonlyMap<string, Tensor>): Run {
  const words = tensors.get("random.state");
  if (words?.dtype !== "U32" || words.shape.length !== 1 || words.shape[0] !== 625) {
    fail("it has no tensor random.state of 625 U32");
  }
  const v = numbers(MOMENTS.v, config, tensors);
  const negative = v.findIndex((value) => value < 0);
  if (negative >= 0) fail(`a second moment of Adam is ${v[negative]}: 0 or above is wanted`);
  const gaussNext = reader.text("gauss_next");
  return {
    state: {
      steps: reader.integer("step"),
      m: numbers(MOMENTS.m, config, tensors),
      v,
      mScale: reader.positive("adam_m_scale"),
      vScale: reader.positive("adam_v_scale"),
    },
    random: {
      words: valuesAs(words, "U32").slice(),
      gaussNext: gaussNext === "" ? undefined : reader.finite("gauss_next"),
    },
    dataset: { path: reader.text("dataset"), sha256: reader.text("dataset_sha256") },
    settings: reader.settings(),
  };
}

/** The numbers of all matrices, in the order of `layout()`. */
function numbers(
  prefix: string,
  config: GptConfig,
  tensors: ReadonlyMap<string, Tensor>,
): Float64Array {
  const all = new Float64Array(numParams(config));
  for (const { name, nin, offset } of layout(config)) {
    const values = numbersOf(tensors.get(prefix + name)!); // checkHeader() has found it
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const place = `[${Math.floor(bad / nin)}, ${bad % nin}]`;
      fail(
        `tensor ${shown(prefix + name)} has ${values[bad]} at ${place}: finite numbers are wanted`,
      );
    }
    all.set(values, offset);
  }
  return all;
}

/** Takes values out of metadata and knows what is wrong with them. */
class Reader {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #tensors: ReadonlyMap<string, TensorShape>;

  constructor(metadata: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, TensorShape>) {
    this.#metadata = metadata;
    this.#tensors = tensors;
  }

  text(name: string): string {
    return this.#metadata.get(name) ?? fail(`its metadata have no ${shown(name)}`);
  }

  finite(name: string): number {
    const text = this.text(name);
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : fail(`${name} is ${shown(text)}: a number is wanted`);
  }

  positive(name: string): number {
    const value = this.finite(name);
    return value > 0 ? value : fail(`${name} is ${value}: a number above 0 is wanted`);
  }

  integer(name: string, min = 0): number {
    const value = this.finite(name);
    return Number.isSafeInteger(value) && value >= min
      ? value
      : fail(`${name} is ${value}: an integer from ${min} on is wanted`);
  }

  config(): GptConfig {
    const size = (name: string) => this.integer(name, 1);
    const config = {
      vocabSize: size(SIZE_NAMES.vocabSize),
      nLayer: size(SIZE_NAMES.nLayer),
      nEmbd: size(SIZE_NAMES.nEmbd),
      nHead: size(SIZE_NAMES.nHead),
      blockSize: size(SIZE_NAMES.blockSize),
    };
    if (config.nEmbd % config.nHead !== 0) {
      fail(
        `n_embd must be divisible by n_head: n_embd is ${config.nEmbd}, n_head is ${config.nHead}`,
      );
    }
    return config;
  }

  tokenizer(): Tokenizer {
    const kind = this.text("tokenizer");
    if (kind !== "char" && kind !== "byte") {
      fail(`tokenizer is ${shown(kind)}: char or byte is wanted`);
    }
    const text = this.text(kind === "char" ? "uchars" : "bytes");
    if (kind === "char" ? !text.isWellFormed() : !/^([0-9a-f]{2})*$/.test(text)) {
      fail(kind === "char" ? "uchars is not Unicode" : "bytes is not hexadecimal");
    }
    const codes = kind === "char"
      ? Array.from(text, (character) => character.codePointAt(0)!) // not empty
      : [...Uint8Array.fromHex(text)];
    try {
      return new Tokenizer(kind, codes);
    } catch (error) {
      return fail((error as Error).message); // it throws errors
    }
  }

  /** Checks that there is a tensor of numbers for each matrix of the model. */
  checkMatrices(prefix: string, config: GptConfig): void {
    // Before layout(), which makes a list of all of them.
    if (config.nLayer > this.#tensors.size) {
      fail(`n_layer is ${config.nLayer}, but it has ${this.#tensors.size} tensors`);
    }
    for (const { name, nout, nin } of layout(config)) {
      const tensor = this.#tensors.get(prefix + name);
      if (tensor === undefined) fail(`it has no tensor ${shown(prefix + name)}`);
      if (!["F64", "F32", "F16", "BF16"].includes(tensor.dtype)) {
        fail(`tensor ${shown(prefix + name)} is ${tensor.dtype}: F64 or F32 is wanted`);
      }
      if (tensor.shape.length !== 2 || tensor.shape[0] !== nout || tensor.shape[1] !== nin) {
        const shape = tensor.shape.slice(0, 5).join(", ");
        fail(
          `tensor ${shown(prefix + name)} has the shape [${shape}]: [${nout}, ${nin}] is wanted`,
        );
      }
    }
  }

  settings(): ReadonlyMap<string, string> {
    const settings: unknown = parseJson(this.text("settings"));
    const entries = typeof settings === "object" && settings !== null
      ? Object.entries(settings)
      : fail("settings is not a JSON object");
    return new Map(
      entries.map(([name, value]) =>
        typeof value === "string"
          ? [name, value]
          : fail(`the setting ${shown(name)} is not a string`)
      ),
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As JSON, not too long. */
function shown(text: string | undefined): string {
  if (text === undefined) return "missing";
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function fail(why: string): never {
  throw new RangeError(`Cannot read the checkpoint: ${why}`);
}
