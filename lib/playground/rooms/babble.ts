/**
 * Babble becoming names: a row for each step whose samples are kept, in the room Train.
 *
 * @module
 */

/// <reference lib="dom" />

import { printable } from "../../text/quote.ts";
import { counted, find, make } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { babbleSteps } from "../shared/babble.ts";
import { directionOf } from "../shared/facts.ts";
import type { Babble } from "../shared/protocol.ts";
import { babbleRoom } from "./babble_room.ts";
import type { Plotted } from "./plotted.ts";

/** The space between two names, in pixels. */
const GAP = 12;

/** The number of characters of a list that are measured. */
const NUM_MEASURED = 200;

/** A row, and what it shows. */
interface Row {
  readonly element: HTMLElement;
  shown: string;
  step: number;
}

/**
 * Brings the column to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 * @param plotted The step that is read: a row can be pointed at.
 */
export function mountBabble(room: HTMLElement, playground: Playground, plotted: Plotted): void {
  const list = find(room, "#babble", HTMLElement);
  const hint = find(room, "#babble-hint", HTMLElement);
  let rows: Row[] = [];
  const show = () => {
    const slots = slotsOf(playground);
    if (rows.length > slots.length) {
      rows.splice(slots.length).forEach(({ element }) => element.remove());
    }
    while (rows.length < slots.length) {
      const row = newRow(plotted);
      rows.push(row);
      list.append(row.element);
    }
    slots.forEach((slot, i) => showSlot(rows[i]!, slot)); // one row per slot
    hint.replaceChildren(...explanation(playground));
  };
  const reserve = () => {
    if (playground.facts !== undefined) list.dir = directionOf(playground.facts);
    reserveRoom(playground, list);
  };
  playground.runChanged.on(() => {
    rows.forEach(({ element }) => element.remove());
    rows = [];
    show();
    reserve();
  });
  playground.progressed.on(({ babble, live, state }) => {
    if (babble.length > 0 || live !== undefined || state !== "training") show();
  });
  new ResizeObserver(reserve).observe(list);
  mountKeys(list, () => rows);
}

function newRow(plotted: Plotted): Row {
  const row: Row = { element: make("li", { tabindex: "-1" }), shown: "", step: 0 };
  const read = (isRead: boolean) => {
    row.element.classList.toggle("read", isRead);
    plotted.read(isRead && row.shown !== "" ? row.step : undefined);
  };
  row.element.addEventListener("pointerenter", () => read(true));
  row.element.addEventListener("pointerleave", () => read(false));
  row.element.addEventListener("focus", () => read(true));
  row.element.addEventListener("blur", () => read(false));
  return row;
}

/** Up and down go from row to row; the curve's cursor follows. */
function mountKeys(list: HTMLElement, rows: () => readonly Row[]): void {
  list.addEventListener("keydown", (event) => {
    const distance = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (distance === undefined) return;
    event.preventDefault();
    const place = rows().findIndex(({ element }) => element === document.activeElement);
    rows()[place + distance]?.element.focus();
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
    if (last !== undefined && last.step >= live.step) { // it has just been kept
      slots[slots.length - 1] = { ...last, isLive: true };
    } else {
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
  row.step = step;
  const names = texts.map(({ text, isKnown }) => {
    const name = make(
      "bdi",
      { class: isKnown ? "known" : undefined },
      printable(text) || "(empty)",
    );
    const note = make("span", { class: "spoken" }, " (in the list)");
    return make("li", {}, name, ...isKnown ? [note] : []);
  });
  row.element.tabIndex = step === 0 ? 0 : -1; // the others are reached by arrow keys
  row.element.classList.toggle("live", isLive);
  row.element.classList.toggle("first", step === 0);
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

/** Reserves the room for names such as those of the list. */
function reserveRoom({ facts, settings }: Playground, list: HTMLElement): void {
  const row = list.querySelector("ul");
  if (facts === undefined || row === null || row.clientWidth === 0) return;
  const lengths = facts.lengths.slice(0, settings.blockSize + 1);
  const letter = meanWidth(facts.characters, fontOf(row));
  const { perRow, spare } = babbleRoom(lengths, letter, GAP, row.clientWidth);
  list.style.setProperty("--lines", `${perRow}`);
  list.style.setProperty("--spare", `${spare}`);
}

/** The font of an element for a canvas. The shorthand is empty where digits are tabular. */
function fontOf(element: Element): string {
  const { fontSize, fontFamily } = getComputedStyle(element);
  return `${fontSize} ${fontFamily}`;
}

/** The mean width of the characters of a list, in pixels. */
function meanWidth(
  characters: readonly (readonly [character: string, count: number])[],
  font: string,
): number {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return 0;
  context.font = font;
  let sum = 0, total = 0;
  for (const [character, count] of characters.slice(0, NUM_MEASURED)) {
    sum += count * context.measureText(character).width;
    total += count;
  }
  return sum / Math.max(1, total);
}
