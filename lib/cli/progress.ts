/**
 * The progress bar: drawn on stderr, on a terminal only.
 *
 * @module
 */

import { say } from "./output.ts";

/** How often the bar is drawn, in milliseconds. */
const INTERVAL = 100;

/** Erases the line of the terminal that the cursor is in. */
const ERASE_LINE = "\r\x1b[K";

/** A progress bar with the loss, the speed and the time left. */
export class Progress {
  readonly #isShown: boolean;
  readonly #start = performance.now();
  #lastDrawn = 0;
  #isDrawn = false;

  /** @param isShown Whether to draw at all. */
  constructor(isShown: boolean) {
    this.#isShown = isShown;
  }

  /** Draws the bar anew if the last time is long enough ago. */
  update(step: number, numSteps: number, loss: number): void {
    if (!this.#isShown) return;
    const now = performance.now();
    if (now - this.#lastDrawn < INTERVAL) return;
    this.#lastDrawn = now;
    this.#isDrawn = true;
    const elapsed = (now - this.#start) / 1000;
    say(ERASE_LINE + barText(step, numSteps, loss, elapsed, columns()));
  }

  /** Takes the bar away if there is one, to make room for other output. */
  clear(): void {
    if (this.#isDrawn) say(ERASE_LINE);
    this.#isDrawn = false;
  }
}

/**
 * The text of the bar: less of it where the terminal is narrow.
 *
 * @param step How many steps are done.
 * @param numSteps How many there are.
 * @param loss The loss of the last one.
 * @param elapsed The time since the start, in seconds.
 * @param width The width of the terminal, in columns; the last one stays free.
 */
export function barText(
  step: number,
  numSteps: number,
  loss: number,
  elapsed: number,
  width: number,
): string {
  const speed = step / elapsed;
  const percent = `${Math.floor(100 * step / numSteps)}%`.padStart(4);
  const parts = [
    percent,
    `loss ${loss.toFixed(2)}`,
    `${Math.round(speed)} steps/s`,
    `${duration((numSteps - step) / speed)} left`,
  ];
  while (parts.length > 1 && parts.join("  ").length > width - 1) parts.pop();
  const text = parts.join("  ");
  const room = Math.min(width - 1 - text.length - 2, 40);
  if (room < 10) return text.slice(0, Math.max(0, width - 1));
  const filled = Math.round(room * step / numSteps);
  return `${"█".repeat(filled)}${"░".repeat(room - filled)}  ${text}`;
}

/** 75 s as `1:15`. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const s = Math.ceil(seconds);
  const pad = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  return minutes < 60
    ? `${minutes}:${pad(s % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(s % 60)}`;
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // not told
  }
}
