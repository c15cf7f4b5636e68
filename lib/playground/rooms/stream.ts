/**
 * The length of the residual stream, stage by stage, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { spread } from "../../plot/labels.ts";
import { find } from "../page/dom.ts";
import { label, line, onSize, type Point, polyline } from "../page/svg.ts";
import type { LookedAt } from "./looked_at.ts";

/** Room around the lines. */
const LEFT = 30, RIGHT = 40, TOP = 8, BOTTOM = 24;

/** The least height of a letter's line at the right. */
const LETTER = 14;

/** Wide enough for the name of each stage. */
const WIDE_STAGE = 78;

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param lookedAt The text, and the position that is picked.
 */
export function mountStream(room: HTMLElement, lookedAt: LookedAt): void {
  const element = find(room, "#stream-chart", HTMLElement);
  const hint = find(room, "#stream-hint", HTMLElement);
  const draw = () => {
    const { look, read, picked: { position } } = lookedAt;
    const { clientWidth: width, clientHeight: height } = element;
    if (look === undefined || width === 0) return;
    const { norms } = look;
    const root = norms[1]?.[0] ?? 1;
    hint.textContent =
      "Length of the vector that is passed on, one line per letter. Normed, it is " +
      `always √${Math.round(root ** 2)}. Bold: the letter that the arcs start from.`;
    const right = width - RIGHT, bottom = height - BOTTOM;
    const max = Math.ceil(Math.max(...norms.flat()) * 1.05), step = stepOf(max);
    const x = (stage: number) => LEFT + stage * (right - LEFT) / (norms.length - 1);
    const y = (norm: number) => bottom - norm / max * (bottom - TOP);
    const names = stageNames(norms.length, x(1) - x(0));
    const last = norms.at(-1) ?? [];
    const ends = spread(last.map(y), TOP, bottom, Math.min(LETTER, (bottom - TOP) / last.length));
    const ticks = Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
    const svg = find(element, "svg", SVGSVGElement);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren(
      ...ticks.flatMap((tick) => [
        line("grid", [LEFT, y(tick)], [right, y(tick)]),
        label("end", [LEFT - 8, y(tick) + 4], `${tick}`),
      ]),
      ...names.flatMap((name, stage) => [
        line("grid", [x(stage), TOP], [x(stage), bottom]),
        label(stage === 0 ? "" : stage === names.length - 1 ? "end" : "mid", [
          stage === 0 ? 0 : stage === names.length - 1 ? width : x(stage),
          height - 6,
        ], name),
      ]),
      ...orderedFor(position, read.length).flatMap((t) => {
        const points = norms.map((stage, i): Point => [x(i), y(stage[t] ?? 0)]);
        const isPicked = t === position;
        return [
          polyline(isPicked ? "training" : "passed", points),
          line("leader", [right + 1, y(last[t] ?? 0)], [right + 9, ends[t] ?? 0]),
          label(isPicked ? "chosen" : "value", [right + 13, (ends[t] ?? 0) + 4], read[t] ?? ""),
        ];
      }),
    );
    element.setAttribute(
      "aria-label",
      `Length of the stream at ${read[position]}: ` +
        norms.map((stage, i) =>
          `${stageNames(norms.length, Infinity)[i]} ${stage[position]?.toFixed(2)}`
        )
          .join(", "),
    );
  };
  lookedAt.changed.on(draw);
  onSize(element, draw);
}

/** The names of the stages; with more than one layer, numbered, and as short as there is room. */
function stageNames(count: number, room: number): string[] {
  const numLayers = (count - 2) / 2;
  const names = ["embedding", "normed"];
  for (let i = 1; i <= numLayers; i++) {
    const number = numLayers > 1 ? ` ${i}` : "";
    names.push(`+ attention${number}`, `+ MLP${number}`);
  }
  if (room >= WIDE_STAGE) return names;
  const isTiny = room < 34;
  return names.map((name, i) => {
    if (i < 2) return isTiny ? (i === 0 ? "emb" : "") : (i === 0 ? "embed" : "norm");
    return isTiny
      ? (i === count - 1 ? "MLP" : "")
      : name.replace("attention", "attn").replace(/ \d+$/, "");
  });
}

/** All positions, the picked one last: it is drawn over the others. */
function orderedFor(position: number, length: number): number[] {
  return [...Array(length).keys()].sort((a, b) => Number(a === position) - Number(b === position));
}

/** The distance of the lines behind: at most six of them. */
function stepOf(max: number): number {
  const least = max / 6;
  const power = 10 ** Math.floor(Math.log10(least));
  return Math.max(1, power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10));
}
