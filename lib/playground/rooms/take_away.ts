/**
 * The things to take away from a run, in the room Train: its command, its model, a link to it.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, isEnabled, setEnabled } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import { fragmentOf } from "../page/link.ts";
import { includedLists } from "../page/lists.ts";
import { copied, download, stemOf } from "../page/hand_over.ts";
import type { Playground } from "../page/playground.ts";
import { commandOf, runOptions } from "../shared/command.ts";

/** The lists that are only where they are served from. */
const isEverywhere = (name: string) => !name.includes("/");

/**
 * Brings the buttons to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 */
export function mountTakeAway(room: HTMLElement, playground: Playground): void {
  const command = find(room, "#command", HTMLElement);
  const showCommand = () => {
    const { run } = playground;
    if (run !== undefined) command.textContent = commandOf(run.list, run.settings, run.lengths);
  };
  playground.runChanged.on(showCommand);
  playground.progressed.on(({ state }) => {
    if (state !== "training") showCommand();
  });
  find(room, "#copy-command", HTMLButtonElement).addEventListener("click", async () => {
    const isCopied = await copied(command.textContent);
    if (!isCopied) getSelection()?.selectAllChildren(command);
    playground.said.emit(isCopied ? "Copied." : "Selected: copy it from here.");
  });
  mountDownload(room, playground);
  mountLink(room, playground);
}

function mountDownload(room: HTMLElement, playground: Playground): void {
  const button = find(room, "#download-model", HTMLButtonElement);
  const program = `microgpt ${find(document, "meta[name=version]", HTMLMetaElement).content}`;
  button.addEventListener("click", async () => {
    const { run } = playground;
    if (run === undefined || !isEnabled(button)) {
      return playground.said.emit("Train first: the model has learned nothing yet.");
    }
    try {
      download(await encoded(playground, run, program), `${stemOf(run.list.name)}.safetensors`);
    } catch (error) {
      playground.said.emit(error instanceof Error ? `${error.message}.` : `${error}`);
    }
  });
  const show = () => setEnabled(button, (playground.run?.step ?? 0) > 0);
  playground.runChanged.on(show);
  playground.progressed.on(show);
}

/** Writes the model as a file of the command line. */
async function encoded(
  { worker }: Playground,
  { list, settings, numSteps }: History,
  program: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = list.preset === undefined ? list.name : `the preset ${list.name}`;
  const options = runOptions(list, { ...settings, numSteps });
  const dataset = { path, sha256: list.sha256 };
  return await worker.call("encodeModel", { options, dataset, program });
}

function mountLink(room: HTMLElement, playground: Playground): void {
  const isIncluded = new Set(includedLists().map(({ name }) => name).filter(isEverywhere));
  const field = find(room, "#copied-link", HTMLElement);
  const fragment = async () => {
    const { run } = playground;
    return run && await fragmentOf(run.list, run.settings, isIncluded.has(run.list.name));
  };
  find(room, "#copy-link", HTMLButtonElement).addEventListener("click", async () => {
    const link = `${location.href.replace(/#.*/, "")}#${await fragment()}`;
    if (await copied(link)) return playground.said.emit("Copied.");
    field.hidden = false;
    const input = find(field, "input", HTMLInputElement);
    input.value = link;
    input.select();
  });
  // The address bar has the link of what is shown, so that a reload, or a bookmark, finds it.
  playground.runChanged.on(async () => {
    const { run } = playground;
    if (run?.step === 0 && location.hash === "") return;
    const now = await fragment();
    if (run === playground.run) history.replaceState(null, "", `#${now}`);
  });
}
