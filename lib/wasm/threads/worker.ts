/**
 * The work of a thread, and the start of one: a `Worker`, or one of Node's `worker_threads` where
 * there is none. Threads communicate through the control block, an array of integers in shared
 * memory, because a message would take longer than a phase.
 *
 * @module
 */

import { MAX_THREADS } from "../../engine.ts";
import type { Count } from "../memory/place.ts";

/** The tasks of a call: the phases of `phases.ts`. */
export const TASK = { rows: 0, weights: 1, range: 2 } as const;

/** The states of a team, see `WORD.gate`. */
export const GATE = {
  /** Between two steps: a thread that has waited for a while closes the gate and leaves. */
  open: 0,
  /** Within a step. */
  held: 1,
  /** After the last step: every thread leaves. */
  closed: 2,
} as const;

/**
 * The layout of the control block, in words of 32 bits. Each word that threads wait for has a cache
 * line of its own.
 */
export const WORD = {
  /** One of {@linkcode GATE}. */
  gate: 0,
  /** The number of calls so far; workers wait for the next one. */
  call: 16,
  /** The number of workers that have done their part of the call; the main thread waits for all. */
  done: 32,
  /** The number of workers that have started. */
  ready: 48,
  /** One of {@linkcode TASK}. */
  task: 64,
  /** The number of rows in all. */
  n: 65,
  /** `scale` and `offset` of Adam's step, as two numbers of 64 bits. */
  step: 66,
  /** The length of the message of a thread that has failed; 0 while none has. */
  failed: 80,
  /** The message in UTF-8: 256 bytes. */
  message: 81,
  /** Two words per thread: the start of its part in rows or cache lines, and its length. */
  parts: 160,
} as const;

/** The number of bytes of the control block. */
export const CONTROL_BYTES = 4 * (WORD.parts + 2 * MAX_THREADS);

/** The job of a thread. A worker receives it as it is. */
export interface Job {
  /** The programs of `phases()`, compiled. */
  readonly module: WebAssembly.Module;
  /** The memory of the model. */
  readonly memory: WebAssembly.Memory;
  /** The control block. */
  readonly control: SharedArrayBuffer;
  /** The thread's number; 0 is the main thread. */
  readonly thread: Count;
  /** The number of all threads. */
  readonly threads: Count;
  /** The length of the embeddings, which the last thread updates. */
  readonly tablesLength: number;
  /** The number of looks for a call before it goes to sleep. */
  readonly spins: Count;
  /** The time without a step after which it leaves, in milliseconds. */
  readonly idle: number;
  readonly word: typeof WORD;
  readonly taskNumber: typeof TASK;
  readonly state: typeof GATE;
}

/** The functions of the module, by their names. */
export type Functions = Readonly<Record<string, (...args: number[]) => void>>;

/**
 * Does a thread's part of a call. This function and {@linkcode work} are the source of a worker, so
 * they use nothing from outside.
 */
export function perform(
  { control, thread, threads, tablesLength, word, taskNumber }: Job,
  functions: Functions,
): void {
  const words = new Int32Array(control);
  const [scale = 0, offset = 0] = new Float64Array(control, 4 * word.step, 2);
  const from = words[word.parts + 2 * thread]!; // in bounds, as all words
  const length = words[word.parts + 2 * thread + 1]!;
  switch (words[word.task]) {
    case taskNumber.rows:
      if (length > 0) functions["rows"]!(from, length);
      break;
    case taskNumber.weights:
      functions[`weights${thread}`]!(words[word.n]!, scale, offset);
      if (thread === threads - 1 && scale !== 0) functions["update"]!(tablesLength, scale, offset);
      break;
    case taskNumber.range:
      functions["range"]!(from, length, scale, offset);
  }
}

/**
 * Works until the gate is closed, or closes it after a while without a step.
 *
 * @param doPart The function {@linkcode perform}.
 * @param onReady Called when it can be called.
 */
function work(
  job: Job,
  doPart: (job: Job, functions: Functions) => void,
  onReady: () => void,
): void {
  const { module, memory, control, spins, idle, word, state } = job;
  const words = new Int32Array(control);
  const functions = new WebAssembly.Instance(module, { "": { memory } }).exports as Functions;
  /** Waits for a call; returns false if there will be none. */
  const isCalled = (last: number): boolean => {
    for (let i = 0; i < spins; i++) if (Atomics.load(words, word.call) !== last) return true;
    while (Atomics.load(words, word.call) === last) {
      if (Atomics.wait(words, word.call, last, idle) !== "timed-out") continue;
      const gate = Atomics.compareExchange(words, word.gate, state.open, state.closed);
      if (gate !== state.held) return false;
    }
    return true;
  };
  const fail = (error: unknown) => {
    const text = new TextEncoder().encode(String(error)).subarray(0, 256);
    new Uint8Array(control).set(text, 4 * word.message);
    Atomics.store(words, word.failed, text.length);
  };
  Atomics.add(words, word.ready, 1);
  onReady();
  for (let call = 0; isCalled(call); call++) {
    if (Atomics.load(words, word.gate) === state.closed) return;
    try {
      doPart(job, functions);
    } catch (error) {
      fail(error);
    }
    const isLast = Atomics.add(words, word.done, 1) === job.threads - 2;
    if (isLast) Atomics.notify(words, word.done);
  }
}

/**
 * Returns the part of a worker's source that is the same on all platforms.
 *
 * @param doPart The source of a function like {@linkcode perform}.
 */
export function workerSource(doPart = String(perform)): string {
  return `const perform = ${doPart};\nconst work = ${work};\n`;
}

/** A thread that has been started. */
export interface Thread {
  /** Ends it. Close the gate first: Deno does not wake a thread that sleeps. */
  terminate(): unknown;
}

/** The part of Node's `worker_threads` that is used. */
interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: { readonly eval: true; readonly workerData: Job },
  ) => Thread & {
    on(event: "message" | "error", listener: (message: unknown) => void): void;
    unref(): void;
  };
}

/** Finds Node's threads without an import, which bundlers for browsers reject. */
function nodeThreads(): NodeThreads | undefined {
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  };
  return process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
}

/** Tells if a page is isolated from others, and may share memory; `undefined` outside of a page. */
function isIsolated(): boolean | undefined {
  return (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated;
}

/** Tells if threads that share memory can be started here. */
export function hasThreads(): boolean {
  return typeof SharedArrayBuffer !== "undefined" && isIsolated() !== false &&
    (typeof Worker !== "undefined" || nodeThreads() !== undefined);
}

/** The messages of a worker. */
const MESSAGE = { ready: 0, failure: 1 };

/** The main program of a worker, given its `job` and a function `post` for messages. */
const START = `try {
  work(job, perform, () => post(${MESSAGE.ready}));
} catch {
  post(${MESSAGE.failure});
}`;

/**
 * Starts a thread.
 *
 * @param onReady Called when it has started.
 * @param onFailure Called if it cannot.
 * @param source Its program.
 */
export function startThread(
  job: Job,
  onReady: () => void,
  onFailure: () => void,
  source = workerSource(),
): Thread {
  const onMessage = (message: unknown) => message === MESSAGE.ready ? onReady() : onFailure();
  return typeof Worker === "undefined"
    ? startNodeThread(job, onMessage, source)
    : startWorker(job, onMessage, source);
}

function startWorker(job: Job, onMessage: (message: unknown) => void, source: string): Thread {
  const program =
    `${source}onmessage = ({ data: job }) => { const post = postMessage; ${START} close(); };`;
  const url = urlOf(program);
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url);
    onMessage(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    onMessage(MESSAGE.failure);
  };
  worker.postMessage(job);
  return worker;
}

/**
 * Returns an address of a program, which needs no permission. To a page, a worker of a `data:`
 * address is a stranger that gets no shared memory; an executable of Deno 2.8 knows no `blob:`.
 */
function urlOf(program: string): string {
  return isIsolated() === undefined
    ? `data:text/javascript,${encodeURIComponent(program)}`
    : URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
}

function startNodeThread(job: Job, onMessage: (message: unknown) => void, source: string): Thread {
  const { Worker } = nodeThreads()!; // as hasThreads() has found
  const program = `const { workerData: job, parentPort } = require("node:worker_threads");
const post = (message) => parentPort.postMessage(message);
${source}${START}`;
  const worker = new Worker(program, { eval: true, workerData: job });
  worker.on("message", (message) => {
    worker.unref(); // now it does not keep the process alive
    onMessage(message);
  });
  worker.on("error", () => onMessage(MESSAGE.failure));
  return worker;
}
