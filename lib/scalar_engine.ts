/**
 * The engine that is microgpt.py as it is: a graph of scalar {@linkcode Value}s
 * is built for each document, walked backwards, and thrown away.
 *
 * @module
 */

import {
  assertBatch,
  assertLearningRate,
  assertState,
  documentLength,
  type Engine,
  type EngineState,
  moments,
  type Sequence,
  type StepDetails,
  type Stop,
  type Tokens,
} from "./engine.ts";
import { type GptConfig, numParams } from "./config.ts";
import { Gpt, softmax } from "./model.ts";
import { Adam } from "./optim.ts";
import { sum, Value } from "./value.ts";

/** With more parameters the graph of a document takes gigabytes, and a step minutes. */
const MAX_PARAMS = 1_000_000;

/** How large the graph of a document may become, in bytes: V8 gives up at some gigabytes. */
const MAX_GRAPH = 1e9;

/** One number at a time: slow, and the truth that other engines are tested against. */
export class ScalarEngine implements Engine {
  /** The model. */
  readonly gpt: Gpt;
  /** The optimizer and its buffers. */
  readonly adam: Adam;
  /** How often the weights have changed. */
  #changes = 0;

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

  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
  ): number {
    assertBatch(batch, this.config);
    assertLearningRate(learningRate);
    let total = 0;
    for (const tokens of batch) {
      if (stop?.aborted) {
        for (const p of this.gpt.params) p.grad = 0;
        stop.throwIfAborted();
      }
      const loss = this.lossGraph(tokens).div(batch.length);
      loss.backward(); // the gradients of the documents add up
      total += loss.data;
    }
    const { params } = this.gpt;
    const gradNorm = Math.sqrt(params.reduce((sum, p) => sum + p.grad ** 2, 0));
    if (details) details.gradNorm = gradNorm;
    if (Number.isFinite(total) && params.every((p) => Number.isFinite(p.grad))) {
      this.adam.step(params, learningRate);
      this.#changes++;
      return total;
    }
    for (const p of params) p.grad = 0;
    return Number.isFinite(total) ? NaN : total;
  }

  loss(tokens: Tokens): number {
    assertBatch([tokens], this.config);
    return this.lossGraph(tokens).data;
  }

  /**
   * The loss of a document: the mean of -ln p(next token) over its positions.
   *
   * @param tokens The document, BOS at both ends.
   * @throws {RangeError} If its graph would not fit into memory.
   */
  lossGraph(tokens: Tokens): Value {
    const n = documentLength(tokens, this.config);
    const bytes = graphBytes(this.config, n);
    if (bytes > MAX_GRAPH) {
      throw new RangeError(
        `Cannot compute the loss of ${n} tokens: their graph takes ${
          (bytes / 1e9).toFixed(1)
        } GB: ` +
          `at most ${MAX_GRAPH / 1e9} GB are allowed: lower the block size`,
      );
    }
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
    const tokens: number[] = [];
    let cache = this.#emptyCache();
    let changes = this.#changes;
    const append = (tokenId: number, posId: number) => {
      const logits = this.gpt.forward(tokenId, posId, cache.keys, cache.values);
      for (const rows of [...cache.keys, ...cache.values]) rows.push(leaves(rows.pop()!)); // there is a last
      return logits;
    };
    return {
      append: (tokenId) => {
        if (changes !== this.#changes) { // the weights are others now: begin anew
          changes = this.#changes;
          cache = this.#emptyCache();
          tokens.forEach(append);
        }
        const logits = append(tokenId, tokens.length);
        tokens.push(tokenId); // only now: there may be no such token
        return Float64Array.from(logits, (logit) => logit.data);
      },
    };
  }

  weights(): Float64Array {
    return Float64Array.from(this.gpt.params, (p) => p.data);
  }

  state(): EngineState {
    const { steps, m, v } = this.adam;
    return { steps, weights: this.weights(), m: m.slice(), v: v.slice(), mScale: 1, vScale: 1 };
  }

  restore(state: EngineState): void {
    const { params } = this.gpt;
    assertState(state, params.length);
    const { m, v } = moments(state);
    params.forEach((p, i) => p.data = state.weights[i]!); // as many as parameters
    this.adam.m.set(m);
    this.adam.v.set(v);
    this.adam.steps = state.steps;
    this.#changes++;
  }

  /** For each layer, no keys and no values yet. */
  #emptyCache(): { keys: Value[][][]; values: Value[][][] } {
    const perLayer = () => Array.from({ length: this.config.nLayer }, () => []);
    return { keys: perLayer(), values: perLayer() };
  }
}

/** The numbers without the graph they came from, which would never be freed. */
function leaves(values: readonly Value[]): Value[] {
  return values.map(({ data }) => new Value(data));
}

/** Estimates the graph of a document of `n` positions, in bytes. */
function graphBytes(config: GptConfig, n: number): number {
  const { nLayer, nEmbd, nHead, vocabSize, blockSize } = config;
  const pairs = n * (n + 1) / 2; // of positions that attend to each other
  const weights = numParams(config) - (vocabSize + blockSize) * nEmbd; // not the embeddings
  const operands = 2 * (n * weights + 2 * pairs * nLayer * nEmbd);
  const nodes = n * (4 * vocabSize + 25 * nLayer * nEmbd) + 5 * pairs * nLayer * nHead;
  return 16 * operands + 150 * nodes;
}
