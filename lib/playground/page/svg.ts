/**
 * The few pieces of SVG that charts are made of. Their looks are in `style/charts.css`.
 *
 * @module
 */

/// <reference lib="dom" />

/** A place in a chart: pixels to the right, and down. */
export type Point = readonly [x: number, y: number];

/**
 * Makes a piece.
 *
 * @param tag Its element.
 * @param attributes Its attributes; numbers are rounded to a tenth of a pixel.
 * @param content A text.
 */
export function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>>,
  content = "",
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, typeof value === "number" ? px(value) : value);
  }
  element.textContent = content;
  return element;
}

/** A straight line. */
export function line(kind: string, [x1, y1]: Point, [x2, y2]: Point): SVGElement {
  return shape("line", { class: kind, x1, y1, x2, y2 });
}

/** A line through points. */
export function polyline(kind: string, points: readonly Point[]): SVGElement {
  return shape("polyline", {
    class: kind,
    points: points.map(([x, y]) => `${px(x)},${px(y)}`).join(" "),
  });
}

/** A text; the letters stand on the height of the point. */
export function label(kind: string, [x, y]: Point, content: string): SVGElement {
  return shape("text", { class: kind, x, y }, content);
}

function px(length: number): string {
  return `${Math.round(length * 10) / 10}`;
}

/**
 * Calls a function with the size of an element, now and whenever it changes.
 *
 * @param element The element.
 * @param draw The function; not called while the element takes no room.
 */
export function onSize(element: Element, draw: (width: number, height: number) => void): void {
  new ResizeObserver(() => {
    if (element.clientWidth > 0) draw(element.clientWidth, element.clientHeight);
  }).observe(element);
}
