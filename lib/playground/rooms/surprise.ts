/**
 * The surprise of the model at each letter of a text, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { probabilities } from "../../sample.ts";
import { decimal, find, make } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { shape } from "../page/svg.ts";
import type { Look } from "../shared/protocol.ts";
import type { LookedAt } from "./looked_at.ts";

/** The number of likeliest letters that are named. */
const NUM_EXPECTED = 3;

/** The size of a bar for a guess among all letters, in pixels. */
const BAR = { width: 80, height: 14 };

/** The model's view of a token. */
export interface Surprise {
  readonly id: number;
  readonly probability: number;
  /** The surprise: -ln p. */
  readonly nats: number;
  /** 1 if it is the likeliest. */
  readonly rank: number;
  /** The likeliest tokens, and their probabilities. */
  readonly expected: readonly (readonly [id: number, probability: number])[];
}

/**
 * Finds how likely each token of a text was to the model, at temperature 1.
 *
 * @param look What the model computes.
 */
export function surprisesOf({ ids, logits }: Look): Surprise[] {
  return logits.map((row, t) => {
    const probs = probabilities(row, 1);
    const id = ids[t + 1]!; // one more than what is read
    const probability = probs[id]!; // one per token
    const order = Array.from(probs, (p, token) => [token, p] as const).sort((a, b) => b[1] - a[1]);
    return {
      id,
      probability,
      nats: -Math.log(probability),
      rank: 1 + probs.filter((p) => p > probability).length,
      expected: order.slice(0, NUM_EXPECTED),
    };
  });
}

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground Shows what could come in place of a letter.
 * @param lookedAt The text.
 */
export function mountSurprise(
  room: HTMLElement,
  playground: Playground,
  lookedAt: LookedAt,
): void {
  const body = find(room, "#surprises", HTMLElement);
  const hint = find(room, "#surprise-hint", HTMLElement);
  const total = find(room, "#surprise-sum", HTMLElement);
  const rows: Row[] = [];
  const newRow = () => {
    const place = rows.length;
    const row = rowFor(() => {
      const { ids = [] } = lookedAt.look ?? {};
      playground.asked.emit(ids.slice(1, place + 1)); // without BOS, up to the letter
    });
    rows.push(row);
    body.append(row.element);
  };
  lookedAt.changed.on(() => {
    const { look } = lookedAt;
    if (look === undefined) return;
    const surprises = surprisesOf(look);
    const vocabSize = look.logits[0]?.length ?? 1;
    const even = Math.log(vocabSize);
    hint.textContent =
      "Letter by letter, at temperature 1. Surprise is −ln p, in nats; even odds " +
      `among ${vocabSize} would be ${even.toFixed(2)}: a full bar. ` +
      "Press a letter to see what else could have come.";
    while (rows.length < surprises.length) newRow();
    rows.splice(surprises.length).forEach(({ element }) => element.remove());
    rows.forEach((row, i) => showRow(row, surprises[i]!, even, lookedAt)); // one per row
    total.textContent = totalOf(surprises);
  });
}

/** A row of the table. It stays while its numbers change, so that its button keeps the focus. */
interface Row {
  readonly element: HTMLTableRowElement;
  readonly letter: HTMLButtonElement;
  readonly bar: SVGRectElement;
}

function rowFor(ask: () => void): Row {
  const letter = make("button", { class: "plain", type: "button" });
  letter.addEventListener("click", ask);
  const frame = shape("svg", {
    class: "surprise-bar",
    viewBox: `0 0 ${BAR.width} ${BAR.height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const bar = frame.appendChild(shape("rect", { class: "bar", height: BAR.height }));
  const element = make(
    "tr",
    {},
    make("td", { class: "text" }, letter),
    make("td", { class: "num" }),
    make("td", {}, frame),
    make("td", { class: "num" }),
    make("td", { class: "num" }),
    make("td", { class: "expected" }),
  );
  return { element, letter, bar };
}

function showRow(
  { element, letter, bar }: Row,
  { id, probability, nats, rank, expected }: Surprise,
  even: number,
  lookedAt: LookedAt,
): void {
  const [, odds, , surprise, place, likeliest] = element.cells;
  const name = lookedAt.name(id);
  if (letter.textContent !== name) {
    letter.replaceChildren(make("bdi", {}, name));
    letter.setAttribute("aria-label", `${name}: what else could have come`);
  }
  bar.setAttribute("width", `${Math.min(1, nats / even) * BAR.width}`);
  odds?.replaceChildren(`${(100 * probability).toFixed(probability < 0.01 ? 1 : 0)}%`);
  surprise?.replaceChildren(nats.toFixed(2));
  place?.replaceChildren(ordinal(rank));
  likeliest?.replaceChildren(...expected.flatMap(([token, p]) => [
    make("bdi", {}, lookedAt.name(token)),
    ` ${Math.round(100 * p)} `,
  ]));
}

function totalOf(surprises: readonly Surprise[]): string {
  const { length } = surprises;
  const sum = surprises.reduce((nats, surprise) => nats + surprise.nats, 0);
  return `Together ${decimal(-sum, 2)}; over ${length} ${length === 1 ? "letter" : "letters"} ` +
    `that is a perplexity of ${Math.exp(sum / length).toFixed(2)}.`;
}

/** 1st, 2nd, 3rd, 4th, ..., 11th, ... */
export function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th"}`;
}
