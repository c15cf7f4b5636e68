/**
 * The text area of the room List. Of a large list it holds the beginning only; the rest stays.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find } from "../page/dom.ts";
import { type List, newList } from "../page/lists.ts";
import type { Playground } from "../page/playground.ts";

/** The time to wait for the next letter before a list that is being typed is looked at. */
const TYPING_PAUSE = 400;

/** A longer list is not shown as a whole: browsers lay out each line of it. */
const LARGE = 500_000;

/** Browsers take many seconds to insert as much as this: it is set at once, and cannot be undone. */
const SLOW = 5000;

/** The part of a large list that is shown. */
const SHOWN_LINES = 1000, SHOWN_LENGTH = 20_000;

/**
 * Brings the text area to life.
 *
 * @param room The section of the room.
 * @param playground The list.
 */
export function mountListBox(room: HTMLElement, playground: Playground): void {
  const box = find(room, "#your-list", HTMLTextAreaElement);
  const hint = find(room, "#list-hint", HTMLElement);
  const usualHint = hint.textContent;
  let shown: List | undefined;
  let rest = ""; // what the box does not show
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (text: string) => {
    const end = text.length > LARGE ? endOfExcerpt(text) : text.length;
    box.value = text.slice(0, end);
    rest = text.slice(end);
    hint.textContent = rest === "" ? usualHint : hintFor(text, box.value);
  };
  const take = (text: string) => {
    clearTimeout(timer);
    timer = undefined;
    shown = newList("list.txt", new TextEncoder().encode(text), { title: "your own" });
    playground.setList(shown);
  };
  box.addEventListener("beforeinput", (event) => {
    const { selectionStart: start, selectionEnd: end, value } = box;
    if (start === 0 && end === value.length) rest = ""; // all of it is replaced
    const { data } = event;
    if (data === null || data.length < SLOW) return;
    event.preventDefault();
    const text = value.slice(0, start) + data + value.slice(end) + rest;
    show(text);
    take(text);
  });
  box.addEventListener("input", () => {
    if (rest === "") hint.textContent = usualHint;
    clearTimeout(timer);
    timer = setTimeout(() => take(box.value + rest), TYPING_PAUSE);
  });
  box.addEventListener("change", () => { // it has lost the focus: no more letters come
    if (timer !== undefined) take(box.value + rest);
  });
  playground.listChanged.on(() => {
    const { list } = playground;
    if (list === undefined || list === shown) return;
    if (timer !== undefined) return; // something else is being written
    shown = list;
    show(new TextDecoder().decode(list.bytes));
  });
}

function endOfExcerpt(text: string): number {
  let end = 0;
  for (let line = 0; line < SHOWN_LINES; line++) {
    const next = text.indexOf("\n", end) + 1;
    if (next === 0 || next > SHOWN_LENGTH) return end || SHOWN_LENGTH;
    end = next;
  }
  return end;
}

function hintFor(text: string, shown: string): string {
  const lines = (text: string) => text.split("\n").length;
  const size = (text.length / 1e6).toFixed(1);
  return `${size} MB, ${counted(lines(text))} lines: all are used; the box shows the first ` +
    `${counted(lines(shown) - 1)}.`;
}
