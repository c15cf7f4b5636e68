/**
 * The room Write: the model writes what the visitor asks for, with the same random numbers as the
 * command line.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, sentenceOf } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { scrollTo } from "../page/scroll.ts";
import type { Wish } from "../shared/wish.ts";
import { mountNextLetter } from "./next_letter.ts";
import { WishForm } from "./wish_form.ts";
import { WrittenTable } from "./written.ts";

/** The number of texts that the second button asks for. */
const MANY = 200;

/**
 * Brings the room to life.
 *
 * @param room Its section, with the content of `write.html`.
 * @param playground The list, the settings and the run.
 */
export function mountWrite(room: HTMLElement, playground: Playground): void {
  const form = new WishForm(room, playground);
  mountModel(find(room, "#write-model", HTMLElement), playground);
  mountGenerate(room, playground, form);
  mountNextLetter(room, playground, form);
  room.hidden = false;
}

/** Says which weights write. */
function mountModel(element: HTMLElement, playground: Playground): void {
  const show = () => {
    if (playground.run !== undefined) element.textContent = modelOf(playground.run);
  };
  playground.runChanged.on(show);
  playground.progressed.on(show);
}

function modelOf({ step, state, validations }: History): string {
  if (step === 0) return "with the untrained model";
  if (state !== "ended" || validations.length === 0) {
    return `with the model as it is now, at step ${counted(step)}`;
  }
  const best = validations.reduce((a, b) => b.loss < a.loss ? b : a);
  return `with the best weights, those of step ${counted(best.step)}`;
}

function mountGenerate(room: HTMLElement, playground: Playground, form: WishForm): void {
  const table = new WrittenTable(room, playground);
  const whole = find(room, ".written", HTMLElement);
  const says = find(room, "#written-says", HTMLElement);
  const say = (text: string, isBad = false) => {
    says.textContent = text;
    says.classList.toggle("bad", isBad);
  };
  let orders = 0;
  const generate = async (wish: Wish | undefined) => {
    if (wish === undefined) return say(form.problem ?? "", true);
    const order = ++orders;
    try {
      let written = await playground.worker.call("write", wish);
      if (order !== orders) return;
      table.show(written.texts);
      scrollTo(whole, "nearest");
      while (written.end === undefined) {
        say(`${table.counts} …`);
        written = await playground.worker.call("writeOn");
        if (order !== orders) return;
        table.add(written.texts);
      }
      say(written.end === "found" ? `${table.counts}.` : shortage(table, wish, written));
      const { numTexts: count, numNew } = table;
      playground.did.emit({ kind: "wrote", count, numNew });
      table.explain("No text was what you ask for.");
    } catch (error) {
      if (order === orders) say(sentenceOf(error), true);
    }
  };
  find(room, "#wish", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    generate(form.wish);
  });
  find(room, "#generate-many", HTMLButtonElement).addEventListener("click", () => {
    const { wish } = form;
    generate(wish && { ...wish, numSamples: MANY });
  });
  form.changed.on(() => {
    if (form.wish === undefined) say(form.problem ?? "", true);
    else if (says.classList.contains("bad")) say("");
  });
  playground.runChanged.on(() => {
    orders++;
    table.show([]);
    table.explain(INTRODUCTION);
    say("");
  });
}

const INTRODUCTION =
  "After training: names that begin, end or sound the way you ask, each marked " +
  "as new or already in the list. Before it: babble.";

/** Says how far a search came that has not found all. */
function shortage(
  { counts }: WrittenTable,
  { numSamples }: Wish,
  { numTries, end }: { readonly numTries: number; readonly end: string | undefined },
): string {
  const found = `${counts}, of ${counted(numSamples)} wanted, in ${counted(numTries)} tries.`;
  return end === "tries"
    ? `${found} Ask for less, or raise the temperature.`
    : `${found} Each try gives the same: raise the temperature.`;
}
