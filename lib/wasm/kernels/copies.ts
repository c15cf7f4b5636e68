/**
 * Sums of copies of the parameters, for steps with a weight decay or an average. Other steps need
 * none of it, so these kernels have a module of their own.
 *
 * @module
 */

import type { Codes, V128 } from "../asm/code.ts";
import { advance, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import { PANEL, PANEL_VECTORS } from "../memory/panel.ts";
import type { Views } from "../memory/views.ts";
import { type Emitter, kernel, type TwinArgs, type Variables } from "./kernel.ts";

/** The parameters of both kernels. */
const ofCopies = {
  y: "ptr",
  x: "ptr",
  length: "bytes", // of each: whole panels
  factor: "factor",
} as const;

/** y += factor · x. */
export const add = kernel({
  params: ofCopies,
  twin({ y, x, length, factor }, memory) {
    const Y = memory.row(y, length), X = memory.row(x, length);
    for (let i = 0; i < Y.length; i++) Y[i]! += factor * X[i]!; // in bounds
  },
  code: (p, emitter) => eachVector(p, emitter, (x) => x),
});

/** y += factor · (x - y). */
export const approach = kernel({
  params: ofCopies,
  twin({ y, x, length, factor }, memory) {
    const Y = memory.row(y, length), X = memory.row(x, length);
    for (let i = 0; i < Y.length; i++) Y[i]! += factor * (X[i]! - Y[i]!); // in bounds
  },
  code: (p, emitter) => eachVector(p, emitter, (x, y) => emitter.r.sub(x, y)),
});

/** Adds the factor times a step to each vector of y. */
function eachVector(
  p: Variables<typeof ofCopies>,
  { r, local }: Emitter,
  step: (x: V128, y: V128) => V128,
): Codes {
  const factor = local("v128", r.splat(p.factor)), i = local("i32"), y = local("v128");
  const offsets = Array.from({ length: PANEL_VECTORS }, (_, k) => k * VECTOR_BYTES);
  return loop(i, 0, p.length, PANEL, [
    offsets.map((offset) => [
      y.set(v128.load(p.y, offset)),
      v128.store(p.y, r.madd(factor, step(v128.load(p.x, offset), y), y), offset),
    ]),
    [p.y, p.x].map((ptr) => advance(ptr, PANEL)),
  ]);
}

/** Three copies of the parameters in a memory of their own, one behind the other. */
export interface Copies {
  readonly memory: Views;
  readonly add: (args: TwinArgs<typeof ofCopies>) => void;
  readonly approach: (args: TwinArgs<typeof ofCopies>) => void;
}

/** The number of {@linkcode Copies}. */
export const NUM_COPIES = 3;
