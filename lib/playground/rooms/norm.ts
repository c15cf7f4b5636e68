/**
 * The chart of the gradient norm, below the loss curve and with its steps.
 *
 * @module
 */

/// <reference lib="dom" />

import { find } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { Series } from "../page/series.ts";
import { label, line, onSize, type Point, polyline } from "../page/svg.ts";
import { Trends } from "../page/trend.ts";
import { frameOf } from "./axes.ts";
import { Dots } from "./dots.ts";
import type { Plotted } from "./plotted.ts";

/** Room above and below. */
const TOP = 6, BOTTOM = 8;

/** The axis ends at a round number, of which the line takes at most this part. */
const FILL = 0.8;

const PIXELS_PER_POINT = 2;

/**
 * Brings the chart to life.
 *
 * @param room The section of the room.
 * @param playground The runs.
 * @param plotted What is drawn.
 */
export function mountNorm(room: HTMLElement, playground: Playground, plotted: Plotted): void {
  const chart = new NormChart(find(room, "#norm", HTMLElement), plotted);
  playground.runChanged.on(() => chart.draw());
  playground.progressed.on(() => chart.draw());
  plotted.changed.on(() => chart.draw());
}

/** Draws the gradient norm. */
class NormChart {
  readonly #element: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #dots: Dots;
  readonly #plotted: Plotted;
  readonly #trends = new Trends();
  readonly #held = new WeakMap<Series, Series>();
  #size: readonly [width: number, height: number] = [0, 0];

  constructor(element: HTMLElement, plotted: Plotted) {
    this.#element = element;
    this.#svg = find(element, "svg", SVGSVGElement);
    this.#dots = new Dots(find(element, "canvas", HTMLCanvasElement));
    this.#plotted = plotted;
    onSize(element, (...size) => {
      this.#size = size;
      this.draw();
    });
  }

  draw(): void {
    const { main: run, other, cursor } = this.#plotted;
    const [width, height] = this.#size;
    if (run === undefined || width === 0) return;
    const numSteps = Math.max(run.numSteps, other?.numSteps ?? 1);
    const { left, right, x } = frameOf(width, numSteps);
    const points = this.#trend(run, (right - left) / PIXELS_PER_POINT);
    const max = roundMax(Math.max(0, ...points.map(({ value }) => value)) / FILL);
    const bottom = height - BOTTOM;
    const y = (norm: number) => bottom - norm / max * (bottom - TOP);
    const places = {
      width,
      height,
      numSteps,
      x,
      y: (norm: number) => norm <= max ? y(norm) : undefined,
    };
    this.#dots.draw(run.gradNorms, places, [width, height, numSteps, max].join());
    const upright = (kind: string, step: number) => line(kind, [x(step), 0], [x(step), bottom]);
    const last = points.at(-1)?.value.toFixed(2);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.replaceChildren(
      line("axis", [left, bottom], [right, bottom]),
      label("end", [left - 8, bottom + 4], "0"),
      label("", [right + 10, TOP + 9], "gradient"),
      label("", [right + 10, TOP + 25], "norm"),
      ...last === undefined ? [] : [
        line("grid", [left, TOP], [right, TOP]),
        label("end", [left - 8, TOP + 4], `${max}`),
        label("value end", [width, TOP + 25], last),
        polyline("norm-line", points.map(({ step, value }): Point => [x(step), y(value)])),
        upright("now", run.step),
      ],
      ...cursor === undefined ? [] : [upright("cursor", cursor)],
    );
    this.#element.setAttribute(
      "aria-label",
      last === undefined
        ? "Gradient norm: nothing yet"
        : `Gradient norm, smoothed: ${last} at step ${run.step}`,
    );
  }

  #trend(run: History, maxPoints: number) {
    const held = this.#heldOf(run.gradNorms);
    return this.#trends.of(held, run.numSteps, maxPoints).points();
  }

  /** The norms, those that were not computed as the last one that was. */
  #heldOf(norms: Series): Series {
    let held = this.#held.get(norms);
    if (held === undefined) {
      held = new Series(norms.stepsBefore);
      this.#held.set(norms, held);
    }
    let last = held.values.at(-1) ?? norms.values.find((norm) => !Number.isNaN(norm)) ?? 0;
    held.add(
      norms.values.subarray(held.length).map((norm) => last = Number.isNaN(norm) ? last : norm),
    );
    return held;
  }
}

/** The least of 1, 2, 5, 10, ... that is not below a number. */
function roundMax(least: number): number {
  if (least === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
