/**
 * The way from a list of names to new names: training and inference of the default run, with the
 * numbers of one name.
 *
 * @module
 */

import { arrow, box, lines, type Picture, plus, type Point, rect, strip, text } from "./drawing.ts";
import type { NameTrace } from "./trace.ts";

const WIDTH = 720;

/** The position that is followed: the second m of emma, after which comes a. */
const SHOWN = 3;

/** The column of the model: its middle, the width and left side of a box, their height. */
const CX = 236, BW = 256, BX = CX - BW / 2, BH = 31;
/** The places where notes begin, and where residual connections run. */
const NOTES = 432, RESIDUAL = 394;
/** The height at which the next token comes back in. */
const ENTRY_Y = 410;
/** Training on the left, inference on the right. */
const LEFT = 24, LEFT_WIDTH = 342, RIGHT = 390, RIGHT_WIDTH = 298;

const percent = (p: number) => String(Math.round(100 * p));
const count = (n: number) => n.toLocaleString("en-US");

/** Returns the place of the box of a token. */
const tokenX = (i: number) => 186 + i * 86;

/** Draws the picture. */
export function pipeline(trace: NameTrace): Picture {
  const out: string[] = [];
  drawTitle(out, trace);
  drawTokens(out, trace);
  const model = new Model(out, trace);
  model.draw();
  const top = model.y + 16;
  const [bottom, adamY] = drawTraining(out, trace, top);
  const drawY = drawInference(out, trace, top);
  drawLoops(out, model, { top, adamY, drawY });
  return {
    width: WIDTH,
    height: bottom + 24,
    title: "Training and inference of microgpt",
    description: "names.txt is shuffled and encoded; each token passes embedding, rmsnorm, " +
      "attention and MLP with residual connections, and lm_head; softmax gives the loss, its " +
      "gradients and Adam new weights; for inference a token is drawn at temperature 0.5 and fed " +
      "back until BOS.",
    body: out,
  };
}

function drawTitle(out: string[], { config, numParams, numSteps }: NameTrace): void {
  out.push(
    text(24, 44, "From a list of names to new names", "title h1"),
    lines(24, 70, [
      `${config.nLayer} layer, ${config.nEmbd} numbers per token, ${config.nHead} heads, ` +
      `${count(numParams)} parameters. All numbers are`,
      `those of the default run after its ${count(numSteps)} steps, reading emma.`,
    ], "muted"),
  );
}

/** Draws the list, the shuffle, and the tokens of the name. */
function drawTokens(out: string[], { first, shuffled, numDocs, ids, label }: NameTrace): void {
  const list = (x: number, names: readonly string[]) =>
    rect(x, 144, 132, 96) + lines(x + 14, 167, [...names, "…"], "mono strong");
  out.push(
    text(24, 130, "1  The list becomes tokens", "title h2"),
    list(24, first),
    text(24, 261, `names.txt: ${count(numDocs)} lines`, "muted"),
    arrow([[166, 192], [258, 192]]),
    text(210, 182, "shuffle", "", "middle"),
    text(210, 215, "seed 42", "muted", "middle"),
    list(268, shuffled),
    text(268, 261, "one per training step", "muted"),
    arrow([[410, 192], [502, 192]]),
    text(454, 182, "encode", "", "middle"),
    lines(514, 174, ["27 tokens:", "a = 0 … z = 25,", "BOS = 26"], "", "start", 23),
    lines(24, 300, ["emma, between", "two BOS"]),
    text(24, 349, "position", "muted"),
  );
  ids.forEach((id, i) =>
    out.push(
      rect(tokenX(i), 282, 72, 46, i === SHOWN ? "live" : "box"),
      text(tokenX(i) + 36, 302, label(id), "strong bold", "middle"),
      text(tokenX(i) + 36, 321, String(id), "muted", "middle"),
      text(
        tokenX(i) + 36,
        349,
        i < ids.length - 1 ? String(i) : "target only",
        "muted",
        "middle",
      ),
    )
  );
}

/** The column in the middle, drawn from top to bottom. */
class Model {
  readonly top = 432;
  y = this.top;
  /** The end of the boxes. */
  bottom = 0;
  readonly #out: string[];
  readonly #trace: NameTrace;
  /** The beginning of the residual connection. */
  #branch = 0;

  constructor(out: string[], trace: NameTrace) {
    this.#out = out;
    this.#trace = trace;
  }

  draw(): void {
    const { positions } = this.#trace, at = positions[SHOWN]!; // emma has as many
    this.#out.push(text(24, 390, "2  The model, at every position", "title h2"));
    const x = tokenX(SHOWN) + 36;
    this.#out.push(arrow([[x, 360], [x, ENTRY_Y], [CX, ENTRY_Y], [CX, this.y]]));
    this.#note(11, ["Here the second m (token 12)"], "train");
    this.#note(33, ["wte is 27×16, wpe 16×16"]);
    this.#operation(`wte[${at.token}] + wpe[${SHOWN}]`);
    this.#numbers(at.embedded, 160, "16 numbers: blue +, orange −", true, 25);
    this.#operation("rmsnorm");
    this.#note(-9, ["scaled to a mean square of 1"]);
    this.#numbers(at.normed, 160, "16 numbers", false);
    const layerTop = this.y - 8;
    this.#attention();
    this.#numbers(at.afterAttention, 160, "16 numbers", false);
    this.#mlp();
    const height = this.y + 6 - layerTop;
    this.#out.push(rect(BX - 12, layerTop, RESIDUAL - BX + 24, height, "group", 8));
    this.#numbers(at.afterMlp, 160, "16 numbers, no norm here");
    this.#operation("lm_head", "27×16");
    this.bottom = this.y;
    this.#numbers(at.logits, 228, "27 logits: one per token", false);
  }

  #attention(): void {
    this.#fork();
    this.#note(20, ["one layer, dashed: attention,", "then the MLP"]);
    this.#operation("rmsnorm");
    const third = (BW - 20) / 3;
    ["wq", "wk", "wv"].forEach((name, i) => {
      const x = BX + i * (third + 10), middle = x + third / 2, { y } = this;
      this.#out.push(
        arrow([[middle, y], [middle, y + 18]]),
        box(x, y + 18, third, BH, name),
        arrow([[middle, y + 18 + BH], [middle, y + 36 + BH]]),
      );
    });
    this.y += 18;
    this.#note(21, ["query, key, value: 16×16 each"]);
    this.y += BH + 18;
    this.#heads();
    this.#gap();
    this.#operation("wo", "16×16");
    this.#join();
  }

  /** Draws the attention weights of all positions, a row for each. */
  #heads(): void {
    const { positions, ids, label } = this.#trace;
    const cell = 9, size = cell * positions.length, top = this.y + 25;
    this.#out.push(rect(BX, this.y, BW, 79));
    for (let h = 0; h < 4; h++) {
      const left = BX + 19 + h * (size + 12);
      positions.forEach(({ attention }, row) =>
        attention[h]?.forEach((weight, column) => {
          const at = `x="${left + column * cell}" y="${top + row * cell}"`;
          this.#out.push(
            `<rect ${at} width="${cell}" height="${cell}" class="pos cell" fill-opacity="${
              weight.toFixed(2)
            }"/>`,
          );
        })
      );
      const at = `x="${left - 1}" y="${top + SHOWN * cell - 0.5}"`;
      const width = (SHOWN + 1) * cell + 2;
      this.#out.push(`<rect ${at} width="${width}" height="${cell + 1}" class="mark"/>`);
    }
    const [head1 = []] = positions[SHOWN]!.attention; // emma has as many
    this.#out.push(
      text(CX, this.y + 18, "4 heads: softmax(q·k/√4)·v", "strong", "middle"),
      lines(NOTES, this.y + 16, [
        "Looks back only: a row per",
        "position; more color: more.",
        "Head 1 at this m, in %:",
        head1.map((weight, i) => `${label(ids[i]!)} ${percent(weight)}`).join(", "),
      ]),
    );
    this.y += 79;
  }

  #mlp(): void {
    const { hidden } = this.#trace.positions[SHOWN]!; // emma has as many
    const numAlive = hidden.filter((x) => x > 0).length;
    this.#fork();
    this.#operation("rmsnorm");
    this.#gap();
    this.#operation("fc1, ReLU", "64×16");
    this.#note(-9, ["ReLU: negative becomes 0;"]);
    this.#numbers(hidden, 228, `${numAlive} of 64 numbers are above 0`);
    this.#operation("fc2", "16×64");
    this.#join();
  }

  #operation(name: string, shape = ""): void {
    const baseline = this.y + 21;
    this.#out.push(
      rect(BX, this.y, BW, BH),
      ...(shape === "" ? [text(CX, baseline, name, "strong", "middle")] : [
        text(BX + 12, baseline, name, "strong"),
        text(BX + BW - 12, baseline, shape, "muted", "end"),
      ]),
    );
    this.y += BH;
  }

  #note(dy: number, all: readonly string[], look = ""): void {
    this.#out.push(lines(NOTES, this.y + dy, all, look));
  }

  /** Draws numbers on their way to the next operation. */
  #numbers(values: readonly number[], width: number, what: string, hasHead = true, dy = 20) {
    this.#out.push(
      arrow([[CX, this.y], [CX, this.y + 36]], "", hasHead),
      strip(CX - width / 2, this.y + 9, width, 11, values),
      text(NOTES, this.y + dy, what, "muted"),
    );
    this.y += 36;
  }

  #gap(height = 18): void {
    this.#out.push(arrow([[CX, this.y], [CX, this.y + height]]));
    this.y += height;
  }

  /** Begins a residual connection. */
  #fork(): void {
    this.#branch = this.y - 2;
    this.#out.push(`<circle cx="${CX}" cy="${this.#branch}" r="3.5" class="head"/>`);
    this.#gap();
  }

  /** Ends it: what came in is added. */
  #join(): void {
    const y = this.y + 27, branch = this.#branch;
    this.#out.push(
      arrow([[CX, this.y], [CX, this.y + 16]]),
      plus(CX, y),
      arrow([[CX, branch], [RESIDUAL, branch], [RESIDUAL, y], [CX + 12, y]]),
    );
    this.y += 38;
    this.#note(-6, ["add what came in (residual)"]);
  }
}

/** Draws the loss, backward and update; returns where it ends, and where Adam stands. */
function drawTraining(out: string[], trace: NameTrace, top: number): [number, number] {
  const { positions, label, loss, lossBefore, numParams, numSteps } = trace;
  const x = (i: number) => 120 + i * 53, middle = LEFT + LEFT_WIDTH / 2;
  let y = top + 36;
  const next = (height: number, kind = "") => {
    out.push(arrow([[middle, y], [middle, y + height]], kind));
    y += height;
  };
  out.push(
    text(LEFT, top + 22, `3  Training: ${count(numSteps)} steps`, "title h2"),
    rect(LEFT, y, LEFT_WIDTH, 116),
    text(LEFT + 12, y + 24, "softmax: p of the next token", "strong"),
    text(LEFT + 12, y + 50, "next", "muted"),
    text(LEFT + 12, y + 74, "p", "muted"),
    text(LEFT + 12, y + 100, "−ln p", "muted"),
    rect(x(SHOWN) - 25, y + 33, 50, 77, "live", 4),
  );
  positions.forEach((p, i) =>
    out.push(
      text(x(i), y + 50, label(p.target), "strong bold", "middle"),
      text(x(i), y + 74, Math.exp(-p.loss).toFixed(2), "", "middle"),
      text(x(i), y + 100, p.loss.toFixed(2), "strong", "middle"),
    )
  );
  y += 116;
  next(22);
  out.push(
    rect(LEFT, y, LEFT_WIDTH, 54),
    text(middle, y + 22, `loss: their mean, ${loss.toFixed(4)}`, "strong", "middle"),
    text(middle, y + 44, `before training ${lossBefore.toFixed(4)}`, "muted", "middle"),
  );
  y += 54;
  next(26, "b");
  const gradients = `backward(): ${count(numParams)} gradients`;
  out.push(
    rect(LEFT, y, LEFT_WIDTH, 34),
    text(middle, y + 23, gradients, "back bold", "middle"),
  );
  y += 34;
  next(26, "b");
  out.push(
    rect(LEFT, y, LEFT_WIDTH, 58, "live"),
    text(middle, y + 24, "Adam: β₁ 0.85, β₂ 0.99", "train bold", "middle"),
    text(middle, y + 46, "rate 0.01, falling linearly to 0", "", "middle"),
  );
  return [y + 58, y + 29];
}

/** Draws how a name is invented; returns where the next input leaves. */
function drawInference(out: string[], { drawn, label, bos }: NameTrace, top: number): number {
  const middle = RIGHT + RIGHT_WIDTH / 2;
  const steps = [
    "logits / temperature 0.5",
    "softmax: 27 probabilities",
    "draw one: the next input",
  ];
  let y = top + 36;
  out.push(text(RIGHT, top + 22, "4  Inference: 20 samples", "title h2"));
  for (const step of steps) {
    out.push(
      box(RIGHT, y, RIGHT_WIDTH, 34, step),
      arrow([[middle, y + 34], [middle, y + 56]]),
    );
    y += 56;
  }
  const leaves = y - 56 + 17;
  const x = (i: number) => RIGHT + 88 + i * 36;
  out.push(
    rect(RIGHT, y, RIGHT_WIDTH, 110),
    text(RIGHT + 12, y + 26, "in", "muted"),
    text(RIGHT + 12, y + 51, "drawn", "muted"),
    text(RIGHT + 12, y + 75, "p, %", "muted"),
  );
  drawn.forEach(({ token, p }, i) =>
    out.push(
      text(x(i), y + 26, label(drawn[i - 1]?.token ?? bos), "", "middle"),
      text(x(i), y + 51, label(token), "strong bold", "middle"),
      text(x(i), y + 75, percent(p), "", "middle"),
    )
  );
  const name = drawn.slice(0, -1).map(({ token }) => label(token)).join("");
  out.push(text(RIGHT + 12, y + 100, `BOS ends it: sample 1 is ${name}.`, "strong"));
  return leaves;
}

/** Draws what leads from one part to another, and back. */
function drawLoops(
  out: string[],
  model: Model,
  { top, adamY, drawY }: { top: number; adamY: number; drawY: number },
): void {
  const split = top - 16, bracket = BX - 26, middle = (model.top + model.bottom) / 2;
  for (const x of [LEFT + LEFT_WIDTH - 24, RIGHT + RIGHT_WIDTH - 24]) {
    out.push(arrow([[CX, split - 2], [CX, split + 9], [x, split + 9], [x, top + 36]]));
  }
  const weights: Point[] = [[LEFT, adamY], [10, adamY], [10, middle], [bracket, middle]];
  const input: Point[] = [
    [RIGHT + RIGHT_WIDTH, drawY],
    [WIDTH - 10, drawY],
    [WIDTH - 10, ENTRY_Y],
    [tokenX(SHOWN) + 44, ENTRY_Y],
  ];
  out.push(
    `<path class="line t" d="M${bracket + 8} ${model.top + 4}h-8V${model.bottom - 4}h8"/>`,
    arrow(weights, "t"),
    lines(46, middle - 30, ["new", "weights"], "train small", "middle", 19),
    arrow(input, "i"),
  );
}
