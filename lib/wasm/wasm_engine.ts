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
  assertStepOptions,
  assertTokens,
  batchLength,
  documentLength,
  type Dtype,
  type Engine,
  type EngineState,
  type LossMean,
  moments,
  type Sequence,
  type StepDetails,
  type StepOptions,
  type Stop,
  type Tokens,
  type Trace,
} from "../engine.ts";
import { assertWeights, copyConfig, type GptConfig, numParams } from "../config.ts";
import { ADAM_DEFAULTS } from "../optim.ts";
import { Extras } from "./extras.ts";
import { adamStep, flushTiny, gradNorm, isFlushDue } from "./kernels/adam.ts";
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
import { Sequences } from "./sequences.ts";
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
  readonly #sequences: Sequences;
  #steps = 0;
  #changes = 0;
  readonly #extras: Extras;

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
    const run = (tokens: Tokens, from: Count) => this.#run(tokens, from);
    this.#sequences = new Sequences(this.#layout, this.#machine.memory, run);
    const { newCopies } = this.#machine;
    this.#extras = new Extras(this.#region(this.#layout.params), newCopies);
    this.#write(this.#layout.params, weights);
    const { logitsBias: { ptr, width } } = this.#layout;
    this.#machine.memory.row(ptr, width).fill(NO_LOGIT, config.vocabSize);
  }

  get changes(): number {
    return this.#changes;
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
    options: StepOptions = {},
  ): number {
    assertBatch(batch, this.config);
    assertLearningRate(learningRate);
    assertStepOptions(options, learningRate);
    const before = details && this.#region(this.#layout.m).slice();
    const loss = this.#step(batch, learningRate, options, stop);
    if (details && before) {
      const after = this.#region(this.#layout.m);
      details.gradNorm = Number.isFinite(loss) ? gradNorm(before, after) : NaN;
    }
    return loss;
  }

  #step(
    batch: readonly Tokens[],
    learningRate: number,
    options: StepOptions,
    stop?: Stop,
  ): number {
    const { crew } = this.#machine;
    if (crew === undefined) return this.#take(batch, learningRate, options, stop);
    const rows = this.#lengths(batch).reduce((sum, length) => sum + length, 0);
    const isShared = crew.begin(rows);
    try {
      return this.#take(batch, learningRate, options, stop, isShared ? crew : undefined);
    } finally {
      crew.end();
    }
  }

  #lengths(documents: readonly Tokens[]): Count[] {
    return documents.map((tokens) => documentLength(tokens, this.config));
  }

  /** Takes a step, together with other threads or on this one. */
  #take(
    batch: readonly Tokens[],
    learningRate: number,
    options: StepOptions,
    stop?: Stop,
    crew?: Crew,
  ): number {
    this.#sequences.forget();
    const { grads, parameters } = this.#layout;
    const weightOf = rowWeight(batch, this.config, options.lossMean);
    const chunks = this.#chunks(batch);
    const isWhole = chunks.length === 1;
    const step = adamStep(learningRate, this.#steps + 1);
    const machine = this.#machine;
    let loss = 0;
    this.#extras.before(options);
    for (const documents of chunks) {
      const n = this.#forward(documents, weightOf, crew);
      loss += this.#loss(documents, weightOf);
      if (!Number.isFinite(loss) || stop?.aborted) {
        this.#region(grads).fill(0);
        stop?.throwIfAborted();
        return loss; // nothing has been updated
      }
      (crew ?? machine).backward(n, isWhole ? step : NO_STEP);
    }
    if (!isWhole) (crew ?? machine).update(parameters.length, step);
    // The kernel `gradient` has updated all but the tables already; a crew has done those, too.
    else if (crew === undefined) machine.update(parameters.tablesLength, step);
    this.#steps++;
    this.#changes++;
    this.#extras.after(options, learningRate, this.#steps);
    if (isFlushDue(this.dtype, this.#steps)) this.#flushTiny();
    return loss;
  }

  /**
   * Runs forward and loss, with a crew also backward but for weights; returns the number of rows.
   */
  #forward(documents: readonly Tokens[], weightOf: RowWeight, crew?: Crew): Count {
    if (crew === undefined) {
      const n = this.#enter(documents, weightOf);
      this.#machine.forward(0, n);
      this.#machine.loss(n);
      return n;
    }
    const parts = this.#enterParts(documents, weightOf, crew);
    crew.rows(parts);
    const { from, n } = parts.at(-1)!; // there is one
    return from + n;
  }

  /** Sets moments to 0 that are far too small to move a parameter. */
  #flushTiny(): void {
    const { m, v } = this.#layout;
    for (const place of [m, v]) flushTiny(this.#region(place), this.dtype);
  }

  loss(tokens: Tokens): number {
    const batch = [tokens];
    assertBatch(batch, this.config);
    this.#sequences.forget();
    const weightOf = rowWeight(batch, this.config);
    this.#forward(batch, weightOf);
    return this.#loss(batch, weightOf);
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

  /** Enters documents of a batch into memory, from a row on, and returns the row after them. */
  #enter(documents: readonly Tokens[], weightOf: RowWeight, row: Count = 0): Count {
    const { targets, weights } = this.#buffers;
    for (const tokens of documents) {
      const length = documentLength(tokens, this.config), weight = weightOf(length);
      for (let i = 0; i < length; i++, row++) {
        this.#enterToken(row, i, tokens[i]!); // length < tokens.length
        targets[row] = tokens[i + 1]!; // likewise
        weights[row] = weight;
      }
    }
    return row;
  }

  /** Enters documents in parts for threads; each part has an even number of rows, but the last. */
  #enterParts(documents: readonly Tokens[], weightOf: RowWeight, crew: Crew): Part[] {
    const parts: Part[] = [];
    let first = 0, from = 0;
    for (const share of crew.shares(this.#lengths(documents))) {
      if (from % 2 === 1) this.#enterGap(from++, parts.at(-1)!.from); // there is one before it
      parts.push({ from, n: 0 });
      from = this.#enter(documents.slice(first, first += share), weightOf, from);
    }
    return parts.map((part, i) => ({ ...part, n: (parts[i + 1]?.from ?? from) - part.from }));
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
  #loss(documents: readonly Tokens[], weightOf: RowWeight): number {
    const { lossParts, weights } = this.#buffers;
    let loss = 0, row = 0;
    for (const tokens of documents) {
      if (weights[row] === 0) row++; // the end of a part, see #enter()
      const length = documentLength(tokens, this.config);
      let sum = 0;
      for (const end = row + length; row < end; row++) {
        sum -= Math.log(Math.exp(lossParts[2 * row + 1]!) / lossParts[2 * row]!); // in bounds
      }
      loss += sum * weightOf(length);
    }
    return loss;
  }

  trace(tokens: Tokens): Trace {
    assertTokens(tokens, this.config);
    this.#sequences.forget();
    this.#run(tokens, 0);
    return readTrace(this.#layout, this.#machine.memory, tokens.length);
  }

  sequence(start: Tokens = []): Sequence {
    return this.#sequences.begin(start);
  }

  /** Runs the model over the tokens of one sequence from `from` on; those before are in memory. */
  #run(tokens: Tokens, from: Count): void {
    for (let i = from; i < tokens.length; i++) this.#enterToken(i, i, tokens[i]!);
    this.#machine.forward(from, tokens.length - from);
  }

  weights(): Float64Array {
    return this.#read(this.#layout.params);
  }

  average(): Float64Array | undefined {
    const { average } = this.#extras;
    return average && readParameters(this.#layout.parameters, average);
  }

  state(): EngineState {
    const { m, v } = this.#layout;
    const average = this.average();
    return {
      steps: this.#steps,
      weights: this.weights(),
      m: this.#read(m),
      v: this.#read(v),
      ...ADAM_SCALES,
      ...(average && { average }),
    };
  }

  restore(state: EngineState): void {
    assertState(state, numParams(this.config));
    const { m, v } = moments(state, ADAM_SCALES.mScale, ADAM_SCALES.vScale);
    this.#write(this.#layout.params, state.weights);
    this.#write(this.#layout.m, m);
    this.#write(this.#layout.v, v);
    this.#restoreAverage(state.average);
    this.#steps = state.steps;
    this.#changes++;
    this.#sequences.forget();
  }

  #restoreAverage(numbers: Float64Array | undefined): void {
    this.#extras.endAverage();
    if (numbers === undefined) return;
    writeParameters(this.#layout.parameters, this.#extras.beginAverage(), numbers);
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

/** Returns the weight in the loss of each position of a document of this length. */
type RowWeight = (length: Count) => number;

/** Makes the function that weights positions in the loss of a batch. */
function rowWeight(
  batch: readonly Tokens[],
  config: GptConfig,
  lossMean: LossMean = "document",
): RowWeight {
  if (lossMean === "document") return (length) => 1 / (length * batch.length);
  const weight = 1 / batchLength(batch, config);
  return () => weight;
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
