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

import { averageShare, type StepOptions } from "../../engine.ts";
import { ADAM_DEFAULTS } from "../../optim.ts";
import type { Codes, I32Var, Local, V128, V128Var } from "../asm/code.ts";
import { advance, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import type { Precision } from "../asm/lanes.ts";
import { PANEL, PANEL_VECTORS } from "../memory/panel.ts";
import { type Address, Allocator, type Bytes } from "../memory/place.ts";
import type { RealArray, Views } from "../memory/views.ts";
import { type AdamStep, type Emitter, kernel, type TwinArgs, type Variables } from "./kernel.ts";

/** A learning rate that moves nothing, and by which one can divide. */
const NO_RATE = 1e-30;

/**
 * Moments below the threshold are set to 0 once per interval, before they turn subnormal:
 * arithmetic on those is many times slower. In so many steps a first moment, times 0.85 per step,
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

/** Tells if it is time for {@linkcode flushTiny} after so many steps. */
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

/** The parameters of the two kernels that follow. They have a module of their own. */
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

/**
 * The weight decay and the average of some steps. They are computed when the kernels of a step are
 * done, on copies of the parameters: so a step without them pays for nothing, in time or memory.
 */
export class Extras {
  readonly #weights: RealArray;
  readonly #newCopies: () => Copies;
  #copies: ReturnType<typeof placed> | undefined;
  #hasAverage = false;

  /**
   * Prepares for steps.
   *
   * @param weights The parameters in the memory of the model.
   * @param newCopies Makes room for copies of them.
   */
  constructor(weights: RealArray, newCopies: () => Copies) {
    this.#weights = weights;
    this.#newCopies = newCopies;
  }

  /** The averaged parameters, once a step has averaged them. */
  get average(): RealArray | undefined {
    return this.#hasAverage ? this.#all.average : undefined;
  }

  /** Begins an average with the parameters. */
  beginAverage(): RealArray {
    this.#all.average.set(this.#weights);
    this.#hasAverage = true;
    return this.#all.average;
  }

  /** Forgets the average. */
  endAverage(): void {
    this.#hasAverage = false;
  }

  /** To be called before a step. */
  before({ weightDecay = 0 }: StepOptions): void {
    if (weightDecay > 0) this.#all.before.set(this.#weights);
  }

  /**
   * To be called after step `t`, counted from 1, when Adam has moved the parameters. The decay is a
   * part of what they were before: the kernel `gradient` computes and moves them in one go.
   */
  after({ weightDecay = 0, ema }: StepOptions, learningRate: number, t: number): void {
    const part = learningRate * weightDecay;
    if (part > 0) {
      this.#all.now.set(this.#weights);
      this.#all.add(-part);
      this.#weights.set(this.#all.now);
    }
    if (ema === undefined) return;
    if (!this.#hasAverage) this.beginAverage();
    this.#all.now.set(this.#weights);
    this.#all.approach(averageShare(ema, t));
  }

  get #all(): ReturnType<typeof placed> {
    return this.#copies ??= placed(this.#newCopies(), this.#weights.byteLength);
  }
}

/** Gives each copy its place and its purpose. */
function placed({ memory, add, approach }: Copies, length: Bytes) {
  const room = new Allocator();
  const now = room.take(length), before = room.take(length), average = room.take(length);
  return {
    now: memory.row(now, length),
    before: memory.row(before, length),
    average: memory.row(average, length),
    add: (factor: number) => add({ y: now, x: before, length, factor }),
    approach: (factor: number) => approach({ y: average, x: now, length, factor }),
  };
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
