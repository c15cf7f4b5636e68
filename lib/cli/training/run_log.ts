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
import { writeAll } from "../terminal/output.ts";
import { assertReplaceable, isFile } from "./own_file.ts";

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
  #pending = "";
  #lastFlush = performance.now();

  /**
   * Opens the file. A run that goes on keeps the lines up to its last step: what a
   * killed program has logged after it had saved the run comes again.
   *
   * @param stepsDone The number of steps that the run has taken already; 0 begins a new log.
   * @param fail Called if it cannot be written any more.
   * @throws {Error} If it cannot be opened, or there is something that is not a log.
   */
  constructor(path: string, stepsDone: number, fail: (error: Error) => void) {
    this.#path = path;
    this.#fail = fail;
    assertReplaceable(path, "a log", START);
    const append = stepsDone > 0;
    try {
      if (append && isFile(path)) cutAfter(path, stepsDone);
      this.#file = Deno.openSync(path, { create: true, write: true, append, truncate: !append });
    } catch (error) {
      throw this.#error(error);
    }
  }

  /** Adds a line. */
  line(values: Readonly<Record<string, number>>): void {
    this.#pending += JSON.stringify(values) + "\n";
    const isOld = performance.now() - this.#lastFlush > MAX_WAIT;
    if (isOld || this.#pending.length > MAX_PENDING) this.#flush();
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
    try {
      if (this.#file !== undefined) writeAll(this.#file, lines);
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

/** Truncates a log after the lines of a step, and before a line that is not whole. */
function cutAfter(path: string, step: number): void {
  const log = new TextDecoder("latin1").decode(Deno.readFileSync(path)); // a character a byte
  let end = 0;
  for (let next; (next = log.indexOf("\n", end) + 1) > 0; end = next) {
    const [, found] = /^\{"step":(\d+),/.exec(log.slice(end, next)) ?? [];
    if (!(Number(found) <= step)) break;
  }
  Deno.truncateSync(path, end);
}
