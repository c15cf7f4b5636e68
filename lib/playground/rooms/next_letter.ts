/**
 * One letter at a time: what can come next in a text, in the room Write. The visitor takes letters,
 * or lets the dice take them.
 *
 * @module
 */

/// <reference lib="dom" />

import { chooseToken } from "../../generate/token_choice.ts";
import { Random } from "../../random.ts";
import { printable } from "../../text/quote.ts";
import { counted, find, isEnabled, make, sentenceOf, setEnabled } from "../page/dom.ts";
import { LiveView } from "../page/live_view.ts";
import type { Playground } from "../page/playground.ts";
import { scrollTo } from "../page/scroll.ts";
import { onSize } from "../page/svg.ts";
import type { Next } from "../shared/protocol.ts";
import type { Wish } from "../shared/wish.ts";
import { type Candidate, candidatesOf, nameOf, percent } from "./candidates.ts";
import { nextLetterChart } from "./next_letter_chart.ts";
import type { WishForm } from "./wish_form.ts";
import { newness } from "./written.ts";

/** The interval at which the bars follow the model, in milliseconds. */
const INTERVAL = 250;

/** The number of letters that can be taken by their names. */
const NUM_TO_TAKE = 8;

/** The wish for texts, and what it gives. */
interface Shown {
  readonly wish: Wish;
  /** The letters that had been taken. */
  readonly taken: readonly number[];
  readonly next: Next;
}

/**
 * Brings the view to life.
 *
 * @param room The section of the room.
 * @param playground The run.
 * @param form What is wanted.
 */
export function mountNextLetter(room: HTMLElement, playground: Playground, form: WishForm): void {
  new NextLetter(find(room, "#next", HTMLElement), playground, form);
}

class NextLetter {
  readonly #playground: Playground;
  readonly #form: WishForm;
  readonly #live: LiveView;
  readonly #bars: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #soFar: HTMLElement;
  readonly #says: HTMLElement;
  readonly #temperature: HTMLElement;
  readonly #count: HTMLElement;
  readonly #letters: readonly HTMLButtonElement[];
  readonly #take: HTMLButtonElement;
  readonly #back: HTMLButtonElement;
  readonly #none: HTMLButtonElement;
  readonly #random = new Random(42);
  #taken: readonly number[] = [];
  /** The beginning that was asked for: with another one, what was taken is forgotten. */
  #beginning = "";
  #shown: Shown | undefined;
  #heat: number | undefined;
  #likeliest: Candidate | undefined;

  constructor(view: HTMLElement, playground: Playground, form: WishForm) {
    this.#playground = playground;
    this.#form = form;
    this.#bars = find(view, "#next-bars", HTMLElement);
    this.#svg = find(this.#bars, "svg", SVGSVGElement);
    this.#soFar = find(view, "#so-far", HTMLElement);
    this.#says = find(view, "#next-says", HTMLElement);
    this.#temperature = find(view, "#next-temperature", HTMLElement);
    this.#count = find(view, "#next-count", HTMLElement);
    this.#take = find(view, "#take-letter", HTMLButtonElement);
    this.#back = find(view, "#take-back", HTMLButtonElement);
    this.#none = find(view, "#take-none", HTMLButtonElement);
    this.#letters = Array.from(
      { length: NUM_TO_TAKE },
      () => make("button", { class: "plain", type: "button" }),
    );
    find(view, "#kept-letters", HTMLElement).append(...this.#letters);
    this.#live = new LiveView(view, playground, INTERVAL, () => this.#look());
    this.#mountButtons();
    playground.runChanged.on(() => {
      this.#shown = undefined; // the tokens of another list are others
      this.#setTaken([]);
    });
    form.changed.on(() => {
      const { wish } = form;
      if (wish === undefined) return;
      const { temperature: _, topK: _k, topP: _p, ...rest } = wish;
      const beginning = JSON.stringify(rest);
      if (beginning !== this.#beginning) this.#setTaken([]);
      this.#beginning = beginning;
      if (this.#shown !== undefined) this.#shown = { ...this.#shown, wish };
      this.#draw(); // at once, while one drags
      this.#tellHeat(wish);
    });
    playground.asked.on((ids) => {
      form.clear();
      this.#setTaken(ids);
      scrollTo(view, "start");
      this.#take.focus({ preventScroll: true });
    });
    onSize(this.#bars, () => this.#draw());
  }

  #mountButtons(): void {
    this.#take.addEventListener("click", () => {
      if (!isEnabled(this.#take)) {
        return this.#playground.said.emit("The text has ended. Go back, or start over.");
      }
      const { wish, next } = this.#shown ?? {};
      if (wish === undefined || next?.choice === undefined) return;
      const { temperature, topK, topP } = wish;
      const { logits, allowed } = next.choice;
      const filter = { allowed, topK, topP };
      this.#add(chooseToken(logits, temperature, this.#random, filter));
    });
    const unless = (button: HTMLButtonElement, taken: () => readonly number[]) =>
      button.addEventListener("click", () => {
        if (isEnabled(button)) this.#setTaken(taken());
        else this.#playground.said.emit("No letter has been taken yet.");
      });
    unless(this.#back, () => this.#taken.slice(0, -1));
    unless(this.#none, () => []);
    for (const button of this.#letters) {
      button.addEventListener("click", () => this.#add(Number(button.dataset["id"])));
    }
  }

  /** Takes a letter, unless the model has not been asked yet what comes after the last one. */
  #add(id: number): void {
    if (this.#shown?.taken === this.#taken) this.#setTaken([...this.#taken, id]);
  }

  #setTaken(taken: readonly number[]): void {
    this.#taken = taken;
    this.#live.refresh();
  }

  /** Asks the model. */
  async #look(): Promise<void> {
    const { wish } = this.#form;
    if (wish === undefined) return;
    const taken = this.#taken;
    try {
      const next = await this.#playground.worker.call("next", wish, taken);
      if (taken !== this.#taken) return; // it will be asked again
      this.#shown = { wish: this.#form.wish ?? wish, taken, next };
      this.#says.classList.remove("bad");
      this.#says.textContent = "";
    } catch (error) {
      this.#shown = undefined;
      this.#says.classList.add("bad");
      this.#says.textContent = sentenceOf(error);
    }
    this.#draw();
  }

  #draw(): void {
    const next = this.#shown?.next;
    this.#soFar.textContent = printable(next?.text ?? "");
    this.#soFar.parentElement?.classList.toggle("ended", next?.whole !== undefined);
    setEnabled(this.#take, next?.choice !== undefined);
    for (const button of [this.#back, this.#none]) setEnabled(button, this.#taken.length > 0);
    if (this.#shown !== undefined && next?.choice !== undefined) {
      this.#drawChoice(next.choice, this.#shown.wish);
      return;
    }
    this.#svg.replaceChildren();
    this.#bars.setAttribute("aria-label", "No letter comes next");
    for (const button of this.#letters) button.hidden = true;
    if (next?.whole !== undefined) this.#says.textContent = endOf(next.whole);
  }

  /** Tells that the temperature was dragged. */
  #tellHeat({ temperature }: Wish): void {
    const isSame = temperature === this.#heat;
    this.#heat = temperature;
    if (isSame || this.#likeliest === undefined) return;
    const { odds } = this.#likeliest;
    const likeliest = nameOf(this.#likeliest);
    this.#playground.did.emit({ kind: "heated", temperature, likeliest, odds });
  }

  #drawChoice(choice: NonNullable<Next["choice"]>, wish: Wish): void {
    const { run } = this.#playground;
    const { clientWidth: width, clientHeight: height } = this.#bars;
    if (run === undefined || width === 0) return;
    const candidates = candidatesOf(choice, wish, run.start.symbols);
    const chart = nextLetterChart(candidates, wish, width, height);
    const { shapes, numShown, isEndShort, description } = chart;
    const { all, numKept } = candidates;
    this.#likeliest = all[0];
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.replaceChildren(...shapes);
    this.#bars.setAttribute("aria-label", description);
    this.#temperature.textContent = wish.temperature.toFixed(2);
    this.#count.textContent = [
      ...isEndShort ? ["· is the end"] : [],
      ...numShown < all.length ? [`${numShown} of ${counted(all.length)} letters`] : [],
    ].join(", ");
    this.#letters.forEach((button, i) => showLetter(button, i < numKept, all[i]));
  }
}

/** Shows a letter that can be taken; the button stays, so that it keeps the focus. */
function showLetter(button: HTMLButtonElement, isKept: boolean, candidate?: Candidate): void {
  button.hidden = !isKept || candidate === undefined;
  if (candidate === undefined) return;
  button.dataset["id"] = `${candidate.id}`;
  const name = make("bdi", {}, nameOf(candidate));
  button.replaceChildren(name, ` ${percent(candidate.odds)}`);
}

function endOf({ text, isKnown, nearest }: NonNullable<Next["whole"]>): string {
  const end = `The text has ended: “${printable(text)}” is ${newness(isKnown)}`;
  return isKnown ? `${end}.` : `${end}; most like it is “${printable(nearest)}”.`;
}
