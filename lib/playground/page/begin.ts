/**
 * The page as a visitor finds it: the run that the link asks for, or that of the last visit, or the first
 * list.
 *
 * @module
 */

/// <reference lib="dom" />

import { type Linked, type LinkedList, readFragment } from "./link.ts";
import { includedLists, type List, newList } from "./lists.ts";
import type { Playground } from "./playground.ts";
import type { Store } from "./store.ts";

/**
 * Opens the first run.
 *
 * @param playground Where to.
 * @param store What is kept of earlier visits.
 */
export async function begin(playground: Playground, store: Store): Promise<void> {
  const first = includedLists()[0]?.load(); // meanwhile
  const [session] = await Promise.all([store.session(), playground.runs.load()]);
  if (session !== undefined) {
    playground.base = session.base;
    playground.pace = session.pace;
  }
  addEventListener("hashchange", () => openLink(playground));
  if (await openLink(playground, session?.list)) return;
  if (session !== undefined) return await playground.openRun(session);
  if (first !== undefined) await playground.setList(first);
}

/**
 * Opens the run that the address asks for.
 *
 * @param lastList The list of the last visit.
 * @returns Whether it asks for one.
 */
async function openLink(playground: Playground, lastList?: List): Promise<boolean> {
  const linked = await readFragment(location.hash.slice(1));
  if (linked === undefined) return false;
  const lists = [lastList, playground.list, ...playground.runs.all.map(({ list }) => list)];
  const list = await listOf(linked.list, lists.filter((list) => list !== undefined));
  playground.pace = "full";
  if (list !== undefined) {
    await playground.setList(list, linked.settings);
    say(playground, linked, []);
  } else {
    const [first] = includedLists();
    if (first !== undefined) await playground.setList(await first.load());
    say(playground, linked, [missing(linked.list)]);
    if (linked.list.kind === "elsewhere") {
      playground.expect(linked.list.sha256, linked.settings);
    }
  }
  return true;
}

function say({ said }: Playground, { problems }: Linked, more: readonly string[]): void {
  const messages = [...more, ...problems];
  if (messages.length > 0) said.emit(messages.join(" "));
}

async function listOf(linked: LinkedList, lists: readonly List[]): Promise<List | undefined> {
  switch (linked.kind) {
    case "included":
      return await includedLists().find(({ name }) => name === linked.name)?.load();
    case "own":
      return newList(linked.name, linked.bytes);
    case "elsewhere": {
      const served = await includedLists().find(({ name }) => name === linked.name)?.load();
      return [served, ...lists].find((list) => list?.sha256 === linked.sha256 && !list.isPartial);
    }
  }
}

function missing(list: LinkedList): string {
  return list.kind === "elsewhere"
    ? `This link is for the list ${list.name}, which is too long to be in it: drop it here.`
    : `This page has no list ${list.name}: its first one is used.`;
}
