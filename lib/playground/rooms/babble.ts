/**
 * Babble becoming names: a row for each step whose samples are kept, in the room Train.
 *
 * @module
 */

/// <reference lib="dom" />

import { printable } from "../../text/columns.ts";
import { counted, find, make } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { babbleSteps } from "../shared/babble.ts";
import type { Babble } from "../shared/protocol.ts";

/** A row, and what it shows. */
interface Row {
  readonly element: HTMLElement;
  shown: string;
}

/**
 * Brings the column to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 */
export function mountBabble(room: HTMLElement, playground: Playground): void {
  const list = find(room, "#babble", HTMLElement);
  const hint = find(room, "#babble-hint", HTMLElement);
  let rows: Row[] = [];
  const show = () => {
    const slots = slotsOf(playground);
    while (rows.length < slots.length) rows.push({ element: make("li"), shown: "" });
    rows = rows.slice(0, slots.length);
    slots.forEach((slot, i) => showSlot(rows[i]!, slot)); // one row per slot
    list.replaceChildren(...rows.map(({ element }) => element));
    hint.replaceChildren(...explanation(playground));
  };
  playground.runChanged.on(show);
  playground.progressed.on(({ babble, live, state }) => {
    if (babble.length > 0 || live !== undefined || state !== "training") show();
  });
}

/** A row of the column: one that is kept, the one of this moment, or one to come. */
interface Slot {
  readonly step: number;
  readonly babble: Babble | undefined;
  readonly isLive: boolean;
}

function slotsOf({ run }: Playground): Slot[] {
  if (run === undefined) return [];
  const { step, numSteps, live, state } = run;
  const slots: Slot[] = run.babble.map((babble) => ({ step: babble.step, babble, isLive: false }));
  const toCome = babbleSteps(numSteps).filter((next) => next > step);
  if (live !== undefined && state !== "ended") {
    const last = slots.at(-1);
    if (last?.step === live.step) slots[slots.length - 1] = { ...last, isLive: true };
    else {
      slots.push({ step: live.step, babble: live, isLive: true });
      toCome.shift(); // it stands in the place of the next one
    }
  }
  return [...slots, ...toCome.map((step) => ({ step, babble: undefined, isLive: false }))];
}

function showSlot(row: Row, { step, babble, isLive }: Slot): void {
  const texts = babble?.texts ?? [];
  const shown = JSON.stringify([step, isLive, texts]);
  if (shown === row.shown) return;
  row.shown = shown;
  const names = texts.map(({ text, isKnown }) => {
    const name = make(
      "bdi",
      { class: isKnown ? "known" : undefined },
      printable(text) || "(empty)",
    );
    const note = make("span", { class: "spoken" }, " (in the list)");
    return make("li", {}, name, ...isKnown ? [note] : []);
  });
  row.element.classList.toggle("live", isLive);
  row.element.replaceChildren(
    make("span", { class: "step" }, counted(step)),
    make("ul", {}, ...names),
  );
}

function explanation({ run }: Playground): (Node | string)[] {
  if (run === undefined || run.step === 0) return ["Untrained. Every tenth of the run adds a row."];
  const underlined = make("span", { class: "known" }, "Underlined");
  return ["Same dice in every row. ", underlined, ": in the list."];
}
