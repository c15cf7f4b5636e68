/**
 * Reads what a checkpoint says of itself: its metadata, and the types and shapes of its tensors.
 *
 * @module
 */

import type { Dtype } from "../engine.ts";
import { assertConfig, type GptConfig, layout } from "../config.ts";
import { parseJsonObject } from "./safetensors.ts";
import type { Tensor } from "./tensor.ts";
import { excerpt } from "../text/quote.ts";
import { Tokenizer, TOKENIZER_KINDS } from "../tokenizer.ts";

/** A tensor before its data have been read. */
export type TensorShape = Pick<Tensor, "dtype" | "shape">;

/** The names of the sizes in microgpt.py, and in the file. */
export const SIZE_NAMES = {
  vocabSize: "vocab_size",
  nLayer: "n_layer",
  nEmbd: "n_embd",
  nHead: "n_head",
  blockSize: "block_size",
} as const satisfies Readonly<Record<keyof GptConfig, string>>;

/** The types whose numbers a precision can hold. The first one is written. */
const TENSOR_DTYPES: Readonly<Record<Dtype, readonly string[]>> = {
  f64: ["F64", "F32", "F16", "BF16"],
  f32: ["F32", "F16", "BF16"],
};

/** Takes values out of a file from any source. Each method throws a RangeError if one cannot be. */
export class CheckpointReader {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #tensors: ReadonlyMap<string, TensorShape>;
  /** The tensors that have been checked. */
  readonly #known = new Set<string>();

  /** Makes a reader of the header of a file. */
  constructor(metadata: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, TensorShape>) {
    this.#metadata = metadata;
    this.#tensors = tensors;
  }

  /** Reads a string. */
  text(name: string): string {
    return this.#metadata.get(name) ?? fail(`its metadata have no ${excerpt(name)}`);
  }

  /** Reads a string that need not be there. */
  optionalText(name: string): string | undefined {
    return this.#metadata.get(name);
  }

  /** Reads one of a few words. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const text = this.text(name);
    return choices.find((choice) => choice === text) ??
      fail(`${name} is ${excerpt(text)}: ${choices.join(" or ")} is wanted`);
  }

  /** Reads a SHA-256. */
  sha256(name: string): string {
    const text = this.text(name);
    if (!/^[0-9a-f]{64}$/.test(text)) {
      fail(`${name} is ${excerpt(text)}: 64 hexadecimal digits are wanted`);
    }
    return text;
  }

  /** Reads a number. */
  number(name: string): number {
    const text = this.text(name);
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : fail(`${name} is ${excerpt(text)}: a number is wanted`);
  }

  /** Reads a number above 0. */
  positive(name: string): number {
    const value = this.number(name);
    return value > 0 ? value : fail(`${name} is ${value}: a number above 0 is wanted`);
  }

  /** Reads an integer. */
  integer(name: string, min = 0): number {
    const value = this.number(name);
    return Number.isSafeInteger(value) && value >= min
      ? value
      : fail(`${name} is ${value}: an integer from ${min} on is wanted`);
  }

  /** Reads the sizes of the model. */
  config(): GptConfig {
    const size = (name: keyof GptConfig) => this.integer(SIZE_NAMES[name], 1);
    const config = {
      vocabSize: size("vocabSize"),
      nLayer: size("nLayer"),
      nEmbd: size("nEmbd"),
      nHead: size("nHead"),
      blockSize: size("blockSize"),
    };
    attempt(() => assertConfig(config));
    return config;
  }

  /** Reads the vocabulary. */
  tokenizer(): Tokenizer {
    const kind = this.choice("tokenizer", TOKENIZER_KINDS);
    const codes = kind === "char" ? this.#uchars() : this.#bytes();
    return attempt(() => new Tokenizer(kind, codes));
  }

  #uchars(): number[] {
    return Array.from(this.text("uchars"), (character) => character.codePointAt(0)!); // not empty
  }

  #bytes(): number[] {
    const text = this.text("bytes");
    if (!/^([0-9a-f]{2})*$/.test(text)) fail("bytes is not hexadecimal");
    return Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  }

  /** Reads the settings of the program that trained the model, which are not checked here. */
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

  /** Tells if there is a tensor for the first matrix of the model, whatever is in it. */
  hasMatrices(prefix: string): boolean {
    return this.#tensors.has(`${prefix}wte`);
  }

  /** Checks that there is a tensor of numbers for each matrix of the model. */
  checkMatrices(prefix: string, config: GptConfig, dtype: Dtype): void {
    if (config.nLayer > this.#tensors.size) { // before layout(), which lists all of them
      fail(`n_layer is ${config.nLayer}, but it has ${this.#tensors.size} tensors`);
    }
    for (const { name, nout, nin } of layout(config)) {
      this.checkTensor(prefix + name, TENSOR_DTYPES[dtype], [nout, nin]);
    }
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

  /** Checks that all tensors have been checked: there is no memory for others. */
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

/** Makes something of what is in the file; its error is the reason that the file cannot be read. */
export function attempt<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    return fail(error instanceof Error ? error.message : `${error}`);
  }
}
