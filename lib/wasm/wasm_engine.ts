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
import { adamStep, flushTiny, gradNorm } from "./kernels/adam.ts";
import { NO_STEP } from "./kernels/gradient.ts";
import { NO_LOGIT } from "./kernels/softmax.ts";
import {
  type Crew,
  type Machine,
  type Part,
  plainMachine,
  type Threads,
  wasmMachine,
} from "./machine.ts";
import { type MemoryLayout, memoryLayout } from "./memory/layout.ts";
import { readParameters, writeParameters } from "./memory/parameters.ts";
import type { Count, Place } from "./memory/place.ts";
import type { RealArray, Views } from "./memory/views.ts";
import { readTrace } from "./trace.ts";

/** The kernels keep m / (1 - beta1) and v / (1 - beta2), see adam.ts. */
const ADAM_SCALES = { mScale: 1 - ADAM_DEFAULTS.beta1, vScale: 1 - ADAM_DEFAULTS.beta2 };

/** Options of a {@linkcode WasmEngine}. */
export interface WasmEngineOptions {
  /** The precision of its numbers. */
  readonly dtype?: Dtype;
  /** Kernels of WebAssembly, or their twins in plain TypeScript. */
  readonly kernels?: "wasm" | "plain";
  /** Threads that take steps together, with kernels of WebAssembly, see `threads/threads.ts`. */
  readonly threads?: Threads;
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
    const { dtype = "f64", kernels = "wasm", threads } = options;
    this.#layout = memoryLayout(config, dtype, threads?.count);
    assertWeights(config, weights);
    this.config = copyConfig(config);
    this.dtype = dtype;
    this.#machine = threads?.machine(this.#layout) ??
      (kernels === "wasm" ? wasmMachine : plainMachine)(this.#layout);
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
    const { crew } = this.#machine;
    if (crew === undefined) return this.#take(batch, learningRate, stop);
    const threads = crew.begin(this.#lengthOf(batch));
    try {
      return this.#take(batch, learningRate, stop, threads > 1 ? { crew, threads } : undefined);
    } finally {
      crew.end();
    }
  }

  /** Takes a step, with several threads or on this one. */
  #take(
    batch: readonly Tokens[],
    learningRate: number,
    stop?: Stop,
    team?: { readonly crew: Crew; readonly threads: Count },
  ): number {
    this.#cached = undefined;
    const machine = this.#machine, { grads, parameters } = this.#layout;
    const chunks = this.#chunks(batch);
    const isWhole = chunks.length === 1;
    const step = adamStep(learningRate, this.#steps + 1);
    let loss = 0;
    for (const documents of chunks) {
      const parts = this.#enter(documents, batch.length, team?.threads);
      const n = endOf(parts);
      if (team !== undefined) {
        team.crew.rows(parts);
      } else {
        machine.forward(0, n);
        machine.loss(n);
      }
      loss += this.#loss(documents, batch.length);
      if (!Number.isFinite(loss) || stop?.aborted) {
        this.#region(grads).fill(0);
        stop?.throwIfAborted();
        return loss; // nothing has been updated
      }
      (team?.crew ?? machine).backward(n, isWhole ? step : NO_STEP);
    }
    // The kernel `gradient` has updated all but the tables already; a crew has done all.
    if (team === undefined) {
      machine.update(isWhole ? parameters.tablesLength : parameters.length, step);
    } else if (!isWhole) team.crew.update(step);
    this.#steps++;
    const { m, v } = this.#layout;
    flushTiny(this.dtype, this.#steps, () => [this.#region(m), this.#region(v)]);
    return loss;
  }

  loss(tokens: Tokens): number {
    const batch = [tokens];
    assertBatch(batch, this.config);
    this.#cached = undefined;
    const n = endOf(this.#enter(batch, 1));
    this.#machine.forward(0, n);
    this.#machine.loss(n);
    return this.#loss(batch, 1);
  }

  /** Counts the rows of documents. */
  #lengthOf(documents: readonly Tokens[]): Count {
    return documents.reduce((sum, tokens) => sum + documentLength(tokens, this.config), 0);
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

  /**
   * Enters documents of a batch into memory.
   *
   * @param threads How many of them take a part of the rows, as far as there are documents.
   * @returns Their parts. One of an odd number of rows ends with one more that counts for nothing.
   */
  #enter(documents: readonly Tokens[], batchSize: number, threads: Count = 1): Part[] {
    const { targets, weights } = this.#buffers;
    const parts: Part[] = [];
    let row = 0, from = 0;
    const rows = threads === 1 ? 0 : this.#lengthOf(documents);
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config);
      // Where most of it belongs to the next part, that begins with this document.
      const isNext = threads > 1 && row > from && parts.length < threads - 1 &&
        (row + length / 2) * threads > rows * (parts.length + 1);
      if (isNext) {
        if ((row - from) % 2 === 1) this.#enterGap(row++, from);
        parts.push({ from, n: row - from });
        from = row;
      }
      for (let i = 0; i < length; i++, row++) {
        this.#enterToken(row, i, tokens[i]!); // length < tokens.length
        targets[row] = tokens[i + 1]!; // likewise
        weights[row] = 1 / (length * batchSize);
      }
    }
    parts.push({ from, n: row - from });
    return parts;
  }

  /**
   * Enters a row that makes their number even and counts for nothing. It has the beginning of a
   * document, so that its numbers are finite where those of that one are.
   */
  #enterGap(row: number, first: number): void {
    const { tokens, targets, weights } = this.#buffers;
    this.#enterToken(row, 0, tokens[first]!); // in bounds
    targets[row] = targets[first]!; // likewise
    weights[row] = 0;
  }

  #enterToken(row: number, position: number, tokenId: number): void {
    this.#buffers.tokens[row] = tokenId;
    this.#buffers.positions[row] = position;
  }

  /** Returns what documents add to the loss, from what the kernel `softmax` has left of it. */
  #loss(documents: readonly Tokens[], batchSize: number): number {
    const { lossParts, weights } = this.#buffers;
    let loss = 0, row = 0;
    for (const tokens of documents) {
      if (weights[row] === 0) row++; // the end of a part, see #enter()
      const length = documentLength(tokens, this.config);
      let sum = 0;
      for (const end = row + length; row < end; row++) {
        sum -= Math.log(Math.exp(lossParts[2 * row + 1]!) / lossParts[2 * row]!); // in bounds
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

  [Symbol.dispose](): void {
    this.#machine.crew?.[Symbol.dispose]();
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

/** Returns the number of rows of parts that follow one another. */
function endOf(parts: readonly Part[]): Count {
  const { from, n } = parts.at(-1)!; // there is one
  return from + n;
}

/** Views the buffers that have one number or two for each row. */
function rowBuffers(memory: Views, layout: MemoryLayout) {
  const { rowsWithGaps: rows, size, tokens, targets, positions, rowWeights, lossParts } = layout;
  return {
    tokens: memory.integers(tokens.ptr, rows),
    targets: memory.integers(targets.ptr, rows),
    positions: memory.integers(positions.ptr, rows),
    weights: memory.row(rowWeights.ptr, rows * size),
    lossParts: memory.row(lossParts.ptr, 2 * rows * size),
  };
}
