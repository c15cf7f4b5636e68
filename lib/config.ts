/**
 * The sizes of a model, and what follows from them: which matrices of parameters it has, in what
 * order they lie in one flat array, and the numbers they begin with. Everything that computes with
 * parameters or stores them shares this.
 *
 * In microgpt.py: `n_layer`, `n_embd`, `block_size`, `n_head`, and the shapes in `state_dict`.
 *
 * @example Where the parameters lie
 * ```ts
 * import { DEFAULT_SIZES, layout, numParams } from "./config.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { ...DEFAULT_SIZES, vocabSize: 27 };
 * assertEquals(numParams(config), 4192);
 * assertEquals(layout(config)[1], { name: "wpe", nout: 16, nin: 16, offset: 27 * 16 });
 * ```
 *
 * @module
 */

import type { Random } from "./random.ts";

/** The sizes of a model. */
export interface GptConfig {
  /** The number of tokens, BOS included. */
  readonly vocabSize: number;
  /** The number of layers. */
  readonly nLayer: number;
  /** The length of the vector that stands for a token: the embedding dimension. */
  readonly nEmbd: number;
  /** The number of attention heads; `nEmbd` must be divisible by it. */
  readonly nHead: number;
  /** The maximum length of a sequence, in tokens. */
  readonly blockSize: number;
}

/** The sizes that microgpt.py has; `vocabSize` is the data set's. */
export const DEFAULT_SIZES: Omit<GptConfig, "vocabSize"> = {
  nLayer: 1,
  nEmbd: 16,
  nHead: 4,
  blockSize: 16,
};

/** The place of a matrix of parameters: `nout * nin` numbers from `offset` on, row by row. */
export interface MatrixLayout {
  /** Its name in the original's state dict, such as `layer0.attn_wq`. */
  readonly name: string;
  /** The number of rows. */
  readonly nout: number;
  /** The number of columns. */
  readonly nin: number;
  /** The index of its first number among all parameters. */
  readonly offset: number;
}

/** Copies the five sizes and drops any other property. */
export function copyConfig(config: GptConfig): GptConfig {
  const { vocabSize, nLayer, nEmbd, nHead, blockSize } = config;
  return { vocabSize, nLayer, nEmbd, nHead, blockSize };
}

/**
 * Checks the sizes of a model.
 *
 * @param config The sizes.
 * @throws {RangeError} If a size is not a positive integer, or `nEmbd` is not divisible by `nHead`.
 */
export function assertConfig(config: GptConfig): void {
  for (
    const name of [
      "vocabSize",
      "nLayer",
      "nEmbd",
      "nHead",
      "blockSize",
    ] as const
  ) {
    if (!Number.isSafeInteger(config[name]) || config[name] < 1) {
      throw new RangeError(
        `Cannot create the model: ${name} must be a positive integer: ${name} is ${config[name]}`,
      );
    }
  }
  const { nEmbd, nHead } = config;
  if (nEmbd % nHead !== 0) {
    throw new RangeError(
      `Cannot create the model: nEmbd must be divisible by nHead: nEmbd is ${nEmbd}, nHead is ${nHead}`,
    );
  }
}

/**
 * Checks the number of weights.
 *
 * @param config The sizes of the model.
 * @param weights As many numbers as it has parameters.
 * @throws {TypeError} If there are more or fewer.
 */
export function assertWeights(config: GptConfig, weights: ArrayLike<number>): void {
  if (weights.length !== numParams(config)) {
    throw new TypeError(
      `Cannot create the model: it has ${numParams(config)} parameters: ` +
        `${weights.length} weights are given`,
    );
  }
}

/**
 * Checks a token and its position.
 *
 * @param tokenId The token.
 * @param posId Its position.
 * @param config The sizes of the model.
 * @throws {RangeError} If there is no such token or position.
 */
export function assertToken(tokenId: number, posId: number, config: GptConfig): void {
  const { vocabSize, blockSize } = config;
  const isBelow = (n: number, end: number) => Number.isInteger(n) && n >= 0 && n < end;
  if (!isBelow(tokenId, vocabSize) || !isBelow(posId, blockSize)) {
    throw new RangeError(
      `Cannot run the model: token ${tokenId} at position ${posId}: ` +
        `tokens are 0 to ${vocabSize - 1}, positions 0 to ${blockSize - 1}`,
    );
  }
}

/** The maximum number of layers that are listed: far above any use. */
const MAX_LAYERS = 10_000;

/**
 * Lists the parameters' names, shapes and places, in the order of microgpt.py's `state_dict`. The
 * names are the original's.
 *
 * @param config The sizes of the model.
 * @throws {RangeError} If a size is not a positive integer, `nEmbd` is not divisible by `nHead`, or
 * there are more than 10,000 layers.
 */
export function layout(config: GptConfig): MatrixLayout[] {
  assertConfig(config);
  const { vocabSize, nLayer, nEmbd, blockSize } = config;
  if (nLayer > MAX_LAYERS) {
    throw new RangeError(
      `Cannot create the model: nLayer must be at most ${MAX_LAYERS}: nLayer is ${nLayer}`,
    );
  }
  const matrices: MatrixLayout[] = [];
  let offset = 0;
  const matrix = (name: string, nout: number, nin: number) => {
    matrices.push({ name, nout, nin, offset });
    offset += nout * nin;
  };
  matrix("wte", vocabSize, nEmbd);
  matrix("wpe", blockSize, nEmbd);
  matrix("lm_head", vocabSize, nEmbd);
  for (let i = 0; i < nLayer; i++) {
    matrix(`layer${i}.attn_wq`, nEmbd, nEmbd);
    matrix(`layer${i}.attn_wk`, nEmbd, nEmbd);
    matrix(`layer${i}.attn_wv`, nEmbd, nEmbd);
    matrix(`layer${i}.attn_wo`, nEmbd, nEmbd);
    matrix(`layer${i}.mlp_fc1`, 4 * nEmbd, nEmbd);
    matrix(`layer${i}.mlp_fc2`, nEmbd, 4 * nEmbd);
  }
  return matrices;
}

/**
 * Counts the parameters of a model.
 *
 * @param config The sizes of the model.
 * @throws {RangeError} If a size is not a positive integer, or `nEmbd` is not divisible by `nHead`.
 */
export function numParams(config: GptConfig): number {
  assertConfig(config);
  const { vocabSize, nLayer, nEmbd, blockSize } = config;
  return (2 * vocabSize + blockSize) * nEmbd + 12 * nLayer * nEmbd ** 2;
}

/** The standard deviation of the weights of an untrained model. */
export const INITIAL_SIGMA = 0.08;

/** The maximum number of parameters: in f64 they take 4 GB, and no engine can address more. */
const MAX_PARAMS = 2 ** 29;

/**
 * Draws the weights of an untrained model: `random.gauss(0, 0.08)` for each.
 *
 * @param config The sizes of the model.
 * @param random The source of randomness.
 * @returns All parameters, in the order of {@linkcode layout}.
 * @throws {RangeError} If a size is not a positive integer, `nEmbd` is not divisible by `nHead`, or
 * there are more than 2^29 parameters.
 */
export function initWeights(config: GptConfig, random: Random): Float64Array {
  const count = numParams(config);
  if (count > MAX_PARAMS) {
    throw new RangeError(
      `Cannot create the model: it has ${count} parameters: there can be at most ${MAX_PARAMS}: ` +
        "lower nEmbd, nLayer or blockSize",
    );
  }
  return new Float64Array(count).map(() => random.gauss(0, INITIAL_SIGMA));
}
