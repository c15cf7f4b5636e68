/**
 * The progress bar: drawn on stderr, on a terminal only.
 *
 * @module
 */

import { columnsOf, cutToColumns } from "../../text/columns.ts";
import { printable } from "../../text/quote.ts";
import { columns, ERASE, faint, marked, say } from "./output.ts";
import { Pace } from "./pace.ts";
import { Sparkline } from "./sparkline.ts";

/** The time between two drawings of the bar, in milliseconds. */
const INTERVAL = 100;

/** Decay of the mean loss per step: it looks back about a hundred steps. */
const DECAY = 0.99;

/** Makes the terminal truncate lines instead of wrapping them. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/** A progress bar with the loss, its curve, the speed and the time left. */
export class Progress {
  readonly #pace = new Pace();
  readonly #curve = new Sparkline();
  /** The mean of the losses so far, older ones weighing less, times `#weight`. */
  #weightedLoss = 0;
  /** Their total weight, which tends to 1. */
  #weight = 0;
  #lastDrawn = -Infinity;
  /** The bar that the terminal shows, if any. */
  #drawn = "";

  /**
   * Records a step, and redraws the bar if the last time is long enough ago.
   *
   * The loss of a step says more about its document than about the model, so the bar shows an
   * exponential moving average. It starts at zero, so it is divided by its total weight: the
   * bias correction of Adam (Kingma and Ba 2014).
   */
  update(step: number, numSteps: number, loss: number): void {
    this.#weightedLoss = DECAY * this.#weightedLoss + (1 - DECAY) * loss;
    this.#weight = DECAY * this.#weight + (1 - DECAY);
    const smoothed = this.#weightedLoss / this.#weight;
    this.#curve.add(smoothed);
    const elapsed = this.#pace.step();
    if (elapsed === undefined || elapsed - this.#lastDrawn < INTERVAL) return;
    this.#lastDrawn = elapsed;
    const speed = 1000 * this.#pace.steps / elapsed;
    const state = { step, numSteps, loss: smoothed, speed, curve: this.#curve };
    this.#show(barText(state, columns()));
  }

  /** Shows that work has begun, until there is a loss to show: a step can take long. */
  begin(step: number, numSteps: number): void {
    const text = `${percent(step, numSteps)}  step ${step + 1} of ${numSteps} ...`;
    this.#show(cutToColumns(text, columns() - 1));
  }

  /** Draws the bar again, where something else has erased it. */
  redraw(): void {
    if (this.#drawn !== "") this.#show(this.#drawn);
  }

  #show(bar: string): void {
    this.#drawn = bar;
    say(draw(bar));
  }

  /**
   * Writes samples above the bar, made {@linkcode printable} and cut to the terminal.
   *
   * @param step The step after which the model writes them.
   * @param samples The samples; those that are known stand out.
   */
  samples(step: string, samples: readonly Sample[]): void {
    let left = columns() - 1;
    let line = "";
    const add = (text: string, look: (text: string) => string) => {
      const cut = cutToColumns(printable(text), Math.max(0, left));
      left -= columnsOf(cut);
      line += look(cut);
    };
    add(step, faint);
    for (const { text, isKnown } of samples) {
      add(GAP, String);
      add(text, isKnown ? marked : String);
    }
    const bar = this.#drawn;
    say(bar === "" ? `${line}\n` : `${ERASE}${WRAP_OFF}${line}\n${WRAP_ON}${draw(bar)}`);
  }

  /** Erases the bar, to make room for other output. */
  clear(): void {
    if (this.#drawn !== "") say(ERASE);
    this.#drawn = "";
  }
}

/** Draws over the last bar; the cursor stays at its start, for {@linkcode ERASE}. */
function draw(bar: string): string {
  return `${WRAP_OFF}\r${bar}\x1b[J${WRAP_ON}\r`;
}

/** A text that the model has written. */
export interface Sample {
  readonly text: string;
  /** True if it is a document of the list. */
  readonly isKnown: boolean;
}

/** The state that the bar shows. */
export interface BarState {
  /** The number of steps done. */
  readonly step: number;
  readonly numSteps: number;
  /** The loss, smoothed. */
  readonly loss: number;
  /** Steps per second. */
  readonly speed: number;
  /** The losses so far. */
  readonly curve: Sparkline;
}

/** The parts of the bar from left to right, fewer and fewer. */
const LAYOUTS = [
  ["bar", "percent", "loss", "curve", "speed", "left"],
  ["percent", "loss", "curve", "speed", "left"],
  ["percent", "loss", "curve", "left"],
  ["percent", "loss", "left"],
  ["percent", "loss"],
] as const;

const GAP = "  ";

/**
 * Makes the text of the bar, shorter on a narrow terminal.
 *
 * @param width The width of the terminal, in columns; the last one stays free.
 */
export function barText(state: BarState, width: number): string {
  const { step, numSteps, loss, speed, curve } = state;
  const parts = {
    bar: " ".repeat(10), // these two at their shortest, to begin with
    percent: percent(step, numSteps),
    loss: `loss ${loss.toFixed(2)}`,
    curve: " ".repeat(8),
    speed: speedText(speed),
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

function percent(step: number, numSteps: number): string {
  return `${Math.floor(100 * step / numSteps)}%`.padStart(4);
}

/** Writes a speed, of long steps as the time of one. */
function speedText(speed: number): string {
  if (speed > 0 && speed < 0.5) return `${(1 / speed).toFixed(speed < 0.1 ? 0 : 1)} s/step`;
  return `${speed.toFixed(speed < 10 ? 1 : 0)} steps/s`;
}

/** Writes 75 s as `1:15`. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const s = Math.ceil(seconds);
  const pad = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  return minutes < 60
    ? `${minutes}:${pad(s % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(s % 60)}`;
}
