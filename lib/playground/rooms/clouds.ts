/**
 * The embeddings as points, with their way over the run, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find } from "../page/dom.ts";
import { glyphOf } from "../page/glyphs.ts";
import { LiveView } from "../page/live_view.ts";
import type { Playground } from "../page/playground.ts";
import { label, line, onSize, type Point, polyline, shape } from "../page/svg.ts";
import type { Cloud, Embeddings } from "../shared/protocol.ts";
import { apart } from "./apart.ts";

/** The interval at which the points follow the model, in milliseconds. */
const INTERVAL = 500;

/** Room around the points. */
const MARGIN = 14;

/** A name that has moved further than this from its point has a line to it. */
const FAR = 5;

/** More names than this cannot be read. */
const MAX_NAMES = 120;

/** The vowels of a few alphabets, which are bold: they come together as the model learns. */
const VOWELS = /^[aeiouyаеёиоуыэюяαεηιουωاوي\u1161-\u1175ㅏ-ㅣ]$/u;

/** The embeddings that are shown. */
type Kind = "letters" | "positions";

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground The run.
 */
export function mountClouds(room: HTMLElement, playground: Playground): void {
  const element = find(room, "#cloud", HTMLElement);
  const hint = find(room, "#cloud-hint", HTMLElement);
  const buttons: Readonly<Record<Kind, HTMLButtonElement>> = {
    letters: find(room, "#cloud-letters", HTMLButtonElement),
    positions: find(room, "#cloud-positions", HTMLButtonElement),
  };
  let kind: Kind = "letters";
  let embeddings: Embeddings | undefined;
  const draw = () => {
    const { run } = playground;
    if (embeddings === undefined || run === undefined || element.clientWidth === 0) return;
    const names = kind === "letters"
      ? [...run.start.symbols.map(glyphOf), "end"]
      : Array.from({ length: run.settings.blockSize }, (_, i) => `${i}`);
    hint.textContent = hintOf(embeddings, kind, names);
    drawCloud(element, embeddings[kind], names, kind === "positions");
    element.setAttribute("aria-label", descriptionOf(embeddings[kind], names, kind));
  };
  const show = async () => {
    const { run } = playground;
    const answer = await playground.worker.call("embeddings");
    if (run !== playground.run) return;
    embeddings = answer;
    draw();
  };
  new LiveView(element, playground, INTERVAL, show);
  for (const one of ["letters", "positions"] as const) {
    buttons[one].addEventListener("click", () => {
      kind = one;
      for (const [name, button] of Object.entries(buttons)) {
        button.setAttribute("aria-pressed", `${name === kind}`);
      }
      draw();
    });
  }
  playground.runChanged.on(() => embeddings = undefined);
  onSize(element, draw);
}

function hintOf({ letters, positions }: Embeddings, kind: Kind, names: readonly string[]): string {
  const percent = ({ share }: Cloud) => `${Math.round(100 * share)}%`;
  const vowels = names.some((name) => VOWELS.test(name)) && kind === "letters"
    ? " Bold: vowels."
    : "";
  const shown = names.length > MAX_NAMES
    ? ` ${MAX_NAMES} of ${counted(names.length)} have their names.`
    : "";
  return `Embeddings on their two main axes, which show ${percent(letters)} (letters) and ` +
    `${percent(positions)} (positions) of their spread. Thin lines: their way since step 0.` +
    vowels + shown;
}

function drawCloud(
  element: HTMLElement,
  { trail }: Cloud,
  names: readonly string[],
  areJoined: boolean,
): void {
  const { clientWidth: width, clientHeight: height } = element;
  const toPixels = fitted(trail, width, height);
  const ways = names.map((_, i) =>
    trail.map((moment) => toPixels(moment[2 * i]!, moment[2 * i + 1]!))
  );
  const now = ways.map((way) => way.at(-1) ?? [0, 0] as const);
  const named = names.slice(0, MAX_NAMES);
  const places = apart(now.slice(0, MAX_NAMES), named, width, height);
  const origin = toPixels(0, 0);
  const svg = find(element, "svg", SVGSVGElement);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    line("grid", [origin[0], 0], [origin[0], height]),
    line("grid", [0, origin[1]], [width, origin[1]]),
    ...areJoined ? [polyline("joined", now)] : [],
    ...ways.map((way) => polyline("way", way)),
    ...now.flatMap((at, i): SVGElement[] => {
      const place = places[i];
      if (place === undefined) return [dot(at)];
      const isFar = Math.hypot(place[0] - at[0], place[1] - at[1]) > FAR;
      return isFar ? [line("leader", at, place), dot(at)] : [];
    }),
    ...places.map(([x, y], i) => {
      const name = named[i] ?? "";
      return label(`point mid ${VOWELS.test(name) ? "chosen" : "value"}`, [x, y + 4.5], name);
    }),
  );
}

function dot([cx, cy]: Point): SVGElement {
  return shape("circle", { class: "dot", cx, cy, r: 1.5 });
}

/** Fits all points into the picture, with one scale for both axes. */
function fitted(
  trail: readonly Float32Array[],
  width: number,
  height: number,
): (x: number, y: number) => Point {
  const span = (parity: number) => {
    let min = 0, max = 0; // the origin, too
    for (const moment of trail) {
      for (let i = parity; i < moment.length; i += 2) {
        min = Math.min(min, moment[i]!);
        max = Math.max(max, moment[i]!);
      }
    }
    return { middle: (min + max) / 2, size: Math.max(max - min, 1e-9) };
  };
  const across = span(0), up = span(1);
  const scale = Math.min((width - 2 * MARGIN) / across.size, (height - 2 * MARGIN) / up.size);
  return (x, y) => [
    width / 2 + (x - across.middle) * scale,
    height / 2 - (y - up.middle) * scale,
  ];
}

/** Names for each point the one that is nearest to it. */
function descriptionOf({ trail }: Cloud, names: readonly string[], kind: Kind): string {
  const now = trail.at(-1) ?? new Float32Array();
  const distance = (i: number, j: number) =>
    Math.hypot(now[2 * i]! - now[2 * j]!, now[2 * i + 1]! - now[2 * j + 1]!); // below the length
  const nearest = names.slice(0, 40).map((name, i) => {
    let best = i === 0 ? 1 : 0;
    for (let j = 0; j < names.length; j++) {
      if (j !== i && distance(i, j) < distance(i, best)) best = j;
    }
    return `${name} ${names[best] ?? ""}`;
  });
  return `Embeddings of the ${kind} in two dimensions; each with its nearest: ${
    nearest.join(", ")
  }`;
}
