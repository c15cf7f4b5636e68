/**
 * The frame of a plot: what part of the picture it takes, what its axes span, and
 * where a step and a loss are in it.
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

/** How far the lines of labels are apart, in pixels. */
export const LINE = 16;

/** Above and below the plot: title, legend; numbers of the steps. */
const TOP = 72, BOTTOM = 54;

const LEAST_HEIGHT = 450;

/** Where things are; lengths in pixels, places from the upper left corner of the plot on. */
export interface Frame {
  /** The height of the picture. */
  readonly pictureHeight: number;
  /** Where the plot begins in the picture. */
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

/**
 * Finds room for a plot.
 *
 * @param data What it shows.
 * @param labels What stands to the right of it.
 */
export function frameOf(data: PlotData, labels: readonly string[]): Frame {
  const pictureHeight = Math.max(LEAST_HEIGHT, TOP + BOTTOM + LINE * labels.length);
  const height = pictureHeight - TOP - BOTTOM;
  const [minLoss, maxLoss] = lossRange(data);
  const [minStep, maxStep] = stepRange(data);
  const lossTicks = ticks(minLoss, maxLoss, height / 36);
  const left = Math.ceil(44 + widest(lossTicks.map(({ label }) => label)));
  const width = Math.floor(WIDTH - left - 28 - widest(labels));
  return {
    pictureHeight,
    left,
    top: TOP,
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

/** From the first step to the last; from 0 on if that is not far from the first. */
function stepRange({ losses, validation }: PlotData): [number, number] {
  const ends = [losses.at(0), losses.at(-1), validation.at(0), validation.at(-1)]
    .flatMap((point) => point === undefined ? [] : [point.step]);
  const min = Math.min(...ends), max = Math.max(...ends);
  if (min === max) return widened(min, max, 0.5);
  return [min > 0 && min < max / 20 ? 0 : min, max];
}

/**
 * All that matters: where most losses of training lie, not the single one that is
 * beyond all measure, and everything else.
 */
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
  return widened(min, max, isFlat ? 0.1 * Math.abs(max) || 1 : 0.04 * (max - min));
}

function widened(min: number, max: number, by: number): [number, number] {
  return [min - by, max + by];
}

/** The axes as SVG. */
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
