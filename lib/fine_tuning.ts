/**
 * Fine-tuning: a trained model goes on with other texts. Its sizes, its kind of tokens and the form
 * of its texts remain; characters that it has not met get rows of their own in the tables of
 * tokens, and positions in that of positions, if its block is to be longer.
 *
 * What it does not do: train (see `trainer`). Nothing of the old run remains but the weights: Adam,
 * the learning rate and the random numbers begin anew.
 *
 * @example Two new characters
 * ```ts
 * import { extendWeights, mergeTokenizers } from "./fine_tuning.ts";
 * import { layout, numParams } from "./config.ts";
 * import { Random } from "./random.ts";
 * import { Tokenizer } from "./tokenizer.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { vocabSize: 3, nLayer: 1, nEmbd: 2, nHead: 1, blockSize: 4 };
 * const weights = new Float64Array(numParams(config)).map((_, i) => i);
 * const model = { config, weights, tokenizer: new Tokenizer("char", [0x61, 0x63]) }; // a, c
 *
 * const tokenizer = mergeTokenizers(model.tokenizer, new Tokenizer("char", [0x62, 0x63, 0x64]));
 * assertEquals(tokenizer.symbols, ["a", "b", "c", "d"]);
 * const extended = extendWeights(model, tokenizer, config.blockSize, new Random(42));
 * assertEquals([...extended.subarray(0, 2)], [0, 1]); // a has its row, b a fresh one
 * assertEquals([...extended.subarray(4, 6)], [2, 3]); // c
 * assertEquals([...extended.subarray(8, 10)], [4, 5]); // BOS
 * ```
 *
 * @module
 */

import { type GptConfig, INITIAL_SIGMA, layout, numParams } from "./config.ts";
import type { Random } from "./random.ts";
import type { Normalization, TextForm } from "./text/text_form.ts";
import { Tokenizer, type TokenizerKind } from "./tokenizer.ts";

/** A trained model. */
export interface TrainedModel {
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  /** The weights to go on from, in the order of `layout()`. */
  readonly weights: Float64Array;
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
 * Finds the settings with which a model goes on. They are its own, but for these: the block may be
 * longer; texts may be brought into a form if the model's have been left as they are.
 *
 * @param model The model.
 * @param form The form of its texts.
 * @param given The settings that are asked for.
 * @param names The names for messages.
 * @throws {RangeError} If another setting is asked for than the model has.
 */
export function inheritSettings(
  { config, tokenizer }: Omit<TrainedModel, "weights">,
  form: TextForm,
  given: Partial<ModelSettings>,
  { model = "the model", setting = (name) => name }: Names = {},
): ModelSettings {
  const { nLayer, nEmbd, nHead, blockSize } = config;
  const own: ModelSettings = {
    nLayer,
    nEmbd,
    nHead,
    blockSize,
    tokenizer: tokenizer.kind,
    ...form,
  };
  const refuse = (name: keyof ModelSettings, hint: string) => {
    throw new RangeError(
      `Cannot go on from ${model}: ${setting(name)} is ${given[name]}, ` +
        `the model has ${own[name]}: ${hint}`,
    );
  };
  for (const name of ["nLayer", "nEmbd", "nHead", "tokenizer"] as const) {
    if ((given[name] ?? own[name]) !== own[name]) refuse(name, "leave it out");
  }
  const longest = given.blockSize ?? blockSize;
  if (longest < blockSize) refuse("blockSize", "it can be longer, not shorter");
  for (const name of ["normalize", "lowercase"] as const) {
    const isFree = own[name] === "none" || own[name] === false;
    if (!isFree && (given[name] ?? own[name]) !== own[name]) refuse(name, "leave it out");
  }
  return {
    ...own,
    blockSize: longest,
    normalize: given.normalize ?? form.normalize,
    lowercase: given.lowercase ?? form.lowercase,
  };
}

/**
 * Makes the tokenizer of a model for texts with other characters.
 *
 * @param own The tokenizer of the model.
 * @param other That of the texts, of the same kind.
 */
export function mergeTokenizers(own: Tokenizer, other: Tokenizer): Tokenizer {
  const codes = new Set([...own.codes, ...other.codes]);
  return new Tokenizer(own.kind, [...codes].sort((a, b) => a - b));
}

/**
 * Makes the weights of a model for more characters and positions. What it has learned remains: on
 * texts of its old characters it gives the same logits to those.
 *
 * A fresh row is the mean of the old ones plus `random.gauss(0, 0.08)` for each number, the noise
 * of an untrained model: Hewitt, "Initializing New Word Embeddings for Pretrained Language Models"
 * (2021). Noise alone would make a new character far too likely at first.
 *
 * @param model The model.
 * @param tokenizer The tokenizer, with the characters of the model's and others.
 * @param blockSize The length of the block: that of the model, or longer.
 * @param random The source of the noise: that of `wte` in the order of the new tokens is drawn
 * first, then that of `wpe`, then that of `lm_head`, and nothing else.
 * @returns All parameters, in the order of `layout()`.
 */
export function extendWeights(
  { config, tokenizer: { codes, bos }, weights }: TrainedModel,
  tokenizer: Tokenizer,
  blockSize: number,
  random: Random,
): Float64Array {
  const extended = { ...config, vocabSize: tokenizer.vocabSize, blockSize };
  const ids = new Map(codes.map((code, id) => [code, id]));
  const tokens = [...tokenizer.codes.map((code) => ids.get(code)), bos];
  const positions = Array.from(
    { length: blockSize },
    (_, i) => i < config.blockSize ? i : undefined,
  );
  const oldRows = new Map([["wte", tokens], ["wpe", positions], ["lm_head", tokens]]);
  const all = new Float64Array(numParams(extended));
  const old = layout(config);
  layout(extended).forEach(({ name, nin, offset }, i) => {
    const { offset: start, nout } = old[i]!; // the same matrices
    const matrix = weights.subarray(start, start + nout * nin);
    const rows = oldRows.get(name);
    if (rows === undefined) return all.set(matrix, offset);
    const mean = meanRow(matrix, nin);
    rows.forEach((row, o) => {
      const values = row === undefined
        ? mean.map((x) => x + random.gauss(0, INITIAL_SIGMA))
        : matrix.subarray(row * nin, (row + 1) * nin);
      all.set(values, offset + o * nin);
    });
  });
  return all;
}

/** Computes the mean of the rows of a matrix. */
function meanRow(matrix: Float64Array, nin: number): Float64Array {
  const mean = new Float64Array(nin);
  matrix.forEach((x, i) => mean[i % nin]! += x * nin / matrix.length); // i % nin < nin
  return mean;
}
