/**
 * The fields of the room Write: what the visitor wants written.
 *
 * @module
 */

/// <reference lib="dom" />

import { find } from "../page/dom.ts";
import type { Playground } from "../page/playground.ts";
import { Signal } from "../page/signal.ts";
import { type NumberKey, parseNumber, type TextKey, type Wish } from "../shared/wish.ts";

/** The temperature can be dragged up to this, or to that of the run. */
const MAX_TEMPERATURE = 2;

/** The fields that leave texts out. */
const ANY_TEXT: readonly (TextKey | NumberKey)[] = [
  "prompt",
  "startsWith",
  "endsWith",
  "contains",
  "minLength",
  "maxLength",
];

/** The fields. */
export class WishForm {
  /** Something in a field has changed. */
  readonly changed: Signal = new Signal();
  /** The reason why the fields are not a wish, as a sentence; `undefined` if they are. */
  problem: string | undefined;
  readonly #room: HTMLElement;
  readonly #temperature: HTMLInputElement;
  readonly #value: HTMLOutputElement;

  /**
   * @param room The section of the room.
   * @param playground The run, whose temperature is the first one.
   */
  constructor(room: HTMLElement, playground: Playground) {
    this.#room = room;
    this.#temperature = this.#field("temperature");
    this.#value = find(room, "#temperature-value", HTMLOutputElement);
    let isMoved = false;
    this.#temperature.addEventListener("input", () => isMoved = true);
    playground.runChanged.on(() => {
      const { run } = playground;
      if (run === undefined || isMoved) return;
      const { temperature } = run.settings;
      this.#temperature.max = `${Math.max(MAX_TEMPERATURE, temperature)}`;
      this.#temperature.value = `${temperature}`;
      this.#tell();
    });
    find(room, "#wish", HTMLFormElement).addEventListener("input", () => this.#tell());
  }

  /** The wish in the fields; `undefined` if one of them has something that it cannot have. */
  get wish(): Wish | undefined {
    this.problem = undefined;
    const text = (key: TextKey) => this.#field(key).value || undefined;
    const isChecked = (key: string) => this.#field(key).checked;
    const [minLength, maxLength, topK, topP, numSamples = 0] = [
      this.#number("minLength"),
      this.#number("maxLength"),
      this.#number("topK"),
      this.#number("topP"),
      this.#number("numSamples"),
    ];
    if (this.problem !== undefined) return undefined;
    return {
      prompt: text("prompt"),
      startsWith: text("startsWith"),
      endsWith: text("endsWith"),
      contains: text("contains"),
      minLength,
      maxLength,
      topK,
      topP,
      numSamples,
      temperature: this.#temperature.valueAsNumber,
      new: isChecked("new"),
      unique: isChecked("unique"),
    };
  }

  /** Wants any text: what is left is how it is chosen. */
  clear(): void {
    for (const key of ANY_TEXT) this.#field(key).value = "";
    this.#tell();
  }

  #field(key: string): HTMLInputElement {
    return find(this.#room, `#wish-${key}`, HTMLInputElement);
  }

  #number(key: NumberKey): number | undefined {
    const field = this.#field(key);
    field.removeAttribute("aria-invalid");
    try {
      return parseNumber(key, field.value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      field.setAttribute("aria-invalid", "true");
      this.problem ??= error.message;
      return undefined;
    }
  }

  #tell(): void {
    this.#value.value = this.#temperature.valueAsNumber.toFixed(2);
    this.changed.emit();
  }
}
