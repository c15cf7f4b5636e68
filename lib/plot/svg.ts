/**
 * The few pieces of SVG that a plot is made of, as text.
 *
 * @module
 */

import { printable } from "../text/quote.ts";

/** A place in the picture: pixels to the right, and down. */
export type Point = readonly [x: number, y: number];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for the content of an element; what XML does not know is replaced. */
export function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!); // one of the four
}

/** Writes a length, for which a tenth of a pixel is enough. */
function px(length: number): string {
  return `${Math.round(10 * length) / 10}`;
}

/** Draws a line of a class through points; without any, nothing. */
export function path(kind: string, points: readonly Point[]): string {
  if (points.length === 0) return "";
  const d = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(x)} ${px(y)}`).join("");
  return `<path class="${kind}" d="${d}"/>`;
}

/** Draws a dot at each point: a line of no length that has round ends. */
export function dots(kind: string, points: readonly Point[]): string {
  if (points.length === 0) return "";
  return `<path class="${kind}" d="${points.map(([x, y]) => `M${px(x)} ${px(y)}h0`).join("")}"/>`;
}

/** Writes a text, around the height `y`. At `x` it begins, ends or has its middle, as its class says. */
export function label(kind: string, [x, y]: Point, content: string): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y + 4)}">${escapeXml(content)}</text>`;
}

/** Moves pieces to another origin. */
export function group([x, y]: Point, pieces: readonly string[]): string {
  return `<g transform="translate(${px(x)} ${px(y)})">${pieces.join("\n")}</g>`;
}
