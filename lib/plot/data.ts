/**
 * What a plot shows, made ready: in order, finite, and no more of it than can be seen.
 *
 * @module
 */

import type { Baseline } from "../evaluate/evaluate.ts";
import { trendOf, type TrendPoint } from "./trend.ts";

/** The loss of a step. */
export interface LossPoint {
  /** Which step it was. */
  readonly step: number;
  /** The loss, in nats a token. */
  readonly loss: number;
}

/** What to show; steps and losses that are not finite, or beyond 1e100, are left out. */
export interface LossPlotOptions {
  /** What stands above the plot; otherwise "Training". */
  readonly title?: string;
  /** The losses of training. */
  readonly losses: readonly LossPoint[];
  /** The losses on documents that are not trained on. */
  readonly validation?: readonly LossPoint[];
  /** Losses that no step changes. */
  readonly baselines?: readonly Baseline[];
}

/** A point of the trend. */
export interface TrendStep extends TrendPoint {
  readonly step: number;
}

/** What to show, made ready. */
export interface PlotData {
  readonly title: string;
  /** The losses of training, in the order of the steps. */
  readonly losses: readonly LossPoint[];
  /** How they go. */
  readonly trend: readonly TrendStep[];
  /** Whether they are so few that each can be seen, rather than where most of them lie. */
  readonly isEachShown: boolean;
  readonly validation: readonly LossPoint[];
  readonly baselines: readonly Baseline[];
}

/** At how many points a curve is drawn at most: every second pixel. */
const MAX_POINTS = 300;

/** How many points of a curve get a dot at most. */
const MAX_DOTS = 100;

/** Beyond this even a difference might not be finite. */
const MAX_VALUE = 1e100;

/**
 * Makes ready what is to be shown.
 *
 * @param options What to show.
 * @throws {RangeError} If there is no loss to show, of training or validation.
 */
export function plotData(options: LossPlotOptions): PlotData {
  const { title = "Training", validation = [], baselines = [] } = options;
  const losses = inOrder(options.losses);
  const trend = trendOf(Float64Array.from(losses, ({ loss }) => loss), MAX_POINTS)
    .map((point) => ({ ...point, step: losses[point.index]!.step })); // an index of losses
  const data = {
    title,
    losses,
    trend,
    isEachShown: losses.length <= MAX_POINTS,
    validation: thinned(inOrder(validation), MAX_DOTS),
    baselines: baselines.filter(({ loss }) => isDrawable(loss)),
  };
  if (losses.length + data.validation.length === 0) {
    throw new RangeError("Cannot draw the losses: there are none that are finite");
  }
  return data;
}

function inOrder(points: readonly LossPoint[]): LossPoint[] {
  return points
    .filter(({ step, loss }) => isDrawable(step) && isDrawable(loss))
    .sort((a, b) => a.step - b.step);
}

function isDrawable(value: number): boolean {
  return Math.abs(value) <= MAX_VALUE; // not NaN either
}

/** Takes some out of too many points, evenly; the first and the last stay. */
function thinned(points: LossPoint[], maxCount: number): LossPoint[] {
  if (points.length <= maxCount) return points;
  const stride = (points.length - 1) / (maxCount - 1);
  return Array.from({ length: maxCount }, (_, i) => points[Math.round(i * stride)]!); // <= length - 1
}
