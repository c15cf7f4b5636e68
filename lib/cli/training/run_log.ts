/**
 * `--log FILE`: the steps of a run as lines of JSON. A line is
 * `{"step", "loss", "learningRate", "gradNorm"}`, or, for a validation after that step,
 * `{"step", "validationLoss", "validationDocumentLoss"}`: `loss` and `documentLoss` of an
 * `Evaluation`. A number that is not finite is `null`.
 *
 * @module
 */

import { whyUnwritable } from "../../files/file_errors.ts";
import { quote } from "../../text/quote.ts";
import { type Say, writeAll } from "../terminal/output.ts";
import { assertReplaceable } from "./own_file.ts";

/** The maximum number of characters that wait. */
const MAX_PENDING = 1 << 16;

/** A line is written at once if the last write was longer ago than this, in milliseconds. */
const MAX_WAIT = 1000;

/** The beginning of a log. */
const START = '{"step":';

/** A file that grows line by line. If it fails, training goes on without it. */
export class RunLog {
  readonly #path: string;
  readonly #fail: (error: Error) => void;
  #file: Deno.FsFile | undefined;
  /** True if it can be synced; pipes and terminals cannot. */
  readonly #isOnDisk: boolean;
  #pending = "";
  #lastFlush = performance.now();

  /**
   * Opens the file. A run that goes on keeps the lines up to its last step: what a
   * killed program has logged after it had saved the run comes again.
   *
   * @param stepsDone The number of steps that the run has taken already; 0 begins a new log.
   * @param warn Called if the log of a run that goes on lacks some of those.
   * @param fail Called if it cannot be written any more.
   * @throws {Error} If it cannot be opened, or there is something that is not a log.
   */
  constructor(path: string, stepsDone: number, warn: Say, fail: (error: Error) => void) {
    this.#path = path;
    this.#fail = fail;
    const isThere = assertReplaceable(path, "a log", START);
    const append = stepsDone > 0;
    try {
      // createNew follows no link, so nothing is written where nobody has looked.
      const mode = isThere ? { append, truncate: !append } : { createNew: true };
      this.#file = Deno.openSync(path, { write: true, ...mode });
      this.#isOnDisk = this.#file.statSync().isFile;
      if (append && isThere && this.#isOnDisk) {
        const last = cutAfter(path, stepsDone);
        if (last < stepsDone) warn(`${quote(path)} ${gapBetween(last, stepsDone)}`);
      }
    } catch (error) {
      this.#file?.close();
      throw this.#error(error);
    }
  }

  /** Adds a line. */
  line(values: Readonly<Record<string, number>>): void {
    this.#pending += JSON.stringify(values) + "\n";
    const isOld = performance.now() - this.#lastFlush > MAX_WAIT;
    if (isOld || this.#pending.length > MAX_PENDING) this.#flush();
  }

  /** Writes the lines that wait, and waits until they are on the disk. */
  sync(): void {
    this.#flush();
    if (this.#isOnDisk) this.#attempt((file) => file.syncDataSync());
  }

  /** Writes the lines that wait, and closes the file. */
  close(): void {
    this.#flush();
    this.#file?.close();
    this.#file = undefined;
  }

  #flush(): void {
    const lines = this.#pending;
    this.#pending = "";
    this.#lastFlush = performance.now();
    this.#attempt((file) => writeAll(file, lines));
  }

  #attempt(use: (file: Deno.FsFile) => void): void {
    try {
      if (this.#file !== undefined) use(this.#file);
    } catch (error) {
      this.#file?.close();
      this.#file = undefined;
      // Whoever reads it through a pipe may have seen enough.
      if (!(error instanceof Deno.errors.BrokenPipe)) this.#fail(this.#error(error));
    }
  }

  #error(error: unknown): Error {
    return new Error(`Cannot write ${quote(this.#path)}: ${whyUnwritable(error)}`);
  }
}

/**
 * Truncates a log after the lines of a step, and before a line that is not whole.
 *
 * @returns The last step that it has; 0 if there is none.
 */
function cutAfter(path: string, step: number): number {
  const log = new TextDecoder("latin1").decode(Deno.readFileSync(path)); // a character a byte
  let end = 0, last = 0;
  for (let next; (next = log.indexOf("\n", end) + 1) > 0; end = next) {
    const [, found] = /^\{"step":(\d+),/.exec(log.slice(end, next)) ?? [];
    if (!(Number(found) <= step)) break;
    last = Number(found);
  }
  Deno.truncateSync(path, end);
  return last;
}

/** Says which steps a log lacks. */
function gapBetween(last: number, next: number): string {
  return last + 1 === next ? `has no step ${next}` : `has no steps ${last + 1} to ${next}`;
}
