/**
 * The loss curve of the room Train, its cursor, and the line of values below it.
 *
 * @module
 */

/// <reference lib="dom" />

import { linearDecay } from "../../optim.ts";
import { counted, find, make } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { haveSeveralLists, nameOf } from "../page/run_names.ts";
import { onSize, shape } from "../page/svg.ts";
import { Trend, Trends } from "../page/trend.ts";
import { type Frame, frameOf, lossLimits, widened } from "./axes.ts";
import {
  backgroundKey,
  backgroundOf,
  type DrawnRun,
  heightOf,
  linesOf,
  type Picture,
} from "./curve_picture.ts";
import { Dots } from "./dots.ts";
import type { Plotted } from "./plotted.ts";

/** A point of a line for so many pixels. */
const PIXELS_PER_POINT = 2;

/** Keys that move the cursor, and how far. */
const KEYS: Readonly<Record<string, (numSteps: number) => number>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  PageUp: (numSteps) => numSteps / 10,
  PageDown: (numSteps) => -numSteps / 10,
  Home: () => -Infinity,
  End: () => Infinity,
};

/** Noise at the very beginning does not widen the axis: it counts from this part of the run on. */
const SETTLED = 0.01;

/**
 * Brings the curve to life.
 *
 * @param room The section of the room.
 * @param playground The runs.
 * @param plotted What is drawn.
 */
export function mountCurve(room: HTMLElement, playground: Playground, plotted: Plotted): void {
  const element = find(room, "#curve", HTMLElement);
  const curve = new Curve(element, plotted);
  const values = find(room, "#at", HTMLElement);
  const hint = find(room, "#loss-hint", HTMLElement);
  const show = () => {
    const { main } = plotted;
    if (main === undefined) return;
    curve.draw();
    hint.textContent = hintOf(main, curve.numOutside);
    values.replaceChildren(
      ...main.losses.length === 0 ? [beginning(main)] : readout(main, plotted),
    );
    describe(element, main, plotted, values.textContent);
  };
  playground.runChanged.on(show);
  playground.baselinesChanged.on(show);
  playground.progressed.on(show);
  plotted.changed.on(show);
  onSize(element, (width, height) => {
    curve.resize(width, height);
    show();
  });
  mountCursor(element, curve, plotted);
}

/** Draws the curve. */
class Curve {
  readonly #svg: SVGSVGElement;
  readonly #background = shape("g", {});
  readonly #lines = shape("g", {});
  readonly #dots: Dots;
  readonly #plotted: Plotted;
  readonly #trends = new Trends();
  #width = 0;
  #height = 0;
  #backgroundKey = "";

  constructor(element: HTMLElement, plotted: Plotted) {
    this.#svg = find(element, "svg", SVGSVGElement);
    this.#dots = new Dots(find(element, "canvas", HTMLCanvasElement));
    this.#plotted = plotted;
    this.#svg.replaceChildren(this.#background, this.#lines);
  }

  /** The number of steps outside of the picture. */
  get numOutside(): number {
    return this.#dots.numOutside;
  }

  /** The place of the steps. */
  get frame(): Frame {
    const { main, other } = this.#plotted;
    return frameOf(this.#width, Math.max(main?.numSteps ?? 1, other?.numSteps ?? 1));
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
  }

  draw(): void {
    const { main: run, other: otherRun, cursor } = this.#plotted;
    if (run === undefined || this.#width === 0) return;
    const { frame } = this;
    const main = this.#drawn(run, frame);
    const other = otherRun && this.#drawn(otherRun, frame);
    const limits = widened(lossLimits(run), [main, other].flatMap(heights));
    const picture = {
      width: this.#width,
      height: this.#height,
      frame,
      limits,
      main,
      other,
      cursor,
    };
    this.#drawDots(picture);
    this.#drawBackground(picture);
    this.#lines.replaceChildren(...linesOf(picture));
  }

  #drawn(run: History, { left, right }: Frame): DrawnRun {
    const all = [this.#plotted.main, this.#plotted.other].filter((run) => run !== undefined);
    const name = nameOf(run, haveSeveralLists(all));
    const trend = this.#trends.of(run.losses, run.numSteps, (right - left) / PIXELS_PER_POINT);
    return { run, name, trend: trend.points() };
  }

  #drawBackground(picture: Picture): void {
    const key = backgroundKey(picture);
    if (key === this.#backgroundKey) return;
    this.#backgroundKey = key;
    this.#svg.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
    this.#background.replaceChildren(...backgroundOf(picture));
  }

  #drawDots(picture: Picture): void {
    const { frame, limits, main: { run }, width, height } = picture;
    const numSteps = Math.round(frame.stepAt(frame.right));
    const y = (loss: number) =>
      loss >= limits.low && loss <= limits.high ? heightOf(picture, loss) : undefined;
    const layout = [width, height, numSteps, limits.low, limits.high].join();
    this.#dots.draw(run.losses, { width, height, numSteps, x: frame.x, y }, layout);
  }
}

/** The heights that the axis must have room for. */
function heights(drawn: DrawnRun | undefined): number[] {
  if (drawn === undefined) return [];
  const { run, trend } = drawn;
  const settled = trend.filter(({ step }) => step > SETTLED * run.numSteps);
  return [...settled.map(({ value }) => value), ...run.validations.map(({ loss }) => loss)];
}

/** Moves the cursor with the pointer and with keys. */
function mountCursor(element: HTMLElement, curve: Curve, plotted: Plotted): void {
  element.addEventListener("pointermove", (event) => {
    const { left } = element.getBoundingClientRect();
    plotted.read(curve.frame.stepAt(event.clientX - left));
  });
  element.addEventListener("pointerleave", () => plotted.read(undefined));
  element.addEventListener("keydown", (event) => {
    const { main, cursor } = plotted;
    const distance = KEYS[event.key]?.(main?.numSteps ?? 0);
    if (main === undefined || distance === undefined) return;
    event.preventDefault();
    const step = (cursor ?? main.step) + distance * (event.shiftKey ? 10 : 1);
    plotted.read(step >= main.step ? undefined : step);
  });
}

/** Makes the curve a slider once there is something to read. */
function describe(
  element: HTMLElement,
  main: History,
  { cursor }: Plotted,
  values: string | null,
): void {
  const isReadable = main.losses.length > 0;
  const attributes: Record<string, string> = isReadable
    ? {
      role: "slider",
      tabindex: "0",
      "aria-label": "Step to read",
      "aria-valuemin": `${main.losses.stepsBefore + 1}`,
      "aria-valuemax": `${main.step}`,
      "aria-valuenow": `${cursor ?? main.step}`,
      "aria-valuetext": values ?? "",
    }
    : { role: "img", "aria-label": descriptionOf(main) };
  for (const name of element.getAttributeNames()) {
    if (/^(aria-|tabindex)/.test(name) && !(name in attributes)) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function descriptionOf({ references }: History): string {
  const { baselines = [], untrainedLoss } = references ?? {};
  const all = baselines.map(({ name, loss }) => `${name} ${loss.toFixed(2)}`);
  const untrained = untrainedLoss === undefined ? [] : [`untrained ${untrainedLoss.toFixed(2)}`];
  return ["Loss, nats per token", ...all, ...untrained].join(", ");
}

function hintOf({ step }: History, numOutside: number): string {
  if (step === 0) return "lower is better";
  const outside = numOutside === 0 ? "" : `, ${counted(numOutside)} lie outside`;
  return `lower is better; line: smoothed; dots: each step${outside}`;
}

/** The meaning of the lines, before the first step. */
function beginning({ start: { numValDocs } }: History): string {
  return numValDocs === 0
    ? "Nothing is held out (val fraction 0), so there is no n-gram baseline to compare with."
    : `Dashed lines: what counting letters achieves on the ${
      counted(numValDocs)
    } names held out. ` +
      "The square: this model, untrained.";
}

/** The values of the step that is read. */
function readout(run: History, { cursor }: Plotted): HTMLElement[] {
  const step = cursor ?? run.step;
  const validation = run.validations.findLast((validation) => validation.step <= step);
  const length = run.lengths.find((length) => length >= step) ?? run.numSteps;
  const rate = linearDecay(run.settings.learningRate, step - 1, length);
  const smoothed = new Trend(run.losses, run.numSteps, 2).at(step);
  const values: [name: string, value: string | undefined][] = [
    ["step", counted(step)],
    ["this step", run.losses.at(step)?.toFixed(4)],
    ["smoothed", smoothed?.toFixed(2)],
    ["validation", validation && `${validation.loss.toFixed(4)} at ${counted(validation.step)}`],
    ["gradient norm", run.gradNormAt(step)?.toFixed(3)],
    ["learning rate", `${Number(rate.toPrecision(3))}`],
  ];
  return values.map(([name, value]) =>
    make("span", {}, `${name} `, make("b", {}, value ?? "none yet"))
  );
}
