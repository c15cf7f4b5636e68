/**
 * Draws a training run as SVG, readable at a glance, with five losses or a hundred thousand. The
 * same losses always give the same picture.
 *
 * @example The losses of a run, beside guessing
 * ```ts
 * import { lossPlot } from "@x/microgpt/plot";
 * import { assert } from "@std/assert";
 *
 * const losses = Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, loss: 2 + 50 / (i + 40) }));
 * const svg = lossPlot({
 *   title: "names.txt",
 *   losses,
 *   validation: [{ step: 500, loss: 2.4 }, { step: 1000, loss: 2.3 }],
 *   baselines: [{ name: "guessing", loss: Math.log(27) }],
 * });
 * assert(svg.startsWith("<svg ") && svg.includes("guessing 3.30"));
 * ```
 *
 * @module
 */

import { columnsOf, cutToColumns } from "../text/columns.ts";
import { printable } from "../text/quote.ts";
import { type LossPlotOptions, type LossPoint, type PlotData, plotData } from "./data.ts";
import { axes, COLUMN, type Frame, frameOf, LINE, WIDTH } from "./frame.ts";
import { spread } from "./labels.ts";
import { STYLE } from "./style.ts";
import { dots, escapeXml, group, label, path, type Point } from "./svg.ts";

export type { LossPlotOptions, LossPoint } from "./data.ts";

/** More than a column of the title takes, in pixels. */
const TITLE_COLUMN = 10.5;

/**
 * Draws the losses of a training run. Of many losses it draws the mean and the range of most of
 * them, not each one: a picture takes 5 to 30 kB.
 *
 * @param options The losses, and what else to show.
 * @returns An SVG document, 800 pixels wide, for light and dark backgrounds.
 * @throws {RangeError} If there is no finite loss, of training or validation.
 */
export function lossPlot(options: LossPlotOptions): string {
  const data = plotData(options);
  const labels = labelsOf(data);
  const frame = frameOf(data, labels.map(({ text }) => text));
  const { pictureHeight, left, top } = frame;
  const cut = (text: string, column: number) =>
    cutToColumns(printable(text), Math.floor((WIDTH - left) / column));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot" role="img" ` +
    `width="${WIDTH}" height="${pictureHeight}" viewBox="0 0 ${WIDTH} ${pictureHeight}">`,
    `<title>${escapeXml(data.title)}</title>`,
    `<desc>${escapeXml(description(data))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${pictureHeight}"/>`,
    label("title", [left, 26], cut(data.title, TITLE_COLUMN)),
    label("subtitle", [left, 48], cut(data.subtitle, COLUMN)),
    group([left, top - 20], legend(data)),
    group([left, top], [axes(frame), ...curves(data, frame), ...sideLabels(labels, frame)]),
    "</svg>\n",
  ].join("\n");
}

/** A label to the right of the plot: the name of a line, and its last loss. */
interface Label {
  readonly text: string;
  readonly loss: number;
  readonly kind: "mean" | "validation" | "baseline";
}

function labelsOf({ trend, validation, baselines }: PlotData): Label[] {
  const labelOf = (kind: Label["kind"], name: string, loss: number) => ({
    kind,
    loss,
    text: `${cutToColumns(printable(name), 24)} ${lossText(loss)}`,
  });
  return [
    ...trend.slice(-1).map(({ mean }) => labelOf("mean", "training", mean)),
    ...validation.slice(-1).map(({ loss }) => labelOf("validation", "validation", loss)),
    ...baselines.map(({ name, loss }) => labelOf("baseline", name, loss)),
  ];
}

/** Writes a loss with as many digits as mean something. */
function lossText(loss: number): string {
  if (Math.abs(loss) >= 1e4) return loss.toExponential(1);
  return Math.abs(loss) < 0.1 && loss !== 0 ? loss.toPrecision(2) : loss.toFixed(2);
}

function sideLabels(labels: readonly Label[], { width, height, y }: Frame): string[] {
  const ends = labels.map(({ loss }) => Math.min(Math.max(y(loss), 0), height));
  const places = spread(ends, 0, height, LINE);
  return labels.flatMap(({ kind, text }, i) => {
    const [end, place] = [ends[i]!, places[i]!]; // as many as labels
    return [
      path("leader", [[width + 4, end], [width + 16, place]]),
      label(kind, [width + 20, place], text),
    ];
  });
}

function legend({ trend, isEachShown, validation }: PlotData): string[] {
  const line = [[0, 0], [24, 0]] as const;
  const entries: [symbol: string, text: string][] = [];
  if (trend.length > 0) {
    entries.push([path("mean", line), "training, smoothed"]);
    entries.push(
      isEachShown
        ? [path("each", [[0, 2], [6, -4], [12, 4], [18, -4], [24, 2]]), "each step"]
        : [path("band", [[0, -6], [24, -6], [24, 6], [0, 6]]), "middle 80 % of the losses"],
    );
  }
  if (validation.length > 0) {
    const symbol = path("validation", line) + dots("validation dots", [[12, 0]]);
    entries.push([symbol, "validation"]);
  }
  let x = 0;
  return entries.map(([symbol, text]) => {
    const entry = group([x, 0], [symbol, label("text", [30, 0], text)]);
    x += 50 + COLUMN * columnsOf(text);
    return entry;
  });
}

function curves(data: PlotData, { width, height, x, y }: Frame): string[] {
  const { losses, trend, isEachShown, validation, baselines } = data;
  const at = (step: number, loss: number): Point => [x(step), y(loss)];
  const each = losses.map(({ step, loss }) => at(step, loss));
  const band = [
    ...trend.map(({ step, high }) => at(step, high)),
    ...trend.toReversed().map(({ step, low }) => at(step, low)),
  ];
  const mean = trend.map((point) => at(point.step, point.mean));
  const measured = validation.map(({ step, loss }) => at(step, loss));
  const end = mean.slice(-1).filter(([, y]) => y >= 0 && y <= height);
  return [
    `<svg width="${width}" height="${height}">`, // which is cut at its border
    isEachShown ? path("each", each) : path("band", band),
    ...baselines.map(({ loss }) => path("baseline", [[0, y(loss)], [width, y(loss)]])),
    path("mean", mean),
    path("validation", measured),
    "</svg>",
    dots("mean dots", end),
    dots("validation dots", measured),
  ];
}

/** Describes the picture in words, for those who do not see it. */
function description({ trend, validation, baselines }: PlotData): string {
  return [
    "Loss in nats per token.",
    ...course("Training, smoothed", trend.map(({ step, mean }) => ({ step, loss: mean }))),
    ...course("Validation", validation),
    ...baselines.map(({ name, loss }) => `${name}: ${lossText(loss)}.`),
  ].join(" ");
}

function course(name: string, points: readonly LossPoint[]): string[] {
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [from, to] = [lossText(first.loss), lossText(last.loss)];
  return [`${name}: ${from} at step ${first.step}, ${to} at step ${last.step}.`];
}
