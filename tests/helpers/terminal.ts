/** A terminal and a clock that a test holds in its hand, in place of the real ones. */

/** Something that was written. */
export interface Write {
  readonly to: "stdout" | "stderr";
  readonly text: string;
}

/** A terminal as a test sees it, and can change it. */
export interface Terminal {
  /** All that has been written, in order. */
  readonly writes: Write[];
  /** The time of `performance.now()` and `Date.now()`; it stands still unless `tick` says otherwise. */
  now: number;
  /** By how much the time goes on each time it is asked for. */
  tick: number;
  /** The width; `undefined` if it cannot be told. */
  columns: number | undefined;
  /** `TERM` of the environment. */
  type: string | undefined;
  /** True if stdin is a terminal. */
  isStdinTerminal: boolean;
  /** True if stdout is a terminal, too. */
  isStdoutTerminal: boolean;
  /** Returns the number of bytes that stdout takes; throws if it takes none. */
  accept: (bytes: Uint8Array) => number;
}

/**
 * Calls `body` with a terminal that stands for stdout and stderr, and a clock.
 *
 * @param isTerminal What `isTerminal()` of stderr says.
 */
export async function withTerminal(
  body: (terminal: Terminal) => void | Promise<void>,
  isTerminal = true,
): Promise<void> {
  const terminal: Terminal = {
    writes: [],
    now: 1000,
    tick: 0,
    columns: 80,
    type: "xterm-256color",
    isStdinTerminal: true,
    isStdoutTerminal: false,
    accept: (bytes) => bytes.length,
  };
  const write = (to: Write["to"], bytes: Uint8Array, n: number) => {
    terminal.writes.push({ to, text: new TextDecoder().decode(bytes.subarray(0, n)) });
    return n;
  };
  const restore = [
    replace(
      Deno.stdout,
      "writeSync",
      (bytes: Uint8Array) => write("stdout", bytes, terminal.accept(bytes)),
    ),
    replace(Deno.stderr, "writeSync", (bytes: Uint8Array) => write("stderr", bytes, bytes.length)),
    replace(Deno.stderr, "isTerminal", () => isTerminal),
    replace(Deno.stdin, "isTerminal", () => terminal.isStdinTerminal),
    replace(Deno.stdout, "isTerminal", () => terminal.isStdoutTerminal),
    replace(Deno.env, "get", (name: string) => name === "TERM" ? terminal.type : undefined),
    replace(performance, "now", () => terminal.now += terminal.tick),
    replace(Date, "now", () => terminal.now += terminal.tick),
    replace(Deno, "consoleSize", () => {
      if (terminal.columns === undefined) throw new Error("not a terminal");
      return { columns: terminal.columns, rows: 24 };
    }),
  ];
  try {
    await body(terminal);
  } finally {
    for (const back of restore) back();
  }
}

/** Puts a function in place of another, and returns what puts it back. */
function replace(object: object, name: string, value: unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => {
    if (original === undefined) Reflect.deleteProperty(object, name); // that of the class again
    else Object.defineProperty(object, name, original);
  };
}

/**
 * Returns the text on the terminal at the end.
 *
 * @throws {Error} If something is written that this terminal does not understand.
 */
export function screen(writes: readonly Write[]): string {
  const text = writes.map(({ text }) => text).join("");
  const rows: string[][] = [[]];
  let row = 0, column = 0;
  for (const [part] of text.matchAll(/\p{Cc}\[\??[\d;]*[A-Za-z]|[^]/gu)) {
    const cells = rows[row]!; // each line feed adds one
    if (part === "\r") column = 0;
    else if (part === "\n") {
      rows[++row] ??= [];
      column = 0;
    } else if (part === "\x1b[J") {
      cells.length = Math.min(cells.length, column);
      rows.length = row + 1;
    } else if (part === "\x1b[?7l" || part === "\x1b[?7h") { // whether to wrap
      // deno-lint-ignore no-control-regex
    } else if (/^\x1b\[[\d;]*m$/.test(part)) { // a color
    } else if (/\p{Cc}/u.test(part)) throw new Error(`Cannot show ${JSON.stringify(part)}`);
    else cells[column++] = part;
  }
  return rows.map((cells) => cells.join("")).join("\n");
}

/** The output to stdout, or to stderr. */
export function writtenTo(to: Write["to"], writes: readonly Write[]): string {
  return writes.filter((write) => write.to === to).map(({ text }) => text).join("");
}
