/**
 * Trains models of many settings on many lists and appends their held-out losses to a file, one
 * run per line of JSON; what is in the file already is not run again. It takes hours; losses do
 * not depend on what else the machine does.
 *
 * ```sh
 * deno run --allow-read --allow-write tests/bench/auto/grid.ts grid.jsonl 2
 * ```
 *
 * @module
 */

import { Microgpt } from "../../../lib/microgpt.ts";
import { load, specs } from "./lists.ts";

/** The settings of a run. */
export interface Cell {
  readonly nEmbd: number;
  readonly learningRate: number;
  readonly numSteps: number;
  readonly batchSize: number;
  readonly nLayer?: number;
}

/** A run. */
export interface Row extends Cell {
  readonly spec: string;
  readonly seed: number;
  /** The number of lines. */
  readonly n: number;
  /** The mean length of a line, in characters. */
  readonly mean: number;
  readonly longest: number;
  readonly vocab: number;
  /** The losses of the 10 validations, in nats per token. */
  readonly val: readonly number[];
  /** The loss on lines outside of a cut, of the weights that were best in validation. */
  readonly test?: number;
}

/** Rates for each width. */
const RATES: Readonly<Record<number, readonly number[]>> = {
  16: [0.005, 0.01, 0.02],
  32: [0.005, 0.01, 0.02],
  64: [0.003, 0.005, 0.01],
};

/** Trains a model and measures it. */
export async function run(spec: string, seed: number, cell: Cell): Promise<Row> {
  const { texts, test } = load(spec, seed);
  const lengths = texts.map((text) => [...text].length);
  const longest = Math.max(...lengths);
  const val: number[] = [];
  const gpt = await Microgpt.train(texts, {
    ...cell,
    blockSize: longest + 1,
    dtype: "f32",
    valFraction: 0.1,
    seed,
    onStep: ({ validation }) => {
      if (validation !== undefined) val.push(round(validation.loss));
    },
  });
  return {
    spec,
    seed,
    n: texts.length,
    mean: round(lengths.reduce((sum, length) => sum + length) / texts.length),
    longest,
    vocab: gpt.tokenizer.vocabSize,
    ...cell,
    val,
    ...(test.length > 0 && { test: round(gpt.evaluate(test).loss) }),
  };
}

const round = (x: number) => Math.round(x * 1e5) / 1e5;

/** The settings to try on a list of so many lines. */
function cells(n: number): Cell[] {
  const first = n <= 100 ? 50 : n <= 300 ? 60 : n <= 1100 ? 125 : n <= 3000 ? 250 : 2000;
  const steps = [1, 2, 4, 8, 16].map((factor) => first * factor);
  return [16, 32, 64].flatMap((nEmbd) =>
    RATES[nEmbd]!.flatMap((learningRate) =>
      // each has its rates
      steps.map((numSteps) => ({ nEmbd, learningRate, numSteps, batchSize: 8 }))
    )
  );
}

/** What identifies a run. */
function key({ spec, seed, nEmbd, learningRate, numSteps, batchSize, nLayer = 1 }: Row): string {
  return [spec, seed, nEmbd, learningRate, numSteps, batchSize, nLayer].join(" ");
}

if (import.meta.main) {
  const [file = "grid.jsonl", numSeeds = "2"] = Deno.args;
  Deno.writeTextFileSync(file, "", { append: true, create: true });
  const lines = Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
  const done = new Set(lines.map((line) => key(JSON.parse(line))));
  for (let seed = 1; seed <= Number(numSeeds); seed++) {
    for (const spec of specs()) {
      for (const cell of cells(load(spec, seed).texts.length)) {
        if (done.has(key({ spec, seed, ...cell } as Row))) continue;
        const row = await run(spec, seed, cell);
        Deno.writeTextFileSync(file, `${JSON.stringify(row)}\n`, { append: true });
      }
    }
  }
}
