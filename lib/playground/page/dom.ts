/**
 * The few things that the rooms do to the document.
 *
 * @module
 */

/// <reference lib="dom" />

/**
 * Finds an element of a room.
 *
 * @param within Where to look.
 * @param selector How to find it.
 * @param type Its class.
 * @throws {Error} If there is none, or it is of another class: the page has a fault.
 */
export function find<T extends Element>(
  within: ParentNode,
  selector: string,
  type: new () => T,
): T {
  const element = within.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`Cannot find ${selector} as ${type.name}`);
}

/**
 * Makes an element.
 *
 * @param tag Its name.
 * @param attributes Its attributes; those that are `undefined` are left out.
 * @param children Its content; text stays text.
 */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Writes a whole number as a visitor reads it: 1,240. */
export function counted(n: number): string {
  return n.toLocaleString("en-US");
}

/** Writes a number with a minus that is as wide as a digit: −2.30. */
export function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace("-", "−");
}

/** Turns an error of the library into a sentence for the visitor. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : `${error}`;
  const reason = text.replace(/^Cannot [^:]*: /, "").replace(/\.$/, "");
  return `${reason.replace(/^./u, (letter) => letter.toUpperCase())}.`;
}

/**
 * Says whether a button can be used. One that cannot stays focusable, and says why when pressed.
 *
 * @param button The button.
 * @param isEnabled Whether it can be used.
 */
export function setEnabled(button: HTMLButtonElement, isEnabled: boolean): void {
  if (isEnabled) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
}

/** Tells whether a button can be used. */
export function isEnabled(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-disabled") !== "true";
}
