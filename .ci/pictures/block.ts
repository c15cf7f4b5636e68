/**
 * One layer of the model, with the shape of what passes each arrow, in the names of `lib/model.ts`.
 *
 * @module
 */

import { DEFAULT_SIZES, layout } from "../../lib/config.ts";
import { arrow, lines, type Picture, plus, rect, text } from "./drawing.ts";

/** The height of an operation. */
const HEIGHT = 34;

/** The steps of attention in one head, and their shapes. */
const HEAD: readonly (readonly [name: string, shape: string])[] = [
  ["query of t", "[4]"],
  ["keys of 0 … t", "[t+1][4]"],
  ["values of 0 … t", "[t+1][4]"],
  ["q · k / √4", "[t+1]"],
  ["softmax → weights", "[t+1]"],
  ["weights · values", "[4]"],
];

/** Operations from top to bottom around a middle line. */
class Column {
  y: number;
  #branch = 0;

  constructor(
    readonly out: string[],
    readonly middle: number,
    readonly width: number,
    /** The place of the residual connection, to the right. */
    readonly side: number,
    top: number,
  ) {
    this.y = top;
  }

  get left(): number {
    return this.middle - this.width / 2;
  }

  operation(name: string, shape = ""): void {
    const baseline = this.y + 23, { left, width, middle } = this;
    this.out.push(
      rect(left, this.y, width, HEIGHT),
      ...(shape === "" ? [text(middle, baseline, name, "strong", "middle")] : [
        text(left + 12, baseline, name, "strong"),
        text(left + width - 12, baseline, shape, "muted", "end"),
      ]),
    );
    this.y += HEIGHT;
  }

  /** Goes on to the next operation. */
  down(shape: string, height = 34): void {
    this.out.push(
      arrow([[this.middle, this.y], [this.middle, this.y + height]]),
      text(this.middle + 12, this.y + height / 2 + 5, shape, "train bold"),
    );
    this.y += height;
  }

  /** Begins the residual connection, where x comes in. */
  fork(): void {
    this.out.push(`<circle cx="${this.middle}" cy="${this.y}" r="3.5" class="head"/>`);
    this.#branch = this.y;
    this.down("[16]", 32);
  }

  /** Ends it. */
  join(): void {
    const { middle, side } = this, branch = this.#branch;
    this.down("[16]", 30);
    const y = this.y + 11;
    this.out.push(
      plus(middle, y),
      arrow([[middle, branch], [middle + side, branch], [middle + side, y], [middle + 12, y]]),
    );
    this.y += 22;
  }
}

/** Draws the picture. */
export function block(): Picture {
  const out = [
    text(24, 44, "One layer of the model", "title h1"),
    text(
      24,
      70,
      "One token at position t. Each arrow carries numbers of the shape beside it.",
      "muted",
    ),
    text(24, 108, "1  Attention", "title h2"),
    text(422, 108, "2  MLP", "title h2"),
  ];
  const attention = new Column(out, 172, 272, 182, 140);
  out.push(text(attention.middle + 12, 132, "x", "muted"), enter(attention.middle));
  drawAttention(attention);
  const { middle, y } = attention;
  const mlp = new Column(out, 546, 248, 146, 140);
  out.push(
    arrow(
      [[middle, y], [middle, y + 20], [384, y + 20], [384, 126], [546, 126], [546, 140]],
      "",
      false,
    ),
    text(middle + 12, y + 14, "[16]", "train bold"),
  );
  drawMlp(mlp);
  return {
    width: 720,
    height: y + 48,
    title: "One layer of the model, with shapes",
    description: "x of 16 numbers: rmsnorm; wq, wk, wv; 4 heads of causal attention; wo; plus x. " +
      "Then rmsnorm, fc1 to 64 numbers, ReLU, fc2 to 16, plus what came in.",
    body: out,
  };
}

function enter(x: number): string {
  return arrow([[x, 122], [x, 140]], "", false);
}

function drawAttention(column: Column): void {
  const { out, left } = column;
  column.fork();
  column.operation("rmsnorm");
  const width = 82, x = (i: number) => left + i * 95, middle = (i: number) => x(i) + width / 2;
  ["wq", "wk", "wv"].forEach((name, i) => {
    const { y } = column;
    out.push(
      arrow([[middle(i), y], [middle(i), y + 32]]),
      text(middle(i) + 8, y + 20, "[16]", "train bold"),
      rect(x(i), y + 32, width, 50),
      text(middle(i), y + 53, name, "strong", "middle"),
      text(middle(i), y + 73, "16×16", "muted", "middle"),
      arrow([[middle(i), y + 82], [middle(i), y + 116]]),
      text(middle(i) + 8, y + 104, `${"qkv"[i]} [16]`, "train bold"),
    );
  });
  column.y += 116;
  out.push(
    rect(left, column.y, column.width, 216),
    text(column.middle, column.y + 26, "4 heads of 4 numbers, each:", "strong", "middle"),
    `<path d="M${left + 12} ${column.y + 120}h${column.width - 24}" class="rule"/>`,
  );
  HEAD.forEach(([name, shape], i) => {
    const y = column.y + 56 + i * 27 + (i < 3 ? 0 : 8);
    out.push(text(left + 12, y, name), text(left + 260, y, shape, "train bold", "end"));
  });
  column.y += 216;
  column.down("[16]");
  column.operation("wo", "16×16");
  column.join();
}

function drawMlp(column: Column): void {
  const { out, middle, left } = column;
  column.fork();
  column.operation("rmsnorm");
  column.down("[16]");
  column.operation("fc1", "64×16");
  column.down("[64]");
  column.operation("ReLU");
  column.down("[64]");
  column.operation("fc2", "16×64");
  column.join();
  column.down("[16]", 42);
  out.push(
    text(middle, column.y + 22, "next layer, or lm_head 27×16", "strong", "middle"),
    text(middle, column.y + 46, "→ 27 logits, no norm before", "muted", "middle"),
    lines(
      left,
      column.y + 92,
      ["The loops are residuals:", "what comes in is added again."],
      "muted",
      "start",
      23,
    ),
    lines(left, column.y + 150, [`${formula()}`, "parameters per layer"], "strong", "start", 23),
  );
}

/** The number of parameters of a layer, which must be the program's. */
function formula(): string {
  const config = { ...DEFAULT_SIZES, vocabSize: 27 };
  const own = layout(config).filter(({ name }) => name.startsWith("layer0."));
  const numParams = own.reduce((sum, { nout, nin }) => sum + nout * nin, 0);
  if (numParams !== 4 * 16 * 16 + 2 * 64 * 16) throw new Error("A layer has other sizes now");
  return `4·16·16 + 2·64·16 = ${numParams.toLocaleString("en-US")}`;
}
