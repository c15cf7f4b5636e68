/**
 * The room List: a list to learn, what it is like, and the settings.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, make } from "../page/dom.ts";
import { type IncludedList, includedLists } from "../page/lists.ts";
import type { Playground } from "../page/playground.ts";
import { numCut } from "../shared/facts.ts";
import { adviceFor } from "./advice.ts";
import { mountFiles } from "./files.ts";
import { mountListBox } from "./list_box.ts";
import { mountListCharts } from "./list_charts.ts";
import { mountSettings } from "./settings.ts";

/**
 * Brings the room to life.
 *
 * @param room Its section.
 * @param playground The list, the settings and the run.
 */
export function mountList(room: HTMLElement, playground: Playground): void {
  const lists = includedLists();
  mountMenu(room, playground, lists);
  mountListBox(room, playground);
  mountFiles(room, playground, lists);
  mountFacts(room, playground);
  mountListCharts(room, playground);
  mountSettings(room, playground);
}

function mountMenu(
  room: HTMLElement,
  playground: Playground,
  lists: readonly IncludedList[],
): void {
  const menu = find(room, "#included-lists", HTMLSelectElement);
  const own = make("option", { value: "" });
  menu.append(...lists.map(({ name, title }) => make("option", { value: name }, title)));
  menu.addEventListener("change", () => {
    const list = lists.find(({ name }) => name === menu.value);
    if (list !== undefined) playground.setList(list.load());
  });
  playground.listChanged.on(() => {
    const { list } = playground;
    if (list === undefined) return;
    const isIncluded = lists.some(({ name }) => name === list.name);
    if (isIncluded) own.remove();
    else {
      own.textContent = list.title;
      menu.append(own);
    }
    menu.value = isIncluded ? list.name : "";
  });
}

function mountFacts(room: HTMLElement, playground: Playground): void {
  const says = find(room, "#list-says", HTMLElement);
  const cut = find(room, "#cut-label", HTMLElement);
  const show = (id: string, text: string) => find(room, id, HTMLElement).textContent = text;
  const showAll = () => {
    const { facts, problem, settings: { blockSize } } = playground;
    says.classList.toggle("bad", problem !== undefined);
    says.replaceChildren(...adviceFor(playground));
    if (facts === undefined) return;
    const numOfCut = numCut(facts, blockSize);
    show("#num-docs", counted(facts.numDocs));
    show("#num-duplicates", counted(facts.numDuplicates));
    show("#num-characters", counted(facts.characters.length));
    show("#longest", counted(facts.longest));
    cut.textContent = `cut by block size ${blockSize}`;
    show("#num-cut", numOfCut === 0 ? "none" : share(numOfCut, facts.numDocs));
  };
  playground.listChanged.on(showAll);
  playground.settingsChanged.on(showAll);
}

/** "312 (2%)", so that one sees whether it matters. */
function share(count: number, all: number): string {
  const percent = 100 * count / all;
  return `${counted(count)} (${percent < 1 ? "under 1" : Math.round(percent)}%)`;
}
