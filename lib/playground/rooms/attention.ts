/**
 * The places that the model looks back at: the attention weights of each head, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, make } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { label, onSize, shape } from "../page/svg.ts";
import type { LookedAt } from "./looked_at.ts";

/** So many heads are shown. */
const MAX_HEADS = 16;

/** The largest cell of a matrix, and the room for the letters beside it. */
const MAX_CELL = 26, LETTERS = 15;

/** The opacity of a cell that is hardly looked at. */
const LEAST_OPACITY = 0.04;

/** The distance between two letters under the arcs at most, and the room around them. */
const MAX_GAP = 56, MARGIN = 16;

/** A weight of 1 is so many pixels wide. */
const ARC_WIDTH = 16;

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground Hears which head is picked.
 * @param lookedAt The text, and what is picked.
 */
export function mountAttention(
  room: HTMLElement,
  playground: Playground,
  lookedAt: LookedAt,
): void {
  const view = find(room, "#attention", HTMLElement);
  const hint = find(view, "#attention-hint", HTMLElement);
  const layers = find(view, "#attention-layers", HTMLElement);
  const heads = find(view, "#heads", HTMLElement);
  const arcs = find(view, "#arcs", HTMLElement);
  const draw = () => {
    if (lookedAt.look === undefined || view.clientWidth === 0) return;
    const numHeads = lookedAt.heads.length, numShown = Math.min(numHeads, MAX_HEADS);
    hint.textContent = (numShown < numHeads ? `${numShown} of ${numHeads} heads. ` : "") +
      "A row is a position, a column what it looks at; the fuller the color, the more. A row adds " +
      "up to 100%. · is the start.";
    showButtons(
      layers,
      lookedAt.look.attention.length,
      "layer",
      (layer) => lookedAt.pick({ layer }),
    );
    layers.hidden = lookedAt.look.attention.length < 2;
    showButtons(heads, numShown, "head", (head) => {
      lookedAt.pick({ head });
      tellHead(playground, lookedAt);
    });
    const { layer, head } = lookedAt.picked;
    press(layers, layer);
    press(heads, head);
    heads.querySelectorAll("button").forEach((button, h) => drawHead(button, h, lookedAt));
    drawArcs(arcs, lookedAt);
  };
  lookedAt.changed.on(draw);
  onSize(view, draw);
  mountKeys(arcs, lookedAt);
}

function tellHead(
  { did }: Playground,
  { read, heads, picked: { head, position } }: LookedAt,
): void {
  const row = heads[head]?.[position] ?? new Float64Array();
  const weight = Math.max(...row), most = row.indexOf(weight);
  const [from = "", to = ""] = [read[position], read[most]];
  did.emit({ kind: "picked head", head: head + 1, from, to, weight });
}

/** Makes as many buttons as there are layers or heads; those that are there stay. */
function showButtons(
  group: HTMLElement,
  count: number,
  what: string,
  pick: (i: number) => void,
): void {
  while (group.children.length > count) group.lastElementChild?.remove();
  for (let i = group.children.length; i < count; i++) {
    const button = make("button", { type: "button", "aria-label": `${what} ${i + 1}` });
    button.textContent = `${what} ${i + 1}`;
    button.addEventListener("click", () => pick(i));
    group.append(button);
  }
}

function press(group: HTMLElement, picked: number): void {
  [...group.children].forEach((button, i) => {
    button.setAttribute("aria-pressed", `${i === picked}`);
  });
}

/** Draws the matrix of a head into its button. */
function drawHead(button: HTMLButtonElement, head: number, lookedAt: LookedAt): void {
  const weights = lookedAt.heads[head] ?? [];
  const { read, picked: { position, ...picked } } = lookedAt;
  const width = button.clientWidth, n = read.length;
  const across = Math.min((width - LETTERS) / n, MAX_CELL), down = Math.max(across, 14);
  const svg = button.querySelector("svg") ?? button.appendChild(shape("svg", {}));
  const x = (u: number) => LETTERS + u * across, y = (t: number) => LETTERS + t * down;
  const cells = weights.flatMap((row, t) =>
    Array.from(row, (weight, u) =>
      shape("rect", {
        class: "weight",
        x: x(u),
        y: y(t),
        width: Math.max(1, across - 1),
        height: down - 1,
        "fill-opacity": `${Math.max(LEAST_OPACITY, weight).toFixed(2)}`,
      }))
  );
  const isRoomy = across >= 9;
  svg.setAttribute("viewBox", `0 0 ${width} ${y(n)}`);
  svg.setAttribute("height", `${y(n)}`);
  svg.setAttribute("aria-hidden", "true");
  svg.replaceChildren(
    ...cells,
    ...read.map((letter, t) => label("small mid", [LETTERS / 2 - 1, y(t) + down / 2 + 4], letter)),
    ...isRoomy ? read.map((letter, u) => label("small mid", [x(u + 0.5), 11], letter)) : [],
    ...head !== picked.head ? [] : [shape("rect", {
      class: "picked",
      x: x(0) - 0.5,
      y: y(position) - 0.5,
      width: (position + 1) * across,
      height: down,
    })],
  );
}

/** Draws what a position looks at. */
function drawArcs(element: HTMLElement, lookedAt: LookedAt): void {
  const { read, picked: { head, position } } = lookedAt;
  const row = lookedAt.heads[head]?.[position];
  const { clientWidth: width, clientHeight: height } = element;
  if (row === undefined) return;
  const gap = Math.min(MAX_GAP, (width - 2 * MARGIN) / Math.max(1, read.length - 1));
  const x = (t: number) => MARGIN + t * gap, base = height - 42;
  const widest = Math.max(1, x(read.length - 1) - x(0));
  const isRoomy = gap >= 26;
  const arcs = Array.from(row, (weight, u) => {
    const stroke = { class: "arc", "stroke-width": 0.5 + weight * ARC_WIDTH };
    if (u === position) return shape("circle", { ...stroke, cx: x(u), cy: base - 9, r: 7 });
    const top = base - 1.3 * (14 + (x(position) - x(u)) / widest * (base - 24));
    const [from, to] = [x(position), x(u)].map((at) => at.toFixed(1));
    const d = `M${from} ${base}C${from} ${top.toFixed(1)} ${to} ${top.toFixed(1)} ${to} ${base}`;
    return shape("path", { ...stroke, d });
  });
  const percents = Array.from(row, (weight) => `${Math.round(100 * weight)}`);
  const svg = find(element, "svg", SVGSVGElement);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    ...arcs,
    ...read.map((letter, t) => {
      const kind = t === position
        ? "letter chosen"
        : t > position
        ? "letter muted"
        : "letter value";
      return label(`mid ${kind}`, [x(t), base + 19], letter);
    }),
    ...percents.flatMap((percent, u) =>
      isRoomy || u % 2 === position % 2
        ? [label("mid", [x(u), base + 36], isRoomy ? `${percent}%` : percent)]
        : []
    ),
  );
  element.setAttribute("aria-valuemax", `${read.length}`);
  element.setAttribute("aria-valuenow", `${position + 1}`);
  element.setAttribute(
    "aria-valuetext",
    `Head ${head + 1} at ${read[position]}: ` +
      percents.map((percent, u) => `${read[u]} ${percent}%`).join(", "),
  );
}

/** Left and right go from position to position, up and down from head to head; or one points. */
function mountKeys(arcs: HTMLElement, lookedAt: LookedAt): void {
  arcs.addEventListener("keydown", (event) => {
    const { position, head } = lookedAt.picked;
    const last = lookedAt.read.length - 1;
    const next = {
      ArrowLeft: { position: Math.max(0, position - 1) },
      ArrowRight: { position: Math.min(last, position + 1) },
      Home: { position: 0 },
      End: { position: last },
      ArrowUp: { head: Math.max(0, head - 1) },
      ArrowDown: { head: Math.min(lookedAt.heads.length, MAX_HEADS, head + 2) - 1 },
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    lookedAt.pick(next);
  });
  arcs.addEventListener("pointermove", ({ clientX }) => {
    const { left, width } = arcs.getBoundingClientRect();
    const { length } = lookedAt.read;
    const gap = Math.min(MAX_GAP, (width - 2 * MARGIN) / Math.max(1, length - 1));
    const position = Math.round((clientX - left - MARGIN) / gap);
    if (position >= 0 && position < length && position !== lookedAt.picked.position) {
      lookedAt.pick({ position });
    }
  });
}
