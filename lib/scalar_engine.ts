/**
 * The readable engine follows microgpt.py line by line: it builds a graph of scalar
 * {@linkcode Value}s for each document, walks it backwards, and throws it away.
 *
 * @module
 */

import {
  assertBatch,
  assertLearningRate,
  assertLogits,
  assertState,
  assertStepOptions,
  assertTokens,
  averageShare,
  batchLength,
  documentLength,
  type Engine,
  type EngineState,
  moments,
  type Sequence,
  type StepDetails,
  type StepOptions,
  type Stop,
  type Tokens,
  type Trace,
} from "./engine.ts";
import { assertToken, type GptConfig, numParams } from "./config.ts";
import { Gpt, softmax } from "./model.ts";
import { Adam } from "./optim.ts";
import { sum, Value } from "./value.ts";

/** With more parameters the graph of a document takes gigabytes, and a step minutes. */
const MAX_PARAMS = 1_000_000;

/** The maximum size of a document's graph, in bytes: V8 gives up at some gigabytes. */
const MAX_GRAPH = 1e9;

/** Computes one number at a time: slow, and the truth that other engines are tested against. */
export class ScalarEngine implements Engine {
  /** The model. */
  readonly gpt: Gpt;
  /** The optimizer and its buffers. */
  readonly adam: Adam;
  #changes = 0;
  #average: Float64Array | undefined;

  /**
   * Creates an engine.
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
          `the scalar engine can hold at most ${MAX_PARAMS}: lower nEmbd, nLayer or blockSize`,
      );
    }
  }

  get config(): GptConfig {
    return this.gpt.config;
  }

  get changes(): number {
    return this.#changes;
  }

  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
    options: StepOptions = {},
  ): number {
    const { lossMean = "document", weightDecay = 0, ema } = options;
    assertBatch(batch, this.config);
    assertLearningRate(learningRate);
    assertStepOptions(options, learningRate);
    const numTokens = batchLength(batch, this.config);
    let total = 0;
    for (const tokens of batch) {
      if (stop?.aborted) {
        for (const p of this.gpt.params) p.grad = 0;
        stop.throwIfAborted();
      }
      const mean = this.lossGraph(tokens);
      const loss = lossMean === "document"
        ? mean.div(batch.length)
        : mean.mul(documentLength(tokens, this.config) / numTokens);
      loss.backward(); // the gradients of the documents add up
      total += loss.data;
    }
    const { params } = this.gpt;
    const gradNorm = Math.sqrt(params.reduce((sum, p) => sum + p.grad ** 2, 0));
    if (details) details.gradNorm = gradNorm;
    if (Number.isFinite(total) && params.every((p) => Number.isFinite(p.grad))) {
      for (const p of params) p.data *= 1 - learningRate * weightDecay;
      this.adam.step(params, learningRate);
      if (ema !== undefined) this.#updateAverage(ema);
      this.#changes++;
      return total;
    }
    for (const p of params) p.grad = 0;
    return Number.isFinite(total) ? NaN : total;
  }

  /** Moves the average towards the weights. */
  #updateAverage(ema: number): void {
    const average = this.#average ??= this.weights();
    const share = averageShare(ema, this.adam.steps);
    this.gpt.params.forEach((p, i) => average[i]! += share * (p.data - average[i]!)); // as many
  }

  loss(tokens: Tokens): number {
    assertBatch([tokens], this.config);
    return this.lossGraph(tokens).data;
  }

  /**
   * Builds the graph of a document's loss: the mean of -ln p(next token) over its positions.
   *
   * @param tokens The document, BOS at both ends.
   * @throws {RangeError} If the graph would not fit into memory.
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

  trace(tokens: Tokens): Trace {
    assertTokens(tokens, this.config);
    const cache = this.#emptyCache();
    const positions = Array.from(
      tokens,
      (tokenId, posId) => activationsOf(this.#forward(tokenId, posId, cache), this.config),
    );
    const { nLayer, nHead } = this.config;
    const headsOf = (layer: number) =>
      range(nHead, (h) => positions.map(({ attention }) => attention[layer]![h]!)); // nLayer, nHead
    return {
      logits: positions.map(({ logits }) => logits),
      attention: range(nLayer, headsOf),
      stream: range(2 + 2 * nLayer, (stage) => positions.map(({ stream }) => stream[stage]!)), // as many
    };
  }

  sequence(start: Tokens = []): Sequence {
    const tokens = Array.from(start);
    tokens.forEach((tokenId, posId) => assertToken(tokenId, posId, this.config));
    let cache: Cache | undefined;
    let changes = this.#changes;
    const append = (tokenId: number, posId: number) =>
      this.#forward(tokenId, posId, cache ??= this.#emptyCache());
    return {
      append: (tokenId, into = new Float64Array(this.config.vocabSize)) => {
        assertLogits(into, this.config);
        if (changes !== this.#changes) cache = undefined; // the weights are others now: begin anew
        changes = this.#changes;
        if (cache === undefined) tokens.forEach(append);
        const logits = append(tokenId, tokens.length);
        tokens.push(tokenId); // only now: there may be no such token
        logits.forEach(({ data }, id) => into[id] = data);
        return into;
      },
    };
  }

  weights(): Float64Array {
    return Float64Array.from(this.gpt.params, (p) => p.data);
  }

  average(): Float64Array | undefined {
    return this.#average?.slice();
  }

  state(): EngineState {
    const { steps, m, v } = this.adam;
    const average = this.average();
    return {
      steps,
      weights: this.weights(),
      m: m.slice(),
      v: v.slice(),
      mScale: 1,
      vScale: 1,
      ...(average && { average }),
    };
  }

  restore(state: EngineState): void {
    const { params } = this.gpt;
    assertState(state, params.length);
    const { m, v } = moments(state);
    params.forEach((p, i) => p.data = state.weights[i]!); // as many as parameters
    this.adam.m.set(m);
    this.adam.v.set(v);
    this.adam.steps = state.steps;
    this.#average = state.average?.slice();
    this.#changes++;
  }

  /** Does nothing: it has no threads. */
  [Symbol.dispose](): void {}

  /** Computes the logits of a position; of those before, keys and values remain, but no graph. */
  #forward(tokenId: number, posId: number, { keys, values }: Cache): Value[] {
    const logits = this.gpt.forward(tokenId, posId, keys, values);
    for (const rows of [...keys, ...values]) rows.push(leaves(rows.pop()!)); // there is a last
    return logits;
  }

  /** Creates lists of keys and values for each layer, empty. */
  #emptyCache(): Cache {
    const perLayer = () => Array.from({ length: this.config.nLayer }, () => []);
    return { keys: perLayer(), values: perLayer() };
  }
}

/** The keys and values of the positions so far, a list per layer. */
interface Cache {
  readonly keys: Value[][][];
  readonly values: Value[][][];
}

/**
 * Reads the activations of a position back from its logits: a {@linkcode Value} remembers what it
 * was computed from, so the walk goes through `Gpt.forward()` from its last line to its first.
 */
function activationsOf(logits: readonly Value[], { nLayer, nEmbd, nHead }: GptConfig) {
  // Every list below has an element, and every node here has two children or more.
  const headDim = nEmbd / nHead;
  const attention: Float64Array[][] = [];
  let x = factorsOf(logits[0]!).right; // lm_head · x
  const stream = [x];
  for (let layer = 0; layer < nLayer; layer++) { // the last one first
    const middle = x.map(({ children }) => children[1]!); // the MLP block + middle
    const xAttn = factorsOf(middle[0]!.children[0]!).right; // wo · xAttn, and then + xResidual
    attention.unshift(range(nHead, (h) => data(factorsOf(xAttn[h * headDim]!).left))); // weights · v
    x = middle.map(({ children }) => children[1]!);
    stream.unshift(x, middle);
  }
  stream.unshift(x.map(({ children }) => children[0]!)); // the embedding · scale, see rmsnorm()
  return { logits: data(logits), attention, stream: stream.map(data) };
}

/** Takes a dot product apart into its two vectors, see `dot()`. */
function factorsOf({ children }: Value): { left: Value[]; right: Value[] } {
  return {
    left: children.filter((_, i) => i % 2 === 0),
    right: children.filter((_, i) => i % 2 === 1),
  };
}

function data(values: readonly Value[]): Float64Array {
  return Float64Array.from(values, ({ data }) => data);
}

function range<T>(length: number, map: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => map(i));
}

/** Copies the numbers without the graph they came from, which would never be freed. */
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
