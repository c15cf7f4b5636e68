/**
 * The activations of a forward pass, copied from an engine's memory.
 *
 * @module
 */

import type { Trace } from "../engine.ts";
import type { MemoryLayout } from "./memory/layout.ts";
import type { Count, Place } from "./memory/place.ts";
import type { Views } from "./memory/views.ts";

/** Copies the activations of the first n rows: of one sequence, whose forward pass was the last. */
export function readTrace(layout: MemoryLayout, memory: Views, n: Count): Trace {
  const { config, size, attention: { heads, split }, embedded, layer, logits } = layout;
  const { nLayer, nEmbd, nHead, vocabSize } = config;
  const copy = ({ ptr, stride, layerStride }: Place, i: number, length: Count) =>
    range(
      n,
      (t) => Float64Array.from(memory.row(ptr + i * layerStride + t * stride, length * size)),
    );
  /** From [T][B][H] to [nHead][T][B], without what comes after a position. */
  const attention = (i: number) => {
    const { ptr, stride, layerStride } = layer.attnWeights;
    const rows = range(
      n,
      (t) => memory.rows({ ptr: ptr + i * layerStride + t * stride, stride: heads }, t + 1, heads),
    );
    return range(
      nHead,
      (h) => rows.map((row) => Float64Array.from(row, (weights) => weights[h * split]!)),
    ); // h < H
  };
  return {
    logits: copy(logits, 0, vocabSize),
    attention: range(nLayer, attention),
    stream: [
      copy(embedded, 0, nEmbd),
      copy(layer.start, 0, nEmbd),
      ...range(nLayer, (i) => [copy(layer.middle, i, nEmbd), copy(layer.end, i, nEmbd)]).flat(),
    ],
  };
}

function range<T>(length: Count, map: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => map(i));
}
