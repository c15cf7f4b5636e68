/**
 * Ctrl-C, and the request of the system to end, noticed between two steps. A
 * second one changes nothing: a single Ctrl-C may arrive twice, from the
 * terminal and from a task runner. SIGHUP, the hang-up of a terminal, is left to
 * the system: to listen would undo `nohup`.
 *
 * @module
 */

/** The program was interrupted and has saved what there is to save: exit code 130. */
export class Interruption extends Error {
  override name = "Interruption";
}

/** The maximum time that a signal waits, in milliseconds. */
const INTERVAL = 100;

/** Listens for signals until it is disposed of. */
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

  /** Tells if the program is to end. Training never pauses, so this does now and then. */
  async isRequested(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#lastTurn > INTERVAL) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#lastTurn = performance.now();
    }
    return this.#isRequested;
  }

  /** Lets signals end the program again. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#request);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
