/**
 * The engine that is microgpt.py as it is: a graph of scalar {@linkcode Value}s
 * is built for each document, walked backwards, and thrown away.
 *
 * @module
 */

import type { Engine, Sequence, Tokens } from "./engine.ts";
import { Gpt, type GptConfig, numParams, softmax } from "./model.ts";
import { Adam } from "./optim.ts";
import { sum, type Value } from "./value.ts";

/** With more parameters the graph of a document takes gigabytes, and a step minutes. */
const MAX_PARAMS = 1_000_000;

/** One number at a time: slow, and the truth that other engines are tested against. */
export class ScalarEngine implements Engine {
  /** The model. */
  readonly gpt: Gpt;
  /** The optimizer and its buffers. */
  readonly adam: Adam;

  /**
   * Makes an engine.
   *
   * @param config The sizes of the model.
   * @param weights The parameters to begin with, in the order of `layout()`.
   * @throws {RangeError} If the sizes are not those of a model, or it is too large.
   * @throws {TypeError} If the number of weights is not that of the parameters.
   */
  constructor(config: GptConfig, weights: ArrayLike<number>) {
    ScalarEngine.assertFits(config);
    this.gpt = new Gpt(config, weights);
    this.adam = new Adam(this.gpt.params.length);
  }

  /**
   * Checks that a model is not too large for this engine.
   *
   * @param config The sizes of the model.
   * @throws {RangeError} If it is, or the sizes are not those of a model.
   */
  static assertFits(config: GptConfig): void {
    if (numParams(config) > MAX_PARAMS) {
      throw new RangeError(
        `Cannot create the model: it has ${numParams(config)} parameters: ` +
          `the scalar engine can hold at most ${MAX_PARAMS}`,
      );
    }
  }

  get config(): GptConfig {
    return this.gpt.config;
  }

  step(batch: readonly Tokens[], learningRate: number): number {
    let total = 0;
    for (const tokens of batch) {
      const loss = this.loss(tokens).div(batch.length);
      loss.backward(); // the gradients of the documents add up
      total += loss.data;
    }
    this.adam.step(this.gpt.params, learningRate);
    return total;
  }

  /**
   * The loss of a document: the mean of -ln p(next token) over its positions.
   *
   * @param tokens The document, BOS at both ends.
   */
  loss(tokens: Tokens): Value {
    const n = Math.min(this.config.blockSize, tokens.length - 1);
    const { keys, values } = this.#emptyCache();
    const losses: Value[] = [];
    for (let posId = 0; posId < n; posId++) {
      const tokenId = tokens[posId]!, targetId = tokens[posId + 1]!; // posId + 1 < length
      const logits = this.gpt.forward(tokenId, posId, keys, values);
      const probs = softmax(logits);
      const prob = probs[targetId];
      if (prob === undefined) {
        throw new RangeError(`Cannot compute the loss: there is no token ${targetId}`);
      }
      losses.push(prob.log().neg());
    }
    return sum(losses).mul(1 / n);
  }

  sequence(): Sequence {
    const { keys, values } = this.#emptyCache();
    let posId = 0;
    return {
      append: (tokenId) => {
        const logits = this.gpt.forward(tokenId, posId, keys, values);
        posId++; // only now: there may be no such token
        return Float64Array.from(logits, (logit) => logit.data);
      },
    };
  }

  weights(): Float64Array {
    return Float64Array.from(this.gpt.params, (p) => p.data);
  }

  /** For each layer, no keys and no values yet. */
  #emptyCache(): { keys: Value[][][]; values: Value[][][] } {
    const perLayer = () => Array.from({ length: this.config.nLayer }, () => []);
    return { keys: perLayer(), values: perLayer() };
  }
}
