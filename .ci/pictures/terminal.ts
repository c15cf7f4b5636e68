/**
 * A run on a terminal, recorded and drawn as an animation: babble, then endings, then dinosaurs.
 * Those who want no motion see a still of it.
 *
 * All rows that the terminal has shown are one tape, which moves up as they come. What has not come
 * yet is covered, and the progress bar is drawn on the cover.
 *
 * @module
 */

import { ROOT } from "../scope.ts";
import { escaped, type Picture } from "./drawing.ts";
import { type Part, Screen, textOf } from "./screen.ts";

const COLUMNS = 60, VIEW_ROWS = 18;
/** A character, and the space around. */
const WIDTH = 9, HEIGHT = 21, PAD = 18;

const ARGS = "--preset dinosaurs --new --sample-every 3 --num-samples 8";
/** The command as one types it on this terminal. */
const COMMAND = ["$ microgpt --preset dinosaurs --new \\", "    --sample-every 3 --num-samples 8"];

/** The steps at which it pauses: for how long, in milliseconds, and what there is to see. */
const PAUSES: readonly (readonly [step: number, ms: number, caption: string])[] = [
  [3, 2600, "step 3: babble"],
  [6, 900, ""],
  [9, 2200, "step 9: endings"],
  [12, 500, ""],
  [15, 500, ""],
  [18, 500, ""],
  [21, 500, ""],
  [24, 500, ""],
  [27, 2400, "step 27: almost dinosaurs"],
];
const START_MS = 1200, SCROLL_MS = 4500, END_MS = 7000;
const END_CAPTION = "500 steps: eight new names";

/** A row of the screen. */
type Row = readonly Part[];

/** A moment of the recording. */
interface Moment {
  /** The number of rows above the progress bar. */
  readonly numRows: number;
  readonly bar: string;
}

/** A picture of the animation. */
interface Frame extends Moment {
  readonly ms: number;
  readonly caption: string;
  /** The number of times that the next rows come one by one until the next frame. */
  readonly scrolls?: number;
}

/** Records a run, and draws it. */
export async function terminal(): Promise<Picture> {
  const { rows, moments } = replay(await record());
  return draw(rows, framesOf(rows, moments));
}

/** Runs the program on a terminal; returns what it wrote there. */
async function record(): Promise<string> {
  const path = await Deno.makeTempFile();
  const program = `stty cols ${COLUMNS} rows 40; ${Deno.execPath()} run -A ${ROOT}/main.ts ${ARGS}`;
  const args = ["-q", "-e", "-O", path, "-c", program];
  const { success, stdout } = await new Deno.Command("script", { args, stdin: "null" }).output();
  const output = await Deno.readTextFile(path);
  await Deno.remove(path);
  if (!success) throw new Error(`Cannot record a run: ${new TextDecoder().decode(stdout)}`);
  return output.replace(/^Script started.*\n/, "").replace(/\n*Script done.*\n$/, "");
}

/** Shows output on a screen below the command; returns all rows, and a moment for each bar. */
function replay(output: string) {
  const screen = new Screen(COLUMNS);
  const moments: Moment[] = [];
  screen.write(COMMAND.map((line) => `${line}\r\n`).join(""));
  // deno-lint-ignore no-control-regex -- a bar ends with escape sequences
  for (const piece of output.split(/(?<=\x1b\[J\x1b\[\?7h\r)/)) {
    screen.write(piece);
    moments.push({ numRows: screen.row, bar: textOf(screen.rows.at(-1) ?? []) });
  }
  return { rows: screen.rows, moments };
}

/** The step after which the model has written the samples of a row. */
function stepOf(row: Row): number {
  const [first] = row;
  return first?.look === "faint" ? Number(first.text) : NaN;
}

function framesOf(rows: readonly Row[], moments: readonly Moment[]): Frame[] {
  const momentAfter = (step: number) => {
    const row = rows.findIndex((row) => stepOf(row) === step);
    const moment = moments.find(({ numRows, bar }) => numRows === row + 1 && bar !== "");
    if (row < 0 || moment === undefined) throw new Error(`Step ${step} is not in the recording`);
    return moment;
  };
  const frames: Frame[] = [{ numRows: COMMAND.length, bar: "", ms: START_MS, caption: "" }];
  for (const [step, ms, caption] of PAUSES) frames.push({ ...momentAfter(step), ms, caption });
  const last = Math.max(...rows.map(stepOf).filter(Number.isFinite));
  const end = momentAfter(last), from = frames.at(-1)!; // there are pauses
  const isNewBar = ({ numRows, bar }: Moment, i: number) =>
    numRows > from.numRows && bar !== "" && bar !== moments[i - 1]?.bar;
  const stops = [from, ...moments.filter(isNewBar), end];
  const rowMs = SCROLL_MS / (end.numRows - from.numRows);
  stops.slice(1).forEach((next, i) => {
    const { numRows, bar } = stops[i]!; // the stop before
    const scrolls = next.numRows - numRows;
    if (scrolls > 0) frames.push({ numRows, bar, ms: scrolls * rowMs, caption: "", scrolls });
  });
  frames.push({ ...end, ms: 600, caption: "" });
  frames.push({ numRows: rows.length, bar: "", ms: END_MS, caption: END_CAPTION });
  return frames;
}

const VIEW = `x="${PAD}" y="${PAD}" width="${COLUMNS * WIDTH}" height="${VIEW_ROWS * HEIGHT}"`;

function draw(rows: readonly Row[], frames: readonly Frame[]): Picture {
  const timeline = new Timeline(frames);
  const scroll = ({ numRows }: Moment) => Math.max(0, numRows + 1 - VIEW_ROWS) * HEIGHT;
  const bars = timeline.shown(({ bar }) => bar === "" ? "" : rowText([plain(bar)], 0));
  const captions = timeline.shown(({ caption }) => captionText(caption));
  const rules = [
    timeline.moves("tape", (frame) => -scroll(frame)),
    timeline.moves("cover", (frame) => frame.numRows * HEIGHT - scroll(frame)),
    ...bars.rules,
    ...captions.rules,
  ];
  const shown = stillRows(rows).map((i) => i < 0 ? "..." : textOf(rows[i]!)); // it is one of them
  return {
    width: COLUMNS * WIDTH + 2 * PAD,
    height: VIEW_ROWS * HEIGHT + 2 * PAD + 26,
    title: "A terminal: microgpt learns the names of 852 dinosaurs",
    description: `${COMMAND.join(" ")}: ${shown.slice(2).join("; ")}`,
    style: `${LOOKS}\n.moving { display: none; }\n` +
      "@media (prefers-reduced-motion: no-preference) {\n" +
      `.still { display: none; }\n.moving { display: inline; }\n${rules.join("\n")}\n}\n`,
    body: [
      `<svg ${VIEW} class="moving">`,
      `<g class="tape">`,
      ...rows.map((row, i) => rowText(row, i, i)),
      `</g>`,
      `<g class="cover"><rect width="100%" height="100%" class="sheet"/>`,
      ...bars.elements,
      `</g></svg>`,
      ...captions.elements,
      `<svg ${VIEW} class="still">`,
      ...stillRows(rows).map((row, i) =>
        row < 0 ? ELLIPSIS(i) : `<use href="#row${row}" y="${(i - row) * HEIGHT}"/>`
      ),
      `</svg>`,
      `<g class="still">${captionText(END_CAPTION)}</g>`,
    ],
  };
}

/** Frames as animations in CSS. */
class Timeline {
  readonly #frames: readonly Frame[];
  readonly #starts: readonly number[];
  readonly #total: number;
  #names = 0;

  constructor(frames: readonly Frame[]) {
    this.#frames = frames;
    let total = 0;
    this.#starts = frames.map(({ ms }) => (total += ms) - ms);
    this.#total = total;
  }

  /** Moves the elements of a class: down to an offset at each frame, in pixels. */
  moves(name: string, offset: (frame: Frame) => number): string {
    const stops = this.#frames.map((frame, i) => {
      const timing = frame.scrolls === undefined ? "step-end" : `steps(${frame.scrolls})`;
      return `${this.#percent(this.#starts[i]!)} { transform: translateY(${offset(frame)}px); ` + // one for each
        `animation-timing-function: ${timing}; }`;
    });
    return `@keyframes ${name} { ${stops.join(" ")} }\n` +
      `.${name} { animation: ${name} ${this.#total / 1000}s infinite; }`;
  }

  /** Shows elements, each while its frame lasts. */
  shown(element: (frame: Frame) => string): { elements: string[]; rules: string[] } {
    const elements: string[] = [], rules: string[] = [];
    this.#frames.forEach((frame, i) => {
      const content = element(frame);
      if (content === "") return;
      const name = `at${this.#names++}`, begin = this.#starts[i]!, end = begin + frame.ms; // as above
      const hide = end < this.#total ? ` ${this.#percent(end)} { visibility: hidden; }` : "";
      elements.push(`<g class="moving ${name}">${content}</g>`);
      rules.push(
        `@keyframes ${name} { 0% { visibility: hidden; } ` +
          `${this.#percent(begin)} { visibility: visible; }${hide} }\n` +
          `.${name} { animation: ${name} ${this.#total / 1000}s step-end infinite; }`,
      );
    });
    return { elements, rules };
  }

  #percent(ms: number): string {
    return `${Math.round(1e5 * ms / this.#total) / 1e3}%`;
  }
}

/** The rows of the still, from top to bottom; a negative one stands for those left out. */
function stillRows(rows: readonly Row[]): number[] {
  const indexOf = (step: number) => rows.findIndex((row) => stepOf(row) === step);
  const last = rows.findLastIndex((row) => Number.isFinite(stepOf(row)));
  const samples = rows.flatMap((row, i) => /^(sample|---)/.test(textOf(row)) ? [i] : []);
  return [0, 1, ...[3, 9, 18, 27].map(indexOf), -1, last, last + 2, ...samples];
}

/** The line in place of the rows that the still leaves out. */
const ELLIPSIS = (i: number) => `<text y="${i * HEIGHT + 15}" class="mono faint">  ⋮</text>`;

const plain = (text: string): Part => ({ text, look: "plain" });

/** Draws a row at a place; `id` is its number on the tape, if it is there. */
function rowText(parts: Row, place: number, id?: number): string {
  const text = textOf(parts);
  if (text === "") return "";
  const inner = parts.map(({ text, look }) =>
    look === "plain" ? escaped(text) : `<tspan class="${look}">${escaped(text)}</tspan>`
  ).join("");
  const isTyped = place < COMMAND.length && COMMAND.includes(text);
  const name = id === undefined ? "" : ` id="row${id}"`;
  const length = [...text].length * WIDTH;
  return `<text${name} y="${place * HEIGHT + 15}" class="mono${isTyped ? " typed" : ""}" ` +
    `textLength="${length}" lengthAdjust="spacingAndGlyphs">${inner}</text>`;
}

function captionText(caption: string): string {
  const x = COLUMNS * WIDTH + PAD, y = VIEW_ROWS * HEIGHT + 2 * PAD + 8;
  if (caption === "") return "";
  return `<text x="${x}" y="${y}" text-anchor="end" class="caption">${escaped(caption)}</text>`;
}

const LOOKS = `
.mono { font-size: 15px; fill: var(--title); white-space: pre; }
.typed { font-weight: 600; }
.faint { fill: var(--muted); }
.marked, .cover text, .caption { fill: var(--train-text); }
.caption { font-weight: 600; }
.paper, .sheet { fill: var(--sunk); }`;
