/**
 * A signal: something that happens again and again, and those who want to know.
 *
 * @module
 */

/** Tells its listeners, in the order in which they came. */
export class Signal<T = void> {
  readonly #listeners: ((value: T) => void)[] = [];

  /** Calls a function each time. */
  on(listener: (value: T) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells all listeners. */
  emit(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
