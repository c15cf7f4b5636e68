/**
 * The run that the worker has at the moment, and the loop that trains it.
 *
 * @module
 */

import type { RunStart, Snapshot } from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";
import { Loop, type Report } from "./loop.ts";
import { Run } from "./run.ts";

/** The present run. */
export class Session {
  readonly #report: Report;
  #run: Run | undefined;
  #loop: Loop | undefined;
  #interval = 0;

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
    return this.#loop ??= new Loop(this.run, this.#report, this.#interval);
  }

  /** Changes how often progress is reported, in milliseconds. */
  setReportInterval(milliseconds: number): void {
    this.#interval = milliseconds;
    this.#loop?.setReportInterval(milliseconds);
  }

  /**
   * Prepares a run in place of the present one, which stays if that fails.
   *
   * @param snapshot Where the run was; without it, it begins.
   * @returns What the run was like before its first step.
   * @throws {RangeError} If the list or the settings cannot be trained on: see {@linkcode Run}.
   * @throws {TypeError} If the snapshot is of another model.
   */
  open(list: Uint8Array, settings: Settings, snapshot?: Snapshot): RunStart {
    const run = new Run(list, settings);
    const start = run.describe();
    if (snapshot !== undefined) run.restore(snapshot);
    this.#loop?.stop();
    this.#loop = undefined;
    this.#run?.[Symbol.dispose]();
    this.#run = run;
    return start;
  }

  /** Begins the present run again, with the same weights. */
  restart(): void {
    this.#loop?.stop();
    this.#loop = undefined;
    this.run.restart();
  }
}
