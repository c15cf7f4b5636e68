/**
 * `--log FILE`: what happened at each step, as lines of JSON.
 *
 * @module
 */

import { whyUnwritable } from "../file_errors.ts";
import type { Say } from "./training_data.ts";

/** How many characters wait to be written. */
const MAX_PENDING = 1 << 16;

/** A file that grows line by line. If it cannot, training goes on without it. */
export class RunLog {
  readonly #path: string;
  readonly #warn: Say;
  #file: Deno.FsFile | undefined;
  #pending = "";

  /**
   * Opens the file.
   *
   * @param isResumed Whether to go on with what is in it.
   * @param warn What to do if it cannot be written any more.
   * @throws {Error} If it cannot be opened.
   */
  constructor(path: string, isResumed: boolean, warn: Say) {
    this.#path = path;
    this.#warn = warn;
    try {
      this.#file = Deno.openSync(path, {
        create: true,
        write: true,
        append: isResumed,
        truncate: !isResumed,
      });
    } catch (error) {
      throw this.#error(error);
    }
  }

  /** Adds a line. */
  line(values: Readonly<Record<string, number>>): void {
    this.#pending += JSON.stringify(values) + "\n";
    if (this.#pending.length > MAX_PENDING) this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    const bytes = new TextEncoder().encode(this.#pending);
    this.#pending = "";
    try {
      for (let done = 0; this.#file && done < bytes.length;) {
        done += this.#file.writeSync(bytes.subarray(done));
      }
    } catch (error) {
      this.#warn(`${this.#error(error).message}: training goes on without it`);
      this.close();
    }
  }

  /** Closes the file. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #error(error: unknown): Error {
    return new Error(`Cannot write ${JSON.stringify(this.#path)}: ${whyUnwritable(error)}`);
  }
}
