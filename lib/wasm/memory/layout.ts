/**
 * The layout of an engine's memory: parameters, moments, gradients, activations.
 *
 * The letters of all shapes in these rooms:
 *
 *     T  positions: all documents of a batch, one after the other, as rows of matrices
 *     B  blockSize, the positions of the longest document
 *     C  nEmbd, an embedding                  F  4 · nEmbd, the hidden layer of the MLP
 *     H  nHead · S, the lanes of all heads    D  nEmbd / H, the numbers in each lane
 *     V  vocabSize                            S  lanes that share a head, see attention_shape.ts
 *
 * C, F, D · H and V are padded with zeros to whole panels, H to whole vectors, D to whole blocks.
 *
 * @module
 */

import type { GptConfig } from "../../config.ts";
import { VECTOR_BYTES } from "../asm/code.ts";
import type { Precision } from "../asm/lanes.ts";
import { type AttentionShape, attentionShape } from "./attention_shape.ts";
import { PACKED_COLUMNS, PANEL, roundUp } from "./panel.ts";
import { parametersLayout, type Widths } from "./parameters.ts";
import { Allocator, type Bytes, type Count, type Place, type Rows } from "./place.ts";

/** The memory of an engine. */
export type MemoryLayout = Readonly<ReturnType<typeof memoryLayout>>;

/** A batch has at least this many rows computed at once, if it has them. */
const MIN_ROWS = 256;

/** The width of a model, nEmbd, from which on rows are packed, see `kernels/walk.ts`. */
const MIN_PACKED = 128;

/** The size of a memory with addresses of 32 bits. */
const MAX_BYTES = 2 ** 32;

/**
 * Lays out the memory for a model.
 *
 * @param config The sizes of the model.
 * @param dtype The precision of its numbers.
 * @param threads The number of threads that take a step together. Several need more memory: a row
 * between the rows of one and of the next, and the gradients of all layers at once.
 * @throws {RangeError} If the sizes are not those of a model, or it needs more than 4 GB.
 */
export function memoryLayout(config: GptConfig, dtype: Precision, threads: Count = 1) {
  const size: Bytes = dtype === "f64" ? 8 : 4;
  const attention = attentionShape(config, size);
  const padded = (n: Count): Bytes => roundUp(n * size, PANEL);
  const C = padded(config.nEmbd), F = padded(4 * config.nEmbd), V = padded(config.vocabSize);
  const qkv: Bytes = 3 * attention.section, attnOut = attention.section;
  const widths = { C, F, V, qkv, attnOut };
  const parameters = parametersLayout(config, size, widths, attention);
  const rows: Count = Math.max(config.blockSize, MIN_ROWS);
  const rowsWithGaps: Count = rows + threads - 1;
  const memory = new Allocator(rowsWithGaps);
  const region = (): Place => ({ ptr: memory.take(parameters.length), stride: 0, layerStride: 0 });
  const [params, m, v, grads] = [region(), region(), region(), region()];
  const layer = memory.layers(
    config.nLayer,
    (memory, layerStride) => layerLayout(memory, layerStride, widths, attention),
  );
  const packsRows = config.nEmbd >= MIN_PACKED;
  const layout = {
    config,
    dtype,
    size,
    /** The number of rows of documents that fit in at once. */
    rows,
    /** The number of rows in all: there is one more between two threads. */
    rowsWithGaps,
    attention,
    /** True if the kernel `gradient` can pack rows: only in wide models that saves time. */
    packsRows,
    /** The composition of the four regions that follow. */
    parameters,
    params,
    m,
    v,
    grads,
    layer,
    end: memory.matrix(C), // [T][C], what comes out of the last layer: where one more would start
    start: { y: { ...layer.start, layerStride: 0 }, scales: memory.each(VECTOR_BYTES) }, // [T][C], the normalized embeddings
    tokens: memory.each(4), // [T] integers of 32 bits
    targets: memory.each(4), // [T] likewise: the next token
    positions: memory.each(4), // [T] likewise
    rowWeights: memory.each(size), // [T] what each row's loss counts for
    embedded: memory.matrix(C), // [T][C]
    logits: memory.matrix(V), // [T][V]
    logitsBias: memory.row(V), // [V] added to all logits, to keep their padding at -Infinity
    zeros: memory.row(C), // [C]
    lossParts: memory.each(2 * size), // [T][2], see softmax.ts
    scratch: memory.each(attention.tile * VECTOR_BYTES), // [B][tile] vectors
    packed: memory.each(packsRows ? threads * (PANEL + PACKED_COLUMNS) : 0), // [T] for each thread, see gradient.ts
    d: threads === 1 ? gradients(memory, widths) : gradientsOfLayers(memory, config.nLayer, widths),
    /** The size of all. */
    bytes: memory.length,
  };
  if (layout.bytes > MAX_BYTES) {
    throw tooLarge(layout.bytes, `at most 4 GB can be addressed: ${remedyFor(layout)}`);
  }
  return layout;
}

/** Gradients of activations. */
interface Gradients {
  /** Of what comes into a layer: the `end` of the one before. */
  readonly start: Rows; // [T][C]
  /** Of what comes out of a layer. */
  readonly end: Rows; // [T][C]
  readonly middle: Rows; // [T][C]
  readonly norm: Rows; // [T][C]
  readonly hidden: Rows; // [T][F]
  readonly attnOut: Rows; // [T][D][H]
  readonly qkv: Rows; // [T][3][D][H]
}

/** Lays out gradients of activations that are used by one layer after the other. */
function gradients(memory: Allocator, { C, F, qkv, attnOut }: Widths): Gradients {
  const end = memory.matrix(C);
  return {
    start: end,
    end,
    middle: memory.matrix(C),
    norm: memory.matrix(C),
    hidden: memory.matrix(F),
    attnOut: memory.matrix(attnOut),
    qkv: memory.matrix(qkv),
  };
}

/** Does the same, but keeps those that gradients of weights are made of for each layer. */
function gradientsOfLayers(
  memory: Allocator,
  nLayer: Count,
  { C, F, qkv, attnOut }: Widths,
): Gradients {
  const layer = memory.layers(nLayer, (memory, layerStride) => ({
    start: memory.matrix(C, layerStride),
    middle: memory.matrix(C, layerStride),
    hidden: memory.matrix(F, layerStride),
    qkv: memory.matrix(qkv, layerStride),
  }));
  const { start } = layer, { layerStride } = start;
  memory.matrix(C); // the end of the last layer, where one more would start
  return {
    ...layer,
    end: { ...start, ptr: start.ptr + layerStride },
    norm: memory.matrix(C),
    attnOut: memory.matrix(attnOut),
  };
}

/** Says which size to lower of a model that is too large: the one that takes most of the memory. */
function remedyFor(
  { config: { nLayer }, dtype, rows, parameters, logits, bytes }: MemoryLayout,
): string {
  const tables = parameters.tablesLength + parameters.lmHead.outBytes / parameters.size *
      parameters.lmHead.inBytes;
  const regions = 4; // parameters, m, v, grads
  const parts: readonly (readonly [names: string, bytes: Bytes])[] = [
    ["nEmbd or nLayer", regions * (parameters.length - tables)],
    ["vocabSize", regions * tables + rows * logits.stride],
    [
      nLayer === 1 ? "blockSize" : "blockSize or nLayer",
      bytes - regions * parameters.length - rows * logits.stride,
    ],
  ];
  const [names] = parts.reduce((a, b) => b[1] > a[1] ? b : a);
  const half = dtype === "f64" && bytes / 2 <= MAX_BYTES ? ", or take f32" : "";
  return `lower ${names}${half}`;
}

/** Returns the error of a model that needs more memory than there is. */
export function tooLarge(bytes: Bytes, limit: string): RangeError {
  const size = `${(bytes / 2 ** 30).toFixed(1)} GB`;
  return new RangeError(`Cannot create the model: it needs ${size}: ${limit}`);
}

/**
 * Lays out the activations of a layer. `start` comes first, so that it is the `end` of the one
 * before.
 */
function layerLayout(
  memory: Allocator,
  layerStride: Bytes,
  { C, F, qkv, attnOut }: Widths,
  attention: AttentionShape,
) {
  const start = memory.matrix(C, layerStride);
  return {
    start, // [T][C]
    attnNorm: memory.norm(C, layerStride), // [T][C]
    qkv: memory.matrix(qkv, layerStride), // [T][3][D][H]
    attnWeights: memory.each(attention.weightsStride, layerStride), // [T][B][H]
    attnOut: memory.matrix(attnOut, layerStride), // [T][D][H]
    middle: memory.matrix(C, layerStride), // [T][C], after the attention block
    mlpNorm: memory.norm(C, layerStride), // [T][C]
    hidden: memory.matrix(F, layerStride), // [T][F], after the ReLU
    end: { ...start, ptr: start.ptr + layerStride }, // [T][C]: the `start` of the next layer
  };
}
