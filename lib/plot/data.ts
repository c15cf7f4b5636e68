/**
 * The data of a plot, made ready: in order, finite, and no more than can be seen.
 *
 * @module
 */

import type { Baseline } from "../evaluate/evaluate.ts";
import { trendOf, type TrendPoint } from "./trend.ts";

/** The loss of a step. */
export interface LossPoint {
  /** The number of the step, from 1. */
  readonly step: number;
  /** The loss, in nats per token. */
  readonly loss: number;
}

/** The contents of a plot; steps and losses that are not finite, or beyond 1e100, are left out. */
export interface LossPlotOptions {
  /** The title above the plot: "Training", unless it is given. */
  readonly title?: string;
  /** A line below the title, such as the settings of the run. */
  readonly subtitle?: string;
  /** The losses of training. */
  readonly losses: readonly LossPoint[];
  /** The losses on documents that are not trained on. */
  readonly validation?: readonly LossPoint[];
  /** Losses that no step changes. */
  readonly baselines?: readonly Baseline[];
}

/** A point of the trend. */
interface TrendStep extends TrendPoint {
  readonly step: number;
}

/** The contents of a plot, made ready. The losses are in the order of the steps. */
export interface PlotData extends Required<LossPlotOptions> {
  readonly trend: readonly TrendStep[];
  /** The losses are so few that each is drawn, and not only where most of them lie. */
  readonly isEachShown: boolean;
}

/** The maximum number of points of a curve: every second pixel. */
const MAX_POINTS = 300;

/** The maximum number of dots on a curve. */
const MAX_DOTS = 100;

/** Beyond this even a difference might not be finite. */
const MAX_VALUE = 1e100;

/**
 * Makes the contents of a plot ready.
 *
 * @throws {RangeError} If there is no loss to show, of training or validation.
 */
export function plotData(options: LossPlotOptions): PlotData {
  const { title = "Training", subtitle = "", validation = [], baselines = [] } = options;
  const losses = inOrder(options.losses);
  const [first = 0, second = Infinity] = losses.slice(0, 2).map(({ step }) => step);
  const isStart = first <= second - first; // a resumed run begins later than one stride
  const trend = trendOf(Float64Array.from(losses, ({ loss }) => loss), MAX_POINTS, isStart)
    .map((point) => ({ ...point, step: losses[point.index]!.step })); // an index of losses
  const data = {
    title,
    subtitle,
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
  return Array.from({ length: maxCount }, (_, i) => points[Math.round(i * stride)]!); // in bounds
}
