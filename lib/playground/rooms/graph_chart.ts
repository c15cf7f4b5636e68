/**
 * The picture of an expression's graph, in the room Look inside: a box per value, with its gradient
 * below; an arrow per child, with the local gradient beside it.
 *
 * @module
 */

/// <reference lib="dom" />

import { spread } from "../../plot/labels.ts";
import { label, line, type Point, shape } from "../page/svg.ts";
import type { Graph } from "./expression.ts";

/** The height of a box, and the space from one to the next below. */
const HEIGHT = 46, DOWN = 14;

/** The width of a box at least and at most; where not all fit, as the graph scrolls. */
const MIN_WIDTH = 60, MAX_WIDTH = 96, SCROLLED_WIDTH = 84;

/** The space from one box to the next, in a narrow view and in others. */
const NARROW_GAP = 26, GAP = 36, NARROW = 360;

/** The distance of texts from the edge of their box. */
const PAD = 6;

/** The state of the graph by now. */
export interface Progress {
  /** Tells if a node has its value. */
  readonly hasValue: (node: number) => boolean;
  /** Tells if a node has its gradient, or a part of it. */
  readonly hasGradient: (node: number) => boolean;
  /** The node that was visited last. */
  readonly current: number | undefined;
}

/** The widths of a box and of the space to the next one. */
interface Sizes {
  readonly box: number;
  readonly gap: number;
}

/**
 * Draws a graph.
 *
 * @param graph The graph.
 * @param progress What is known of it.
 * @param available The width that it should take at most; a large graph takes more.
 * @returns The shapes, and the size that they take.
 */
export function graphChart(
  graph: Graph,
  progress: Progress,
  available: number,
): { readonly shapes: SVGElement[]; readonly width: number; readonly height: number } {
  const columns = columnsOf(graph);
  const numColumns = Math.max(...columns) + 1;
  const gap = available < NARROW ? NARROW_GAP : GAP;
  const fitting = (available - 1 - (numColumns - 1) * gap) / numColumns;
  const box = fitting < MIN_WIDTH ? SCROLLED_WIDTH : Math.min(MAX_WIDTH, fitting);
  const sizes = { box, gap };
  const places = placesOf(graph, columns, sizes);
  const width = numColumns * (sizes.box + gap) - gap + 1;
  const height = Math.max(...places.map(([, y]) => y)) + HEIGHT + 1;
  const labels: SVGElement[] = [];
  const arrows = graph.flatMap(({ children, value }, node) =>
    children.map((child, i) => {
      const from = places[child]!, to = places[node]!; // one per node
      const start: Point = [from[0] + sizes.box, from[1] + HEIGHT / 2];
      const isTwice = children.indexOf(child) !== i;
      const shift = children.length < 2 ? 0 : i === 0 ? -9 : 9; // two arrows end apart
      const end: Point = [to[0], to[1] + HEIGHT / 2 + shift];
      const mid: Point = [
        end[0] - gap / 2,
        end[1] + (start[1] - end[1]) * gap / 2 /
          Math.max(gap, end[0] - start[0]) +
        (isTwice ? 12 : -4),
      ];
      if (progress.hasGradient(node)) {
        labels.push(label("mid muted halo", mid, `× ${short(value.localGrads[i] ?? 0)}`));
      }
      return line("arrow", start, end);
    })
  );
  const boxes = graph.flatMap((_, node) => boxOf(graph, node, places[node]!, sizes.box, progress)); // likewise
  return { shapes: [...arrows, ...boxes, ...labels], width, height };
}

function boxOf(
  graph: Graph,
  node: number,
  [x, y]: Point,
  width: number,
  progress: Progress,
): SVGElement[] {
  const { name, value } = graph[node]!; // a key of it
  const right = x + width - PAD;
  const isCurrent = progress.current === node;
  return [
    shape("rect", {
      class: isCurrent ? "box current" : "box",
      x: x + 0.5,
      y: y + 0.5,
      width: width - 1,
      height: HEIGHT - 1,
      rx: 4,
    }),
    label("muted", [x + PAD, y + 18], name),
    label("gradient", [x + PAD, y + 37], "grad"),
    ...progress.hasValue(node) ? [label("end number", [right, y + 18], short(value.data))] : [],
    ...progress.hasGradient(node)
      ? [label("end gradient number", [right, y + 37], short(value.grad))]
      : [],
  ];
}

/** The places of the boxes: a value stands to the right of all that it is made of. */
function placesOf(graph: Graph, columns: readonly number[], { box, gap: across }: Sizes): Point[] {
  const numRows = Math.max(...columns.map((column) => columns.filter((c) => c === column).length));
  const gap = HEIGHT + DOWN, last = (numRows - 1) * gap;
  const ys: number[] = [];
  for (let column = 0; column <= Math.max(...columns); column++) {
    const nodes = [...graph.keys()].filter((node) => columns[node] === column);
    const wanted = nodes.map((node, i) => wantedY(graph, node, ys, column === 0 ? i * gap : last));
    spread(wanted, 0, last, gap).forEach((y, i) => ys[nodes[i]!] = y); // as many as nodes
  }
  return columns.map((column, node) => [column * (box + across), ys[node] ?? 0]);
}

/** In the middle of the children; for a leaf, beside what it is used with. */
function wantedY(graph: Graph, node: number, ys: readonly number[], otherwise: number): number {
  const known = (graph[node]?.children ?? []).map((child) => ys[child] ?? 0);
  if (known.length > 0) return known.reduce((a, b) => a + b) / known.length;
  const user = graph.find(({ children }) => children.includes(node));
  const place = user?.children.indexOf(node) ?? 0;
  const beside = ys[user?.children[1 - place] ?? -1];
  return beside === undefined ? otherwise : beside + (place === 0 ? -1 : 1) * HEIGHT;
}

/** The column of each node: a leaf stands just before the first value that is made of it. */
function columnsOf(graph: Graph): number[] {
  const depths: number[] = [];
  for (const { children } of graph) {
    depths.push(Math.max(-1, ...children.map((child) => depths[child] ?? 0)) + 1);
  }
  return graph.map(({ children }, node) => {
    if (children.length > 0) return depths[node] ?? 0;
    const users = [...graph.keys()].filter((user) => graph[user]?.children.includes(node));
    return Math.max(0, Math.min(...users.map((user) => (depths[user] ?? 1) - 1), Infinity));
  }).map((column) => column === Infinity ? 0 : column);
}

/** Writes a number as short as may be: 0.333, −6, 1.2e+8. */
export function short(value: number): string {
  const isLong = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3);
  const text = isLong ? value.toExponential(1) : `${Number(value.toFixed(3))}`;
  return text.replaceAll("-", "−");
}
