/**
 * A step of the fast engine: the kernel calls of its programs, and the rows that pass through them.
 * The batch is real: the first three documents of names.txt after the shuffle with seed 42.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../lib/config.ts";
import { EPILOGUE } from "../../lib/wasm/kernels/matmul.ts";
import { memoryLayout } from "../../lib/wasm/memory/layout.ts";
import { type Call, type ForEachLayer, type Program, programs } from "../../lib/wasm/program.ts";
import { arrow, lines, type Picture, rect, text } from "./drawing.ts";

const MEMORY = memoryLayout({ ...DEFAULT_SIZES, vocabSize: 27 }, "f64");

/** The matrices by name, and how wide their results are. */
const MATRICES = new Map<unknown, readonly [name: string, width: number]>([
  [MEMORY.parameters.layer.qkv, ["qkv", 48]],
  [MEMORY.parameters.layer.out, ["out", 16]],
  [MEMORY.parameters.layer.fc1, ["fc1", 64]],
  [MEMORY.parameters.layer.fc2, ["fc2", 16]],
  [MEMORY.parameters.lmHead, ["lm_head", 27]],
]);

const EPILOGUES = new Map<unknown, string>([[EPILOGUE.add, ", add"], [EPILOGUE.relu, ", relu"]]);

/** A call of the forward pass, and those that take its gradient back, in the order of time. */
interface Pair {
  readonly forward: Call;
  readonly backward: readonly Call[];
  readonly isInLayer: boolean;
}

const CALL_HEIGHT = 29, GAP = 15, FORWARD_X = 204, FORWARD_WIDTH = 216;
const BACKWARD_X = 438, BACKWARD_WIDTH = 260, RIGHT = BACKWARD_X + BACKWARD_WIDTH;

/** Draws the picture. */
export function engine({ shuffled }: { readonly shuffled: readonly string[] }): Picture {
  const documents = shuffled.map((name) => ["BOS", ...name]);
  const numRows = documents.flat().length;
  const out = [
    text(24, 44, "How the fast engine takes a step", "title h1"),
    lines(24, 70, [
      `A batch of ${documents.length} names: its ${numRows} positions are the rows of one matrix, and go`,
      "through each kernel together. There is no graph.",
    ], "muted"),
    text(24, 128, "rows of X", "title h2"),
    text(FORWARD_X, 128, "forward ↓", "title h2"),
    text(BACKWARD_X, 128, "backward ↑", "title h2"),
  ];
  drawRows(out, documents, shuffled);
  const bottom = drawCalls(out, numRows);
  return {
    width: 720,
    height: drawEnd(out, numRows, bottom),
    title: "A step of the fast engine",
    description: "The positions of all documents of a batch are the rows of one matrix. Forward " +
      "and backward are lists of kernel calls. The gradient of a matrix and Adam's update of it " +
      "are one kernel.",
    body: out,
  };
}

function drawRows(out: string[], documents: readonly string[][], names: readonly string[]): void {
  const height = 18;
  let y = 158;
  out.push(text(74, 150, "16 wide", "muted"));
  documents.forEach((tokens, d) => {
    const x = 74, width = 88, tall = tokens.length * height;
    tokens.forEach((token, i) => out.push(text(64, y + i * height + 14, token, "strong", "end")));
    out.push(
      rect(x, y, width, tall, d % 2 === 0 ? "rows even" : "rows", 0),
      `<text transform="translate(${x + width / 2 - 5} ${
        y + tall / 2
      }) rotate(90)" text-anchor="middle" class="strong">${names[d]}</text>`,
    );
    y += tall + 5;
  });
  const sizes = documents.map(({ length }) => length);
  const sum = sizes.reduce((a, b) => a + b, 0);
  out.push(lines(24, y + 24, [`${sizes.join(" + ")} = ${sum}`, "positions"], "strong"));
}

/** Draws the calls of both directions side by side; returns where they end. */
function drawCalls(out: string[], numRows: number): number {
  const pairs = pairsOf(programs(MEMORY));
  const middle = FORWARD_X + FORWARD_WIDTH / 2, back = BACKWARD_X + BACKWARD_WIDTH / 2;
  let y = 146, layerTop = 0, layerBottom = 0;
  pairs.forEach(({ forward, backward, isInLayer }, i) => {
    const height = backward.length * (CALL_HEIGHT + 5) - 5, baseline = y + height / 2 + 6;
    const [name, width] = forwardText(forward);
    if (isInLayer) layerBottom = y + height;
    if (isInLayer && layerTop === 0) layerTop = y;
    if (i > 0) {
      out.push(arrow([[middle, y - GAP], [middle, y]]), arrow([[back, y], [back, y - GAP]], "b"));
    }
    out.push(
      rect(FORWARD_X, y, FORWARD_WIDTH, height),
      text(FORWARD_X + 10, baseline, name, "strong"),
      text(FORWARD_X + FORWARD_WIDTH - 10, baseline, `${numRows}×${width}`, "muted", "end"),
    );
    backward.toReversed().forEach((call, c) => { // time goes up
      const top = y + c * (CALL_HEIGHT + 5), isFused = call.kernel === "gradient";
      out.push(
        rect(BACKWARD_X, top, BACKWARD_WIDTH, CALL_HEIGHT, isFused ? "live" : "box"),
        text(BACKWARD_X + 10, top + 20, backwardText(call), isFused ? "train bold" : "strong"),
      );
    });
    y += height + GAP;
  });
  const top = layerTop - 7, height = layerBottom - layerTop + 14;
  out.push(
    arrow([[168, 160], [FORWARD_X, 160]]),
    rect(FORWARD_X - 10, top, RIGHT - FORWARD_X + 20, height, "group", 8),
    `<text transform="translate(${FORWARD_X - 18} ${
      top + height / 2 + 60
    }) rotate(-90)" text-anchor="middle" class="muted">for each layer</text>`,
  );
  return y;
}

/** Draws the loss and the update, and says what the colors mean; returns where it ends. */
function drawEnd(out: string[], numRows: number, bottom: number): number {
  const middle = FORWARD_X + FORWARD_WIDTH / 2, back = BACKWARD_X + BACKWARD_WIDTH / 2;
  const y = bottom + 8, width = RIGHT - FORWARD_X;
  const losses = `${numRows} losses; logits become their own gradients, in place`;
  out.push(
    rect(FORWARD_X, y, width, 56),
    text(FORWARD_X + 12, y + 23, "softmax", "strong"),
    text(FORWARD_X + 12, y + 45, losses, "muted"),
    arrow([[middle, bottom - GAP], [middle, y]]),
    arrow([[back, y], [back, bottom - GAP]], "b"),
    rect(FORWARD_X, y + 76, width, 36, "live"),
    text(FORWARD_X + 12, y + 100, "adam, at the end: for wte and wpe", "train bold"),
    rect(24, y + 134, 18, 18, "live"),
    lines(54, y + 149, [
      "dW = dYᵀ·X stays in registers: Adam uses it there, and writes weights",
      "and moments at once. The gradient is never stored (up to 256 rows).",
    ]),
  );
  return y + 192;
}

/** Finds the calls that belong together: those of backward come in the opposite order. */
function pairsOf({ forward, backward }: Record<"forward" | "backward", Program>): Pair[] {
  const later = flat(backward).map(({ call }) => call);
  const pairs = flat(forward).toReversed().map(({ call, isInLayer }) => {
    const taken = later.splice(0, call.kernel === "linear" ? 2 : 1);
    const expected = call.kernel === "linear"
      ? [`linearBackward ${matrixOf(call)[0]}`, `gradient ${matrixOf(call)[0]}, Adam`]
      : [`${call.kernel}Backward`];
    const found = taken.map(backwardText);
    if (`${found}` === `${expected}`) return { forward: call, backward: taken, isInLayer };
    throw new Error(`Cannot draw the engine: beside ${call.kernel} it calls ${found}`);
  });
  if (later.length > 0) throw new Error("Cannot draw the engine: it calls more going back");
  return pairs.toReversed();
}

function flat({ steps }: Program): { call: Call; isInLayer: boolean }[] {
  const isCall = (step: Call | ForEachLayer): step is Call => "kernel" in step;
  return steps.flatMap<{ call: Call; isInLayer: boolean }>((step) =>
    isCall(step)
      ? [{ call: step, isInLayer: false }]
      : step.calls.map((call) => ({ call, isInLayer: true }))
  );
}

function matrixOf({ args: { w } }: Call): readonly [name: string, width: number] {
  const found = MATRICES.get(w);
  if (found === undefined) throw new Error("Cannot draw the engine: it has another matrix");
  return found;
}

/** A call of the forward pass as text, and the width of its result. */
function forwardText(call: Call): [text: string, width: number] {
  if (call.kernel !== "linear") return [call.kernel, DEFAULT_SIZES.nEmbd];
  const [name, width] = matrixOf(call);
  const isBias = call.args["e"] === MEMORY.logitsBias; // which pads the vocabulary
  return [`linear ${name}${isBias ? "" : EPILOGUES.get(call.args["epilogue"]) ?? ""}`, width];
}

/** A call of the backward pass as text. */
function backwardText(call: Call): string {
  if (call.kernel === "gradient") return `gradient ${matrixOf(call)[0]}, Adam`;
  return call.kernel === "linearBackward" ? `linearBackward ${matrixOf(call)[0]}` : call.kernel;
}
