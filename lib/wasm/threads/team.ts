/**
 * A team: the main thread and its workers. In a call each of them does its part of a task; the call
 * returns when all have done so.
 *
 * @module
 */

import type { AdamStep } from "../kernels/kernel.ts";
import type { Count } from "../memory/place.ts";
import {
  CONTROL_BYTES,
  type Functions,
  GATE,
  type Job,
  perform,
  startThread,
  TASK,
  type Thread,
  WORD,
} from "./worker.ts";

/** The part of a job that does not depend on the thread. */
export type TeamJob = Pick<Job, "module" | "memory" | "threads" | "tablesLength">;

/** Settings of a team, which tests change. */
export interface TeamOptions {
  /** The minimum number of seconds before a worker that does not answer is an error. */
  readonly patience?: number;
  /** The time without a step after which a worker leaves, in milliseconds. */
  readonly idle?: number;
  /** The program of a worker. */
  readonly source?: string;
}

/**
 * The number of looks for a change before a thread goes to sleep. They take 0.15 ms; to wake up a
 * thread can take as long.
 */
const SPINS = 20_000;

/** The time without a step after which a worker leaves, in milliseconds. */
const IDLE = 1000;

/** The main thread and its workers. */
export class Team implements Disposable {
  /** Resolves when all workers have started, or one cannot: to whether they have. */
  readonly started: Promise<boolean>;
  readonly #words: Int32Array;
  readonly #step: Float64Array;
  readonly #jobs: readonly Job[];
  readonly #functions: Functions;
  readonly #workers: Thread[] = [];
  readonly #patience: number;

  /**
   * Starts the workers. They end when it is disposed of, or a second after the last step.
   *
   * @param job The job of all threads.
   * @param functions The functions of the module for the main thread.
   * @param cores The number of threads that the machine runs at once.
   */
  constructor(
    job: TeamJob,
    functions: Functions,
    cores: Count,
    { patience = 30, idle = IDLE, source }: TeamOptions = {},
  ) {
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    this.#words = new Int32Array(control);
    this.#step = new Float64Array(control, 4 * WORD.step, 2);
    this.#functions = functions;
    this.#patience = patience;
    const common = {
      ...job,
      control,
      spins: job.threads <= cores ? SPINS : 0,
      idle,
      word: WORD,
      taskNumber: TASK,
      state: GATE,
    };
    this.#jobs = Array.from({ length: job.threads }, (_, thread) => ({ ...common, thread }));
    this.started = new Promise((resolve) => {
      let starting = job.threads - 1;
      const onReady = () => --starting === 0 && resolve(true);
      const onFailure = () => resolve(false);
      try {
        for (const job of this.#jobs.slice(1)) {
          this.#workers.push(startThread(job, onReady, onFailure, source));
        }
      } catch {
        onFailure(); // workers are not allowed here
      }
    });
  }

  /** Keeps the workers until `release()`; returns false if they have left. */
  hold(): boolean {
    const before = Atomics.compareExchange(this.#words, WORD.gate, GATE.open, GATE.held);
    return before === GATE.open;
  }

  /** Lets the workers leave if there is nothing to do for long. */
  release(): void {
    Atomics.compareExchange(this.#words, WORD.gate, GATE.held, GATE.open);
  }

  /** True if all workers have started. */
  get isReady(): boolean {
    return Atomics.load(this.#words, WORD.ready) === this.#jobs.length - 1;
  }

  /** Sets the part of a thread: the first of its rows or lines, and their number. */
  setPart(thread: Count, from: number, length: number): void {
    this.#words[WORD.parts + 2 * thread] = from;
    this.#words[WORD.parts + 2 * thread + 1] = length;
  }

  /** Sets what is the same for all threads: the number of all rows, and the step of Adam. */
  setStep(n: Count, { scale, offset }: AdamStep): void {
    this.#words[WORD.n] = n;
    this.#step[0] = scale;
    this.#step[1] = offset;
  }

  /**
   * Does a task: each thread its part.
   *
   * @throws {Error} If a thread has failed. The team has ended then, and the results are unusable.
   */
  run(task: (typeof TASK)[keyof typeof TASK]): void {
    const words = this.#words;
    words[WORD.task] = task;
    Atomics.store(words, WORD.done, 0);
    Atomics.add(words, WORD.call, 1);
    Atomics.notify(words, WORD.call);
    const start = performance.now();
    try {
      perform(this.#jobs[0]!, this.#functions); // the main thread's
      this.#join(performance.now() - start);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits until all workers have done their parts; the main thread took `own` milliseconds. */
  #join(own: number): void {
    const words = this.#words, { spins } = this.#jobs[0]!; // the main thread's
    const { length } = this.#workers;
    for (let i = 0; i < spins && Atomics.load(words, WORD.done) < length; i++);
    // Parts take about the same time on all threads, unless the machine is busy.
    const limit = this.#patience + own / 10;
    let done: number, seconds = 0;
    while ((done = Atomics.load(words, WORD.done)) < length) {
      if (isChanged(words, WORD.done, done) || ++seconds < limit) continue;
      throw new Error(
        `Cannot go on with training: ${length - done} of ${length} threads have not answered ` +
          `for ${seconds} seconds: try 1 thread`,
      );
    }
    const failed = Atomics.load(words, WORD.failed);
    if (failed === 0) return;
    const text = new Uint8Array(words.buffer, 4 * WORD.message, failed).slice(); // not shared
    throw new Error(
      `Cannot go on with training: a thread has failed: ${new TextDecoder().decode(text)}`,
    );
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    Atomics.store(this.#words, WORD.gate, GATE.closed);
    Atomics.add(this.#words, WORD.call, 1);
    Atomics.notify(this.#words, WORD.call);
    for (const worker of this.#workers) worker.terminate();
  }
}

/** Waits for another value, at most a second; returns whether there is one. */
function isChanged(words: Int32Array, word: number, value: number): boolean {
  canSleep ??= maySleep(words);
  if (canSleep) {
    const end = Atomics.wait(words, word, value, 1000);
    return end !== "timed-out" || Atomics.load(words, word) !== value;
  }
  const end = performance.now() + 1000;
  while (Atomics.load(words, word) === value) if (performance.now() > end) return false;
  return true;
}

let canSleep: boolean | undefined;

/** Tells if this thread may sleep: the main thread of a page may not. */
function maySleep(words: Int32Array): boolean {
  try {
    Atomics.wait(words, WORD.gate, -1, 0); // which it is not
    return true;
  } catch {
    return false;
  }
}
