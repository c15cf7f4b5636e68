/**
 * One name from its tokens to its loss: a column for each position, with the numbers of the
 * default run.
 *
 * @module
 */

import { type Picture, rect, strip, text } from "./drawing.ts";
import type { NameTrace, Position } from "./trace.ts";

/** The left edge of a column, and its width. */
const columnX = (i: number) => 166 + i * 108;
const COLUMN = 98;

/** The number of predictions that are shown. */
const NUM_PREDICTIONS = 3;

const percent = (p: number) => `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)}`;

/** A row of the picture: its height, what stands on its left, and what in each column. */
interface Row {
  readonly height: number;
  readonly title: string;
  readonly notes: readonly string[];
  readonly cell: (position: Position, i: number, x: number, y: number) => readonly string[];
}

/** Draws the picture. */
export function name(trace: NameTrace): Picture {
  const { positions, loss, lossBefore, numSteps } = trace;
  const out = [
    text(24, 44, "emma, from its tokens to its loss", "title h1"),
    text(24, 70, `A column per position: what the model reads, and what it expects next,`, "muted"),
    text(
      24,
      92,
      `after the ${numSteps.toLocaleString("en-US")} steps of the default run.`,
      "muted",
    ),
  ];
  let y = 116;
  for (const { height, title, notes, cell } of rowsOf(trace)) {
    out.push(
      `<path d="M24 ${y}h672" class="rule"/>`,
      text(24, y + 25, title, "strong bold"),
      ...notes.map((note, i) => text(24, y + 48 + i * 22, note, "muted")),
      ...positions.flatMap((position, i) => cell(position, i, columnX(i), y)),
    );
    y += height;
  }
  out.push(
    rect(24, y + 4, 672, 44, "live"),
    text(40, y + 32, `loss: the mean of the last row, ${loss.toFixed(4)}`, "train bold"),
    text(680, y + 32, `before training ${lossBefore.toFixed(4)}`, "muted", "end"),
  );
  return {
    width: 720,
    height: y + 72,
    title: "emma, from its tokens to its loss",
    description:
      positions.map(({ token, target, loss }) =>
        `After ${trace.label(token)} comes ${trace.label(target)}, with a probability of ${
          percent(Math.exp(-loss))
        } %: ${loss.toFixed(4)} nats.`
      ).join(" ") + ` The mean is ${loss.toFixed(4)}.`,
    body: out,
  };
}

function rowsOf(trace: NameTrace): Row[] {
  const { label } = trace;
  const numbers = (values: readonly number[], x: number, y: number) =>
    strip(x, y, COLUMN, 14, values);
  return [
    {
      height: 66,
      title: "reads",
      notes: ["token, its id"],
      cell: ({ token }, _, x, y) => [
        text(x + COLUMN / 2, y + 26, label(token), "strong bold", "middle"),
        text(x + COLUMN / 2, y + 49, String(token), "muted", "middle"),
      ],
    },
    {
      height: 66,
      title: "embedding",
      notes: ["wte + wpe"],
      cell: ({ embedded }, _, x, y) => [numbers(embedded, x, y + 25)],
    },
    {
      height: 112,
      title: "attention",
      notes: ["a row per head,", "a column per", "token so far"],
      cell: (position, i, x, y) => attentionCell(trace, position, i, x, y),
    },
    {
      height: 66,
      title: "+ residual",
      notes: ["16 numbers"],
      cell: ({ afterAttention }, _, x, y) => [numbers(afterAttention, x, y + 25)],
    },
    {
      height: 66,
      title: "MLP, ReLU",
      notes: ["64 numbers"],
      cell: ({ hidden }, _, x, y) => [
        numbers(hidden, x, y + 16),
        text(x, y + 52, `${hidden.filter((x) => x > 0).length} above 0`, "muted"),
      ],
    },
    {
      height: 66,
      title: "+ residual",
      notes: ["16 numbers"],
      cell: ({ afterMlp }, _, x, y) => [numbers(afterMlp, x, y + 25)],
    },
    {
      height: 94,
      title: "expects",
      notes: ["likeliest next,", "p in %"],
      cell: (position, _, x, y) => predictionCell(trace, position, x, y),
    },
    {
      height: 64,
      title: "gets",
      notes: ["rank: p"],
      cell: ({ target, probs, loss }, _, x, y) => {
        const rank = 1 + probs.filter((p) => p > probs[target]!).length; // a token of the vocabulary
        const facts = `${rank}: ${percent(Math.exp(-loss))} %`;
        return [
          text(x + COLUMN / 2, y + 26, label(target), "train bold", "middle"),
          text(x + COLUMN / 2, y + 49, facts, "", "middle"),
        ];
      },
    },
    {
      height: 48,
      title: "−ln p",
      notes: [],
      cell: ({ loss }, _, x, y) => [
        text(x + COLUMN / 2, y + 26, loss.toFixed(4), "strong bold", "middle"),
      ],
    },
  ];
}

/** Draws the weights of all heads, as colors, above the tokens that they belong to. */
function attentionCell(
  { ids, label }: NameTrace,
  { attention }: Position,
  i: number,
  x: number,
  y: number,
): string[] {
  const width = 19, height = 16;
  const cells = attention.flatMap((weights, h) =>
    weights.map((weight, column) => {
      const at = `x="${x + column * width}" y="${y + 16 + h * height}"`;
      const size = `width="${width}" height="${height}"`;
      return `<rect ${at} ${size} class="pos cell" fill-opacity="${weight.toFixed(2)}"/>`;
    })
  );
  const tokens = ids.slice(0, i + 1).map((id, column) => {
    const symbol = label(id) === "BOS" ? "^" : label(id);
    return text(x + column * width + width / 2, y + 99, symbol, "muted small", "middle");
  });
  return [...cells, ...tokens];
}

function predictionCell({ label }: NameTrace, { probs, target }: Position, x: number, y: number) {
  const best = probs.map((p, id) => ({ p, id })).sort((a, b) => b.p - a.p);
  return best.slice(0, NUM_PREDICTIONS).flatMap(({ p, id }, i) => {
    const look = id === target ? "train bold" : "";
    return [
      text(x + 46, y + 27 + i * 24, label(id), look, "end"),
      text(x + COLUMN - 6, y + 27 + i * 24, percent(p), look, "end"),
    ];
  });
}
