/**
 * Ctrl-C, and the request of the system to end: noticed between two steps. A
 * second one changes nothing, for a single Ctrl-C may arrive twice, from the
 * terminal and from a task runner. The hang-up of a terminal (SIGHUP) is left to
 * the system: to listen would undo `nohup`.
 *
 * @module
 */

/** Somebody has interrupted the program, and it has put its things in order: exit code 130. */
export class Interruption extends Error {
  override name = "Interruption";
}

/** How long the signals may wait, in milliseconds. */
const INTERVAL = 100;

/** Listens for signals from its creation until it is disposed of. */
export class Interrupt implements Disposable {
  #isRequested = false;
  #lastTurn = performance.now();
  readonly #request = () => {
    this.#isRequested = true;
  };

  /** Begins to listen. */
  constructor() {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#request);
  }

  /** Whether the program is to end. Training never pauses by itself, so now and then this does. */
  async isRequested(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#lastTurn > INTERVAL) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#lastTurn = performance.now();
    }
    return this.#isRequested;
  }

  /** Signals end the program again. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#request);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
