/**
 * Adam, the blessed optimizer, with bias correction; and the schedule of the
 * learning rate, a straight line down to zero.
 *
 * Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015),
 * algorithm 1, with the constants of microgpt.py.
 *
 * @example One step against the gradient
 * ```ts
 * import { Adam } from "@x/microgpt/optim";
 * import { Value } from "@x/microgpt/value";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = new Value(3);
 * const adam = new Adam(1);
 * x.mul(x).backward(); // d(x²)/dx = 6
 * adam.step([x], 0.01);
 * assertAlmostEquals(x.data, 2.99); // the first step is as long as the learning rate
 * assertEquals(x.grad, 0); // ready for the next one
 * ```
 *
 * @module
 */

import type { Value } from "./value.ts";

/**
 * The constants of microgpt.py: the decay of the first moment m, that of the second moment v, and
 * what keeps a step finite where v is 0.
 */
export const ADAM_DEFAULTS: Readonly<Record<"beta1" | "beta2" | "eps", number>> = {
  beta1: 0.85,
  beta2: 0.99,
  eps: 1e-8,
};

/** Adam's buffers for a list of parameters. */
export class Adam {
  /** For each parameter, the running mean of its gradient: the first moment. */
  readonly m: Float64Array;
  /** For each parameter, the running mean of its gradient squared: the second moment. */
  readonly v: Float64Array;
  /** The number of steps taken. */
  steps = 0;
  readonly #options: typeof ADAM_DEFAULTS;

  /**
   * Makes empty buffers.
   *
   * @param numParams The number of parameters.
   * @param options The constants; those not given are microgpt.py's.
   */
  constructor(numParams: number, options: Partial<typeof ADAM_DEFAULTS> = {}) {
    this.m = new Float64Array(numParams);
    this.v = new Float64Array(numParams);
    this.#options = { ...ADAM_DEFAULTS, ...options };
  }

  /**
   * Updates the parameters from their gradients, then sets the gradients to 0.
   *
   * @param params The parameters, always in the same order.
   * @param learningRate Step size.
   * @throws {TypeError} If their number is not that of the buffers.
   */
  step(params: readonly Value[], learningRate: number): void {
    const { m, v } = this;
    if (params.length !== m.length) {
      throw new TypeError(
        `Cannot update the parameters: Adam has buffers for ${m.length}: ${params.length} are given`,
      );
    }
    const { beta1, beta2, eps } = this.#options;
    this.steps++;
    const mCorrection = 1 - beta1 ** this.steps;
    const vCorrection = 1 - beta2 ** this.steps;
    params.forEach((p, i) => {
      const mi = m[i] = beta1 * m[i]! + (1 - beta1) * p.grad;
      const vi = v[i] = beta2 * v[i]! + (1 - beta2) * p.grad ** 2;
      const mHat = mi / mCorrection;
      const vHat = vi / vCorrection;
      p.data -= learningRate * mHat / (vHat ** 0.5 + eps);
      p.grad = 0;
    });
  }
}

/**
 * Computes the learning rate of a step: a straight line from the full rate at step 0 down to 0.
 *
 * @param step The step, counted from 0.
 */
export function linearDecay(learningRate: number, step: number, numSteps: number): number {
  return learningRate * (1 - step / numSteps);
}
