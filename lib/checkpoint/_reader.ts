/**
 * What a checkpoint says of itself, taken out of its metadata and the shapes of
 * its tensors; and what is wrong with it.
 *
 * @module
 */

import { type Dtype, DTYPES } from "../engine.ts";
import { type GptConfig, layout } from "../config.ts";
import { parseJsonObject } from "./safetensors.ts";
import type { Tensor } from "./tensor.ts";
import { excerpt } from "../text/quote.ts";
import { Tokenizer } from "../tokenizer.ts";

/** What is known of a tensor before its data have been read. */
export type TensorShape = Pick<Tensor, "dtype" | "shape">;

/** The names that the sizes have in microgpt.py, and in the file. */
export const SIZE_NAMES = {
  vocabSize: "vocab_size",
  nLayer: "n_layer",
  nEmbd: "n_embd",
  nHead: "n_head",
  blockSize: "block_size",
} as const satisfies Readonly<Record<keyof GptConfig, string>>;

/** The types whose numbers a precision can hold, that which is written first. */
const TENSOR_DTYPES: Readonly<Record<Dtype, readonly string[]>> = {
  f64: ["F64", "F32", "F16", "BF16"],
  f32: ["F32", "F16", "BF16"],
};

/** Takes values out of a file that may be from anywhere; throws a RangeError if one cannot be. */
export class CheckpointReader {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #tensors: ReadonlyMap<string, TensorShape>;
  /** The tensors that have been asked for. */
  readonly #known = new Set<string>();

  /** Takes them out of these metadata, and compares them with these tensors. */
  constructor(metadata: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, TensorShape>) {
    this.#metadata = metadata;
    this.#tensors = tensors;
  }

  /** A string of the metadata. */
  text(name: string): string {
    return this.#metadata.get(name) ?? fail(`its metadata have no ${excerpt(name)}`);
  }

  /** A number. */
  finite(name: string): number {
    const text = this.text(name);
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : fail(`${name} is ${excerpt(text)}: a number is wanted`);
  }

  /** A number above 0. */
  positive(name: string): number {
    const value = this.finite(name);
    return value > 0 ? value : fail(`${name} is ${value}: a number above 0 is wanted`);
  }

  /** An integer. */
  integer(name: string, min = 0): number {
    const value = this.finite(name);
    return Number.isSafeInteger(value) && value >= min
      ? value
      : fail(`${name} is ${value}: an integer from ${min} on is wanted`);
  }

  /** A hash. */
  sha256(name: string): string {
    const text = this.text(name);
    return /^[0-9a-f]{64}$/.test(text)
      ? text
      : fail(`${name} is ${excerpt(text)}: 64 hexadecimal digits are wanted`);
  }

  /** The precision of the numbers. */
  dtype(): Dtype {
    const text = this.text("dtype");
    return DTYPES.find((dtype) => dtype === text) ??
      fail(`dtype is ${excerpt(text)}: ${DTYPES.join(" or ")} is wanted`);
  }

  /** The sizes of the model. */
  config(): GptConfig {
    const size = (name: keyof GptConfig) => this.integer(SIZE_NAMES[name], 1);
    const config = {
      vocabSize: size("vocabSize"),
      nLayer: size("nLayer"),
      nEmbd: size("nEmbd"),
      nHead: size("nHead"),
      blockSize: size("blockSize"),
    };
    const { nEmbd, nHead } = config;
    if (nEmbd % nHead !== 0) {
      fail(`n_embd must be divisible by n_head: n_embd is ${nEmbd}, n_head is ${nHead}`);
    }
    return config;
  }

  /** What the tokens stand for. */
  tokenizer(): Tokenizer {
    const kind = this.text("tokenizer");
    if (kind !== "char" && kind !== "byte") {
      fail(`tokenizer is ${excerpt(kind)}: char or byte is wanted`);
    }
    const codes = kind === "char" ? this.#uchars() : this.#bytes();
    try {
      return new Tokenizer(kind, codes);
    } catch (error) {
      return fail((error as Error).message); // it throws errors
    }
  }

  #uchars(): number[] {
    const text = this.text("uchars");
    if (!text.isWellFormed()) fail("uchars is not Unicode");
    return Array.from(text, (character) => character.codePointAt(0)!); // not empty
  }

  #bytes(): number[] {
    const text = this.text("bytes");
    if (!/^([0-9a-f]{2})*$/.test(text)) fail("bytes is not hexadecimal");
    return Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  }

  /** The settings of the program that trained the model: whatever it says they are. */
  settings(): ReadonlyMap<string, string> {
    const settings = parseJsonObject(this.text("settings")) ??
      fail("settings is not a JSON object");
    return new Map(
      Object.entries(settings).map(([name, value]) =>
        typeof value === "string"
          ? [name, value]
          : fail(`the setting ${excerpt(name)} is not a string`)
      ),
    );
  }

  /** Checks that there is a tensor of numbers for each matrix of the model. */
  checkMatrices(prefix: string, config: GptConfig, dtype: Dtype): void {
    if (config.nLayer > this.#tensors.size) { // before layout(), which makes a list of all of them
      fail(`n_layer is ${config.nLayer}, but it has ${this.#tensors.size} tensors`);
    }
    for (const { name, nout, nin } of layout(config)) {
      this.checkTensor(prefix + name, TENSOR_DTYPES[dtype], [nout, nin]);
    }
  }

  /** Checks that a tensor has only bytes, and not too many of them. */
  checkBytes(name: string, maxLength: number): void {
    const length = this.#tensors.get(name)?.shape[0] ?? 0;
    if (length > maxLength) {
      fail(`tensor ${excerpt(name)} has ${length} bytes: at most ${maxLength} are allowed`);
    }
    this.checkTensor(name, ["U8"], [length]);
  }

  /** Checks that there is a tensor of one of these types, and of this shape. */
  checkTensor(name: string, dtypes: readonly string[], shape: readonly number[]): void {
    const tensor = this.#tensors.get(name) ?? fail(`it has no tensor ${excerpt(name)}`);
    if (!dtypes.includes(tensor.dtype)) {
      const wanted = dtypes.join(" or ");
      fail(`tensor ${excerpt(name)} is ${excerpt(tensor.dtype)}: ${wanted} is wanted`);
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      const found = tensor.shape.slice(0, 5).join(", "); // a header can hold millions
      fail(`tensor ${excerpt(name)} has the shape [${found}]: [${shape.join(", ")}] is wanted`);
    }
    this.#known.add(name);
  }

  /** Checks that there are no tensors but those that have been checked: memory is not for them. */
  checkNoOtherTensors(): void {
    for (const name of this.#tensors.keys()) {
      if (!this.#known.has(name)) fail(`there is no use for the tensor ${excerpt(name)}`);
    }
  }
}

/** Throws that the file cannot be read; the reason alone is the error's cause. */
export function fail(why: string): never {
  throw new RangeError(`Cannot read the checkpoint: ${why}`, { cause: why });
}
