/**
 * The table of runs in the room Train, and the menu of models in the top bar.
 *
 * @module
 */

/// <reference lib="dom" />

import { counted, find, make } from "../page/dom.ts";
import type { History } from "../page/history.ts";
import type { Playground } from "../page/playground.ts";
import { haveSeveralLists, nameOf } from "../page/run_names.ts";
import type { Plotted } from "./plotted.ts";

/** The interval at which the numbers of a run that is trained change in the table, in milliseconds. */
const INTERVAL = 250;

/**
 * Brings the table and the menu to life.
 *
 * @param room The section of the room.
 * @param playground The runs.
 * @param plotted Which are drawn.
 */
export function mountRuns(room: HTMLElement, playground: Playground, plotted: Plotted): void {
  const body = find(room, "#runs tbody", HTMLTableSectionElement);
  const showTable = () => {
    const runs = runsOf(playground);
    const hasList = haveSeveralLists(runs);
    const rows = runs.map((run) => rowOf(run, nameOf(run, hasList), playground, plotted));
    const focused = focusIn(body);
    body.replaceChildren(...rows);
    focused?.();
  };
  const showNumbers = () => {
    const [row] = body.rows;
    if (playground.run !== undefined && row !== undefined) showRun(row, playground.run);
  };
  playground.runChanged.on(showTable);
  plotted.changed.on(() => showDrawn(body, playground, plotted));
  playground.runs.changed.on(showTable);
  let last = 0;
  playground.progressed.on(({ state }) => {
    const now = performance.now();
    if (state === "training" && now - last < INTERVAL) return;
    last = now;
    showNumbers();
  });
  mountMenu(playground);
}

/** All runs, the present one first. */
function runsOf({ run, runs }: Playground): History[] {
  const others = runs.all.filter(({ id }) => id !== run?.id);
  return run === undefined ? others : [run, ...others];
}

function rowOf(
  run: History,
  name: string,
  playground: Playground,
  plotted: Plotted,
): HTMLTableRowElement {
  const box = make("input", { type: "checkbox", "aria-label": `Draw ${name}` });
  box.checked = plotted.isDrawn(run);
  box.addEventListener("change", () => plotted.pick(run, box.checked));
  const isPresent = run === playground.run;
  const cell = (kind: string, ...content: (Node | string)[]) =>
    make("td", { class: kind }, ...content);
  const row = make(
    "tr",
    {},
    cell("", box),
    cell(
      "name",
      ...isPresent ? [make("b", {}, name), make("span", {})] : [opener(run, name, playground)],
    ),
    cell("num optional", counted(run.start.numParams)),
    cell("num"),
    cell("num optional"),
    cell("num"),
    cell("num", ...isPresent ? [] : [remover(run, name, playground)]),
  );
  showRun(row, run);
  return row;
}

function opener(run: History, name: string, playground: Playground): HTMLElement {
  const button = make("button", { class: "plain", type: "button", title: "Go on with it" }, name);
  button.addEventListener("click", () => playground.openRun(run));
  return button;
}

function remover(run: History, name: string, playground: Playground): HTMLElement {
  const button = make("button", { class: "plain", type: "button" }, "Remove");
  button.setAttribute("aria-label", `Remove ${name}`);
  button.addEventListener("click", () => playground.runs.remove(run));
  return button;
}

/** Shows what changes in a row while its run is trained. */
function showRun(row: HTMLTableRowElement, run: History): void {
  const [, nameCell, , steps, loss, validation] = row.cells;
  const state = nameCell?.querySelector("b + span");
  if (state) {
    state.textContent = { fresh: ", not begun", training: ", training", paused: ", paused" }[
      run.state as string
    ] ?? "";
  }
  const last = run.validations.at(-1);
  if (steps) steps.textContent = counted(run.step);
  if (loss) loss.textContent = run.losses.at(run.step)?.toFixed(4) ?? "";
  const at = last !== undefined && last.step !== run.step
    ? [make("span", { class: "muted optional" }, `at ${counted(last.step)} `)]
    : [];
  validation?.replaceChildren(...at, last?.loss.toFixed(4) ?? "");
}

function showDrawn(
  body: HTMLTableSectionElement,
  playground: Playground,
  plotted: Plotted,
): void {
  runsOf(playground).forEach((run, i) => {
    const box = body.rows[i]?.querySelector("input");
    if (box) box.checked = plotted.isDrawn(run);
  });
}

/** Remembers which button of the table has the focus; gives it back when called. */
function focusIn(body: HTMLElement): (() => void) | undefined {
  const name = document.activeElement?.getAttribute("aria-label");
  if (!name || !body.contains(document.activeElement)) return undefined;
  return () => body.querySelector<HTMLElement>(`[aria-label="${CSS.escape(name)}"]`)?.focus();
}

/** The menu of models: there once there are several. */
function mountMenu(playground: Playground): void {
  const field = find(document, "#model-field", HTMLElement);
  const menu = find(field, "select", HTMLSelectElement);
  const show = () => {
    const runs = runsOf(playground);
    field.hidden = runs.length < 2;
    menu.replaceChildren(
      ...runs.map((run) => make("option", { value: run.id }, nameOf(run, true))),
    );
    menu.value = playground.run?.id ?? "";
  };
  menu.addEventListener("change", () => {
    const run = playground.runs.all.find(({ id }) => id === menu.value);
    if (run !== undefined) playground.openRun(run);
  });
  playground.runChanged.on(show);
  playground.runs.changed.on(show);
}
