/**
 * How surprised the model is by each letter of a text, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { probabilities } from "../../sample.ts";
import { decimal, find, make } from "../page/dom.ts";
import { shape } from "../page/svg.ts";
import type { Look } from "../shared/protocol.ts";
import type { LookedAt } from "./looked_at.ts";

/** How many of the likeliest letters are named. */
const NUM_EXPECTED = 3;

/** The size of a bar for a guess among all letters, in pixels. */
const BAR = { width: 80, height: 14 };

/** What the model made of a token. */
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
 * @param lookedAt The text.
 */
export function mountSurprise(room: HTMLElement, lookedAt: LookedAt): void {
  const body = find(room, "#surprises", HTMLElement);
  const hint = find(room, "#surprise-hint", HTMLElement);
  const total = find(room, "#surprise-sum", HTMLElement);
  lookedAt.changed.on(() => {
    const { look } = lookedAt;
    if (look === undefined) return;
    const surprises = surprisesOf(look);
    const vocabSize = look.logits[0]?.length ?? 1;
    const even = Math.log(vocabSize);
    hint.textContent =
      "Letter by letter, at temperature 1. Surprise is −ln p, in nats; even odds " +
      `among ${vocabSize} would be ${even.toFixed(2)}: a full bar.`;
    body.replaceChildren(...surprises.map((surprise) => rowOf(surprise, even, lookedAt)));
    const sum = surprises.reduce((nats, surprise) => nats + surprise.nats, 0);
    const perplexity = Math.exp(sum / surprises.length);
    total.textContent = `Together ${decimal(-sum, 2)}; over ${surprises.length} ` +
      `${surprises.length === 1 ? "letter" : "letters"} that is a perplexity of ` +
      `${perplexity.toFixed(2)}.`;
  });
}

function rowOf(surprise: Surprise, even: number, lookedAt: LookedAt): HTMLElement {
  const { id, probability, nats, rank, expected } = surprise;
  const bar = shape("svg", {
    class: "surprise-bar",
    viewBox: `0 0 ${BAR.width} ${BAR.height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const width = Math.min(1, nats / even) * BAR.width;
  bar.append(shape("rect", { class: "bar", width, height: BAR.height }));
  const expectation = expected.flatMap(([token, p]) => [
    make("bdi", {}, lookedAt.name(token)),
    ` ${Math.round(100 * p)} `,
  ]);
  return make(
    "tr",
    {},
    make("td", { class: "text" }, make("bdi", {}, lookedAt.name(id))),
    make("td", { class: "num" }, `${(100 * probability).toFixed(probability < 0.01 ? 1 : 0)}%`),
    make("td", {}, bar),
    make("td", { class: "num" }, nats.toFixed(2)),
    make("td", { class: "num" }, ordinal(rank)),
    make("td", { class: "expected" }, ...expectation),
  );
}

/** 1st, 2nd, 3rd, 4th, ..., 11th, ... */
export function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th"}`;
}
