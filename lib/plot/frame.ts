/**
 * The frame of a plot: its part of the picture, its axes, and the places of steps and losses in it.
 *
 * @module
 */

import { columnsOf } from "../text/columns.ts";
import type { PlotData } from "./data.ts";
import { label, path, type Point } from "./svg.ts";
import { type Tick, ticks } from "./ticks.ts";

/** The width of the picture, in pixels. */
export const WIDTH = 800;

/** More than a column of text takes in any system's font, in pixels. */
export const COLUMN = 7.2;

/** The distance of lines of text, in pixels. */
export const LINE = 16;

/** Room above the plot for title and legend, and below it for the numbers of the steps. */
const TOP = 72, BOTTOM = 54;

const LEAST_HEIGHT = 324;

/** Lengths are in pixels, places count from the upper left corner of the plot. */
export interface Frame {
  /** The height of the picture. */
  readonly pictureHeight: number;
  /** The upper left corner of the plot in the picture. */
  readonly left: number;
  readonly top: number;
  /** The size of the plot. */
  readonly width: number;
  readonly height: number;
  readonly stepTicks: readonly Tick[];
  readonly lossTicks: readonly Tick[];
  /** The place of a step. */
  x(step: number): number;
  /** The place of a loss; one far outside is near the border, where it is not seen either. */
  y(loss: number): number;
}

/** Finds room for a plot with labels to the right of it. */
export function frameOf(data: PlotData, labels: readonly string[]): Frame {
  const top = data.subtitle === "" ? TOP : TOP + 20;
  const height = Math.max(LEAST_HEIGHT, LINE * labels.length);
  const [minLoss, maxLoss] = lossRange(data);
  const [minStep, maxStep] = stepRange(data);
  const lossTicks = ticks(minLoss, maxLoss, height / 36);
  const left = Math.ceil(44 + widest(lossTicks.map(({ label }) => label)));
  const width = Math.floor(WIDTH - left - 28 - widest(labels));
  return {
    pictureHeight: top + height + BOTTOM,
    left,
    top,
    width,
    height,
    lossTicks,
    stepTicks: ticks(minStep, maxStep, width / 100, 1),
    x: (step) => width * (step - minStep) / (maxStep - minStep),
    y(loss) {
      const place = height * (maxLoss - loss) / (maxLoss - minLoss);
      return Math.min(Math.max(place, -height), 2 * height);
    },
  };
}

function widest(texts: readonly string[]): number {
  return COLUMN * Math.max(0, ...texts.map(columnsOf));
}

/** Finds the first step and the last; 0 counts as the first if that is not far from it. */
function stepRange({ losses, validation }: PlotData): [number, number] {
  const ends = [losses.at(0), losses.at(-1), validation.at(0), validation.at(-1)]
    .flatMap((point) => point === undefined ? [] : [point.step]);
  const min = Math.min(...ends), max = Math.max(...ends);
  if (min === max) return [min - 0.5, max + 0.5];
  return [min > 0 && min < max / 20 ? 0 : min, max];
}

/** Finds the range of all that matters: most losses of training, but not the stray ones. */
function lossRange(
  { losses, trend, isEachShown, validation, baselines }: PlotData,
): [number, number] {
  const values = [...validation, ...baselines].map(({ loss }) => loss)
    .concat(trend.flatMap(({ low, high }) => [low, high]));
  let min = Math.min(...values), max = Math.max(...values);
  if (isEachShown) {
    const reach = (max - min) / 2;
    const near = losses.map(({ loss }) => loss)
      .filter((loss) => loss > min - reach && loss < max + reach);
    min = Math.min(min, ...near);
    max = Math.max(max, ...near);
  }
  const isFlat = max - min <= 1e-9 * Math.abs(max); // but for rounding errors
  const margin = isFlat ? 0.1 * Math.abs(max) || 1 : 0.04 * (max - min);
  return [min - margin, max + margin];
}

/** Draws the axes. */
export function axes({ left, width, height, stepTicks, lossTicks, x, y }: Frame): string {
  const line = (kind: string, from: Point, to: Point) => path(kind, [from, to]);
  return [
    ...lossTicks.flatMap((tick) => [
      line("grid", [0, y(tick.value)], [width, y(tick.value)]),
      label("end", [-9, y(tick.value)], tick.label),
    ]),
    line("axis", [0, height], [width, height]),
    ...stepTicks.flatMap((tick) => [
      line("axis", [x(tick.value), height], [x(tick.value), height + 5]),
      label("mid", [x(tick.value), height + 16], tick.label),
    ]),
    label("mid", [width / 2, height + 38], "step"),
    `<g transform="translate(${14 - left} ${height / 2}) rotate(-90)">`,
    label("mid", [0, 0], "loss (nats per token)"),
    "</g>",
  ].join("\n");
}
