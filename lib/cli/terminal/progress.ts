/**
 * The progress bar: drawn on stderr, on a terminal only.
 *
 * @module
 */

import { cutToColumns, printable } from "../../text/columns.ts";
import { say } from "./output.ts";
import { Sparkline } from "./sparkline.ts";

/** How often the bar is drawn, in milliseconds. */
const INTERVAL = 100;

/** How often the clock is asked, in milliseconds: at each step it would take a hundredth of it. */
const LOOK_INTERVAL = 5;

/** How much of the mean loss a step leaves as it is: it goes back a hundred steps or so. */
const DECAY = 0.99;

/** Erases what is below the start of the line, all rows if the terminal has broken it. */
const ERASE = "\r\x1b[J";

/** Lets the terminal drop what is wider than it, instead of going on in the next row. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/** A progress bar with the loss, its curve, the speed and the time left. */
export class Progress {
  readonly #start = performance.now();
  readonly #curve = new Sparkline();
  /** The mean of the losses so far, which weigh less the older they are, times `#weight`. */
  #weightedLoss = 0;
  /** What they weigh in all: it goes to 1. */
  #weight = 0;
  /** How many steps were done before the first that was noted. */
  #stepsBefore: number | undefined;
  /** At which step the clock is asked again. */
  #nextLook = 0;
  #lastDrawn = -Infinity;
  /** The bar that the terminal shows, if any. */
  #drawn = "";

  /**
   * Notes a step, and draws the bar anew if the last time is long enough ago.
   *
   * The loss of a step says more about its document than about the model, so the bar shows a
   * mean of the last ones (an exponential moving average); as that begins with nothing, it is
   * divided by the weight it has (the bias correction of Adam, Kingma and Ba 2014).
   *
   * @param step How many steps are done.
   * @param numSteps How many there are.
   * @param loss The loss of the last one.
   */
  update(step: number, numSteps: number, loss: number): void {
    this.#weightedLoss = DECAY * this.#weightedLoss + (1 - DECAY) * loss;
    this.#weight = DECAY * this.#weight + (1 - DECAY);
    const smoothed = this.#weightedLoss / this.#weight;
    this.#curve.add(smoothed);
    if (step < this.#nextLook) return;
    const now = performance.now();
    const elapsed = now - this.#start;
    this.#stepsBefore ??= step - 1;
    const steps = step - this.#stepsBefore;
    this.#nextLook = step + steps * LOOK_INTERVAL / Math.max(elapsed, LOOK_INTERVAL);
    if (now - this.#lastDrawn < INTERVAL) return;
    this.#lastDrawn = now;
    const speed = 1000 * steps / elapsed;
    const state = { step, numSteps, loss: smoothed, speed, curve: this.#curve };
    this.#drawn = barText(state, columns());
    say(draw(this.#drawn));
  }

  /**
   * Writes lines above the bar, made {@linkcode printable} and cut to the terminal.
   */
  note(lines: readonly string[]): void {
    const width = columns() - 1;
    const text = lines.map((line) => cutToColumns(printable(line), width) + "\n").join("");
    const bar = this.#drawn;
    say(bar === "" ? text : ERASE + WRAP_OFF + text + WRAP_ON + draw(bar));
  }

  /** Takes the bar away if there is one, to make room for other output. */
  clear(): void {
    if (this.#drawn !== "") say(ERASE);
    this.#drawn = "";
  }
}

/** What shows the bar instead of the last one; the cursor stays at its start, for {@linkcode ERASE}. */
function draw(bar: string): string {
  return `${WRAP_OFF}\r${bar}\x1b[J${WRAP_ON}\r`;
}

/** What the bar tells. */
export interface BarState {
  /** How many steps are done. */
  readonly step: number;
  /** How many there are. */
  readonly numSteps: number;
  /** The loss, smoothed. */
  readonly loss: number;
  /** How many steps it does in a second. */
  readonly speed: number;
  /** The losses so far. */
  readonly curve: Sparkline;
}

/** What may be left out of the bar, from left to right. */
const LAYOUTS = [
  ["bar", "percent", "loss", "curve", "speed", "left"],
  ["percent", "loss", "curve", "speed", "left"],
  ["percent", "loss", "curve", "left"],
  ["percent", "loss", "left"],
  ["percent", "loss"],
] as const;

const GAP = "  ";

/**
 * The text of the bar: less of it where the terminal is narrow.
 *
 * @param state What it tells.
 * @param width The width of the terminal, in columns; the last one stays free.
 */
export function barText(state: BarState, width: number): string {
  const { step, numSteps, loss, speed, curve } = state;
  const parts = {
    bar: " ".repeat(10), // these two at their shortest, to begin with
    percent: `${Math.floor(100 * step / numSteps)}%`.padStart(4),
    loss: `loss ${loss.toFixed(2)}`,
    curve: " ".repeat(8),
    speed: `${speed.toFixed(speed < 10 ? 1 : 0)} steps/s`,
    left: `${duration((numSteps - step) / speed)} left`,
  };
  const spareOf = (layout: typeof LAYOUTS[number]) =>
    width - 1 - layout.map((part) => parts[part]).join(GAP).length;
  const layout = LAYOUTS.find((layout) => spareOf(layout) >= 0);
  if (layout === undefined) return parts.percent.slice(0, Math.max(0, width - 1));

  const half = layout[0] === "bar" ? 2 : 1; // the curve shares with the bar
  const curveWidth = Math.min(8 + Math.floor(spareOf(layout) / half), 24);
  parts.curve = curve.text(curveWidth).padEnd(curveWidth);
  const barWidth = Math.min(10 + spareOf(layout), 40);
  const filled = Math.round(barWidth * step / numSteps);
  parts.bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  return layout.map((part) => parts[part]).join(GAP);
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
    return Deno.consoleSize().columns || 80; // some terminals tell 0
  } catch {
    return 80; // not told
  }
}
