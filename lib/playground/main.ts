/**
 * The page: starts the worker, brings the rooms to life and loads the first list.
 *
 * @module
 */

/// <reference lib="dom" />

import { begin } from "./page/begin.ts";
import { find } from "./page/dom.ts";
import { IS_CALM } from "./page/media.ts";
import { HTML, unpacked } from "../text/packing.ts";
import { Playground } from "./page/playground.ts";
import { Store } from "./page/store.ts";
import { WorkerClient } from "./page/worker_client.ts";
import { mountInside } from "./rooms/inside.ts";
import { mountList } from "./rooms/list.ts";
import { mountTrain } from "./rooms/train.ts";
import { mountWrite } from "./rooms/write.ts";
import { mountTour } from "./tour/tour.ts";

/** The rooms, by the id of their section, in the order of the work. */
const ROOMS = { list: mountList, train: mountTrain, write: mountWrite, inside: mountInside };

/** The interval at which the page changes for those who want nothing to move, in milliseconds. */
const CALM_INTERVAL = 500;

/** The time that a message stays in sight, in milliseconds: time to read it twice. */
const MESSAGE_TIME = 8000;

/** More than the worker's program can have, in bytes. */
const MAX_PROGRAM = 1 << 20;

async function start(): Promise<void> {
  const store = new Store(); // opens meanwhile
  const program = await unpacked(
    find(document, "#worker", HTMLScriptElement).text,
    HTML,
    MAX_PROGRAM,
  );
  const playground = new Playground(() => WorkerClient.start(program), store);
  mountStatus(playground);
  for (const [id, mount] of Object.entries(ROOMS)) {
    const room = find(document, `#${id}`, HTMLElement);
    mount(room, playground);
    find(document, `nav a[href="#${id}"]`, HTMLAnchorElement).hidden = room.hidden;
  }
  mountTour(playground);
  mountAnchors();
  mountTheme();
  const setInterval = () =>
    playground.worker.call("setReportInterval", IS_CALM.matches ? CALM_INTERVAL : 0);
  IS_CALM.addEventListener("change", setInterval);
  setInterval();
  await begin(playground, store);
}

/** Shows messages for a while. */
function mountStatus({ said }: Playground): void {
  const status = find(document, "#status", HTMLElement);
  let timer: ReturnType<typeof setTimeout> | undefined;
  said.on((text) => {
    clearTimeout(timer);
    status.textContent = text;
    timer = setTimeout(() => status.textContent = "", MESSAGE_TIME);
  });
}

/** Goes to rooms without a change of the address, which is that of the run. */
function mountAnchors(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      const target = document.querySelector<HTMLElement>(link.hash);
      event.preventDefault();
      (target ?? document.documentElement).scrollIntoView();
      target?.focus({ preventScroll: true });
    });
  }
}

function mountTheme(): void {
  const theme = find(document, "#theme", HTMLSelectElement);
  theme.addEventListener("change", () => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}

start();
