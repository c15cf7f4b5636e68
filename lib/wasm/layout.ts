/**
 * Where everything lies in an engine's memory: parameters, moments, gradients,
 * activations. All addresses, strides and widths are in bytes.
 *
 * @module
 */

import { type GptConfig, layout, type MatrixLayout } from "../model.ts";
import { type AttentionShape, blockOf } from "./attention.ts";
import type { Dtype } from "../engine.ts";
import { PANEL, panelIndex, roundUp, VECTOR_BYTES } from "./panel.ts";

/** A matrix of the original inside one of ours. */
export interface Part {
  /** Its name, shape and place among all parameters. */
  readonly matrix: MatrixLayout;
  /** Which row of ours its row `o` is. */
  readonly row: (o: number) => number;
  /** Which column of ours its column `i` is. */
  readonly column: (i: number) => number;
}

/** A matrix of parameters. */
export interface Weights {
  /** How far it is from the start of the parameters; its moments and gradients likewise. */
  readonly at: number;
  /** The width of a row of outputs, padded: `out / size` rows. */
  readonly out: number;
  /** The width of a row of inputs, padded: `in / size` columns. */
  readonly in: number;
  /** Whether it lies in panels, see `panel.ts`; else row after row. */
  readonly inPanels: boolean;
  /** The matrices it is made of. */
  readonly parts: readonly Part[];
}

/** A matrix of activations, or of their gradients: one row a position. */
export interface Rows {
  /** The address of the first row. */
  readonly ptr: number;
  /** From a row to the next. */
  readonly stride: number;
  /** The width of a row, padded. */
  readonly width: number;
}

/** A normalised vector, and for each row the scale in all lanes of a vector. */
export interface Norm {
  readonly y: Rows;
  readonly scales: number;
}

/** A layer. */
export interface LayerLayout {
  readonly weights: Readonly<Record<"qkv" | "out" | "fc1" | "fc2", Weights>>;
  readonly attnNorm: Norm;
  readonly qkv: Rows;
  readonly attnWeights: number;
  readonly attnOut: Rows;
  /** After the attention block. */
  readonly middle: Rows;
  readonly mlpNorm: Norm;
  readonly hidden: Rows;
  /** After the MLP block. */
  readonly end: Rows;
}

/** The memory of an engine. */
export interface MemoryLayout {
  /** The size of a number. */
  readonly size: number;
  /** How much memory there is in all. */
  readonly bytes: number;
  /** How many rows fit in at once. */
  readonly rows: number;
  /** Four regions of the same form and length, one behind the other. */
  readonly params: number;
  readonly m: number;
  readonly v: number;
  readonly grads: number;
  /** The length of a region. */
  readonly paramsLength: number;
  readonly wte: Weights;
  readonly wpe: Weights;
  readonly lmHead: Weights;
  /** The length of `wte` and `wpe`, which come first. */
  readonly tablesLength: number;
  readonly layers: readonly LayerLayout[];
  readonly attention: AttentionShape;
  /** For each row the token, what comes next, and the position: integers of 32 bits. */
  readonly tokens: number;
  readonly targets: number;
  readonly positions: number;
  readonly embedded: Rows;
  readonly start: Norm;
  readonly logits: Rows;
  /** One row that is added to all logits, to keep their padding at -Infinity. */
  readonly logitsBias: Rows;
  /** One row of zeros, as wide as an embedding. */
  readonly zeros: Rows;
  readonly lossParts: number;
  /** A vector for each position. */
  readonly scratch: number;
  /** Gradients of activations, used by one layer after the other. */
  readonly d: Readonly<
    Record<"end" | "middle" | "norm" | "hidden" | "attnOut" | "qkv", Rows>
  >;
}

/** At least so many rows are computed at once, if a batch has them. */
const MIN_ROWS = 256;

/** From a row to the next: a multiple of 512 would put too many rows on the same lines of the cache. */
function rowStride(width: number): number {
  return width % 512 === 0 ? width + PANEL : width;
}

/** Hands out addresses, each at the start of a cache line. */
class Allocator {
  top: number;

  constructor(start: number) {
    this.top = start;
  }

  take(bytes: number): number {
    const ptr = this.top;
    this.top = roundUp(ptr + bytes, PANEL);
    return ptr;
  }
}

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
  const params = parametersLayout(config, size, attention, position);
  const rows = Math.max(config.blockSize, MIN_ROWS);
  const memory = new Allocator(4 * params.length);
  const newRows = (width: number): Rows => {
    const stride = rowStride(width);
    return { ptr: memory.take((rows + 1) * stride), stride, width }; // kernels take rows in pairs
  };
  const { embd, hidden, vocab, qkv, attnOut } = params.widths;
  const newNorm = (): Norm => ({ y: newRows(embd), scales: memory.take(rows * VECTOR_BYTES) });
  return {
    size,
    rows,
    attention,
    params: 0,
    m: params.length,
    v: 2 * params.length,
    grads: 3 * params.length,
    paramsLength: params.length,
    wte: params.wte,
    wpe: params.wpe,
    lmHead: params.lmHead,
    tablesLength: params.lmHead.at,
    layers: params.layers.map((weights) => ({
      weights,
      attnNorm: newNorm(),
      qkv: newRows(qkv),
      attnWeights: memory.take(rows * attention.weightsStride),
      attnOut: newRows(attnOut),
      middle: newRows(embd),
      mlpNorm: newNorm(),
      hidden: newRows(hidden),
      end: newRows(embd),
    })),
    tokens: memory.take(rows * 4),
    targets: memory.take(rows * 4),
    positions: memory.take(rows * 4),
    embedded: newRows(embd),
    start: newNorm(),
    logits: newRows(vocab),
    logitsBias: { ptr: memory.take(vocab), stride: 0, width: vocab },
    zeros: { ptr: memory.take(embd), stride: 0, width: embd },
    lossParts: memory.take(rows * 2 * size),
    scratch: memory.take(config.blockSize * VECTOR_BYTES),
    d: {
      end: newRows(embd),
      middle: newRows(embd),
      norm: newRows(embd),
      hidden: newRows(hidden),
      attnOut: newRows(attnOut),
      qkv: newRows(qkv),
    },
    bytes: memory.top,
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

/** The matrices of parameters, in regions of `length` bytes. */
function parametersLayout(
  config: GptConfig,
  size: number,
  { section }: AttentionShape,
  position: (i: number) => number,
) {
  const matrices = new Map(layout(config).map((matrix) => [matrix.name, matrix]));
  const region = new Allocator(0);
  const same = (i: number) => i;
  const part = (name: string, row = same, column = same): Part => ({
    matrix: matrices.get(name)!, // the names are those of layout()
    row,
    column,
  });
  const weights = (out: number, in_: number, parts: readonly Part[], inPanels = true): Weights => ({
    at: region.take(out / size * in_),
    out,
    in: in_,
    inPanels,
    parts,
  });
  const padded = (n: number) => roundUp(n * size, PANEL);
  const embd = padded(config.nEmbd);
  const hidden = padded(4 * config.nEmbd);
  const vocab = padded(config.vocabSize);
  const wte = weights(config.vocabSize * size, embd, [part("wte")], false);
  const wpe = weights(config.blockSize * size, embd, [part("wpe")], false);
  const lmHead = weights(vocab, embd, [part("lm_head")]);
  const layers = Array.from({ length: config.nLayer }, (_, layer) => {
    const qkv = ["q", "k", "v"].map((letter, s) =>
      part(`layer${layer}.attn_w${letter}`, (o) => s * section / size + position(o))
    );
    return {
      qkv: weights(3 * section, embd, qkv),
      out: weights(embd, section, [part(`layer${layer}.attn_wo`, same, position)]),
      fc1: weights(hidden, embd, [part(`layer${layer}.mlp_fc1`)]),
      fc2: weights(embd, hidden, [part(`layer${layer}.mlp_fc2`)]),
    };
  });
  const widths = { embd, hidden, vocab, qkv: 3 * section, attnOut: section };
  return { wte, wpe, lmHead, layers, widths, length: region.top };
}

/**
 * Calls `visit` for each parameter with its place among the original's and its
 * place in a region, both counted in numbers.
 *
 * @param memory The layout.
 * @param visit Called once for each parameter.
 */
export function forEachParameter(
  memory: MemoryLayout,
  visit: (original: number, ours: number) => void,
): void {
  const { size, wte, wpe, lmHead, layers } = memory;
  const all = [wte, wpe, lmHead, ...layers.flatMap(({ weights }) => Object.values(weights))];
  const P = PANEL / size;
  for (const { at, out, in: in_, inPanels, parts } of all) {
    const O = out / size, I = in_ / size;
    for (const { matrix, row, column } of parts) {
      for (let o = 0; o < matrix.nout; o++) {
        const r = row(o);
        for (let i = 0; i < matrix.nin; i++) {
          const c = column(i);
          const place = inPanels ? panelIndex(r, c, O, P) : r * I + c;
          visit(matrix.offset + o * matrix.nin + i, at / size + place);
        }
      }
    }
  }
}
