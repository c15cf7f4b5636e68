/**
 * The places of the parameters: the matrices of `layout()`, padded; those of all layers in the same
 * way, one after the other.
 *
 * @module
 */

import { type GptConfig, layout, type MatrixLayout, numParams } from "../../config.ts";
import type { AttentionShape } from "./attention_shape.ts";
import { PANEL, panelIndex } from "./panel.ts";
import { Allocator, type Bytes, type Count, type Place } from "./place.ts";
import type { RealArray } from "./views.ts";

/** Matrices of microgpt.py, one per layer, inside one of ours. */
export interface Part {
  /** Their names, shapes and offsets among all parameters. */
  readonly matrices: readonly MatrixLayout[];
  /** Maps their row to ours. */
  readonly row: (o: number) => number;
  /** Maps their column to ours. */
  readonly column: (i: number) => number;
}

/** A matrix of parameters [out][in]; its moments and gradients lie the same way in their regions. */
export interface Weights extends Place {
  /** The width of all its outputs, padded: `outBytes / size` rows. */
  readonly outBytes: Bytes;
  /** The width of all its inputs, padded: `inBytes / size` columns. */
  readonly inBytes: Bytes;
  /** True if it lies in panels, see `panel.ts`; false if row after row. */
  readonly inPanels: boolean;
  /** The matrices that it is made of. */
  readonly parts: readonly Part[];
}

/** The widths of activations, padded to whole panels. */
export type Widths = Readonly<Record<"C" | "F" | "V" | "qkv" | "attnOut", Bytes>>;

/** The matrices of parameters, in a region of memory that begins with them. */
export type ParametersLayout = Readonly<ReturnType<typeof parametersLayout>>;

/**
 * Lays out the parameters. The letters of the shapes are those of `layout.ts`.
 *
 * @param config The sizes of the model.
 * @param size The size of a number.
 * @param widths The widths of activations.
 * @param attention The order of rows of attention.
 * @throws {RangeError} If the sizes are not those of a model.
 */
export function parametersLayout(
  config: GptConfig,
  size: Bytes,
  { C, F, V, qkv, attnOut }: Widths,
  { heads, split }: AttentionShape,
) {
  const { nLayer, vocabSize, blockSize, nEmbd, nHead } = config;
  const headDim = nEmbd / nHead;
  /** Dimension j of head h is the original's h * headDim + j; here it is at [j / S][h * S + j % S]. */
  const head = (i: number) => {
    const j = i % headDim, h = (i - j) / headDim, s = j % split;
    return (j - s) / split * (heads / size) + h * split + s;
  };
  const same = (i: number) => i;
  const matrices = new Map(layout(config).map((matrix) => [matrix.name, matrix]));
  const part = (names: readonly string[], row = same, column = same): Part => ({
    matrices: names.map((name) => matrices.get(name)!), // the names are those of layout()
    row,
    column,
  });
  const ofLayers = (name: string) =>
    Array.from({ length: nLayer }, (_, layer) => `layer${layer}.${name}`);
  const weights = (
    memory: Allocator,
    layerStride: Bytes,
    outBytes: Bytes,
    inBytes: Bytes,
    ...parts: readonly Part[]
  ): Weights => {
    const ptr = memory.take(outBytes / size * inBytes);
    return { ptr, stride: 0, layerStride, outBytes, inBytes, inPanels: true, parts };
  };
  const region = new Allocator();
  const table = (name: string, rows: Count): Weights => ({
    ...weights(region, 0, rows * size, C, part([name])),
    inPanels: false,
  });
  const wte = table("wte", vocabSize); // [vocabSize][C]
  const wpe = table("wpe", blockSize); // [B][C]
  const tablesLength = region.length;
  const lmHead = weights(region, 0, V, C, part(["lm_head"])); // [V][C]
  const queriesKeysValues = ["q", "k", "v"].map((letter, s) =>
    part(ofLayers(`attn_w${letter}`), (o) => s * attnOut / size + head(o))
  );
  const layer = region.layers(nLayer, (memory, layerStride) => ({
    qkv: weights(memory, layerStride, qkv, C, ...queriesKeysValues), // [3][D][H][C]
    out: weights(memory, layerStride, C, attnOut, part(ofLayers("attn_wo"), same, head)), // [C][D][H]
    fc1: weights(memory, layerStride, F, C, part(ofLayers("mlp_fc1"))), // [F][C]
    fc2: weights(memory, layerStride, C, F, part(ofLayers("mlp_fc2"))), // [C][F]
  }));
  return {
    wte,
    wpe,
    lmHead,
    /** The matrices of the first layer. */
    layer,
    /** The length of wte and wpe, which come first. */
    tablesLength,
    /** The length of the region. */
    length: region.length,
    /** The size of a number. */
    size,
    /** Their number, without padding. */
    count: numParams(config),
  };
}

/**
 * Calls `visit` for each parameter with its index among the original's, in the order of
 * `layout()`, and its index in a region.
 */
export function forEachParameter(
  { size, wte, wpe, lmHead, layer }: ParametersLayout,
  visit: (original: number, ours: number) => void,
): void {
  for (const weights of [wte, wpe, lmHead, ...Object.values(layer)]) {
    const { ptr, layerStride, outBytes, inBytes, inPanels } = weights;
    const outs = outBytes / size, ins = inBytes / size, P = PANEL / size;
    for (const { matrices, row, column } of weights.parts) {
      matrices.forEach(({ offset, nout, nin }, l) => {
        const start = (ptr + l * layerStride) / size;
        for (let o = 0; o < nout; o++) {
          const r = row(o);
          for (let i = 0; i < nin; i++) {
            const c = column(i), at = inPanels ? panelIndex(r, c, outs, P) : r * ins + c;
            visit(offset + o * nin + i, start + at);
          }
        }
      });
    }
  }
}

/** Writes parameters, in the order of `layout()`, to a region. */
export function writeParameters(
  parameters: ParametersLayout,
  region: RealArray,
  numbers: ArrayLike<number>,
): void {
  forEachParameter(parameters, (original, ours) => region[ours] = numbers[original]!); // one for each
}

/** Reads the parameters of a region in the order of `layout()`. */
export function readParameters(parameters: ParametersLayout, region: RealArray): Float64Array {
  const numbers = new Float64Array(parameters.count);
  forEachParameter(parameters, (original, ours) => numbers[original] = region[ours]!); // in bounds
  return numbers;
}
