/**
 * The run that the worker has at the moment, and the loop that trains it.
 *
 * @module
 */

import type { Settings } from "../shared/settings.ts";
import { Loop, type Report } from "./loop.ts";
import { Run } from "./run.ts";

/** The present run. */
export class Session {
  readonly #report: Report;
  #run: Run | undefined;
  #loop: Loop | undefined;

  /** @param report Hands progress to the page. */
  constructor(report: Report) {
    this.#report = report;
  }

  /** The run. */
  get run(): Run {
    if (this.#run === undefined) throw new Error("Cannot answer: no run has been opened");
    return this.#run;
  }

  /** The loop that trains it. */
  get loop(): Loop {
    return this.#loop ??= new Loop(this.run, this.#report);
  }

  /**
   * Prepares a run in place of the present one, which stays if that fails.
   *
   * @throws {RangeError} If the list or the settings cannot be trained on: see {@linkcode Run}.
   */
  open(list: Uint8Array, settings: Settings): Run {
    const run = new Run(list, settings);
    this.#loop?.stop();
    this.#loop = undefined;
    return this.#run = run;
  }

  /** Begins the present run again, with the same weights. */
  restart(): void {
    this.#loop?.stop();
    this.#loop = undefined;
    this.run.restart();
  }
}
