/**
 * A second worker, for what takes long with large lists, so that training need not wait for it.
 *
 * @module
 */

import type { CallName, Calls } from "../shared/protocol.ts";
import type { WorkerClient } from "./worker_client.ts";

/** Answers one call at a time. */
export class Helper {
  readonly #start: () => WorkerClient;
  #client: WorkerClient;
  #isBusy = false;

  /** @param start Starts a worker. */
  constructor(start: () => WorkerClient) {
    this.#start = start;
    this.#client = start();
  }

  /**
   * Makes a call. One that is not answered yet fails: nobody needs it any more.
   *
   * @param name Its name.
   * @param args Its arguments, which are copied.
   * @throws {Error} If it fails; the message is for the visitor.
   */
  async call<Name extends CallName>(
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<ReturnType<Calls[Name]>> {
    if (this.#isBusy) {
      this.#client.end();
      this.#client = this.#start();
    }
    const client = this.#client;
    this.#isBusy = true;
    try {
      return await client.call(name, ...args);
    } finally {
      if (client === this.#client) this.#isBusy = false;
    }
  }
}
