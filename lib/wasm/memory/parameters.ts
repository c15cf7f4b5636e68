/**
 * Where the parameters are: the matrices of `layout()`, padded, those of all
 * layers in the same way one after the other.
 *
 * @module
 */

import { type GptConfig, layout, type MatrixLayout } from "../../config.ts";
import { PANEL, panelIndex } from "./panel.ts";
import { Allocator, type Place } from "./place.ts";

/** Matrices of the original, one a layer, inside one of ours. */
export interface Part {
  /** Their names, shapes and places among all parameters. */
  readonly matrices: readonly MatrixLayout[];
  /** Which row of ours their row `o` is. */
  readonly row: (o: number) => number;
  /** Which column of ours their column `i` is. */
  readonly column: (i: number) => number;
}

/** A matrix of parameters; its moments and gradients are as far from the start of their regions. */
export interface Weights extends Place {
  /** The width of a row of outputs, padded: `out / size` rows. */
  readonly out: number;
  /** The width of a row of inputs, padded: `in / size` columns. */
  readonly in: number;
  /** Whether it lies in panels, see `panel.ts`; else row after row. */
  readonly inPanels: boolean;
  /** The matrices it is made of. */
  readonly parts: readonly Part[];
}

/** The widths of activations, padded to whole panels. */
export type Widths = Readonly<Record<"embd" | "hidden" | "vocab" | "qkv" | "attnOut", number>>;

/** The matrices of parameters, in a region of memory that begins with them. */
export interface ParametersLayout {
  readonly wte: Weights;
  readonly wpe: Weights;
  /** The length of `wte` and `wpe`, which come first. */
  readonly tablesLength: number;
  readonly lmHead: Weights;
  /** Of the first layer. */
  readonly layer: Readonly<Record<"qkv" | "out" | "fc1" | "fc2", Weights>>;
  /** The length of the region. */
  readonly length: number;
  /** The size of a number. */
  readonly size: number;
}

/**
 * Lays out the parameters.
 *
 * @param config The sizes of the model.
 * @param size The size of a number.
 * @param widths The widths of activations, padded.
 * @param head Where attention wants the number that the original has at `i`.
 * @throws {RangeError} If the sizes are not those of a model.
 */
export function parametersLayout(
  config: GptConfig,
  size: number,
  { embd, hidden, vocab, qkv, attnOut }: Widths,
  head: (i: number) => number,
): ParametersLayout {
  const matrices = new Map(layout(config).map((matrix) => [matrix.name, matrix]));
  const region = new Allocator(0);
  const same = (i: number) => i;
  const part = (names: readonly string[], row = same, column = same): Part => ({
    matrices: names.map((name) => matrices.get(name)!), // the names are those of layout()
    row,
    column,
  });
  const ofLayers = (name: string) =>
    Array.from({ length: config.nLayer }, (_, layer) => `layer${layer}.${name}`);
  const table = (name: string, rows: number): Weights => ({
    ...newWeights(region, size, 0, rows * size, embd, [part([name])]),
    inPanels: false,
  });
  const wte = table("wte", config.vocabSize);
  const wpe = table("wpe", config.blockSize);
  const lmHead = newWeights(region, size, 0, vocab, embd, [part(["lm_head"])]);
  const queriesKeysValues = ["q", "k", "v"].map((letter, s) =>
    part(ofLayers(`attn_w${letter}`), (o) => s * attnOut / size + head(o))
  );
  const layer = region.layers(config.nLayer, (memory, layerStride) => {
    const weights = (out: number, in_: number, parts: readonly Part[]) =>
      newWeights(memory, size, layerStride, out, in_, parts);
    return {
      qkv: weights(qkv, embd, queriesKeysValues),
      out: weights(embd, attnOut, [part(ofLayers("attn_wo"), same, head)]),
      fc1: weights(hidden, embd, [part(ofLayers("mlp_fc1"))]),
      fc2: weights(embd, hidden, [part(ofLayers("mlp_fc2"))]),
    };
  });
  return { wte, wpe, tablesLength: lmHead.ptr, lmHead, layer, length: region.top, size };
}

/** A matrix of parameters in panels. */
function newWeights(
  region: Allocator,
  size: number,
  layerStride: number,
  out: number,
  in_: number,
  parts: readonly Part[],
): Weights {
  const ptr = region.take(out / size * in_);
  return { ptr, stride: 0, layerStride, out, in: in_, inPanels: true, parts };
}

/**
 * Calls `visit` for each parameter with its place among the original's and its
 * place in a region, both counted in numbers.
 *
 * @param parameters The layout.
 * @param visit Called once for each parameter.
 */
export function forEachParameter(
  { size, wte, wpe, lmHead, layer }: ParametersLayout,
  visit: (original: number, ours: number) => void,
): void {
  const P = PANEL / size;
  for (const weights of [wte, wpe, lmHead, ...Object.values(layer)]) {
    const { out, in: in_, inPanels } = weights;
    const O = out / size, I = in_ / size;
    forEachMatrix(weights, ({ offset, nout, nin }, ptr, row, column) => {
      for (let o = 0; o < nout; o++) {
        const r = row(o);
        for (let i = 0; i < nin; i++) {
          const c = column(i);
          const place = inPanels ? panelIndex(r, c, O, P) : r * I + c;
          visit(offset + o * nin + i, ptr / size + place);
        }
      }
    });
  }
}

/** Calls `visit` for each matrix of the original in `weights`, with where its layer's weights are. */
function forEachMatrix(
  { ptr, layerStride, parts }: Weights,
  visit: (matrix: MatrixLayout, ptr: number, row: Part["row"], column: Part["column"]) => void,
): void {
  for (const { matrices, row, column } of parts) {
    matrices.forEach((matrix, layer) => visit(matrix, ptr + layer * layerStride, row, column));
  }
}
