/**
 * The room List: a list to learn, what it is like, and the settings.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, make } from "../page/dom.ts";
import { type IncludedList, includedLists } from "../page/lists.ts";
import type { List, Playground } from "../page/playground.ts";
import { type ListFacts, longest, numCut } from "../shared/facts.ts";
import { mountSettings } from "./settings.ts";

/** How long to wait for the next letter before a list that is being written is looked at. */
const TYPING_PAUSE = 400;

/** With fewer names the model learns them by heart. */
const FEW = 50;

/**
 * Brings the room to life, and takes the first included list.
 *
 * @param room Its section.
 * @param playground The list, the settings and the run.
 */
export function mountList(room: HTMLElement, playground: Playground): void {
  const lists = includedLists();
  const select = find(room, "#included-lists", HTMLSelectElement);
  const box = find(room, "#your-list", HTMLTextAreaElement);
  const own = make("option", { value: "" }, "your own");
  select.append(...lists.map(({ name, title }) => make("option", { value: name }, title)));
  const take = (list: IncludedList) => {
    own.remove();
    select.value = list.name;
    box.value = list.text;
    playground.setList(listOf(list));
  };
  select.addEventListener("change", () => {
    const list = lists.find(({ name }) => name === select.value);
    if (list !== undefined) take(list);
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  box.addEventListener("input", () => {
    select.append(own);
    select.value = own.value;
    clearTimeout(timer);
    timer = setTimeout(() => {
      playground.setList({
        name: "list.txt",
        bytes: new TextEncoder().encode(box.value),
        settings: undefined,
      });
    }, TYPING_PAUSE);
  });
  mountSettings(room, playground);
  const show = () => showFacts(room, playground);
  playground.listChanged.on(show);
  playground.settingsChanged.on(show);
  const [first] = lists;
  if (first !== undefined) take(first);
}

function listOf({ name, text, settings }: IncludedList): List {
  return { name, bytes: new TextEncoder().encode(text), settings };
}

function showFacts(room: HTMLElement, playground: Playground): void {
  const { facts, problem, settings: { blockSize } } = playground;
  const says = find(room, "#list-says", HTMLElement);
  says.classList.toggle("bad", problem !== undefined);
  if (facts !== undefined) {
    const show = (id: string, n: number, zero = "0") => {
      find(room, id, HTMLElement).textContent = n === 0 ? zero : counted(n);
    };
    show("#num-docs", facts.numDocs);
    show("#num-duplicates", facts.numDuplicates);
    show("#num-characters", facts.characters.length);
    show("#longest", longest(facts));
    show("#num-cut", numCut(facts, blockSize), "none");
    find(room, "#cut-label", HTMLElement).textContent = `cut by block size ${blockSize}`;
  }
  says.replaceChildren(
    ...problem !== undefined ? [problem] : facts === undefined ? [] : verdict(facts, playground),
  );
}

/** What to say about a list, with a button where there is something to be done. */
function verdict(facts: ListFacts, playground: Playground): (Node | string)[] {
  const { blockSize } = playground.settings;
  const { numDocs, numDuplicates } = facts;
  const cut = numCut(facts, blockSize), enough = longest(facts) + 1;
  if (cut > 0) {
    const lines = cut === 1 ? "1 line is" : `${counted(cut)} lines are`;
    const message = `${lines} longer than block size ${blockSize} and cut. `;
    if (enough > 256) return [message];
    const mend = make("button", { class: "plain", type: "button" }, `Set block size to ${enough}`);
    mend.addEventListener("click", () => playground.changeSetting("blockSize", `${enough}`));
    return [message, mend];
  }
  if (numDocs < FEW) {
    const names = numDocs === 1 ? "1 name is" : `${numDocs} names are`;
    return [`${names} soon learned by heart: it will repeat them.`];
  }
  if (numDuplicates > 0) {
    const lines = numDuplicates === 1 ? "1 line repeats" : `${counted(numDuplicates)} lines repeat`;
    return [`Looks fine. ${lines} another; each counts.`];
  }
  return ["Looks fine: one name per line, nothing cut."];
}
