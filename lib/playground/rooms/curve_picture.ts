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

/** The distance between labels. */
const BASELINE_GAP = 15, NAME_GAP = 17;

/** A narrower picture has fewer labels, and no words on the baselines. */
const NARROW = 480;

/** The width of a line's name. */
const NAME_WIDTH = 108;

/** More than the width of most letters. */
const LETTER = 7;

/** The knowledge of the baselines, before training. */
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

/** The content of the picture. */
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
  const { baselines = [], untrainedLoss } = run.references ?? {};
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
  const measured = run.references?.baselines ?? [];
  const all = measured.length > 0 ? measured : [{ name: "uniform", loss: uniformLoss(run) }];
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
  const { frame: { left }, main: { run } } = picture;
  const untrainedLoss = run.references?.untrainedLoss;
  if (untrainedLoss === undefined) return [];
  const y = heightOf(picture, untrainedLoss);
  return [
    label("validation-name halo", [left + 10, y - 5], `untrained ${untrainedLoss.toFixed(2)}`),
    square([left, y]),
  ];
}

function mainLines(picture: Picture): SVGElement[] {
  const { height, frame: { left, x }, main } = picture;
  const points = pointsOf(picture, main), measured = measuredOf(picture, main);
  const bottom = height - BOTTOM;
  return [
    line("done", [left, bottom], [x(main.run.step), bottom]), // the axis is the bar of progress
    polyline("under", points),
    polyline("training", points),
    polyline("validation", measured),
    ...measured.map(square),
    upright("now", picture, main.run.step),
    ...names(picture),
  ];
}

/** The name of a line, and the height of the line's end. */
interface Name {
  readonly kind: string;
  readonly text: string;
  readonly y: number;
}

/** The names of the lines: in the part of the run that is still to come, or above and below them. */
function names(picture: Picture): SVGElement[] {
  const { height, frame, main, other } = picture;
  const now = frame.x(main.run.step);
  const all = namesOf(picture, main, "training", "validation");
  const otherName = other && namesOf(picture, other, other.name, other.name).at(-1);
  if (other !== undefined && otherName !== undefined) {
    const end = frame.x(other.run.step) - 8, { text, y } = otherName;
    const hasRoom = end - LETTER * text.length > now + 12 + NAME_WIDTH;
    if (hasRoom) {
      return [...names({ ...picture, other: undefined }), label("end halo", [end, y - 9], text)];
    }
    all.push({ ...otherName, kind: "" });
  }
  if (frame.right - now > Math.min(NAME_WIDTH, now - frame.left)) {
    const places = spread(all.map(({ y }) => y), TOP, height - BOTTOM, NAME_GAP);
    return all.map(({ kind, text }, i) =>
      label(`${kind} halo`, [now + 12, (places[i] ?? 0) + 4], text)
    );
  }
  const near = [main, ...other === undefined ? [] : [other]]
    .flatMap((drawn) => [...pointsOf(picture, drawn), ...measuredOf(picture, drawn)])
    .filter(([x]) => x > now - NAME_WIDTH && x <= now).map(([, y]) => y);
  const above = Math.max(Math.min(...near) - 14, TOP + 8);
  const below = Math.min(Math.max(...near) + 22, height - BOTTOM - 8 - NAME_GAP * (all.length - 2));
  return all.toSorted((a, b) => a.y - b.y).map(({ kind, text }, i) =>
    label(`${kind} end halo`, [now - 8, i === 0 ? above : below + NAME_GAP * (i - 1)], text)
  );
}

/** The names of the lines of a run: its smoothed losses, and its validations. */
function namesOf(picture: Picture, drawn: DrawnRun, training: string, validation: string): Name[] {
  const last = drawn.trend.at(-1), measured = drawn.run.validations.at(-1);
  const name = (kind: string, text: string, loss: number) => ({
    kind,
    text: `${text} ${loss.toFixed(2)}`,
    y: heightOf(picture, loss),
  });
  return [
    ...last === undefined ? [] : [name("training-name", training, last.value)],
    ...measured === undefined ? [] : [name("validation-name", validation, measured.loss)],
  ];
}

function pointsOf(picture: Picture, { trend }: DrawnRun): Point[] {
  return trend.map(({ step, value }) => [picture.frame.x(step), heightOf(picture, value)]);
}

function measuredOf(picture: Picture, { run }: DrawnRun): Point[] {
  return run.validations.map(({ step, loss }) => [picture.frame.x(step), heightOf(picture, loss)]);
}

/** A second run: told apart by its dashes, and by diamonds where it was validated. */
function otherLines(picture: Picture, other: DrawnRun): SVGElement[] {
  const measured = measuredOf(picture, other);
  return [
    polyline("other", pointsOf(picture, other)),
    polyline("other-validation", measured),
    ...measured.map(diamond),
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
