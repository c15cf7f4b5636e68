/**
 * The bars of what can come next in a text, in the room Write.
 *
 * @module
 */

/// <reference lib="dom" />

import { barWidthOf } from "../page/glyphs.ts";
import { label, line, shape } from "../page/svg.ts";
import type { Wish } from "../shared/wish.ts";
import { type Candidate, type Candidates, nameOf, percent } from "./candidates.ts";

/** Room above the bars, for the names of the cuts, and below, for the letters. */
const TOP = 48, BOTTOM = 20;

/** The axis goes at least up to this probability. */
const LEAST_MAX = 0.3;

/** A bar as wide as this has room for the word "end", and for a number on it. */
const ROOMY = 22;

/** The number of bars that are labeled with a number, where there is room. */
const NUM_NUMBERS = 4;

/** The number of letters that are named to those who do not see the chart. */
const NUM_NAMED = 8;

/** A chart. */
export interface Chart {
  readonly shapes: readonly SVGElement[];
  /** The number of letters that it has room for. */
  readonly numShown: number;
  /** True if the end is written "·", as there is no room for the word. */
  readonly isEndShort: boolean;
  /** The chart in words. */
  readonly description: string;
}

/**
 * Draws the bars, sorted as the model has them: dragging the temperature does not swap them.
 *
 * @param candidates What can come.
 * @param wish How it is chosen.
 */
export function nextLetterChart(
  candidates: Candidates,
  wish: Wish,
  width: number,
  height: number,
): Chart {
  const { all, numKept } = candidates;
  const widest = Math.max(...all.slice(0, 80).map(({ name = "·" }) => barWidthOf(name)));
  const shown = all.slice(0, Math.max(1, Math.floor(width / widest)));
  const bar = width / shown.length, bottom = height - BOTTOM;
  const max = Math.max(LEAST_MAX, ...shown.map(({ odds, plainOdds }) => Math.max(odds, plainOdds)));
  const y = (odds: number) => bottom - odds / max * (bottom - TOP);
  const numbers = bar < ROOMY - 3 ? 1 : NUM_NUMBERS;
  const bars = shown.flatMap((candidate, i) => {
    const { odds, plainOdds, name = bar < ROOMY ? "·" : "end" } = candidate;
    const left = i * bar + 1.5, right = (i + 1) * bar - 1.5, mid = (i + 0.5) * bar;
    const isKept = i < numKept;
    return [
      shape("rect", {
        class: isKept ? "can-come" : "cut-off",
        x: left,
        y: y(odds),
        width: right - left,
        height: Math.max(1, bottom - y(odds)),
      }),
      line("plain-odds", [left - 1, y(plainOdds)], [right + 1, y(plainOdds)]),
      label(isKept ? "mid value" : "mid muted", [mid, height - 5], name),
      ...i < numbers ? [numberOf(candidate, mid, y)] : [],
    ];
  });
  return {
    shapes: [
      ...bars,
      line("axis", [0, bottom], [width, bottom]),
      ...cutsOf(candidates, wish, { bar, bottom, width }),
    ],
    numShown: shown.length,
    isEndShort: bar < ROOMY,
    description: descriptionOf(candidates, wish),
  };
}

/** The number on a bar, in percent. */
function numberOf(
  { odds, plainOdds }: Candidate,
  mid: number,
  y: (odds: number) => number,
): SVGElement {
  const top = Math.min(y(odds), y(plainOdds)) - 5;
  return label("mid value halo", [mid, top], `${Math.round(100 * odds)}`);
}

/** Upright lines after the last letter that a cut leaves, each with its name. */
function cutsOf(
  { numKept, numInTopK, numAllowed, all }: Candidates,
  { topK, topP, temperature }: Wish,
  { bar, bottom, width }: { bar: number; bottom: number; width: number },
): SVGElement[] {
  const cuts: [kind: string, count: number, name: string][] = [];
  const letters = `${numKept} ${numKept === 1 ? "letter" : "letters"} kept`;
  if (temperature === 0) cuts.push(["cut", 1, "temperature 0: the likeliest alone"]);
  else if (topP !== undefined && numKept < all.length) {
    cuts.push(["cut", numKept, `top p ${topP}: ${letters}`]);
  }
  if (topK !== undefined && topK < numAllowed) {
    cuts.push(["cut dashed", numInTopK, `top k ${topK}`]);
  }
  if (numAllowed < all.length) {
    cuts.push(["cut dotted", numAllowed, `${numAllowed} of ${all.length} fit your wish`]);
  }
  return cuts.flatMap(([kind, count, name], i) => {
    const x = count * bar, top = 2 + 17 * i;
    if (x > width + 1) return [];
    const isRight = x > width / 2; // the name stands on the left
    return [
      line(kind, [x, top], [x, bottom + 4]),
      label(isRight ? "end halo" : "halo", [x + (isRight ? -5 : 5), top + 10], name),
    ];
  });
}

function descriptionOf({ all, numKept, numAllowed }: Candidates, { temperature }: Wish): string {
  const named = all.slice(0, NUM_NAMED).map((candidate) =>
    `${nameOf(candidate)} ${percent(candidate.odds)}`
  );
  const fit = numAllowed < all.length ? ` ${numAllowed} fit the wish;` : "";
  return `Next letter at temperature ${temperature}: ${
    named.join(", ")
  };${fit} ${numKept} can come.`;
}
