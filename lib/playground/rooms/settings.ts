/**
 * The fields of the settings, in the room List.
 *
 * @module
 */

/// <reference lib="dom" />

import { find, isEnabled, make, setEnabled } from "../page/dom.ts";
import type { Base, Playground } from "../page/playground.ts";
import { SETTING_KEYS, SETTINGS, type Settings, textOf } from "../shared/settings.ts";

/** The settings that are always in sight. */
const MAIN: readonly (keyof Settings)[] = ["numSteps", "nEmbd", "learningRate", "seed"];

/** A setting with its field. */
interface Row {
  readonly key: keyof Settings;
  readonly element: HTMLElement;
  readonly field: HTMLInputElement | HTMLSelectElement;
  readonly hint: HTMLElement;
  readonly reset: HTMLButtonElement;
  /** True if the visitor is writing into it: what is being written is not replaced. */
  isEdited: boolean;
}

/**
 * Brings the fields to life.
 *
 * @param room The section of the room.
 * @param playground The list, the settings and the run.
 */
export function mountSettings(room: HTMLElement, playground: Playground): void {
  const keys = SETTING_KEYS.filter((key) => key !== "temperature"); // that of the room Write
  const rows = keys.map(newRow);
  const main = find(room, "#main-settings", HTMLElement);
  const more = find(room, "#more-settings", HTMLElement);
  const base = find(room, "#base", HTMLSelectElement);
  const reset = find(room, "#reset", HTMLButtonElement);
  for (const row of rows) {
    (MAIN.includes(row.key) ? main : more).append(row.element);
    const change = (text: string) => {
      const problem = playground.changeSetting(row.key, text);
      if (problem !== undefined) showProblem(row, problem);
    };
    row.field.addEventListener("input", () => row.isEdited = true);
    row.field.addEventListener("change", () => {
      row.isEdited = false;
      change(row.field.value);
    });
    row.field.addEventListener("blur", () => {
      if (!row.isEdited) return;
      row.isEdited = false; // it is as it was when it got the focus
      showRow(row, playground);
    });
    row.reset.addEventListener("click", () => {
      change(textOf(playground.baseSettings, row.key));
      row.field.focus(); // the button goes away
    });
  }
  base.addEventListener("change", () => playground.setBase(base.value as Base)); // its options are
  reset.addEventListener("click", () => {
    if (isEnabled(reset)) playground.setBase(playground.base);
    else playground.said.emit("No setting has been changed.");
  });
  const show = () => {
    base.value = playground.base;
    let isChanged = false;
    for (const row of rows) isChanged = showRow(row, playground) || isChanged;
    setEnabled(reset, isChanged);
  };
  playground.settingsChanged.on(show);
  show();
}

function newRow(key: keyof Settings): Row {
  const { name, choices } = SETTINGS[key];
  const id = `setting-${name.replaceAll(" ", "-")}`;
  const attributes = { id, "aria-describedby": `${id}-hint`, autocomplete: "off" };
  const field = choices === undefined
    ? make("input", { ...attributes, inputmode: "decimal" })
    : make("select", attributes, ...choices.map((choice) => make("option", {}, choice)));
  const label = make("label", { for: id }, name);
  const hint = make("div", { class: "hint", id: `${id}-hint` });
  const reset = make("button", { class: "plain", type: "button" }, "reset");
  reset.setAttribute("aria-label", `reset ${name}`);
  const control = choices === undefined ? field : make("span", { class: "select" }, field);
  return {
    key,
    element: make("div", { class: "set" }, label, reset, hint, control),
    field,
    hint,
    reset,
    isEdited: false,
  };
}

/** Shows the present value of a setting; tells whether it was changed by hand. */
function showRow(row: Row, playground: Playground): boolean {
  const { key, element, field, hint, reset } = row;
  const { settings, baseSettings } = playground;
  const text = textOf(settings, key);
  const isChanged = text !== textOf(baseSettings, key);
  if (!row.isEdited) field.value = text;
  field.removeAttribute("aria-invalid");
  hint.classList.remove("bad");
  hint.textContent = SETTINGS[key].hint(settings);
  element.classList.toggle("changed", isChanged);
  reset.hidden = !isChanged;
  return isChanged;
}

function showProblem({ field, hint }: Row, problem: string): void {
  field.setAttribute("aria-invalid", "true");
  hint.classList.add("bad");
  hint.textContent = problem;
}
