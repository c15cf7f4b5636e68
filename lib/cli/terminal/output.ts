/**
 * The output of the program: results on stdout, talk on stderr.
 *
 * @module
 */

import { printable, toJson } from "../../text/quote.ts";

/** A line is written at once if the last write was longer ago than this, in milliseconds. */
const MAX_WAIT = 100;

/** The maximum number of characters that wait. */
const MAX_PENDING = 1 << 16;

/**
 * Writes lines to stdout, many at a time: 1,000 writes cost more than training a small model. On a
 * terminal a line cannot give orders; files and pipes get it as it is.
 */
export class Results {
  readonly #isTerminal = Deno.stdout.isTerminal();
  #pending = "";
  #lastFlush = Date.now();

  /**
   * Adds a line.
   *
   * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
   * @throws {Error} If stdout cannot be written.
   */
  line(text: string): void {
    this.#pending += (this.#isTerminal ? printable(text) : text) + "\n";
    const isOld = Math.abs(Date.now() - this.#lastFlush) > MAX_WAIT; // a faster clock, which can be set back
    if (isOld || this.#pending.length > MAX_PENDING) this.flush();
  }

  /** Adds a line of JSON. */
  json(value: Readonly<Record<string, unknown>>): void {
    this.line(toJson(value));
  }

  /** True if there are lines that wait. */
  get isWaiting(): boolean {
    return this.#pending !== "";
  }

  /**
   * Writes the lines that wait.
   *
   * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
   * @throws {Error} If stdout cannot be written.
   */
  flush(): void {
    const bytes = new TextEncoder().encode(this.#pending);
    this.#pending = "";
    try {
      for (let done = 0; done < bytes.length;) done += writeSome(bytes.subarray(done));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      throw new Error(`Cannot write the results: ${(error as Error).message}`); // Deno throws errors
    }
    this.#lastFlush = Date.now();
  }
}

/** The number of bytes that a pipe takes at once or not at all: PIPE_BUF of Linux. */
const PIECE = 4096;

const LINE_FEED = 0x0a;

/**
 * Writes a piece to stdout; waits if stdout is a full pipe that does not wait
 * itself. A piece ends with a line: stdout keeps what follows the last line break
 * in a buffer of its own, even if the pipe then takes nothing.
 */
function writeSome(bytes: Uint8Array): number {
  const lineEnd = bytes.lastIndexOf(LINE_FEED, PIECE - 1) + 1;
  const piece = bytes.subarray(0, bytes.length > PIECE && lineEnd > 0 ? lineEnd : PIECE);
  try {
    return Deno.stdout.writeSync(piece);
  } catch (error) {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); // ms
    return 0;
  }
}

/** Writes to stderr; if that is closed there is nobody to tell, and the work goes on. */
export function say(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // see above
  }
}

/** Writes all of a text, which a file or a terminal may take in pieces. */
export function writeAll(to: Pick<Deno.FsFile, "writeSync">, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
}

/** Says one line to the user. */
export type Say = (message: string) => void;

/** Talks to the user, on stderr. */
export interface Talk {
  /** Says what is good to know; says nothing if the user wants quiet. */
  readonly note: Say;
  /** Says what changes the results. */
  readonly warn: Say;
}

/** Talks to the user; results that wait, which may be the subject, are written first. */
export function newTalk(quiet: boolean, results: Results): Talk {
  const warn: Say = (message) => {
    results.flush();
    say(`${printable(message)}\n`);
  };
  return { note: quiet ? () => {} : warn, warn };
}

let isColored: boolean | undefined;

/**
 * Turns the color of stderr on or off.
 *
 * @param color `auto`: on a terminal, unless the environment variable NO_COLOR is set.
 */
export function setColor(color: "auto" | "always" | "never"): void {
  isColored = color === "auto" ? undefined : color === "always";
}

/** Tells if stderr is in color. */
export function hasColor(): boolean {
  return isColored ?? (Deno.stderr.isTerminal() && !Deno.noColor);
}

/** Makes a text stand out on stderr, bold and red. */
export function strong(text: string): string {
  return colored(text, "1;31");
}

/** Marks a text on stderr, in cyan. */
export function marked(text: string): string {
  return colored(text, "36");
}

/** Makes a text recede on stderr, dim. */
export function faint(text: string): string {
  return colored(text, "2");
}

function colored(text: string, codes: string): string {
  return text !== "" && hasColor() ? `\x1b[${codes}m${text}\x1b[m` : text;
}

/** Erases from the start of the line, all its rows if the terminal has wrapped it. */
export const ERASE = "\r\x1b[J";

/** Tells if stderr is a terminal that can erase, so that a bar can be drawn again and again. */
export function canShowBar(): boolean {
  return Deno.stderr.isTerminal() && terminalType() !== "dumb";
}

/** Reads `TERM` of the environment, if the program may. */
function terminalType(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TERM" });
  return state === "granted" ? Deno.env.get("TERM") : undefined;
}

/** Returns the width of the terminal. */
export function columns(): number {
  try {
    return Deno.consoleSize().columns || 80; // some terminals tell 0
  } catch {
    return 80; // not told
  }
}
