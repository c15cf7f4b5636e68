/**
 * The right to train a run, which one tab of the browser has at a time.
 *
 * @module
 */

/// <reference lib="dom" />

/** Holds the right to train one run. */
export class RunLock {
  #id: string | undefined;
  #release: (() => void) | undefined;
  /** Ends waiting for another tab. */
  #waiting = new AbortController();

  /**
   * Takes the right to a run, and gives up that to another one.
   *
   * @param id The run.
   * @returns Whether no other tab has it. A browser that does not know says yes.
   */
  async take(id: string): Promise<boolean> {
    this.#waiting.abort();
    if (this.#id === id) return true;
    this.giveUp();
    if (!("locks" in navigator)) return true;
    return await new Promise((resolve) => {
      navigator.locks.request(`microgpt ${id}`, { ifAvailable: true }, (lock) => {
        if (lock === null) return resolve(false);
        this.#id = id;
        resolve(true);
        return new Promise<void>((release) => this.#release = release);
      }).catch(() => resolve(true)); // a page from disk may not ask
    });
  }

  /**
   * Calls a function once the other tab has given up a run.
   *
   * @param id The run.
   * @param then The function; it may take the right. Not called after the next {@linkcode take}.
   */
  whenFree(id: string, then: () => void): void {
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    navigator.locks.request(`microgpt ${id}`, { signal }, () => {}).then(then, () => {});
  }

  /** Gives up the right that it holds. */
  giveUp(): void {
    this.#release?.();
    this.#release = this.#id = undefined;
  }
}
