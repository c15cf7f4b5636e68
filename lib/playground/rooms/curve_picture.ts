/**
 * The picture of the losses, apart from the dots: axes, baselines, lines and their names.
 *
 * @module
 */

/// <reference lib="dom" />

import { spread } from "../../plot/labels.ts";
import { ticks } from "../../plot/ticks.ts";
import { counted } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import { label, line, type Point, polyline, shape } from "../page/svg.ts";
import type { TrendPoint } from "../page/trend.ts";
import { type Frame, type Limits, tenths, uniformLoss } from "./axes.ts";

/** Room above and below the curve. */
const TOP = 10, BOTTOM = 26;

/** How far labels are apart. */
const BASELINE_GAP = 15, NAME_GAP = 17;

/** A narrower picture has fewer labels, and no words on the baselines. */
const NARROW = 480;

/** The width of a line's name. */
const NAME_WIDTH = 108;

/** What the baselines know, before training. */
const MEANINGS = [
  "guessing: every letter as likely",
  "knowing how often each letter comes",
  "knowing the letter before, too",
  "knowing two letters before",
];

/** A run as it is drawn. */
export interface DrawnRun {
  readonly run: History;
  readonly name: string;
  readonly trend: readonly TrendPoint[];
}

/** What the picture shows. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  readonly limits: Limits;
  readonly main: DrawnRun;
  readonly other: DrawnRun | undefined;
  readonly cursor: number | undefined;
}

/** The height of a loss; one that is outside is at the border. */
export function heightOf({ height, limits: { low, high } }: Picture, loss: number): number {
  const part = Math.min(Math.max((high - loss) / (high - low), 0), 1);
  return TOP + part * (height - TOP - BOTTOM);
}

/** Draws what stays as it is while a run is trained: axes and baselines. */
export function backgroundOf(picture: Picture): SVGElement[] {
  const { main: { run } } = picture;
  return [
    ...lossAxis(picture),
    ...baselines(picture),
    ...stepAxis(picture),
    ...run.step === 0 ? untrained(picture) : [],
  ];
}

/** Changes whenever the background does. */
export function backgroundKey({ width, height, frame, limits, main: { run } }: Picture): string {
  const { baselines = [], start: { untrainedLoss } } = run;
  const losses = baselines.map(({ loss }) => loss);
  const { low, high } = limits;
  const isFresh = run.step === 0;
  return [width, height, frame.x(1), low, high, isFresh, uniformLoss(run), untrainedLoss, ...losses]
    .join();
}

/** Draws the lines. */
export function linesOf(picture: Picture): SVGElement[] {
  const { main, other, cursor } = picture;
  return [
    ...other === undefined ? [] : otherLines(picture, other),
    ...main.run.step === 0 ? [] : mainLines(picture),
    ...cursor === undefined ? [] : [upright("cursor", picture, cursor)],
  ];
}

function lossAxis(picture: Picture): SVGElement[] {
  const { frame: { left, right }, limits: { low, high }, height } = picture;
  return ticks(low, high, (height - TOP - BOTTOM) / 60).flatMap((tick) => {
    const y = heightOf(picture, tick.value);
    return [
      line("grid", [left, y], [right, y]),
      label("end", [left - 8, y + 4], tick.label),
    ];
  });
}

function stepAxis({ width, height, frame }: Picture): SVGElement[] {
  const { left, right, x } = frame;
  const bottom = height - BOTTOM;
  const isNarrow = width < NARROW;
  const numSteps = Math.round(frame.stepAt(right));
  const marks = tenths(numSteps).flatMap((step, k) => {
    const kind = isNarrow && step === numSteps ? "end" : "mid";
    const isNamed = k % (isNarrow ? 5 : 2) === 0 || step === numSteps;
    return [
      line("axis", [x(step), bottom], [x(step), bottom + 5]),
      ...isNamed ? [label(kind, [x(step), bottom + 21], counted(step))] : [],
    ];
  });
  return [
    ...marks,
    label("end", [width, bottom + 21], "step"),
    line("axis", [left, bottom], [right, bottom]),
  ];
}

function baselines(picture: Picture): SVGElement[] {
  const { width, height, frame: { left, right }, main: { run } } = picture;
  const all = run.baselines === undefined || run.baselines.length === 0
    ? [{ name: "uniform", loss: uniformLoss(run) }]
    : run.baselines;
  const ends = all.map(({ loss }) => heightOf(picture, loss));
  const places = spread(ends, TOP + 4, height - BOTTOM - 4, BASELINE_GAP);
  return all.flatMap(({ name, loss }, i) => {
    const [end = 0, place = 0] = [ends[i], places[i]];
    const meaning = run.step === 0 && width >= NARROW ? MEANINGS[i] : undefined;
    return [
      line("baseline", [left, end], [right, end]),
      line("leader", [right + 1, end], [right + 7, place]),
      label("", [right + 10, place + 4], name),
      label("value end", [width, place + 4], loss.toFixed(2)),
      ...meaning === undefined ? [] : [label("muted end halo", [right - 8, end - 5], meaning)],
    ];
  });
}

function untrained(picture: Picture): SVGElement[] {
  const { frame: { left }, main: { run: { start: { untrainedLoss } } } } = picture;
  if (untrainedLoss === undefined) return [];
  const y = heightOf(picture, untrainedLoss);
  return [
    label("validation-name halo", [left + 10, y - 5], `untrained ${untrainedLoss.toFixed(2)}`),
    square([left, y]),
  ];
}

function mainLines(picture: Picture): SVGElement[] {
  const { height, frame: { left, x }, main: { run, trend } } = picture;
  const points = trend.map(({ step, value }): Point => [x(step), heightOf(picture, value)]);
  const measured = run.validations.map((
    { step, loss },
  ): Point => [x(step), heightOf(picture, loss)]);
  const bottom = height - BOTTOM;
  return [
    line("done", [left, bottom], [x(run.step), bottom]), // the axis is the bar of progress
    polyline("under", points),
    polyline("training", points),
    polyline("validation", measured),
    ...measured.map(square),
    upright("now", picture, run.step),
    ...names(picture, points, measured),
  ];
}

/** The names of the two lines: in the part of the run that is still to come, or on the lines. */
function names(
  { height, frame, main: { run, trend } }: Picture,
  points: readonly Point[],
  measured: readonly Point[],
): SVGElement[] {
  const now = frame.x(run.step);
  const isRight = frame.right - now > Math.min(NAME_WIDTH, now - frame.left);
  const texts: [kind: string, text: string, y: number][] = [];
  const last = points.at(-1), lastMeasured = measured.at(-1);
  if (last !== undefined) {
    texts.push(["training-name", `training ${trend.at(-1)?.value.toFixed(2)}`, last[1]]);
  }
  if (lastMeasured !== undefined) {
    const loss = run.validations.at(-1)?.loss.toFixed(2);
    texts.push(["validation-name", `validation ${loss}`, lastMeasured[1]]);
  }
  const ends = texts.map(([, , y]) => y);
  if (isRight) {
    const places = spread(ends, TOP, height - BOTTOM, NAME_GAP);
    return texts.map(([kind, text], i) =>
      label(`${kind} halo`, [now + 12, (places[i] ?? 0) + 4], text)
    );
  }
  const near = [...points, ...measured].filter(([x]) => x > now - NAME_WIDTH).map(([, y]) => y);
  const above = Math.max(Math.min(...near) - 14, TOP + 8);
  const below = Math.min(Math.max(...near) + 22, height - BOTTOM - 8);
  return texts.map(([kind, text, y]) =>
    label(`${kind} end halo`, [now - 8, y === Math.min(...ends) ? above : below], text)
  );
}

/** A second run: told apart by its dashes, and by diamonds where it was validated. */
function otherLines(picture: Picture, { run, name, trend }: DrawnRun): SVGElement[] {
  const { frame: { x, right } } = picture;
  const points = trend.map(({ step, value }): Point => [x(step), heightOf(picture, value)]);
  const measured = run.validations.map((
    { step, loss },
  ): Point => [x(step), heightOf(picture, loss)]);
  const end = measured.at(-1) ?? points.at(-1);
  const loss = run.validations.at(-1)?.loss ?? trend.at(-1)?.value;
  return [
    polyline("other", points),
    polyline("other-validation", measured),
    ...measured.map(diamond),
    ...end === undefined ? [] : [
      label("end halo", [Math.min(end[0], right) - 8, end[1] - 9], `${name} ${loss?.toFixed(2)}`),
    ],
  ];
}

function upright(kind: string, { height, frame }: Picture, step: number): SVGElement {
  const x = frame.x(step);
  return line(kind, [x, TOP], [x, height - BOTTOM]);
}

function square([x, y]: Point): SVGElement {
  return shape("rect", { class: "measured", x: x - 3, y: y - 3, width: 6, height: 6 });
}

function diamond([x, y]: Point): SVGElement {
  const points = `${x - 4},${y} ${x},${y - 4} ${x + 4},${y} ${x},${y + 4}`;
  return shape("polygon", { class: "other-measured", points });
}
