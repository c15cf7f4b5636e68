/**
 * Where everything lies in an engine's memory: parameters, moments, gradients,
 * activations. All addresses, strides and widths are in bytes.
 *
 * @module
 */

import type { Dtype } from "../../engine.ts";
import type { GptConfig } from "../../config.ts";
import { type AttentionShape, blockOf } from "../kernels/attention.ts";
import { PANEL, roundUp, VECTOR_BYTES } from "./panel.ts";
import { type ParametersLayout, parametersLayout, type Widths } from "./parameters.ts";
import { Allocator, type Norm, type Place, type Rows, rowStride } from "./place.ts";

/** The activations of the first layer, from which the others are one `layerStride` apart. */
export interface LayerLayout {
  /** What comes in. */
  readonly start: Rows;
  readonly attnNorm: Norm;
  readonly qkv: Rows;
  readonly attnWeights: Place;
  readonly attnOut: Rows;
  /** After the attention block. */
  readonly middle: Rows;
  readonly mlpNorm: Norm;
  readonly hidden: Rows;
  /** After the MLP block: the `start` of the next layer. */
  readonly end: Rows;
}

/** The memory of an engine. */
export interface MemoryLayout {
  /** The model it is for. */
  readonly config: GptConfig;
  /** The precision of its numbers. */
  readonly dtype: Dtype;
  /** The size of a number. */
  readonly size: number;
  /** How much memory there is in all. */
  readonly bytes: number;
  /** How many rows fit in at once. */
  readonly rows: number;
  /** Four regions of the same form and length, one behind the other; the parameters are at 0. */
  readonly params: number;
  readonly m: number;
  readonly v: number;
  readonly grads: number;
  /** What a region is made of. */
  readonly parameters: ParametersLayout;
  readonly layer: LayerLayout;
  readonly attention: AttentionShape;
  /** For each row the token, what comes next, and the position: integers of 32 bits. */
  readonly tokens: Place;
  readonly targets: Place;
  readonly positions: Place;
  /** What each row counts for. */
  readonly rowWeights: Place;
  readonly embedded: Rows;
  /** The embedding, normalised: what comes into the first layer. */
  readonly start: Norm;
  /** What comes out of the last layer. */
  readonly end: Rows;
  readonly logits: Rows;
  /** One row that is added to all logits, to keep their padding at -Infinity. */
  readonly logitsBias: Rows;
  /** One row of zeros, as wide as an embedding. */
  readonly zeros: Rows;
  /** Two numbers for each row, see `Softmax`. */
  readonly lossParts: Place;
  /** A vector for each position. */
  readonly scratch: Place;
  /** Gradients of activations, used by one layer after the other. */
  readonly d: Readonly<
    Record<"end" | "middle" | "norm" | "hidden" | "attnOut" | "qkv", Rows>
  >;
}

/** At least so many rows are computed at once, if a batch has them. */
const MIN_ROWS = 256;

/**
 * Lays out the memory for a model.
 *
 * @param config The sizes of the model.
 * @param dtype The precision of its numbers.
 * @throws {RangeError} If the sizes are not those of a model.
 */
export function memoryLayout(config: GptConfig, dtype: Dtype): MemoryLayout {
  const size = dtype === "f64" ? 8 : 4;
  const { attention, position } = attentionLayout(config, size);
  const padded = (n: number) => roundUp(n * size, PANEL);
  const embd = padded(config.nEmbd), hidden = padded(4 * config.nEmbd);
  const vocab = padded(config.vocabSize);
  const qkv = 3 * attention.section, attnOut = attention.section;
  const widths = { embd, hidden, vocab, qkv, attnOut };
  const parameters = parametersLayout(config, size, widths, position);
  const { length } = parameters;
  const rows = Math.max(config.blockSize, MIN_ROWS);
  const memory = new Allocator(4 * length, rows);
  const layer = memory.layers(
    config.nLayer,
    (memory, layerStride) => layerLayout(memory, layerStride, widths, attention),
  );
  return {
    config,
    dtype,
    size,
    rows,
    attention,
    params: 0,
    m: length,
    v: 2 * length,
    grads: 3 * length,
    parameters,
    layer,
    end: memory.matrix(embd), // where one more layer would start
    start: { y: { ...layer.start, layerStride: 0 }, scales: memory.each(VECTOR_BYTES) },
    tokens: memory.each(4),
    targets: memory.each(4),
    positions: memory.each(4),
    rowWeights: memory.each(size),
    embedded: memory.matrix(embd),
    logits: memory.matrix(vocab),
    logitsBias: memory.row(vocab),
    zeros: memory.row(embd),
    lossParts: memory.each(2 * size),
    scratch: memory.each(VECTOR_BYTES),
    d: {
      end: memory.matrix(embd),
      middle: memory.matrix(embd),
      norm: memory.matrix(embd),
      hidden: memory.matrix(hidden),
      attnOut: memory.matrix(attnOut),
      qkv: memory.matrix(qkv),
    },
    bytes: memory.top,
  };
}

/** The activations of a layer. `start` comes first, so that it is the `end` of the one before. */
function layerLayout(
  memory: Allocator,
  layerStride: number,
  widths: Widths,
  { weightsStride }: AttentionShape,
): LayerLayout {
  const start = memory.matrix(widths.embd, layerStride);
  return {
    start,
    attnNorm: memory.norm(widths.embd, layerStride),
    qkv: memory.matrix(widths.qkv, layerStride),
    attnWeights: memory.each(weightsStride, layerStride),
    attnOut: memory.matrix(widths.attnOut, layerStride),
    middle: memory.matrix(widths.embd, layerStride),
    mlpNorm: memory.norm(widths.embd, layerStride),
    hidden: memory.matrix(widths.hidden, layerStride),
    end: { ...start, ptr: start.ptr + layerStride },
  };
}

/** The row of attention: [dimension of the head][head], each padded. */
function attentionLayout(config: GptConfig, size: number) {
  const { nEmbd, nHead, blockSize } = config;
  const headDim = nEmbd / nHead;
  const paddedHeadDim = roundUp(headDim, blockOf(headDim));
  const heads = roundUp(nHead * size, VECTOR_BYTES);
  const section = roundUp(paddedHeadDim * heads, PANEL);
  const attention: AttentionShape = {
    heads,
    headDim: paddedHeadDim,
    section,
    qkvStride: rowStride(3 * section),
    outStride: rowStride(section),
    weightsStride: blockSize * heads,
    scale: 1 / Math.sqrt(headDim),
  };
  /** Where dimension j of head h stands, given the original's h * headDim + j. */
  const position = (i: number) => i % headDim * (heads / size) + Math.floor(i / headDim);
  return { attention, position };
}
