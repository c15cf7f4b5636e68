/**
 * The engine that runs: forward, backward and update written out, all positions of all documents
 * of a batch as the rows of one matrix, each operation a kernel of WebAssembly with vector
 * instructions.
 *
 * It computes what `ScalarEngine` computes, in another order; a test compares the two.
 *
 * @module
 */

import {
  assertBatch,
  assertLearningRate,
  assertState,
  assertTokens,
  documentLength,
  type Dtype,
  type Engine,
  type EngineState,
  moments,
  type Sequence,
  type StepDetails,
  type Stop,
  type Tokens,
  type Trace,
} from "../engine.ts";
import { assertToken, assertWeights, copyConfig, type GptConfig, numParams } from "../config.ts";
import { ADAM_DEFAULTS } from "../optim.ts";
import { adamStep } from "./kernels/adam.ts";
import { NO_STEP } from "./kernels/gradient.ts";
import { NO_LOGIT } from "./kernels/softmax.ts";
import { type Machine, plainMachine, wasmMachine } from "./machine.ts";
import { type MemoryLayout, memoryLayout } from "./memory/layout.ts";
import { readParameters, writeParameters } from "./memory/parameters.ts";
import type { Place } from "./memory/place.ts";
import type { RealArray, Views } from "./memory/views.ts";
import { readTrace } from "./trace.ts";

/**
 * Moments below the threshold are set to 0 once per interval, before they turn subnormal:
 * arithmetic on those is many times slower. In so many steps a first moment, times 0.85 per step,
 * does not get from the threshold to the smallest normal number. A default run of 1,000 steps in
 * f64 never pays for it.
 */
const TINY = {
  f64: { threshold: 1e-200, interval: 1024 },
  f32: { threshold: 1e-28, interval: 100 },
};

/** The kernels keep m / (1 - beta1) and v / (1 - beta2), see adam.ts. */
const ADAM_SCALES = { mScale: 1 - ADAM_DEFAULTS.beta1, vScale: 1 - ADAM_DEFAULTS.beta2 };

/** Options of a {@linkcode WasmEngine}. */
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
  readonly #buffers: ReturnType<typeof rowBuffers>;
  /** The sequence whose keys and values are in memory. */
  #cached: Sequence | undefined;
  #steps = 0;

  /**
   * Creates an engine.
   *
   * @param config The sizes of the model.
   * @param weights The initial parameters, in the order of `layout()`.
   * @param options The precision, and the kind of kernels.
   * @throws {RangeError} If the sizes are not those of a model, or it needs more than 4 GB,
   * or more than the machine has to give.
   * @throws {TypeError} If `weights.length` is not the number of parameters.
   * @throws {NoWasmError} If the platform has no vector instructions, or does not compile here.
   */
  constructor(config: GptConfig, weights: ArrayLike<number>, options: WasmEngineOptions = {}) {
    const { dtype = "f64", kernels = "wasm" } = options;
    this.#layout = memoryLayout(config, dtype);
    assertWeights(config, weights);
    this.config = copyConfig(config);
    this.dtype = dtype;
    this.#machine = (kernels === "wasm" ? wasmMachine : plainMachine)(this.#layout);
    this.#buffers = rowBuffers(this.#machine.memory, this.#layout);
    this.#write(this.#layout.params, weights);
    const { logitsBias: { ptr, width } } = this.#layout;
    this.#machine.memory.row(ptr, width).fill(NO_LOGIT, config.vocabSize);
  }

  /**
   * Checks that a model is not too large for this engine.
   *
   * @param config The sizes of the model.
   * @param dtype The precision of its numbers.
   * @throws {RangeError} If it is, or the sizes are not those of a model.
   */
  static assertFits(config: GptConfig, dtype: Dtype = "f64"): void {
    memoryLayout(config, dtype);
  }

  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
  ): number {
    assertBatch(batch, this.config);
    assertLearningRate(learningRate);
    const before = details && this.#region(this.#layout.m).slice();
    const loss = this.#step(batch, learningRate, stop);
    if (details && before) {
      const after = this.#region(this.#layout.m);
      details.gradNorm = Number.isFinite(loss) ? gradNorm(before, after) : NaN;
    }
    return loss;
  }

  #step(batch: readonly Tokens[], learningRate: number, stop?: Stop): number {
    this.#cached = undefined;
    const { grads, parameters } = this.#layout;
    const chunks = this.#chunks(batch);
    const isWhole = chunks.length === 1;
    const step = adamStep(learningRate, this.#steps + 1);
    let loss = 0;
    for (const documents of chunks) {
      const n = this.#enter(documents, batch.length);
      this.#machine.forward(0, n);
      loss += this.#loss(documents, n, batch.length);
      if (!Number.isFinite(loss) || stop?.aborted) {
        this.#region(grads).fill(0);
        stop?.throwIfAborted();
        return loss; // nothing has been updated
      }
      this.#machine.backward(n, isWhole ? step : NO_STEP);
    }
    // The kernel `gradient` has updated all but the tables already.
    this.#machine.update(isWhole ? parameters.tablesLength : parameters.length, step);
    this.#steps++;
    if (this.#steps % TINY[this.dtype].interval === 0) this.#flushTiny();
    return loss;
  }

  /** Sets moments to 0 that are far too small to move a parameter, see {@linkcode TINY}. */
  #flushTiny(): void {
    const { threshold } = TINY[this.dtype];
    for (const region of [this.#region(this.#layout.m), this.#region(this.#layout.v)]) {
      for (let i = 0; i < region.length; i++) {
        if (Math.abs(region[i]!) < threshold) region[i] = 0;
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

  /** Splits a batch into parts that fit into the rows of the memory: one, if possible. */
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

  /** Enters documents of a batch into memory, and returns how many rows they take. */
  #enter(documents: readonly Tokens[], batchSize: number): number {
    const { targets, weights } = this.#buffers;
    let row = 0;
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config);
      for (let i = 0; i < length; i++, row++) {
        this.#enterToken(row, i, tokens[i]!); // length < tokens.length
        targets[row] = tokens[i + 1]!; // likewise
        weights[row] = 1 / (length * batchSize);
      }
    }
    return row;
  }

  #enterToken(row: number, position: number, tokenId: number): void {
    this.#buffers.tokens[row] = tokenId;
    this.#buffers.positions[row] = position;
  }

  /** Turns the logits of n rows into their gradients, and returns what they add to the loss. */
  #loss(documents: readonly Tokens[], n: number, batchSize: number): number {
    this.#machine.loss(n);
    const { lossParts } = this.#buffers;
    let loss = 0, part = 0;
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config);
      let sum = 0;
      for (let i = 0; i < length; i++, part += 2) {
        sum -= Math.log(Math.exp(lossParts[part + 1]!) / lossParts[part]!); // in bounds
      }
      loss += sum * (1 / (length * batchSize));
    }
    return loss;
  }

  trace(tokens: Tokens): Trace {
    assertTokens(tokens, this.config);
    this.#cached = undefined;
    this.#run(tokens, 0);
    return readTrace(this.#layout, this.#machine.memory, tokens.length);
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

  /** Returns the logits after the last token; those before `from` are in memory. */
  #logitsAfter(tokens: readonly number[], from: number): Float64Array {
    this.#run(tokens, from);
    const { ptr, stride, width } = this.#layout.logits;
    const logits = this.#machine.memory.row(ptr + (tokens.length - 1) * stride, width);
    return Float64Array.from(logits.subarray(0, this.config.vocabSize));
  }

  /** Runs the model over the tokens of one sequence from `from` on; those before are in memory. */
  #run(tokens: Tokens, from: number): void {
    for (let i = from; i < tokens.length; i++) this.#enterToken(i, i, tokens[i]!);
    this.#machine.forward(from, tokens.length - from);
  }

  weights(): Float64Array {
    return this.#read(this.#layout.params);
  }

  state(): EngineState {
    const { m, v } = this.#layout;
    return {
      steps: this.#steps,
      weights: this.weights(),
      m: this.#read(m),
      v: this.#read(v),
      ...ADAM_SCALES,
    };
  }

  restore(state: EngineState): void {
    assertState(state, numParams(this.config));
    const { m, v } = moments(state, ADAM_SCALES.mScale, ADAM_SCALES.vScale);
    this.#write(this.#layout.params, state.weights);
    this.#write(this.#layout.m, m);
    this.#write(this.#layout.v, v);
    this.#steps = state.steps;
    this.#cached = undefined;
  }

  /** Views one of the regions that have the form of the parameters. */
  #region({ ptr }: Place): RealArray {
    return this.#machine.memory.row(ptr, this.#layout.parameters.length);
  }

  /** Fills a region with numbers in the order of `layout()`. */
  #write(region: Place, numbers: ArrayLike<number>): void {
    writeParameters(this.#layout.parameters, this.#region(region), numbers);
  }

  /** Returns the numbers of a region in the order of `layout()`. */
  #read(region: Place): Float64Array {
    return readParameters(this.#layout.parameters, this.#region(region));
  }
}

/**
 * Returns the length of the gradient, from Adam's first moments before and after a step: they were
 * M and have become beta1 · M + gradient, see adam.ts.
 */
function gradNorm(before: RealArray, after: RealArray): number {
  let sum = 0;
  for (let i = 0; i < after.length; i++) {
    const grad = after[i]! - ADAM_DEFAULTS.beta1 * before[i]!;
    sum += grad * grad;
  }
  return Math.sqrt(sum);
}

/** Views the buffers that have one number or two for each row. */
function rowBuffers(memory: Views, layout: MemoryLayout) {
  const { rows, size, tokens, targets, positions, rowWeights, lossParts } = layout;
  return {
    tokens: memory.integers(tokens.ptr, rows),
    targets: memory.integers(targets.ptr, rows),
    positions: memory.integers(positions.ptr, rows),
    weights: memory.row(rowWeights.ptr, rows * size),
    lossParts: memory.row(lossParts.ptr, 2 * rows * size),
  };
}
