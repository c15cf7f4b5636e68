/**
 * Trains models of many settings on many lists, and models of the settings that `--auto` chooses,
 * and appends their losses to a file: one run per line of JSON. A run that is in the file already is
 * not repeated. It takes hours; losses do not depend on what else the machine does.
 *
 * ```sh
 * deno run --allow-read --allow-write tests/bench/auto/grid.ts grid.jsonl 2
 * deno run --allow-read tests/bench/auto/table.ts grid.jsonl
 * ```
 *
 * @module
 */

import { autoFacts } from "../../../lib/auto/facts.ts";
import { autoSettings } from "../../../lib/auto/settings.ts";
import { Docs } from "../../../lib/docs.ts";
import { Microgpt } from "../../../lib/microgpt.ts";
import { type Cut, load, specs } from "./lists.ts";

/** Settings of a run. */
export interface Cell {
  readonly nEmbd: number;
  readonly learningRate: number;
  readonly numSteps: number;
  readonly batchSize: number;
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

/** Learning rates for each width. */
const RATES: readonly (readonly [nEmbd: number, rates: readonly number[]])[] = [
  [16, [0.005, 0.01, 0.02]],
  [32, [0.005, 0.01, 0.02]],
  [64, [0.003, 0.005, 0.01]],
];

/** The settings to try on a list of so many lines. */
export function grid(n: number): Cell[] {
  const first = n <= 100 ? 50 : n <= 300 ? 60 : n <= 1100 ? 125 : n <= 3000 ? 250 : 2000;
  const steps = [1, 2, 4, 8, 16].map((factor) => first * factor);
  return RATES.flatMap(([nEmbd, rates]) =>
    rates.flatMap((learningRate) =>
      steps.map((numSteps) => ({ nEmbd, learningRate, numSteps, batchSize: 8 }))
    )
  );
}

/** The settings that `--auto` chooses for a list. */
export function chosen(texts: readonly string[]): Cell {
  const facts = autoFacts(Docs.from(texts), new Set(texts.join("")).size + 1);
  const { nEmbd, learningRate, numSteps, batchSize } = autoSettings(facts);
  return { nEmbd, learningRate, numSteps, batchSize };
}

/** Words that identify a run. */
export function keyOf(spec: string, seed: number, cell: Cell): string {
  const { nEmbd, learningRate, numSteps, batchSize } = cell;
  return [spec, seed, nEmbd, learningRate, numSteps, batchSize].join(" ");
}

/** Trains a model with a tenth held out, and measures it. */
async function run(spec: string, seed: number, { texts, test }: Cut, cell: Cell): Promise<Row> {
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

/** The losses on short cuts scatter more: they get twice the seeds. */
const isShort = (spec: string) => /:[1-3]00$/.test(spec);

async function main(file: string, numSeeds: number): Promise<void> {
  Deno.writeTextFileSync(file, "", { append: true, create: true });
  const lines = Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
  const rows: Row[] = lines.map((line) => JSON.parse(line));
  const done = new Set(rows.map((row) => keyOf(row.spec, row.seed, row)));
  for (let seed = 1; seed <= 2 * numSeeds; seed++) {
    for (const spec of specs().filter((spec) => seed <= numSeeds || isShort(spec))) {
      const cut = load(spec, seed);
      for (const cell of [...grid(cut.texts.length), chosen(cut.texts)]) {
        const key = keyOf(spec, seed, cell);
        if (done.has(key)) continue;
        done.add(key);
        const row = await run(spec, seed, cut, cell);
        Deno.writeTextFileSync(file, `${JSON.stringify(row)}\n`, { append: true });
      }
    }
  }
}

if (import.meta.main) await main(Deno.args[0] ?? "grid.jsonl", Number(Deno.args[1] ?? 2));
