/**
 * The engine that is microgpt.py as it is: a graph of scalar {@linkcode Value}s
 * is built for each document, walked backwards, and thrown away.
 *
 * @module
 */

import type { Engine, Sequence, Tokens } from "./engine.ts";
import { Gpt, type GptConfig, softmax } from "./model.ts";
import { Adam } from "./optim.ts";
import { sum, type Value } from "./value.ts";

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
   * @throws {RangeError} If the sizes are not those of a model.
   * @throws {TypeError} If the number of weights is not that of the parameters.
   */
  constructor(config: GptConfig, weights: ArrayLike<number>) {
    this.gpt = new Gpt(config, weights);
    this.adam = new Adam(this.gpt.params.length);
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
      losses.push(probs[targetId]!.log().neg()); // targetId < vocabSize
    }
    return sum(losses).mul(1 / n);
  }

  sequence(): Sequence {
    const { keys, values } = this.#emptyCache();
    let posId = 0;
    return {
      append: (tokenId) =>
        Float64Array.from(
          this.gpt.forward(tokenId, posId++, keys, values),
          (logit) => logit.data,
        ),
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
