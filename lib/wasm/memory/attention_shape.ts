/**
 * The shape of rows of attention in memory. The j-th numbers of all heads are side by side, so that a
 * head is a lane of a vector:
 *
 *     q, k, v, out: [D][H]    all heads' numbers 0, then all heads' numbers 1, ...
 *     weights: [B][H]         the weights of position 0 for all heads, then of position 1, ...
 *
 * @module
 */

import type { GptConfig } from "../../config.ts";
import { VECTOR_BYTES } from "../asm/code.ts";
import { PANEL, roundUp } from "./panel.ts";
import { type Bytes, type Count, rowStride } from "./place.ts";

/** The distances in rows of attention. */
export type AttentionShape = Readonly<ReturnType<typeof attentionShape>>;

/** Returns how many j are computed together, in registers. */
export function blockOf(headDim: Count): Count {
  return Math.min(headDim, 8);
}

/**
 * Lays out the rows of attention.
 *
 * @param size The size of a number.
 */
export function attentionShape(config: GptConfig, size: Bytes) {
  const { nEmbd, nHead, blockSize } = config;
  const exactDim = nEmbd / nHead;
  const headDim: Count = roundUp(exactDim, blockOf(exactDim));
  const heads: Bytes = roundUp(nHead * size, VECTOR_BYTES);
  const section: Bytes = roundUp(headDim * heads, PANEL);
  const weightsStride: Bytes = blockSize * heads;
  return {
    /** H: the numbers of all heads for one j, padded to whole vectors. */
    heads,
    /** D: how many j there are, padded to whole blocks, see {@linkcode blockOf}. */
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
