/** A terminal and a clock that a test holds in its hand, in place of the real ones. */

/** Something that was written. */
export interface Write {
  readonly to: "stdout" | "stderr";
  readonly text: string;
}

/** What a test sees of the terminal, and what it can change. */
export interface Terminal {
  /** All that has been written, in order. */
  readonly writes: Write[];
  /** What `performance.now()` tells; it stands still unless `tick` says otherwise. */
  now: number;
  /** By how much the time goes on each time it is asked for. */
  tick: number;
  /** The width; `undefined` if it cannot be told. */
  columns: number | undefined;
  /** How many bytes stdout takes of those it is given; throws if it takes none. */
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
    replace(performance, "now", () => terminal.now += terminal.tick),
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

/** Erases the line of a terminal that the cursor is in. */
export const ERASE_LINE = "\r\x1b[K";

/** What can be read on the terminal at the end. */
export function screen(writes: readonly Write[]): string {
  let text = "";
  const parts = writes.map(({ text }) => text).join("").split(ERASE_LINE);
  parts.forEach((part, i) => {
    if (i > 0) text = text.slice(0, text.lastIndexOf("\n") + 1);
    text += part;
  });
  return text;
}

/** What went to stdout, or to stderr. */
export function writtenTo(to: Write["to"], writes: readonly Write[]): string {
  return writes.filter((write) => write.to === to).map(({ text }) => text).join("");
}
