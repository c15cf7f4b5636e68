/**
 * The model: GPT-2, blessed among the GPTs, with the differences of
 * microgpt.py: rmsnorm for layernorm, no biases, ReLU for GeLU, a norm right
 * after the embedding and none before the output.
 *
 * A {@linkcode Gpt} holds the parameters as {@linkcode Value}s and maps a token, its position and
 * what came before to logits over what comes next. The sizes are in `config`.
 *
 * What it does not do: train (see `trainer`), sample (see `sample`), run fast:
 * it is the one to read.
 *
 * @example The logits after the first token
 * ```ts
 * import { initWeights } from "@x/microgpt/lib";
 * import { Gpt } from "@x/microgpt/model";
 * import { Random } from "@x/microgpt/random";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 };
 * const gpt = new Gpt(config, initWeights(config, new Random(42)));
 * const bos = 26;
 * const logits = gpt.forward(bos, 0, [[]], [[]]);
 * assertEquals(logits.length, 27);
 * assertEquals(gpt.params.length, 4192);
 * ```
 *
 * @module
 */

import { assertToken, assertWeights, copyConfig, type GptConfig, layout } from "./config.ts";
import { dot, sum, Value } from "./value.ts";

/** A matrix of parameters: a list of rows. */
export type Matrix = readonly (readonly Value[])[];

/** A GPT whose parameters are {@linkcode Value}s. */
export class Gpt {
  /** The sizes of the model. */
  readonly config: GptConfig;
  /** The matrices of parameters by name, in the original's order. */
  readonly stateDict: ReadonlyMap<string, Matrix>;
  /** All parameters in a row, in the same order. */
  readonly params: readonly Value[];

  /**
   * Creates a model from its weights.
   *
   * @param config The sizes of the model.
   * @param weights All parameters, in the order of {@linkcode layout}.
   * @throws {RangeError} If the sizes are not valid.
   * @throws {TypeError} If the number of weights is not the number of parameters.
   */
  constructor(config: GptConfig, weights: ArrayLike<number>) {
    assertWeights(config, weights);
    this.config = copyConfig(config);
    this.params = Array.from(weights, (weight) => new Value(weight));
    this.stateDict = new Map(
      layout(config).map(({ name, nout, nin, offset }) => {
        const row = (_: unknown, o: number) =>
          this.params.slice(offset + o * nin, offset + (o + 1) * nin);
        return [name, Array.from({ length: nout }, row)];
      }),
    );
  }

  /**
   * Maps a token to the logits of what comes next: `gpt()` of microgpt.py.
   *
   * @param tokenId The token.
   * @param posId Its position, from 0 to `blockSize - 1`.
   * @param keys For each layer, the keys of the positions before; this one's is added.
   * @param values For each layer, the values of the positions before; this one's is added.
   * @returns One logit per token of the vocabulary.
   * @throws {RangeError} If there is no such token or position.
   */
  forward(tokenId: number, posId: number, keys: Value[][][], values: Value[][][]): Value[] {
    assertToken(tokenId, posId, this.config);
    const tokEmb = this.#matrix("wte")[tokenId]!; // token embedding
    const posEmb = this.#matrix("wpe")[posId]!; // position embedding
    let x = add(tokEmb, posEmb); // joint token and position embedding
    x = rmsnorm(x);
    for (let i = 0; i < this.config.nLayer; i++) {
      x = this.#attention(i, x, keys[i]!, values[i]!); // one list per layer
      x = this.#mlp(i, x);
    }
    return linear(x, this.#matrix("lm_head"));
  }

  /** 1) Multi-head attention block. */
  #attention(layer: number, x: readonly Value[], keys: Value[][], values: Value[][]): Value[] {
    const { nEmbd, nHead } = this.config;
    const headDim = nEmbd / nHead;
    const xResidual = x;
    x = rmsnorm(x);
    const q = linear(x, this.#matrix(`layer${layer}.attn_wq`));
    keys.push(linear(x, this.#matrix(`layer${layer}.attn_wk`)));
    values.push(linear(x, this.#matrix(`layer${layer}.attn_wv`)));
    const xAttn: Value[] = [];
    for (let h = 0; h < nHead; h++) {
      const head = (row: readonly Value[]) => row.slice(h * headDim, (h + 1) * headDim);
      const qH = head(q), kH = keys.map(head), vH = values.map(head);
      const attnLogits = kH.map((k) => dot(qH, k).div(headDim ** 0.5));
      const attnWeights = softmax(attnLogits);
      for (let j = 0; j < headDim; j++) {
        xAttn.push(dot(attnWeights, vH.map((v) => v[j]!))); // j < headDim
      }
    }
    return add(linear(xAttn, this.#matrix(`layer${layer}.attn_wo`)), xResidual);
  }

  /** 2) MLP block. */
  #mlp(layer: number, x: readonly Value[]): Value[] {
    const xResidual = x;
    x = rmsnorm(x);
    x = linear(x, this.#matrix(`layer${layer}.mlp_fc1`));
    x = x.map((xi) => xi.relu());
    x = linear(x, this.#matrix(`layer${layer}.mlp_fc2`));
    return add(x, xResidual);
  }

  #matrix(name: string): Matrix {
    return this.stateDict.get(name)!; // the names are those of layout()
  }
}

/**
 * Multiplies a matrix by a vector: w · x, each row times the vector.
 *
 * @param x A vector of `nin` values.
 * @param w A matrix of `nout` rows of `nin` values.
 * @returns A vector of `nout` values.
 */
export function linear(x: readonly Value[], w: Matrix): Value[] {
  return w.map((wo) => dot(wo, x));
}

/**
 * Turns logits into probabilities: eˣ / Σ eˣ.
 *
 * @param logits Any numbers; the largest is subtracted first, which changes nothing but keeps eˣ
 * from overflowing.
 * @returns As many numbers in [0, 1], which sum to 1.
 */
export function softmax(logits: readonly Value[]): Value[] {
  const max = logits.reduce((m, logit) => Math.max(m, logit.data), -Infinity);
  const exps = logits.map((logit) => logit.sub(max).exp());
  const total = sum(exps);
  return exps.map((e) => e.div(total));
}

/**
 * Scales a vector to a root mean square of (almost) 1: x / √(mean(x²) + 10⁻⁵).
 *
 * Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), without
 * the gain.
 *
 * @param x The vector.
 * @returns A vector of the same length.
 */
export function rmsnorm(x: readonly Value[]): Value[] {
  const ms = dot(x, x).div(x.length);
  const scale = ms.add(1e-5).pow(-0.5);
  return x.map((xi) => xi.mul(scale));
}

/** Adds two vectors of the same length. */
function add(a: readonly Value[], b: readonly Value[]): Value[] {
  return a.map((ai, i) => ai.add(b[i]!)); // as long as a
}
