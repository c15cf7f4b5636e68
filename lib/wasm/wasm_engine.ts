/**
 * The engine that runs: forward, backward and update written out, all positions
 * of all documents of a batch as the rows of one matrix, each operation a
 * kernel of WebAssembly with vector instructions.
 *
 * It computes what `ScalarEngine` computes, in another order; a test compares
 * the two.
 *
 * @module
 */

import {
  assertBatch,
  assertLearningRate,
  assertState,
  documentLength,
  type Dtype,
  type Engine,
  type EngineState,
  moments,
  type Sequence,
  type StepDetails,
  type Tokens,
} from "../engine.ts";
import { assertToken, assertWeights, copyConfig, type GptConfig, numParams } from "../config.ts";
import { ADAM_DEFAULTS } from "../optim.ts";
import { type AdamStep, adamStep } from "./kernels/adam.ts";
import { type MemoryLayout, memoryLayout } from "./memory/layout.ts";
import { type Machine, plainMachine, wasmMachine } from "./machine.ts";
import type { RealArray } from "./memory/panel.ts";
import { forEachParameter } from "./memory/parameters.ts";
import { NO_LOGIT } from "./kernels/softmax.ts";

/** What a memory with addresses of 32 bits can hold. */
const MAX_BYTES = 2 ** 32;

/**
 * Moments below the threshold are set to 0 after so many steps, in which a
 * first moment, times 0.85 a step, does not get to the smallest normal number.
 * It is more than 1,000, so that the default run, which needs it not, is spared it.
 */
const TINY = {
  f64: { threshold: 1e-200, interval: 1024 },
  f32: { threshold: 1e-28, interval: 100 },
};

/** The kernels keep m / (1 - beta1) and v / (1 - beta2), see adam.ts. */
const ADAM_SCALES = { mScale: 1 - ADAM_DEFAULTS.beta1, vScale: 1 - ADAM_DEFAULTS.beta2 };

/** What makes the kernel `gradient` add gradients up. */
const NO_STEP: AdamStep = { scale: 0, offset: 0 };

/** How to make a {@linkcode WasmEngine}. */
export interface WasmEngineOptions {
  /** The precision of its numbers. */
  readonly dtype?: Dtype;
  /** Kernels of WebAssembly, or their twins in plain TypeScript. */
  readonly kernels?: "wasm" | "plain";
}

/** Forward, backward and update by kernels. */
export class WasmEngine implements Engine {
  readonly config: GptConfig;
  /** The precision of its numbers. */
  readonly dtype: Dtype;
  readonly #layout: MemoryLayout;
  readonly #machine: Machine;
  readonly #reals: RealArray;
  readonly #integers: Int32Array;
  /** The sequence whose keys and values are in memory. */
  #cached: Sequence | undefined;
  #steps = 0;

  /**
   * Makes an engine.
   *
   * @param config The sizes of the model.
   * @param weights The parameters to begin with, in the order of `layout()`.
   * @param options How to make it.
   * @throws {RangeError} If the sizes are not those of a model, or it needs more than 4 GB,
   * or more than the machine has to give.
   * @throws {TypeError} If the number of weights is not that of the parameters.
   * @throws {Error} If the platform has no vector instructions.
   */
  constructor(config: GptConfig, weights: ArrayLike<number>, options: WasmEngineOptions = {}) {
    const { dtype = "f64", kernels = "wasm" } = options;
    this.#layout = addressableLayout(config, dtype);
    assertWeights(config, weights);
    this.config = copyConfig(config);
    this.dtype = dtype;
    const newMachine = kernels === "wasm" ? wasmMachine : plainMachine;
    this.#machine = newMachine(this.#layout);
    const { memory } = this.#machine;
    this.#reals = dtype === "f64" ? new Float64Array(memory) : new Float32Array(memory);
    this.#integers = new Int32Array(memory);
    this.#initialise(weights);
  }

  /**
   * Checks that a model is not too large for this engine.
   *
   * @param config The sizes of the model.
   * @param dtype The precision of its numbers.
   * @throws {RangeError} If it is, or the sizes are not those of a model.
   */
  static assertFits(config: GptConfig, dtype: Dtype = "f64"): void {
    addressableLayout(config, dtype);
  }

  #initialise(weights: ArrayLike<number>): void {
    const { size, params, logits, logitsBias } = this.#layout;
    this.#import(params, weights);
    const bias = logitsBias.ptr / size;
    this.#reals.fill(NO_LOGIT, bias + this.config.vocabSize, bias + logits.width / size);
  }

  step(batch: readonly Tokens[], learningRate: number, details?: StepDetails): number {
    assertBatch(batch, this.config);
    assertLearningRate(learningRate);
    const before = details && this.#region(this.#layout.m).slice();
    const loss = this.#step(batch, learningRate);
    if (details && before) {
      const after = this.#region(this.#layout.m);
      details.gradNorm = Number.isFinite(loss) ? gradNorm(before, after) : NaN;
    }
    return loss;
  }

  #step(batch: readonly Tokens[], learningRate: number): number {
    this.#cached = undefined;
    const { grads, parameters, size } = this.#layout;
    const chunks = this.#chunks(batch);
    const isWhole = chunks.length === 1;
    const step = adamStep(learningRate, this.#steps + 1);
    const { scale, offset } = isWhole ? step : NO_STEP;
    let loss = 0;
    for (const documents of chunks) {
      const n = this.#enter(documents, batch.length);
      this.#machine.forward(0, n);
      loss += this.#loss(documents, n, batch.length);
      if (!Number.isFinite(loss)) {
        this.#reals.fill(0, grads / size, (grads + parameters.length) / size);
        return loss; // nothing has been updated
      }
      this.#machine.backward(n, scale, offset);
    }
    // What has been updated along with its gradient is done already.
    const length = isWhole ? parameters.tablesLength : parameters.length;
    this.#machine.update(length, step.scale, step.offset);
    this.#steps++;
    if (this.#steps % TINY[this.dtype].interval === 0) this.#flushTiny();
    return loss;
  }

  /**
   * Sets moments to 0 that are far too small to move a parameter. Those of a
   * parameter whose gradient stays 0 shrink with each step, and below the normal
   * numbers arithmetic is many times slower.
   */
  #flushTiny(): void {
    const { threshold } = TINY[this.dtype];
    for (const region of [this.#region(this.#layout.m), this.#region(this.#layout.v)]) {
      for (let i = 0; i < region.length; i++) {
        if (Math.abs(region[i]!) < threshold) region[i] = 0; // i < length
      }
    }
  }

  loss(tokens: Tokens): number {
    const batch = [tokens];
    assertBatch(batch, this.config);
    this.#cached = undefined;
    const n = this.#enter(batch, 1);
    this.#machine.forward(0, n);
    return this.#loss(batch, n, 1);
  }

  /** Parts of a batch that fit into the rows of the memory: one, if possible. */
  #chunks(batch: readonly Tokens[]): Tokens[][] {
    const chunks: Tokens[][] = [];
    let rows = Infinity;
    for (const tokens of batch) {
      const length = documentLength(tokens, this.config);
      if (rows + length > this.#layout.rows) {
        chunks.push([]);
        rows = 0;
      }
      chunks.at(-1)!.push(tokens); // the first document begins a chunk
      rows += length;
    }
    return chunks;
  }

  /** Puts documents of a batch into memory, and says how many rows they take. */
  #enter(documents: readonly Tokens[], batchSize: number): number {
    const { targets, rowWeights, size } = this.#layout;
    let row = 0;
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config);
      for (let i = 0; i < length; i++, row++) {
        this.#enterToken(row, i, tokens[i]!); // length < tokens.length
        this.#integers[targets.ptr / 4 + row] = tokens[i + 1]!; // likewise
        this.#reals[rowWeights.ptr / size + row] = 1 / (length * batchSize);
      }
    }
    return row;
  }

  #enterToken(row: number, position: number, tokenId: number): void {
    const { tokens, positions } = this.#layout;
    this.#integers[tokens.ptr / 4 + row] = tokenId;
    this.#integers[positions.ptr / 4 + row] = position;
  }

  /** Turns the logits of n rows into their gradients, and tells what they add to the loss. */
  #loss(documents: readonly Tokens[], n: number, batchSize: number): number {
    this.#machine.loss(n);
    const { lossParts, size } = this.#layout;
    let loss = 0, part = lossParts.ptr / size;
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config);
      let sum = 0;
      for (let i = 0; i < length; i++, part += 2) {
        sum -= Math.log(Math.exp(this.#reals[part + 1]!) / this.#reals[part]!); // in bounds
      }
      loss += sum * (1 / (length * batchSize));
    }
    return loss;
  }

  sequence(): Sequence {
    const tokens: number[] = [];
    const sequence: Sequence = {
      append: (tokenId) => {
        assertToken(tokenId, tokens.length, this.config);
        tokens.push(tokenId);
        // Another sequence, or a step of training, may have been here since.
        const from = this.#cached === sequence ? tokens.length - 1 : 0;
        this.#cached = sequence;
        return this.#logitsAfter(tokens, from);
      },
    };
    return sequence;
  }

  /** The logits after the last of some tokens, of which those before `from` are in memory. */
  #logitsAfter(tokens: readonly number[], from: number): Float64Array {
    for (let i = from; i < tokens.length; i++) this.#enterToken(i, i, tokens[i]!); // i < length
    this.#machine.forward(from, tokens.length - from);
    const { logits: { ptr, stride }, size } = this.#layout;
    const first = (ptr + (tokens.length - 1) * stride) / size;
    return Float64Array.from(this.#reals.subarray(first, first + this.config.vocabSize));
  }

  weights(): Float64Array {
    return this.#export(this.#layout.params);
  }

  state(): EngineState {
    const { m, v } = this.#layout;
    return {
      steps: this.#steps,
      weights: this.weights(),
      m: this.#export(m),
      v: this.#export(v),
      ...ADAM_SCALES,
    };
  }

  restore(state: EngineState): void {
    assertState(state, numParams(this.config));
    const { m, v } = moments(state, ADAM_SCALES.mScale, ADAM_SCALES.vScale);
    this.#import(this.#layout.params, state.weights);
    this.#import(this.#layout.m, m);
    this.#import(this.#layout.v, v);
    this.#steps = state.steps;
    this.#cached = undefined;
  }

  /** One of the regions that have the form of the parameters. */
  #region(ptr: number): RealArray {
    const { parameters: { length }, size } = this.#layout;
    return this.#reals.subarray(ptr / size, (ptr + length) / size);
  }

  /** Fills a region with numbers in the order of `layout()`, as many as there are parameters. */
  #import(ptr: number, numbers: ArrayLike<number>): void {
    const region = this.#region(ptr);
    forEachParameter(
      this.#layout.parameters,
      (original, ours) => region[ours] = numbers[original]!,
    );
  }

  /** The numbers of a region in the order of `layout()`. */
  #export(ptr: number): Float64Array {
    const region = this.#region(ptr);
    const numbers = new Float64Array(numParams(this.config));
    forEachParameter(
      this.#layout.parameters,
      (original, ours) => numbers[original] = region[ours]!,
    ); // in bounds
    return numbers;
  }
}

/**
 * The length of the gradient, from Adam's first moments before and after a step:
 * they were M and have become beta1 · M + gradient, see adam.ts.
 */
function gradNorm(before: RealArray, after: RealArray): number {
  let sum = 0;
  for (let i = 0; i < after.length; i++) {
    const grad = after[i]! - ADAM_DEFAULTS.beta1 * before[i]!; // i < length
    sum += grad * grad;
  }
  return Math.sqrt(sum);
}

/** The layout of the memory for a model, if it can be addressed; throws what `assertFits` does. */
function addressableLayout(config: GptConfig, dtype: Dtype): MemoryLayout {
  const layout = memoryLayout(config, dtype);
  if (layout.bytes > MAX_BYTES) {
    throw new RangeError(
      `Cannot create the model: it needs ${(layout.bytes / 2 ** 30).toFixed(1)} GB: ` +
        `at most 4 GB can be addressed`,
    );
  }
  return layout;
}
