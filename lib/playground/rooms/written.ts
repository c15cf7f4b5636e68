/**
 * The texts that the model has written, in the room Write: a table that can be sorted and taken
 * away.
 *
 * @module
 */

/// <reference lib="dom" />

import { printable } from "../../text/quote.ts";
import { counted, decimal, find, make } from "../page/dom.ts";
import { copied, download, stemOf } from "../page/hand_over.ts";
import type { Playground } from "../page/playground.ts";
import type { WrittenText } from "../shared/protocol.ts";

/** The columns that the table can be sorted by. */
type Column = "text" | "isKnown" | "logProb";

/** Orders two texts; log-probabilities begin with the likeliest. */
const ORDERS: Readonly<Record<Column, (a: WrittenText, b: WrittenText) => number>> = {
  text: (a, b) => a.text.localeCompare(b.text),
  isKnown: (a, b) => Number(a.isKnown) - Number(b.isKnown),
  logProb: (a, b) => b.logProb - a.logProb,
};

/** The table. */
export class WrittenTable {
  readonly #body: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #heads: readonly HTMLButtonElement[];
  #texts: readonly WrittenText[] = [];
  #order: { readonly column: Column; readonly isReversed: boolean } | undefined;

  /**
   * @param room The section of the room.
   * @param playground Tells the visitor what has been done.
   */
  constructor(room: HTMLElement, playground: Playground) {
    const table = find(room, "#written", HTMLTableElement);
    this.#body = find(table, "tbody", HTMLElement);
    this.#empty = find(room, "#written-empty", HTMLElement);
    this.#heads = [...table.querySelectorAll<HTMLButtonElement>("th button")];
    for (const head of this.#heads) {
      head.addEventListener("click", () => this.#sortBy(head.dataset["sort"] as Column)); // in the HTML
    }
    this.#mountTaking(room, playground);
    this.show([]);
  }

  /** Shows texts in place of those before, in the order in which they were written. */
  show(texts: readonly WrittenText[]): void {
    this.#texts = texts;
    this.#order = undefined;
    this.#draw();
  }

  /** Adds texts. */
  add(texts: readonly WrittenText[]): void {
    this.#texts = [...this.#texts, ...texts];
    this.#draw();
  }

  /** The number of texts. */
  get numTexts(): number {
    return this.#texts.length;
  }

  /** The number of texts that are not in the list. */
  get numNew(): number {
    return this.#texts.filter(({ isKnown }) => !isKnown).length;
  }

  /** Both in words. */
  get counts(): string {
    const { numTexts, numNew } = this;
    return `${counted(numTexts)} ${numTexts === 1 ? "text" : "texts"}, ${counted(numNew)} new`;
  }

  /** Says why there is nothing in the table. */
  explain(text: string): void {
    this.#empty.textContent = text;
  }

  /** The texts in the order of the table. */
  get #sorted(): readonly WrittenText[] {
    if (this.#order === undefined) return this.#texts;
    const { column, isReversed } = this.#order;
    const sorted = this.#texts.toSorted(ORDERS[column]);
    return isReversed ? sorted.reverse() : sorted;
  }

  /** Sorts by a column; once more turns the order around. */
  #sortBy(column: Column): void {
    const isReversed = this.#order?.column === column && !this.#order.isReversed;
    this.#order = { column, isReversed };
    this.#draw();
  }

  #draw(): void {
    this.#body.replaceChildren(...this.#sorted.map(rowOf));
    this.#empty.hidden = this.#texts.length > 0;
    for (const head of this.#heads) {
      const isSorted = head.dataset["sort"] === this.#order?.column;
      const isDown = isSorted && this.#order?.isReversed !== (head.dataset["sort"] === "logProb");
      const sort = !isSorted ? "none" : isDown ? "descending" : "ascending";
      head.closest("th")?.setAttribute("aria-sort", sort);
    }
  }

  #mountTaking(room: HTMLElement, playground: Playground): void {
    const lines = () => this.#sorted.map(({ text }) => `${text}\n`).join("");
    const name = () => stemOf(playground.run?.list.name ?? "");
    const buttons: [id: string, take: () => void][] = [
      ["#copy-texts", async () => {
        const isCopied = await copied(lines());
        if (!isCopied) getSelection()?.selectAllChildren(this.#body);
        playground.said.emit(isCopied ? "Copied." : "Selected: copy it from here.");
      }],
      ["#download-texts", () => download(lines(), `${name()}-written.txt`)],
      ["#download-json", () => download(jsonOf(this.#sorted), `${name()}-written.jsonl`)],
    ];
    for (const [id, take] of buttons) {
      find(room, id, HTMLButtonElement).addEventListener("click", () => {
        if (this.#texts.length > 0) take();
        else playground.said.emit("Nothing has been written yet.");
      });
    }
  }
}

/** The lines of the command line's `--json`. */
function jsonOf(texts: readonly WrittenText[]): string {
  return texts.map(({ text, logProb, perplexity, isKnown, nearest }) =>
    JSON.stringify({
      type: "sample",
      text,
      logProb,
      perplexity,
      length: [...text].length,
      inTrainingList: isKnown,
      nearest,
    }) + "\n"
  ).join("");
}

function rowOf({ text, logProb, isKnown, nearest }: WrittenText): HTMLElement {
  const name = make("bdi", {}, printable(text) || "(empty)");
  return make(
    "tr",
    {},
    make("td", { class: "text" }, name),
    make("td", {}, make("span", { class: isKnown ? "tag" : "tag new" }, newness(isKnown))),
    make("td", { class: "num" }, decimal(logProb, 2)),
    make(
      "td",
      { class: "nearest" },
      isKnown ? make("span", { class: "muted" }, "itself") : make("bdi", {}, printable(nearest)),
    ),
  );
}

/** Says whether a text is in the list. */
export function newness(isKnown: boolean): string {
  return isKnown ? "in the list" : "new";
}
