/**
 * One weight, and what the next step does to it, in the room Look inside.
 *
 * @module
 */

/// <reference lib="dom" />

import { printable } from "../../text/quote.ts";
import { decimal, find, make } from "../page/dom.ts";
import { LiveView } from "../page/live_view.ts";
import type { Playground } from "../page/playground.ts";
import { onSize } from "../page/svg.ts";
import type { WeightFacts, WeightPlace, WeightStep } from "../shared/protocol.ts";
import { drawWeight } from "./weight_chart.ts";

/** The interval at which the view follows the model, in milliseconds. */
const INTERVAL = 250;

/** The digits of a number, and those of one that is too small for them. */
const DIGITS = 7, SMALL_DIGITS = 4, SMALL = 1e-4;

/** The weight to begin with. */
const FIRST: WeightPlace = { matrix: "layer0.attn_wq", row: 3, column: 5 };

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground The run.
 */
export function mountOneWeight(room: HTMLElement, playground: Playground): void {
  const view = find(room, "#one-weight", HTMLElement);
  const hint = find(view, "#weight-hint", HTMLElement);
  const list = find(view, "#weight-numbers", HTMLElement);
  const chart = find(view, "#weight-chart", HTMLElement);
  const matrix = find(view, "#weight-matrix", HTMLSelectElement);
  const fields = {
    row: find(view, "#weight-row", HTMLInputElement),
    column: find(view, "#weight-column", HTMLInputElement),
  };
  let place = FIRST;
  let names = "";
  let shown: WeightFacts | undefined;
  const live = new LiveView(view, playground, INTERVAL, async () => {
    const facts = await playground.worker.call("weight", place);
    const wanted = facts.matrices.map(({ name }) => name);
    if (names !== wanted.join()) {
      matrix.replaceChildren(...wanted.map((name) => make("option", {}, name)));
      names = wanted.join();
    }
    place = facts.place;
    shown = facts;
    matrix.value = place.matrix;
    const size = facts.matrices.find(({ name }) => name === place.matrix);
    fields.row.max = `${(size?.nout ?? 1) - 1}`;
    fields.column.max = `${(size?.nin ?? 1) - 1}`;
    for (const key of ["row", "column"] as const) {
      if (document.activeElement !== fields[key]) fields[key].value = `${place[key]}`;
    }
    hint.textContent = hintOf(facts);
    list.replaceChildren(...rowsOf(facts, playground.run?.settings.learningRate ?? 0));
    drawWeight(chart, facts);
  });
  onSize(chart, () => {
    if (shown !== undefined) drawWeight(chart, shown);
  });
  matrix.addEventListener("change", () => {
    place = { ...place, matrix: matrix.value };
    live.refresh();
  });
  for (const key of ["row", "column"] as const) {
    fields[key].addEventListener("input", () => {
      const { valueAsNumber: value } = fields[key];
      const isPlace = Number.isInteger(value) && value >= 0 && value <= Number(fields[key].max);
      fields[key].setAttribute("aria-invalid", `${!isPlace}`);
      if (!isPlace) return;
      place = { ...place, [key]: value };
      live.refresh();
    });
  }
}

function hintOf({ next }: WeightFacts): string {
  if (next === undefined) return "All steps have been taken. Train on, and there is a next one.";
  const others = next.numDocs === 1 ? "" : ` and ${next.numDocs - 1} more`;
  return `What the next step, on “${printable(next.document)}”${others}, does to it.`;
}

/** A row per number: its name, how it is computed, and the number. */
function rowsOf(facts: WeightFacts, fullRate: number): HTMLElement[] {
  const { next, step, numSteps, weight } = facts;
  const rows = next === undefined
    ? [
      row("m", "mean of g", facts.m),
      row("v", "mean of g²", facts.v),
      row("weight", "", weight),
    ]
    : [
      row("gradient g", next.numDocs === 1 ? "at this name" : "mean of these names", next.gradient),
      row("m", "0.85 m + 0.15 g", next.m),
      row("v", "0.99 v + 0.01 g²", next.v),
      row("learning rate", `${fullRate} (1 − ${step}/${numSteps})`, next.learningRate),
      row("step", "−rate · m̂ / √v̂", stepOf(next)),
      row("weight", `${written(weight)} →`, next.weight),
    ];
  return rows.flat();
}

/** The step as Adam computes it; `eps` is too small to be seen. */
function stepOf({ learningRate, mHat, vHat }: WeightStep): number {
  return vHat === 0 ? 0 : -learningRate * mHat / Math.sqrt(vHat);
}

function row(name: string, formula: string, value: number): HTMLElement[] {
  return [
    make("dt", {}, name),
    make("dd", { class: "formula" }, formula),
    make("dd", {}, written(value)),
  ];
}

function written(value: number): string {
  if (value === 0 || Math.abs(value) >= SMALL) return decimal(value, DIGITS);
  return value.toExponential(SMALL_DIGITS).replaceAll("-", "−");
}
