/**
 * Ctrl-C, and requests of the system to end. Training never pauses, so it stops between two pieces
 * of work. In a run that takes longer a worker listens: it hears a signal in the middle of a call
 * of WebAssembly, too, and says so.
 *
 * A second signal ends the program at once, but not in the first half second: a single Ctrl-C may
 * arrive twice, from the terminal and from a task runner.
 *
 * @module
 */

import type { Stop } from "../../engine.ts";
import type { Pace } from "./pace.ts";

/** The program was interrupted and has put its things in order. */
export class Interruption extends Error {
  override name = "Interruption";
  /** 128 plus the number of the signal, as in a shell. */
  readonly exitCode: number;

  /** @param message What is to be said; nothing if that has been done. */
  constructor(message: string, signal: Deno.Signal) {
    super(message);
    this.exitCode = 128 + (NUMBERS[signal] ?? 0);
  }
}

const NUMBERS: Partial<Record<Deno.Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
  SIGBREAK: 21,
};

const IS_WINDOWS = Deno.build.os === "windows";

const IGNORES_HANGUP = !IS_WINDOWS && isHangupIgnored();

/** The signals that end the work. */
const SIGNALS: readonly Deno.Signal[] = IS_WINDOWS
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", ...(IGNORES_HANGUP ? [] : ["SIGHUP" as const])];

/** The maximum time that a signal waits between two steps, in milliseconds. */
const INTERVAL = 100;

/** The age of a run that is given a worker, in milliseconds: to start one takes 30 ms. */
const WORKER_AGE = 1000;

/** The maximum time to wait until it listens, in milliseconds. */
const PATIENCE = 2000;

/** Orders for a listener. They go to the worker as they are. */
interface Orders {
  readonly signals: readonly Deno.Signal[];
  /** One number in shared memory: 1 + the index of the signal that was heard, or 0. */
  readonly heard: Int32Array;
  /** The message for stderr if the program is still at work a moment later. */
  readonly message: string;
}

/** Listens for signals, from the first look at the clock on, until it is disposed of. */
export class Interrupt implements Stop, Disposable {
  /** The error that stops the work. */
  readonly reason = new Error("The work was interrupted");
  readonly #heard = new Int32Array(new SharedArrayBuffer(4));
  readonly #orders: Orders;
  readonly #onStart: () => void;
  readonly #start = performance.now();
  #lastTurn = this.#start;
  #isDue = false;
  /** Stops listening here. */
  #hush: (() => void) | undefined;
  #worker: Worker | undefined;
  #isDelegated = false;

  /**
   * @param message The words to say if the program is at work for a moment after a signal.
   * @param onStart Called when a worker has started: Deno has then erased the line that the cursor
   * is in.
   */
  constructor(message: string, onStart: () => void = () => {}) {
    this.#onStart = onStart;
    this.#orders = { signals: SIGNALS, heard: this.#heard, message };
    if (IGNORES_HANGUP) Deno.addSignalListener("SIGHUP", ignore);
  }

  /** The signal that was heard. */
  get signal(): Deno.Signal | undefined {
    return SIGNALS[Atomics.load(this.#heard, 0) - 1];
  }

  get aborted(): boolean {
    return Atomics.load(this.#heard, 0) !== 0;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** True if a worker listens: it hears a signal at once, and nobody else has to. */
  get isDelegated(): boolean {
    return this.#isDelegated;
  }

  /** Begins to listen; until then a signal ends the program. */
  listen(): void {
    this.#hush ??= listen(this.#orders);
  }

  /**
   * Tells if it is time to ask {@linkcode isRequested}; costs next to nothing.
   *
   * @param pace That of the work; this counts as a step.
   */
  isDue(pace: Pace): boolean {
    if (this.aborted) return true;
    if (this.#isDelegated) return false;
    if (pace.step() !== undefined) this.#isDue = performance.now() - this.#lastTurn > INTERVAL;
    return this.#isDue;
  }

  /** Lets signals in, and tells if the program is to end. */
  async isRequested(): Promise<boolean> {
    this.listen();
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#lastTurn = performance.now();
    this.#isDue = false;
    if (this.#lastTurn - this.#start > WORKER_AGE) await this.#delegate();
    return this.aborted;
  }

  /** Lets a worker listen. If it does not start, listening goes on here. */
  async #delegate(): Promise<void> {
    if (this.#worker !== undefined) return;
    const source = `onmessage = ({ data }) => { (${listen})(data); postMessage(0); };`;
    // Needs no permission, and is there in all executables: those of Deno 2.8 know no `blob:`.
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    const worker = this.#worker = new Worker(url, { type: "module" });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE);
    worker.onmessage = () => {
      this.#isDelegated = true;
      this.#hush?.();
      resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      resolve();
    };
    worker.postMessage(this.#orders);
    await promise;
    clearTimeout(timer);
    this.#onStart();
  }

  /** Lets signals end the program again. */
  [Symbol.dispose](): void {
    if (IGNORES_HANGUP) Deno.removeSignalListener("SIGHUP", ignore);
    this.#hush?.();
    this.#worker?.terminate();
  }
}

function ignore(): void {}

/**
 * Listens for signals. This function is the source of the worker, too: it uses nothing from
 * outside.
 *
 * @returns Stops that.
 */
function listen({ signals, heard, message }: Orders): () => void {
  const timers: ReturnType<typeof setTimeout>[] = [];
  const listeners = signals.map((signal, i) => {
    const hear = () => {
      const isFirst = Atomics.compareExchange(heard, 0, 0, i + 1) === 0;
      if (isFirst) timers.push(setTimeout(speak, 150));
      timers.push(setTimeout(hush, 500));
    };
    Deno.addSignalListener(signal, hear);
    return () => Deno.removeSignalListener(signal, hear);
  });
  const hush = () => {
    timers.forEach(clearTimeout);
    listeners.forEach((remove) => remove());
  };
  const speak = () => {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(message));
    } catch {
      // stderr is closed
    }
  };
  return hush;
}

/**
 * Tells if the hang-up of its terminal is not to end the program, as under nohup. This is asked
 * when the module is loaded: half a second later Deno listens itself, and undoes nohup.
 */
function isHangupIgnored(): boolean {
  try {
    const path = "/proc/self/status"; // of Linux, for programs that may do everything
    if (Deno.permissions.querySync({ name: "read", path }).state === "granted") {
      const [, lastDigit = ""] = /^SigIgn:.*(.)$/m.exec(Deno.readTextFileSync(path)) ?? [];
      return (parseInt(lastDigit, 16) & 1) === 1;
    }
  } catch {
    // not Linux, or not permitted
  }
  return ![Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal()); // so leaves nohup
}
