/**
 * The way of one weight over its run, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { ticks } from "../../plot/ticks.ts";
import { counted, decimal, find } from "../page/dom.ts";
import { label, line, type Point, polyline, shape } from "../page/svg.ts";
import type { WeightFacts } from "../shared/protocol.ts";

/** Room around the line: for the numbers of the axes, and for the present weight. */
const LEFT = 44, RIGHT = 64, TOP = 8, BOTTOM = 24;

/** The height of a part of the axis. */
const PART = 28;

/** The axis shows at least so much, so that a weight that hardly moves is seen to hardly move. */
const LEAST_SPAN = 0.1;

/** Room above and below the line, as a part of its span. */
const FREE = 0.1;

/** Between two moments that are further apart than this part of a run, the way is not known. */
const GAP = 0.05;

/** A weight at a moment of the run. */
interface Moment {
  readonly step: number;
  readonly weight: number;
}

/**
 * Draws the way of a weight.
 *
 * @param element Where to.
 * @param facts The weight.
 */
export function drawWeight(element: HTMLElement, { trail, numSteps, place }: WeightFacts): void {
  const { clientWidth: width, clientHeight: height } = element;
  if (width === 0) return;
  const moments = momentsOf(trail);
  const weights = moments.map(({ weight }) => weight).filter(Number.isFinite);
  const low = Math.min(0, ...weights), high = Math.max(0, ...weights);
  const span = Math.max(high - low, LEAST_SPAN), middle = (low + high) / 2;
  const min = middle - span * (0.5 + FREE), max = middle + span * (0.5 + FREE);
  const right = width - RIGHT, bottom = height - BOTTOM;
  const x = (step: number) => LEFT + step / numSteps * (right - LEFT);
  const y = (weight: number) => bottom - (weight - min) / (max - min) * (bottom - TOP);
  const at = ({ step, weight }: Moment): Point => [x(step), y(weight)];
  const now = moments.at(-1);
  const svg = find(element, "svg", SVGSVGElement);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    ...ticks(min, max, (bottom - TOP) / PART).flatMap((tick) => [
      line(tick.value === 0 ? "axis" : "grid", [LEFT, y(tick.value)], [right, y(tick.value)]),
      label("end", [LEFT - 8, y(tick.value) + 4], tick.label.replace("-", "−")),
    ]),
    ...[0, 0.5, 1].map((part) => {
      const step = Math.round(part * numSteps);
      return label(part === 0 ? "" : "mid", [x(step), height - 6], counted(step));
    }),
    ...parts(moments, numSteps).map(([kind, part]) => polyline(kind, part.map(at))),
    ...now === undefined || !Number.isFinite(now.weight) ? [] : [
      shape("circle", { class: "present", cx: x(now.step), cy: y(now.weight), r: 3.5 }),
      label("training-name halo", [x(now.step) + 8, y(now.weight) + 4], decimal(now.weight, 4)),
    ],
  );
  element.setAttribute("aria-label", descriptionOf(moments, place.matrix));
}

function momentsOf(trail: Float64Array): Moment[] {
  return Array.from({ length: trail.length / 2 }, (_, i) => ({
    step: trail[2 * i]!, // steps and weights in turn
    weight: trail[2 * i + 1]!,
  }));
}

/** The parts of the way: those that are known, and straight lines over the gaps. */
function parts(
  moments: readonly Moment[],
  numSteps: number,
): [kind: "way-known" | "way-unknown", part: Moment[]][] {
  const found: [kind: "way-known" | "way-unknown", part: Moment[]][] = [["way-known", []]];
  for (const moment of moments) {
    const last = found.at(-1)?.[1].at(-1);
    if (last !== undefined && moment.step - last.step > GAP * numSteps) {
      found.push(["way-unknown", [last, moment]], ["way-known", []]);
    }
    found.at(-1)?.[1].push(moment);
  }
  return found;
}

function descriptionOf(moments: readonly Moment[], matrix: string): string {
  const few = moments.filter((_, i) => i % Math.ceil(moments.length / 6) === 0);
  const last = moments.at(-1);
  const named = last === undefined || few.includes(last) ? few : [...few, last];
  return `A weight of ${matrix} by step: ` +
    named.map(({ step, weight }) => `${counted(step)}: ${decimal(weight, 4)}`).join(", ");
}
