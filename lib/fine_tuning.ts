/**
 * Fine-tuning: a trained model goes on with other texts. Its sizes, its kind of tokens and the form
 * of its texts remain; characters that it has not met get rows of their own in the tables of
 * tokens, and positions in that of positions, if its block is to be longer.
 *
 * What it does not do: train (see `trainer`). Nothing of the old run remains but the weights: Adam,
 * the learning rate and the random numbers begin anew.
 *
 * @example A new character
 * ```ts
 * import { extendWeights, mergeTokenizers } from "./fine_tuning.ts";
 * import { numParams } from "./config.ts";
 * import { Random } from "./random.ts";
 * import { Tokenizer } from "./tokenizer.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { vocabSize: 3, nLayer: 1, nEmbd: 2, nHead: 1, blockSize: 4 };
 * const weights = new Float64Array(numParams(config)).map((_, i) => i);
 * const model = { config, weights, tokenizer: new Tokenizer("char", [0x61, 0x63]) }; // a, c
 *
 * const tokenizer = mergeTokenizers(model.tokenizer, new Tokenizer("char", [0x62, 0x63]));
 * assertEquals(tokenizer.symbols, ["a", "b", "c"]);
 * const extended = extendWeights(model, tokenizer, config.blockSize, new Random(42));
 * assertEquals([...extended.subarray(0, 2)], [0, 1]); // a has its row, b a fresh one
 * assertEquals([...extended.subarray(4, 8)], [2, 3, 4, 5]); // c and BOS
 * ```
 *
 * @module
 */

import { type GptConfig, INITIAL_SIGMA, layout } from "./config.ts";
import type { Random } from "./random.ts";
import type { Normalization, TextForm } from "./text/text_form.ts";
import { Tokenizer, type TokenizerKind } from "./tokenizer.ts";

/** A model to train. */
export interface Model {
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  /** The weights, in the order of `layout()`. */
  readonly weights: Float64Array;
}

/** A model that has been trained. */
export interface TrainedModel extends Model {
  /** The form of its texts. */
  readonly form: TextForm;
}

/** The settings that come from a model: its sizes, its kind of tokens, the form of its texts. */
export interface ModelSettings extends Omit<GptConfig, "vocabSize"> {
  readonly tokenizer: TokenizerKind;
  readonly normalize: Normalization;
  readonly lowercase: boolean;
}

/** The names that messages give a model and its settings. */
export interface Names {
  readonly model?: string;
  readonly setting?: (name: keyof ModelSettings) => string;
}

/**
 * Finds the settings with which a model goes on. They are its own, with two exceptions: the block may
 * be longer, and texts may be brought into a form if the model's have been left as they are.
 *
 * @param model The model.
 * @param given The settings that are asked for.
 * @param names The names for messages.
 * @throws {RangeError} If another setting is asked for than the model has.
 */
export function inheritSettings(
  { config, tokenizer, form: { normalize, lowercase } }: TrainedModel,
  given: Partial<ModelSettings>,
  { model = "the model", setting = (name) => name }: Names = {},
): ModelSettings {
  const { nLayer, nEmbd, nHead, blockSize } = config;
  const own = { nLayer, nEmbd, nHead, blockSize, tokenizer: tokenizer.kind, normalize, lowercase };
  const isFree = (name: keyof ModelSettings) =>
    name === "blockSize"
      ? given.blockSize !== undefined && given.blockSize > blockSize
      : own[name] === "none" || own[name] === false;
  for (const name of Object.keys(own) as (keyof ModelSettings)[]) { // its keys
    if (given[name] === undefined || given[name] === own[name] || isFree(name)) continue;
    const hint = name === "blockSize" ? "it can be longer, not shorter" : "leave it out";
    throw new RangeError(
      `Cannot go on from ${model}: ${setting(name)} is ${given[name]}, ` +
        `the model has ${own[name]}: ${hint}`,
    );
  }
  const asked = Object.entries(given).filter(([name, value]) => name in own && value !== undefined);
  return { ...own, ...Object.fromEntries(asked) };
}

/**
 * Makes the tokenizer of a model that goes on with other characters.
 *
 * @param own The tokenizer of the model.
 * @param other The tokenizer of the texts, of the same kind.
 */
export function mergeTokenizers(own: Tokenizer, other: Tokenizer): Tokenizer {
  const codes = new Set([...own.codes, ...other.codes]);
  return new Tokenizer(own.kind, [...codes].sort((a, b) => a - b));
}

/**
 * Extends the weights of a model to more characters and positions. What it has learned remains: on
 * texts of its old characters it gives the same logits to those.
 *
 * A fresh row is the mean of the old ones plus `random.gauss(0, 0.08)` for each number, the noise
 * of an untrained model: Hewitt, "Initializing New Word Embeddings for Pretrained Language Models"
 * (2021). With noise alone a new character would be far too likely at first.
 *
 * @param model The model.
 * @param tokenizer The tokenizer to extend it to: see {@linkcode mergeTokenizers}.
 * @param blockSize The length of the block: that of the model, or longer.
 * @param random The source of the noise: that of `wte` in the order of the new tokens is drawn
 * first, then that of `wpe`, then that of `lm_head`, and nothing else.
 * @returns All parameters, in the order of `layout()`.
 */
export function extendWeights(
  { config, tokenizer: { codes, bos }, weights }: Model,
  tokenizer: Tokenizer,
  blockSize: number,
  random: Random,
): Float64Array {
  const ids = new Map(codes.map((code, id) => [code, id]));
  const tokens = [...tokenizer.codes.map((code) => ids.get(code)), bos];
  const positions = Array.from(
    { length: blockSize },
    (_, i) => i < config.blockSize ? i : undefined,
  );
  const oldRows = new Map([["wte", tokens], ["wpe", positions], ["lm_head", tokens]]);
  const matrices = layout(config).map(({ name, nout, nin, offset }) => {
    const matrix = weights.subarray(offset, offset + nout * nin);
    const rows = oldRows.get(name);
    return rows === undefined ? matrix : extendMatrix(matrix, nin, rows, random);
  });
  const all = new Float64Array(matrices.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const matrix of matrices) {
    all.set(matrix, offset);
    offset += matrix.length;
  }
  return all;
}

/** Arranges the rows of a matrix; those that are `undefined` are fresh. */
function extendMatrix(
  matrix: Float64Array,
  nin: number,
  rows: readonly (number | undefined)[],
  random: Random,
): Float64Array {
  const mean = meanRow(matrix, nin);
  const extended = new Float64Array(rows.length * nin);
  rows.forEach((row, o) => {
    const values = row === undefined
      ? mean.map((x) => x + random.gauss(0, INITIAL_SIGMA))
      : matrix.subarray(row * nin, (row + 1) * nin);
    extended.set(values, o * nin);
  });
  return extended;
}

/** Computes the mean of the rows of a matrix. */
function meanRow(matrix: Float64Array, nin: number): Float64Array {
  const mean = new Float64Array(nin);
  matrix.forEach((x, i) => mean[i % nin]! += x * nin / matrix.length); // i % nin < nin
  return mean;
}
