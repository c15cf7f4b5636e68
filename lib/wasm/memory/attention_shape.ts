/**
 * The shape of rows of attention in memory. The j-th numbers of all heads are side by side, so that a
 * head is a lane of a vector:
 *
 *     q, k, v, out: [D][H]    all heads' numbers 0, then all heads' numbers 1, ...
 *     weights: [B][H]         the weights of position 0 for all heads, then of position 1, ...
 *
 * Too few heads would leave lanes empty. The numbers of a head are then dealt out to S lanes, which
 * all have the weights of the head: H is S times the number of heads, D is S times smaller. With
 * 2 heads of 6 in f32, S is 2:
 *
 *     q:    a0 a1 b0 b1 | a2 a3 b2 b3 | a4 a5 b4 b5
 *
 * @module
 */

import type { GptConfig } from "../../config.ts";
import { VECTOR_BYTES } from "../asm/code.ts";
import { PANEL, roundUp } from "./panel.ts";
import { type Bytes, type Count, rowStride } from "./place.ts";

/** The distances in rows of attention. */
export type AttentionShape = Readonly<ReturnType<typeof attentionShape>>;

/** Returns the number of j that are computed together, in registers. */
export function blockOf(headDim: Count): Count {
  return Math.min(headDim, 8);
}

/**
 * Returns how many of a vector's `lanes` share a head: more than one if the heads fill it then. At
 * nEmbd 64, batch 32 and f32, a step with one head takes 1.68 ms, with two 1.64 and with four
 * 1.61; with a lane for each head, one takes 3.32 and two 2.20.
 *
 * Heads that fill no vector, such as 3 or 5, keep a lane each. Split, they would need up to four
 * times as many exponentials: at 64 positions a step takes 9 % less for 5 heads of 16, but 22 %
 * more for 5 heads of 4.
 */
function lanesPerHead(nHead: Count, lanes: Count): Count {
  return lanes % nHead === 0 ? lanes / nHead : 1;
}

/**
 * The number of rows that are computed together, see `kernels/heads.ts`, if `blockSize` is at least
 * MIN_TILED. With nEmbd 64 and 4 heads, in f32, attention takes per layer, forward and backward:
 *
 *     positions    by row     by tile    of a whole step
 *            64    0.28 ms    0.21 ms    4 % less
 *           256    1.10       0.79       11 %
 *         1,024    20.0       14.7       19 %
 *
 * In f64, and with more heads, as much or more: 421 ms become 201 at 1,024 positions of nEmbd 256.
 * The code for tiles is 16 kB, which takes 3 ms to write: not worth it for names.
 */
const TILE = 4, MIN_TILED = 64;

/**
 * Lays out the rows of attention.
 *
 * @param size The size of a number.
 */
export function attentionShape(config: GptConfig, size: Bytes) {
  const { nEmbd, nHead, blockSize } = config;
  const split = lanesPerHead(nHead, VECTOR_BYTES / size);
  const exactDim = nEmbd / nHead, laneDim = Math.ceil(exactDim / split);
  const headDim: Count = roundUp(laneDim, blockOf(laneDim));
  const heads: Bytes = roundUp(nHead * split * size, VECTOR_BYTES);
  const section: Bytes = roundUp(headDim * heads, PANEL);
  const tile = blockSize < MIN_TILED ? 1 : TILE, weights: Bytes = blockSize * heads;
  const weightsStride: Bytes = tile === 1 ? weights : rowStride(weights);
  return {
    /** The number of rows that are computed together, see `kernels/heads.ts`. */
    tile,
    /** S: the number of lanes that share a head. */
    split,
    /** H: the numbers of all heads for one j, padded to whole vectors. */
    heads,
    /** D: the number of j in a lane, padded to whole blocks, see {@linkcode blockOf}. */
    headDim,
    /** From a query to the key of its row, and from the key to the value: [D][H], padded. */
    section,
    /** From a row of queries, keys and values to the next. */
    qkvStride: rowStride(3 * section),
    /** From a row of outputs to the next. */
    outStride: rowStride(section),
    /** From a row of attention weights to the next. */
    weightsStride,
    /** The factor of scores, without padding. */
    scale: 1 / Math.sqrt(exactDim),
  };
}
