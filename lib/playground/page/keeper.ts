/**
 * Keeps the present run in this browser while it trains: now and then, and when it stops.
 *
 * @module
 */

import type { History } from "./history.ts";
import type { Runs } from "./runs.ts";
import type { WorkerClient } from "./worker_client.ts";

/** The interval at which a run is kept while it trains, in milliseconds. */
const KEEP_INTERVAL = 2000;

/** Keeping a run may take one part in so many of the time. */
const KEEP_SHARE = 20;

/** Keeps the run that the worker has. */
export class Keeper {
  readonly #worker: WorkerClient;
  readonly #runs: Runs;
  #keepAfter = 0;

  /**
   * @param worker Has the run.
   * @param runs Keeps it.
   */
  constructor(worker: WorkerClient, runs: Runs) {
    this.#worker = worker;
    this.#runs = runs;
  }

  /** True if it is time to keep a run that is being trained. */
  get isDue(): boolean {
    return performance.now() > this.#keepAfter;
  }

  /** Keeps a run as it is now. */
  async keep(run: History): Promise<void> {
    this.#keepAfter = Infinity; // until this is done
    const begun = performance.now();
    await this.#runs.keep(run, await this.#worker.call("snapshot"));
    const now = performance.now();
    this.#keepAfter = now + Math.max(KEEP_INTERVAL, KEEP_SHARE * (now - begun));
  }
}
