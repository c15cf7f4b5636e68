/**
 * The page's end of the way to the worker.
 *
 * @module
 */

/// <reference lib="dom" />

import type { CallName, Calls, Progress, WorkerMessage } from "../shared/protocol.ts";
import { Signal } from "./signal.ts";

/** A call that waits for its answer. */
interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Makes calls to a worker, and passes on what it reports. */
export class WorkerClient {
  /** The reports of the worker while it trains. */
  readonly progress: Signal<Progress> = new Signal();
  readonly #port: MessagePort;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** @param port The way to the worker. */
  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#receive(data);
  }

  /**
   * Starts a worker.
   *
   * @param program Its program.
   */
  static start(program: Uint8Array<ArrayBuffer>): WorkerClient {
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(undefined, [port2]);
    const client = new WorkerClient(port1);
    client.#worker = worker;
    return client;
  }

  /** Ends the worker, whatever it does. What waits for an answer fails. */
  end(): void {
    this.#worker?.terminate();
    this.#port.close();
    for (const { reject } of this.#waiting.values()) reject(new Error("The worker was ended."));
    this.#waiting.clear();
  }

  /**
   * Makes a call.
   *
   * @param name Its name.
   * @param args Its arguments, which are copied.
   * @throws {Error} If it fails; the message is for the visitor.
   */
  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<ReturnType<Calls[Name]>> {
    const id = ++this.#lastId;
    this.#port.postMessage({ id, name, args });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === "progress") return this.progress.emit(message.progress);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    // The worker's handlers have the types of the calls.
    if (message.kind === "answer") waiting?.resolve(message.result as never);
    else waiting?.reject(new Error(message.message));
  }
}
