/**
 * The axes of the loss curve: what part of the picture it takes, and where a step and a loss are.
 *
 * @module
 */

import type { History } from "../page/history.ts";

/** Room beside the curve: for the numbers of the axis, and for the baselines' labels. */
const LEFT = 32, RIGHT = 92;

/** The part of the range that is left free above and below the lines that are there before training. */
const ABOVE = 0.1, BELOW = 0.22;

/** The part of a uniform guess at which a trained model is expected, if nothing is held out. */
const EXPECTED = 0.6;

/** Part of a picture. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  /** The place of a step. */
  readonly x: (step: number) => number;
  /** The step at a place, which may lie outside. */
  readonly stepAt: (x: number) => number;
}

/** The range of an axis. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * Finds the place of steps, which is the same in all charts of a run.
 *
 * @param width The width of the picture.
 * @param numSteps The length of the run.
 */
export function frameOf(width: number, numSteps: number): Frame {
  const right = Math.max(LEFT + 1, width - RIGHT);
  const scale = (right - LEFT) / numSteps;
  return {
    left: LEFT,
    right,
    x: (step) => LEFT + step * scale,
    stepAt: (x) => (x - LEFT) / scale,
  };
}

/** The loss of a uniform guess, in nats per token. */
export function uniformLoss({ start }: History): number {
  return Math.log(start.vocabSize);
}

/**
 * Chooses the range of the losses, before training, by the baselines.
 *
 * @param run The run.
 */
export function lossLimits(run: History): Limits {
  const uniform = uniformLoss(run);
  const { baselines = [], untrainedLoss = uniform } = run.references ?? {};
  const losses = baselines.map(({ loss }) => loss);
  const known = [...losses, uniform, untrainedLoss];
  const least = Math.min(...known, ...losses.length === 0 ? [EXPECTED * uniform] : []);
  const most = Math.max(...known);
  const span = most - least;
  return {
    low: Math.max(0, Math.floor(10 * (least - BELOW * span)) / 10),
    high: Math.ceil(10 * (most + ABOVE * span)) / 10,
  };
}

/**
 * Widens a range by halves until values fit in.
 *
 * @param limits The range.
 * @param values What must fit in.
 */
export function widened({ low, high }: Limits, values: readonly number[]): Limits {
  const least = Math.min(low, ...values), most = Math.max(high, ...values);
  const half = (high - low) / 2;
  const steps = (distance: number) => Math.ceil(distance / half - 1e-9);
  return {
    low: Math.max(0, low - half * steps(low - least)),
    high: high + half * steps(most - high),
  };
}

/**
 * The steps of a run that its axis and the babble have marks at: every tenth.
 *
 * @param numSteps The length of the run.
 */
export function tenths(numSteps: number): number[] {
  const tenth = Math.ceil(numSteps / 10);
  const steps = Array.from({ length: 11 }, (_, k) => Math.min(k * tenth, numSteps));
  return [...new Set(steps)];
}
