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
import { assertToken, assertWeights, copyConfig, type GptConfig, numParams } from "../model.ts";
import { ADAM_DEFAULTS } from "../optim.ts";
import { type AdamStep, adamStep } from "./adam.ts";
import { type Kernels, type Machine, plainMachine, wasmMachine } from "./kernels.ts";
import {
  forEachParameter,
  type LayerLayout,
  type MemoryLayout,
  memoryLayout,
  type Norm,
  type Rows,
  type Weights,
} from "./layout.ts";
import { EPILOGUE } from "./matmul.ts";
import { type RealArray, VECTOR_BYTES } from "./panel.ts";
import { NO_LOGIT } from "./softmax.ts";

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

/** A document of a batch: its rows, and what one of them counts for. */
interface Slice {
  readonly tokens: Tokens;
  readonly row: number;
  readonly length: number;
  readonly weight: number;
}

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
  readonly #kernels: Kernels;
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
    const { attention, bytes } = this.#layout;
    const newMachine = kernels === "wasm" ? wasmMachine : plainMachine;
    const machine: Machine = newMachine(dtype, attention, bytes);
    this.#kernels = machine.kernels;
    this.#reals = dtype === "f64"
      ? new Float64Array(machine.memory)
      : new Float32Array(machine.memory);
    this.#integers = new Int32Array(machine.memory);
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
    const { params, m, v, grads, paramsLength, tablesLength, size } = this.#layout;
    const chunks = this.#chunks(batch);
    const isWhole = chunks.length === 1;
    const update = adamStep(learningRate, this.#steps + 1);
    let loss = 0;
    for (const slices of chunks) {
      const rows = this.#enter(slices);
      this.#forward(0, rows, slices);
      loss += this.#loss(slices);
      if (!Number.isFinite(loss)) {
        this.#reals.fill(0, grads / size, (grads + paramsLength) / size);
        return loss; // nothing has been updated
      }
      this.#backward(rows, slices, isWhole ? update : undefined);
    }
    // What has been updated along with its gradient is done already.
    const length = isWhole ? tablesLength : paramsLength;
    this.#kernels.adam(params, m, v, grads, length, update.scale, update.offset);
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
    assertBatch([tokens], this.config);
    this.#cached = undefined;
    const slices = this.#chunks([tokens]).flat();
    this.#forward(0, this.#enter(slices), slices);
    return this.#loss(slices);
  }

  /** Parts of a batch that fit into the rows of the memory: one, if possible. */
  #chunks(batch: readonly Tokens[]): Slice[][] {
    const chunks: Slice[][] = [];
    let row = Infinity;
    for (const tokens of batch) {
      const length = documentLength(tokens, this.config);
      if (row + length > this.#layout.rows) {
        chunks.push([]);
        row = 0;
      }
      const weight = 1 / (length * batch.length);
      chunks.at(-1)!.push({ tokens, row, length, weight }); // the first document begins a chunk
      row += length;
    }
    return chunks;
  }

  /** Puts documents into memory, and says how many rows they take. */
  #enter(slices: readonly Slice[]): number {
    const { tokens, targets, positions } = this.#layout;
    const integers = this.#integers;
    let row = 0;
    for (const slice of slices) {
      for (let i = 0; i < slice.length; i++, row++) {
        integers[tokens / 4 + row] = slice.tokens[i]!; // length < tokens.length
        integers[targets / 4 + row] = slice.tokens[i + 1]!; // likewise
        integers[positions / 4 + row] = i;
      }
    }
    return row;
  }

  /** Rows `from` to `from + n` through the model, up to the logits. */
  #forward(from: number, n: number, slices: readonly Slice[]): void {
    const layout = this.#layout, k = this.#kernels;
    const { embedded, wte, wpe, tokens, positions, params } = layout;
    const at = from * 4;
    k.embed(
      rowPtr(embedded, from),
      embedded.stride,
      params + wte.at,
      params + wpe.at,
      tokens + at,
      positions + at,
      n,
      embedded.width,
    );
    this.#rmsnorm(layout.start, embedded, from, n);
    let x = layout.start.y;
    for (const layer of layout.layers) {
      this.#rmsnorm(layer.attnNorm, x, from, n);
      this.#linear(layer.qkv, layer.attnNorm.y, layer.weights.qkv, from, n);
      for (const slice of slices) this.#attention(layer, slice, from);
      this.#linear(layer.middle, layer.attnOut, layer.weights.out, from, n, EPILOGUE.add, x);
      this.#rmsnorm(layer.mlpNorm, layer.middle, from, n);
      this.#linear(layer.hidden, layer.mlpNorm.y, layer.weights.fc1, from, n, EPILOGUE.relu);
      const { middle, hidden, weights } = layer;
      this.#linear(layer.end, hidden, weights.fc2, from, n, EPILOGUE.add, middle);
      x = layer.end;
    }
    this.#linear(layout.logits, x, layout.lmHead, from, n, EPILOGUE.add, layout.logitsBias);
  }

  /** Turns logits into their gradients, and tells the loss. */
  #loss(slices: readonly Slice[]): number {
    const { logits, targets, lossParts, size } = this.#layout;
    let loss = 0;
    for (const { row, length, weight } of slices) {
      const parts = lossParts + row * 2 * size;
      this.#kernels.softmax(
        rowPtr(logits, row),
        logits.stride,
        targets + row * 4,
        parts,
        length,
        logits.width,
        weight,
      );
      let sum = 0;
      for (let i = 0; i < length; i++) {
        const part = parts / size + 2 * i; // in bounds, below
        sum -= Math.log(Math.exp(this.#reals[part + 1]!) / this.#reals[part]!);
      }
      loss += sum * weight;
    }
    return loss;
  }

  /** From the gradients of the logits back to those of the parameters. */
  #backward(n: number, slices: readonly Slice[], update: AdamStep | undefined): void {
    const layout = this.#layout, k = this.#kernels;
    const { logits, lmHead, layers, start, embedded, d, wte, wpe, grads } = layout;
    const x = (layers.at(-1)!).end; // there is a layer
    this.#linearBackward(d.end, logits, lmHead, n);
    this.#gradient(lmHead, logits, x, n, update);
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l]!; // l < length
      const { weights, attnNorm, mlpNorm, hidden, qkv, attnOut } = layer;
      this.#linearBackward(d.hidden, d.end, weights.fc2, n, hidden);
      this.#gradient(weights.fc2, d.end, hidden, n, update);
      this.#linearBackward(d.norm, d.hidden, weights.fc1, n);
      this.#gradient(weights.fc1, d.hidden, mlpNorm.y, n, update);
      this.#rmsnormBackward(d.middle, d.norm, mlpNorm, d.end, n);
      this.#linearBackward(d.attnOut, d.middle, weights.out, n);
      this.#gradient(weights.out, d.middle, attnOut, n, update);
      for (const { row, length } of slices) {
        k.attentionBackward(
          rowPtr(d.qkv, row),
          rowPtr(d.attnOut, row),
          rowPtr(qkv, row),
          layer.attnWeights + row * layout.attention.weightsStride,
          layout.scratch,
          length,
        );
      }
      this.#linearBackward(d.norm, d.qkv, weights.qkv, n);
      this.#gradient(weights.qkv, d.qkv, attnNorm.y, n, update);
      this.#rmsnormBackward(d.end, d.norm, attnNorm, d.middle, n);
    }
    this.#rmsnormBackward(d.norm, d.end, start, layout.zeros, n);
    k.embedBackward(
      d.norm.ptr,
      d.norm.stride,
      grads + wte.at,
      grads + wpe.at,
      layout.tokens,
      layout.positions,
      n,
      embedded.width,
    );
  }

  #rmsnorm({ y, scales }: Norm, x: Rows, from: number, n: number): void {
    this.#kernels.rmsnorm(
      rowPtr(y, from),
      rowPtr(x, from),
      scales + from * VECTOR_BYTES,
      y.stride,
      n,
      y.width,
      this.config.nEmbd,
    );
  }

  #rmsnormBackward(dx: Rows, dy: Rows, { y, scales }: Norm, e: Rows, n: number): void {
    const { nEmbd } = this.config;
    this.#kernels.rmsnormBackward(
      dx.ptr,
      dy.ptr,
      y.ptr,
      scales,
      e.ptr,
      e.stride,
      y.stride,
      n,
      y.width,
      nEmbd,
    );
  }

  /** y = w · x, and the epilogue with e. */
  #linear(
    y: Rows,
    x: Rows,
    w: Weights,
    from: number,
    n: number,
    epilogue: number = EPILOGUE.none,
    e: Rows = y,
  ): void {
    this.#kernels.linear(
      rowPtr(y, from),
      y.stride,
      rowPtr(x, from),
      x.stride,
      this.#layout.params + w.at,
      rowPtr(e, from),
      e.stride,
      n,
      w.in,
      w.out,
      epilogue,
    );
  }

  /** dx = wᵀ · dy; where x came out of a ReLU, no gradient for what it has cut off. */
  #linearBackward(dx: Rows, dy: Rows, w: Weights, n: number, relu?: Rows): void {
    const e = relu ?? dx;
    this.#kernels.linearBackward(
      dx.ptr,
      dx.stride,
      dy.ptr,
      dy.stride,
      this.#layout.params + w.at,
      e.ptr,
      e.stride,
      n,
      w.out,
      w.in,
      relu === undefined ? EPILOGUE.none : EPILOGUE.mask,
    );
  }

  /** Updates weights from the gradient of their output; without `update` the gradients are kept. */
  #gradient(w: Weights, dy: Rows, x: Rows, n: number, update: AdamStep | undefined): void {
    const { params, m, v, grads } = this.#layout;
    const k = this.#kernels;
    if (update === undefined) {
      k.gradientAdd(grads + w.at, dy.ptr, dy.stride, x.ptr, x.stride, n, w.out, w.in);
      return;
    }
    k.gradientAdam(
      params + w.at,
      m + w.at,
      v + w.at,
      dy.ptr,
      dy.stride,
      x.ptr,
      x.stride,
      n,
      w.out,
      w.in,
      update.scale,
      update.offset,
    );
  }

  /** The positions of a document that are not before row `from`. */
  #attention(layer: LayerLayout, { row, length }: Slice, from: number): void {
    this.#kernels.attention(
      rowPtr(layer.qkv, row),
      layer.attnWeights + row * this.#layout.attention.weightsStride,
      rowPtr(layer.attnOut, row),
      Math.max(from - row, 0),
      length,
    );
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
    const layout = this.#layout;
    for (let i = from; i < tokens.length; i++) {
      this.#integers[layout.tokens / 4 + i] = tokens[i]!; // i < length
      this.#integers[layout.positions / 4 + i] = i;
    }
    const slice = { tokens, row: 0, length: tokens.length, weight: 1 };
    this.#forward(from, tokens.length - from, [slice]);
    const first = rowPtr(layout.logits, tokens.length - 1) / layout.size;
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
    const { paramsLength, size } = this.#layout;
    return this.#reals.subarray(ptr / size, (ptr + paramsLength) / size);
  }

  /** Fills a region with numbers in the order of `layout()`, as many as there are parameters. */
  #import(ptr: number, numbers: ArrayLike<number>): void {
    const region = this.#region(ptr);
    forEachParameter(this.#layout, (original, ours) => region[ours] = numbers[original]!);
  }

  /** The numbers of a region in the order of `layout()`. */
  #export(ptr: number): Float64Array {
    const region = this.#region(ptr);
    const numbers = new Float64Array(numParams(this.config));
    forEachParameter(this.#layout, (original, ours) => numbers[original] = region[ours]!); // in bounds
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

/** The address of a row. */
function rowPtr({ ptr, stride }: Rows, row: number): number {
  return ptr + row * stride;
}
