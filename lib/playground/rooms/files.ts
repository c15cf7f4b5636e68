/**
 * Files from the visitor's disk, in the room List: lists and models, dropped or chosen.
 *
 * @module
 */

/// <reference lib="dom" />

import { find } from "../page/dom.ts";
import { type IncludedList, newList } from "../page/lists.ts";
import type { Playground } from "../page/playground.ts";

/** The largest file that is read: a page has no room for more. */
const MAX_SIZE = 256e6;

/**
 * Brings dropping and choosing to life.
 *
 * @param room The section of the room.
 * @param playground The list and the runs.
 * @param lists The lists that come with the page.
 */
export function mountFiles(
  room: HTMLElement,
  playground: Playground,
  lists: readonly IncludedList[],
): void {
  const input = find(room, "#file", HTMLInputElement);
  const open = (file: File | undefined) => {
    if (file === undefined) return;
    openFile(file, playground, lists).catch((error) => {
      const why = error instanceof Error ? error.message : `${error}`;
      playground.said.emit(`${sentence(why)} Your current model is unchanged.`);
    });
  };
  find(room, "#open-file", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    open(input.files?.[0]);
    input.value = ""; // the same file can be chosen again
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return; // a text goes where it is dropped
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  for (const end of ["dragleave", "drop"]) {
    document.addEventListener(end, () => document.body.classList.remove("dropping"));
  }
  document.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    open(file);
  });
}

function sentence(why: string): string {
  return /[.!?]$/.test(why) ? why : `${why}.`;
}

async function openFile(
  file: File,
  playground: Playground,
  lists: readonly IncludedList[],
): Promise<void> {
  if (file.size > MAX_SIZE) throw new Error(`${file.name} is too large for a page`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isModel(file.name, bytes)) {
    return await playground.setList(newList(file.name, bytes, { title: file.name }));
  }
  const model = await playground.worker.call("decodeModel", bytes);
  const names = [model.options.get("preset"), model.dataset.path];
  const candidates = lists.filter(({ name }) => names.includes(name));
  await playground.openModel(model, await Promise.all(candidates.map((list) => list.load())));
}

/** Tells if a file is meant to be a model: safetensors begin with a length, then JSON. */
function isModel(name: string, bytes: Uint8Array): boolean {
  return name.endsWith(".safetensors") || (bytes[7] === 0 && bytes[8] === 0x7b);
}
