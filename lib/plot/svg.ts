/**
 * The few pieces of SVG that a plot is made of, as text.
 *
 * @module
 */

import { printable } from "../text/quote.ts";

/** A place in the picture: pixels to the right, and down. */
export type Point = readonly [x: number, y: number];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Text from anywhere, as the content of an element or the value of an attribute in
 * double quotes.
 *
 * @param text Any text; what XML does not know is replaced, see {@linkcode printable}.
 */
export function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!); // one of the four
}

/** A length in a picture, where a tenth of a pixel is enough. */
export function px(length: number): string {
  return `${Math.round(10 * length) / 10}`;
}

/**
 * A line through points; without any, nothing.
 *
 * @param kind Its class.
 * @param points Its corners.
 */
export function path(kind: string, points: readonly Point[]): string {
  if (points.length === 0) return "";
  const d = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(x)} ${px(y)}`).join("");
  return `<path class="${kind}" d="${d}"/>`;
}

/**
 * A text on one line.
 *
 * @param kind Its class.
 * @param at Where it begins; or ends, or has its middle, as its class says. The letters stand
 * around that height.
 * @param content Any text.
 */
export function label(kind: string, [x, y]: Point, content: string): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y + 4)}">${escapeXml(content)}</text>`;
}

/**
 * Other pieces, moved.
 *
 * @param origin Where their places are counted from.
 * @param pieces What is in it.
 */
export function group([x, y]: Point, pieces: readonly string[]): string {
  return `<g transform="translate(${px(x)} ${px(y)})">${pieces.join("\n")}</g>`;
}

/**
 * A dot at each point: a line of no length that has round ends.
 *
 * @param kind Their class, which has a width.
 * @param points Where they are.
 */
export function dots(kind: string, points: readonly Point[]): string {
  if (points.length === 0) return "";
  return `<path class="${kind}" d="${points.map(([x, y]) => `M${px(x)} ${px(y)}h0`).join("")}"/>`;
}
