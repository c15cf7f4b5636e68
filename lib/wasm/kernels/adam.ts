/**
 * Adam, folded to one square root and one division per parameter.
 *
 * microgpt.py keeps m and v, with c1 = 1 - beta1^t and c2 = 1 - beta2^t:
 *
 *     m = beta1 · m + (1 - beta1) · g
 *     v = beta2 · v + (1 - beta2) · g²
 *     p -= learningRate · (m / c1) / (sqrt(v / c2) + eps)
 *
 * The kernels keep M = m / (1 - beta1) and V = v / (1 - beta2), and divide the fraction of the
 * last line by its learning rate. That saves three multiplications per parameter, 10 % of the
 * time of the kernel `gradient`:
 *
 *     M = beta1 · M + g
 *     V = beta2 · V + g²
 *     p -= M / (sqrt(V) · scale + eps / rate)
 *
 *     rate = learningRate · (1 - beta1) / c1
 *     scale = sqrt((1 - beta2) / c2) / rate
 *
 * @module
 */

import { ADAM_DEFAULTS } from "../../optim.ts";
import type { Codes, I32Var, Local, V128Var } from "../asm/code.ts";
import { advance, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import type { Precision } from "../asm/lanes.ts";
import type { Address } from "../memory/place.ts";
import type { RealArray } from "../memory/views.ts";
import { type AdamStep, type Emitter, kernel } from "./kernel.ts";

/** A learning rate that moves nothing, and by which one can divide. */
const NO_RATE = 1e-30;

/**
 * Moments below the threshold are set to 0 once per interval, before they turn subnormal:
 * arithmetic on those is many times slower. In that many steps a first moment, times 0.85 per step,
 * does not get from the threshold to the smallest normal number. A default run of 1,000 steps in
 * f64 never pays for it.
 */
const TINY = {
  f64: { threshold: 1e-200, interval: 1024 },
  f32: { threshold: 1e-28, interval: 100 },
};

/** Returns the two numbers of step `t`, counted from 1. */
export function adamStep(learningRate: number, t: number): AdamStep {
  const { beta1, beta2, eps } = ADAM_DEFAULTS;
  const rate = Math.max(learningRate * (1 - beta1) / (1 - beta1 ** t), NO_RATE);
  return { scale: Math.sqrt((1 - beta2) / (1 - beta2 ** t)) / rate, offset: eps / rate };
}

/** Updates parameters from their gradients, and sets those to 0. */
export const adam = kernel({
  params: {
    w: "ptr", // the parameters
    m: "ptr", // their first moments, as M above
    v: "ptr", // their second moments, as V above
    g: "ptr", // their gradients
    length: "bytes", // of each of the four: whole vectors
    step: "step",
  },
  twin({ w, m, v, g, length, step }, memory) {
    const row = (ptr: Address) => memory.row(ptr, length);
    const weights = { w: row(w), m: row(m), v: row(v) }, grads = row(g);
    for (let i = 0; i < grads.length; i++) updateTwin(weights, i, grads[i]!, step);
    grads.fill(0);
  },
  code(p, emitter) {
    const update = adamUpdate(emitter, p.step);
    const i = emitter.local("i32"), value = emitter.local("v128");
    return loop(i, 0, p.length, VECTOR_BYTES, [
      value.set(v128.load(p.g)),
      v128.store(p.g, v128.zero()),
      update(p, 0, value),
      [p.w, p.m, p.v, p.g].map((ptr) => advance(ptr, VECTOR_BYTES)),
    ]);
  },
});

/** Updates parameter i of a row, in plain TypeScript. */
export function updateTwin(
  { w, m, v }: Readonly<Record<"w" | "m" | "v", RealArray>>,
  i: number,
  grad: number,
  { scale, offset }: AdamStep,
): void {
  const { beta1, beta2 } = ADAM_DEFAULTS;
  const mi = m[i] = beta1 * m[i]! + grad; // in bounds, here and below
  const vi = v[i] = beta2 * v[i]! + grad * grad;
  w[i]! -= mi / (Math.sqrt(vi) * scale + offset);
}

/**
 * Makes the variables of Adam's update in a kernel.
 *
 * @returns Updates the vector of parameters `offset` bytes from the pointers. `value` holds its
 * gradient before, and the parameters' new values afterwards.
 */
export function adamUpdate(
  { r, local, constant }: Emitter,
  step: Readonly<Record<keyof AdamStep, Local<"f64">>>,
): (pointers: Readonly<Record<"w" | "m" | "v", I32Var>>, offset: number, value: V128Var) => Codes {
  const scale = local("v128", r.splat(step.scale)), summand = local("v128", r.splat(step.offset));
  const moment = local("v128");
  const { beta1, beta2 } = ADAM_DEFAULTS;
  return ({ w, m, v }, offset, value) => {
    const newV = r.madd(constant(beta2), v128.load(v, offset), r.mul(value, value));
    const newM = r.madd(constant(beta1), v128.load(m, offset), value);
    const denominator = r.madd(r.sqrt(moment), scale, summand);
    return [
      v128.store(v, moment.tee(newV), offset),
      v128.store(m, value.tee(newM), offset),
      value.set(r.sub(v128.load(w, offset), r.div(value, denominator))),
      v128.store(w, value, offset),
    ];
  };
}

/** Tells if it is time for {@linkcode flushTiny} after a number of steps. */
export function isFlushDue(dtype: Precision, steps: number): boolean {
  return steps % TINY[dtype].interval === 0;
}

/** Sets moments to 0 that are far too small to move a parameter, see {@linkcode TINY}. */
export function flushTiny(moments: RealArray, dtype: Precision): void {
  const { threshold } = TINY[dtype];
  for (let i = 0; i < moments.length; i++) {
    if (Math.abs(moments[i]!) < threshold) moments[i] = 0; // in bounds
  }
}

/**
 * Returns the length of the gradient, from Adam's first moments before and after a step: they were
 * M and have become beta1 · M + gradient.
 */
export function gradNorm(before: RealArray, after: RealArray): number {
  let sum = 0;
  for (let i = 0; i < after.length; i++) {
    const grad = after[i]! - ADAM_DEFAULTS.beta1 * before[i]!;
    sum += grad * grad;
  }
  return Math.sqrt(sum);
}
