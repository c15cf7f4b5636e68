/**
 * The limit that a shell sets to the size of files, with `ulimit -f`. At that limit the system does
 * not only refuse to write, as on a full disk: it sends a signal that ends the program, model and
 * all.
 *
 * @module
 */

/** Makes writing beyond the limit an error like any other, until it is disposed of. */
export class FileSizeLimit implements Disposable {
  readonly #signal: Deno.Signal | undefined = Deno.build.os === "windows" ? undefined : "SIGXFSZ";

  /** Begins to listen, which is enough. */
  constructor() {
    if (this.#signal !== undefined) Deno.addSignalListener(this.#signal, ignore);
  }

  /** Lets the signal end the program again. */
  [Symbol.dispose](): void {
    if (this.#signal !== undefined) Deno.removeSignalListener(this.#signal, ignore);
  }
}

function ignore(): void {}
