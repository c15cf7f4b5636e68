/**
 * The two small charts of the room List: how long the lines are, and how often each character comes.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, make } from "../page/dom.ts";
import { barWidthOf, glyphOf } from "../page/glyphs.ts";
import type { Playground } from "../page/playground.ts";
import { label, line, onSize, shape } from "../page/svg.ts";
import { type ListFacts, MAX_LENGTH } from "../shared/facts.ts";

/** Room below the bars, for their labels. */
const BOTTOM = 16;

/** Room above the bars of the lengths: for the number on the highest one. */
const TOP = 14;

/** The least width of a bar with its gap. */
const MIN_BAR = 5;

/** About the width of a character in a label. */
const LETTER = 7;

/** The number of characters or lengths that are named to those who do not see the chart. */
const NUM_NAMED = 40;

/**
 * Brings the charts to life.
 *
 * @param room The section of the room.
 * @param playground The facts about the list.
 */
export function mountListCharts(room: HTMLElement, playground: Playground): void {
  const says = find(room, "#characters-say", HTMLElement);
  const charts: [id: string, draw: (facts: ListFacts, width: number, height: number) => Chart][] = [
    ["#lengths", (facts, ...size) => lengthsChart(facts, playground.settings.blockSize, ...size)],
    ["#characters", (facts, ...size) => charactersChart(facts, says, ...size)],
  ];
  for (const [id, draw] of charts) {
    const element = find(room, id, HTMLElement);
    const svg = find(element, "svg", SVGSVGElement);
    const show = () => {
      const { facts } = playground;
      const { clientWidth: width, clientHeight: height } = element;
      if (facts === undefined || width === 0) return;
      const { shapes, description } = draw(facts, width, height);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.replaceChildren(...shapes);
      element.setAttribute("aria-label", description);
    };
    playground.listChanged.on(show);
    playground.settingsChanged.on(show);
    onSize(element, show);
  }
}

/** A chart. */
interface Chart {
  readonly shapes: readonly SVGElement[];
  /** The chart in words. */
  readonly description: string;
}

function lengthsChart(
  { lengths }: ListFacts,
  blockSize: number,
  width: number,
  height: number,
): Chart {
  const numLengths = Math.max(lengths.length, Math.min(blockSize, MAX_LENGTH) + 1);
  const perBar = Math.ceil(numLengths / (width / MIN_BAR));
  const scale = width / numLengths, bottom = height - BOTTOM;
  const x = (length: number) => (length + 0.5) * scale;
  const bars = Array.from({ length: Math.ceil(numLengths / perBar) }, (_, i) => {
    const from = i * perBar;
    return { from, count: lengths.slice(from, from + perBar).reduce((sum, n) => sum + n, 0) };
  });
  const most = bars.reduce((a, b) => b.count > a.count ? b : a);
  const shapes = bars.filter(({ count }) => count > 0).map(({ from, count }) => {
    const bar = Math.max(1, count / most.count * (bottom - TOP));
    return shape("rect", {
      class: "bar",
      x: from * scale + 1,
      y: bottom - bar,
      width: Math.max(1, perBar * scale - 2),
      height: bar,
    });
  });
  const marks = numLengths <= 40 ? [1, ...multiples(4, numLengths)] : multiples(50, numLengths);
  const cut = blockSize * scale;
  const limit = `block size ${blockSize}`, number = counted(most.count);
  const limitWidth = LETTER * limit.length,
    numberAt = Math.max(14, x(most.from + (perBar - 1) / 2));
  const isRight = cut < limitWidth + 5; // no room on the left
  const limitAt = cut + (isRight ? 5 : -5);
  const limitStart = isRight ? limitAt : limitAt - limitWidth;
  const isFree = numberAt + LETTER * number.length / 2 < limitStart ||
    numberAt - LETTER * number.length / 2 > limitStart + limitWidth;
  return {
    shapes: [
      ...shapes,
      ...isFree && most.count > 0 ? [label("mid", [numberAt, TOP - 4], number)] : [],
      ...marks.map((length) => label("mid", [x(length), height - 2], `${length}`)),
      line("axis", [0, bottom], [width, bottom]),
      line("cursor", [cut, 0], [cut, bottom]),
      label(isRight ? "halo" : "halo end", [limitAt, 11], limit),
    ],
    description: "Lengths in characters: " + bars.filter(({ count }) => count > 0)
      .slice(0, NUM_NAMED).map(({ from, count }) => `${from}: ${counted(count)}`).join(", "),
  };
}

function multiples(of: number, end: number): number[] {
  return Array.from({ length: Math.ceil(end / of) - 1 }, (_, i) => (i + 1) * of);
}

function charactersChart(
  { characters }: ListFacts,
  says: HTMLElement,
  width: number,
  height: number,
): Chart {
  const named = characters.map(([character, count]) => ({ name: glyphOf(character), count }));
  const widest = Math.max(...named.slice(0, NUM_NAMED).map(({ name }) => barWidthOf(name)));
  const shown = named.slice(0, Math.floor(width / widest));
  const most = shown[0]?.count ?? 1, bottom = height - BOTTOM, scale = width / shown.length;
  const shapes = shown.flatMap(({ name, count }, i) => {
    const bar = Math.max(1, count / most * (bottom - 2));
    const place = { x: i * scale + 1, y: bottom - bar, width: scale - 2, height: bar };
    return [
      shape("rect", { class: "bar", ...place }),
      label("mid", [(i + 0.5) * scale, height - 3], name),
    ];
  });
  const first = shown[0], last = shown.at(-1);
  says.replaceChildren(
    ...first === undefined || last === undefined ? [] : [
      make("bdi", {}, first.name),
      ` ${counted(first.count)} … `,
      make("bdi", {}, last.name),
      ` ${counted(last.count)}`,
      shown.length < named.length ? `, ${shown.length} of ${counted(named.length)}` : "",
    ],
  );
  return {
    shapes: [...shapes, line("axis", [0, bottom], [width, bottom])],
    description: "How often each character comes: " +
      shown.slice(0, NUM_NAMED).map(({ name, count }) => `${name} ${counted(count)}`).join(", "),
  };
}
