/**
 * The screen of a terminal after some output: as much of one as the program needs.
 *
 * @module
 */

/** A character, and the look that it was written with. */
interface Cell {
  readonly character: string;
  readonly look: Look;
}

/** A look that the program uses. */
export type Look = "plain" | "faint" | "marked";

/** A part of a row that looks the same. */
export interface Part {
  readonly text: string;
  readonly look: Look;
}

const LOOKS: Readonly<Record<string, Look>> = {
  "": "plain",
  "0": "plain",
  "2": "faint",
  "36": "marked",
};

/** A terminal without an end: rows do not leave it at its top. */
export class Screen {
  readonly #columns: number;
  readonly #rows: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #look: Look = "plain";
  #wraps = true;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The row of the cursor. */
  get row(): number {
    return this.#row;
  }

  /** The rows, without spaces at their ends. */
  get rows(): readonly (readonly Part[])[] {
    return this.#rows.map(partsOf);
  }

  /** Writes output. */
  write(output: string): void {
    // deno-lint-ignore no-control-regex -- escape sequences are made of control characters
    for (const [piece, code, command] of output.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[^]/gu)) {
      if (command !== undefined) this.#obey(code ?? "", command);
      else if (piece === "\r") this.#column = 0;
      else if (piece === "\n") this.#down();
      else this.#put(piece);
    }
  }

  #obey(code: string, command: string): void {
    const row = this.#rows[this.#row] ??= [];
    if (command === "m") this.#look = LOOKS[code] ?? unknown(code, command);
    else if (command === "J" && code === "") {
      row.length = Math.min(row.length, this.#column);
      this.#rows.length = this.#row + 1;
    } else if (command === "K" && code === "2") row.length = 0;
    else if (command === "G" && code === "0") this.#column = 0;
    else if (code === "?7") this.#wraps = command === "h";
    else unknown(code, command);
  }

  #put(character: string): void {
    if (this.#column === this.#columns) {
      if (!this.#wraps) return;
      this.#column = 0;
      this.#down();
    }
    const row = this.#rows[this.#row] ??= [];
    row[this.#column++] = { character, look: this.#look };
  }

  #down(): void {
    this.#rows[++this.#row] ??= [];
  }
}

function unknown(code: string, command: string): never {
  throw new Error(`Cannot show ESC [ ${code} ${command}`);
}

function partsOf(row: readonly Cell[]): Part[] {
  const parts: { text: string; look: Look }[] = [];
  for (const { character, look } of row) {
    const last = parts.at(-1);
    if (last?.look === look) last.text += character;
    else parts.push({ text: character, look });
  }
  for (let last; (last = parts.at(-1)) !== undefined;) {
    last.text = last.text.trimEnd();
    if (last.text !== "") break;
    parts.pop();
  }
  return parts;
}

/** The text of a row. */
export function textOf(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join("");
}
