/**
 * The page: starts the worker, brings the rooms to life and loads the first list.
 *
 * @module
 */

/// <reference lib="dom" />

import { find } from "./page/dom.ts";
import { Playground } from "./page/playground.ts";
import { WorkerClient } from "./page/worker_client.ts";
import { mountInside } from "./rooms/inside.ts";
import { mountList } from "./rooms/list.ts";
import { mountTrain } from "./rooms/train.ts";
import { mountWrite } from "./rooms/write.ts";

/** The rooms, by the id of their section, in the order of the work. */
const ROOMS = { list: mountList, train: mountTrain, write: mountWrite, inside: mountInside };

function start(): void {
  const source = find(document, "#worker", HTMLScriptElement).text;
  const playground = new Playground(WorkerClient.start(source));
  const status = find(document, "#status", HTMLElement);
  playground.said.on((text) => status.textContent = text);
  for (const [id, mount] of Object.entries(ROOMS)) {
    const room = find(document, `#${id}`, HTMLElement);
    mount(room, playground);
    find(document, `nav a[href="#${id}"]`, HTMLAnchorElement).hidden = room.hidden;
  }
  mountTheme();
}

function mountTheme(): void {
  const theme = find(document, "#theme", HTMLSelectElement);
  theme.addEventListener("change", () => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}

start();
