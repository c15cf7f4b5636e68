/**
 * The room Look inside: what the model computes, as it is now, while it trains.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, sentenceOf } from "../page/dom.ts";
import { LiveView } from "../page/live_view.ts";
import type { Playground } from "../page/playground.ts";
import { mountAttention } from "./attention.ts";
import { mountClouds } from "./clouds.ts";
import { mountGradients } from "./gradients.ts";
import { LookedAt } from "./looked_at.ts";
import { mountOneWeight } from "./one_weight.ts";
import { mountStream } from "./stream.ts";
import { mountSurprise } from "./surprise.ts";

/** The interval at which the views of a text follow the model, in milliseconds. */
const INTERVAL = 250;

/**
 * Brings the room to life.
 *
 * @param room Its section, with the content of `inside.html`.
 * @param playground The list, the settings and the run.
 */
export function mountInside(room: HTMLElement, playground: Playground): void {
  const lookedAt = new LookedAt();
  mountText(room, playground, lookedAt);
  mountAttention(room, playground, lookedAt);
  mountSurprise(room, playground, lookedAt);
  mountStream(room, lookedAt);
  mountClouds(room, playground);
  mountOneWeight(room, playground);
  mountGradients(room, playground);
  const model = find(room, "#inside-model", HTMLElement);
  const show = () => {
    const step = playground.run?.step ?? 0;
    model.textContent = step === 0
      ? "the untrained model"
      : `the model as it is now, at step ${counted(step)}`;
  };
  playground.runChanged.on(show);
  playground.progressed.on(show);
  room.hidden = false;
}

/** The text, which is one of the list until the visitor writes another one. */
function mountText(room: HTMLElement, playground: Playground, lookedAt: LookedAt): void {
  const field = find(room, "#look-text", HTMLInputElement);
  const says = find(room, "#look-says", HTMLElement);
  let isExample = true;
  const show = async () => {
    const { run, worker } = playground;
    try {
      if (isExample && field.value === "") {
        const example = await worker.call("example");
        if (isExample) field.value = example; // nothing has been written meanwhile
      }
      const look = await worker.call("look", field.value);
      if (run !== playground.run || run === undefined) return;
      lookedAt.set(look, run.start.symbols);
      says.textContent = look.isCut ? `The first ${look.numRead} letters are looked at.` : "";
      says.classList.remove("bad");
      field.removeAttribute("aria-invalid");
    } catch (error) {
      says.textContent = sentenceOf(error);
      says.classList.add("bad");
      field.setAttribute("aria-invalid", "true");
    }
  };
  const live = new LiveView(room, playground, INTERVAL, show);
  field.addEventListener("input", () => {
    isExample = false;
    live.refresh();
  });
  let list = playground.list;
  playground.runChanged.on(() => {
    if (list !== playground.list) { // a text of another list
      isExample = true;
      field.value = "";
    }
    list = playground.list;
  });
}
