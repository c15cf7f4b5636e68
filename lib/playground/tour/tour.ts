/**
 * The tour: a strip under the top bar that leads from stop to stop. The page stays usable; nothing
 * lies over it.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, setEnabled } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { scrollTo } from "../page/scroll.ts";
import { type Deeds, type Stop, STOPS } from "./stops.ts";

/**
 * Brings the tour to life.
 *
 * @param playground What the stops tell about.
 */
export function mountTour(playground: Playground): void {
  new Tour(playground);
}

class Tour {
  readonly #playground: Playground;
  readonly #strip = find(document, "#tour", HTMLElement);
  readonly #title = find(document, "#tour-title", HTMLElement);
  readonly #says = find(document, "#tour-says", HTMLElement);
  readonly #begin = find(document, "#take-tour", HTMLButtonElement);
  readonly #back = find(document, "#tour-back", HTMLButtonElement);
  readonly #next = find(document, "#tour-next", HTMLButtonElement);
  /** The number of the stop; `undefined` if there is no tour. */
  #at: number | undefined;
  #deeds: Deeds = {};

  constructor(playground: Playground) {
    this.#playground = playground;
    this.#begin.addEventListener("click", () => {
      this.#goTo(0);
      this.#next.focus({ preventScroll: true });
    });
    this.#back.addEventListener("click", () => this.#move(-1));
    this.#next.addEventListener("click", () => this.#move(1));
    find(document, "#tour-end", HTMLButtonElement).addEventListener("click", () => this.#end());
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && this.#at !== undefined) this.#end();
    });
    playground.did.on((deed) => {
      this.#deeds = { ...this.#deeds, [deed.kind]: deed };
      this.#tell();
    });
    const { runChanged, listChanged, settingsChanged, baselinesChanged, runs } = playground;
    for (
      const signal of [runChanged, listChanged, settingsChanged, baselinesChanged, runs.changed]
    ) {
      signal.on(() => this.#tell());
    }
    playground.progressed.on(() => this.#tell());
  }

  get #stop(): Stop | undefined {
    return this.#at === undefined ? undefined : STOPS[this.#at];
  }

  #move(distance: number): void {
    if (this.#at !== undefined && this.#at + distance in STOPS) this.#goTo(this.#at + distance);
  }

  #goTo(at: number): void {
    this.#at = at;
    this.#deeds = {};
    this.#show();
    scrollTo(find(document, STOPS[at]?.target ?? "main", HTMLElement), "nearest");
  }

  #end(): void {
    this.#at = undefined;
    this.#show();
    this.#begin.focus({ preventScroll: true });
  }

  #show(): void {
    const at = this.#at ?? 0;
    this.#strip.hidden = this.#at === undefined;
    for (const room of document.querySelectorAll(".room")) {
      room.classList.toggle("toured", room.id === this.#stop?.room);
    }
    setEnabled(this.#back, at > 0);
    setEnabled(this.#next, at + 1 < STOPS.length);
    this.#tell();
  }

  /** Says what to do, or what has come of it. Those who listen hear it when it changes. */
  #tell(): void {
    const stop = this.#stop;
    if (stop === undefined || this.#at === undefined) return;
    const visit = { playground: this.#playground, deeds: this.#deeds };
    const title = `${this.#at + 1} of ${STOPS.length}: ${stop.title}`;
    const result = stop.result(visit);
    const says = result ?? stop.task(visit);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    if (this.#says.textContent !== says) this.#says.textContent = says;
    this.#strip.classList.toggle("done", result !== undefined);
  }
}
