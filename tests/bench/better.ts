/**
 * The options that make better models: what each adds to those before it, as the loss on names that
 * were held out; and what it costs per step.
 *
 *     deno run -A tests/bench/better.ts --n-layer 4 --num-steps 4400 --seeds 1,2,3
 *     deno run -A tests/bench/better.ts --costs
 *
 * Steps are fixed, not time: the losses are the same however busy the machine is.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { type GptConfig, initWeights } from "../../lib/config.ts";
import { createEngine } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import { type Dtype, useAverage } from "../../lib/engine.ts";
import { evaluate } from "../../lib/evaluate/evaluate.ts";
import { splitDocs } from "../../lib/evaluate/split.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { train, type TrainOptions } from "../../lib/trainer.ts";
import { datasetUrl } from "./dataset.ts";
import { median } from "./stats.ts";

/** A row of the table: options, and the name that says what they add to those above. */
interface Row {
  readonly name: string;
  readonly options: Partial<TrainOptions>;
  /** The name of the row in which the averaged weights of the same run are judged. */
  readonly averaged?: string;
}

/** The rates and decays to try, by hand. */
interface Tuning {
  readonly rate: number;
  /** The rate where it is constant. */
  readonly constantRate: number;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly ema: number;
}

/** The rows, each with one option more than the one before it. */
function rowsOf({ rate, constantRate, warmup, weightDecay, ema }: Tuning): Row[] {
  const today = { learningRate: rate };
  const reshuffled = { ...today, reshuffle: true };
  const byToken: Partial<TrainOptions> = { ...reshuffled, lossMean: "token", warmup, weightDecay };
  const cosine: Partial<TrainOptions> = { ...byToken, schedule: "cosine" };
  return [
    { name: "as microgpt.py", options: today },
    { name: "+ reshuffle", options: reshuffled },
    { name: "+ loss-mean token, warmup, weight-decay", options: byToken },
    { name: "+ schedule cosine", options: { ...cosine, ema }, averaged: "+ ema" },
    {
      name: "constant instead of cosine, no ema",
      options: { ...cosine, schedule: "constant", learningRate: constantRate, ema },
      averaged: "constant instead of cosine",
    },
  ];
}

/** A model and its training, but for the options under test. */
interface Task {
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly batchSize: number;
  readonly numSteps: number;
  readonly dtype: Dtype;
}

/**
 * Trains as the command line does, and returns the loss on the names that were held out: that of
 * the weights after the last step, and that of their average if there is one.
 */
function heldOutLosses(bytes: Uint8Array, task: Task, seed: number, row: Row): number[] {
  const { nLayer, nEmbd, batchSize, numSteps, dtype } = task;
  const docs = Docs.parse(bytes), random = new Random(seed);
  docs.shuffle(random);
  const { trainDocs, valDocs } = splitDocs(docs, 0.1, seed);
  const tokenizer = Tokenizer.fromDocs(docs);
  const { vocabSize } = tokenizer;
  const config: GptConfig = { vocabSize, nLayer, nEmbd, nHead: 4, blockSize: 16 };
  const engine = createEngine("wasm", config, initWeights(config, random), dtype);
  const options = { ...row.options, batchSize, numSteps, seed };
  for (const _ of train(engine, tokenizer, trainDocs, options));
  const last = evaluate(engine, tokenizer, valDocs).loss;
  if (row.averaged === undefined) return [last];
  useAverage(engine);
  return [last, evaluate(engine, tokenizer, valDocs).loss];
}

/** Prints the losses of some rows, seed by seed. */
async function compare(task: Task, tuning: Tuning, seeds: readonly number[], only: number[]) {
  const bytes = await Deno.readFile(datasetUrl());
  const rows = rowsOf(tuning).filter((_, i) => only.length === 0 || only.includes(i));
  for (const seed of seeds) {
    for (const row of rows) {
      const names = [row.name, row.averaged ?? ""];
      heldOutLosses(bytes, task, seed, row).forEach((loss, i) =>
        console.log(`seed ${seed} | ${names[i]!.padEnd(40)} | ${loss.toFixed(4)}`) // two at most
      );
    }
  }
}

/** The options whose cost is measured, one by one. */
const OPTIONS: readonly Row[] = [
  { name: "--reshuffle", options: { reshuffle: true } },
  { name: "--loss-mean token", options: { lossMean: "token" } },
  { name: "--warmup, --schedule cosine", options: { warmup: 10, schedule: "cosine" } },
  { name: "--weight-decay", options: { weightDecay: 0.1 } },
  { name: "--ema", options: { ema: 0.999 } },
];

/** Pairs of runs, of which the first ones warm up, and the documents of a run at width 16. */
const PAIRS = 23, WARM_UP = 2, DOCUMENTS = 4000;

/** The time that all threads of this process have had, in milliseconds: others do not add to it. */
function processTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Prints what a step takes with each option, as a ratio: medians of paired runs. */
async function costs(sizes: readonly (readonly [nEmbd: number, batch: number, dtype: Dtype])[]) {
  const docs = Docs.parse(await Deno.readFile(datasetUrl()));
  const tokenizer = Tokenizer.fromDocs(docs), { vocabSize } = tokenizer;
  for (const [nEmbd, batchSize, dtype] of sizes) {
    const config: GptConfig = { vocabSize, nLayer: 1, nEmbd, nHead: 4, blockSize: 16 };
    const engine = createEngine("wasm", config, initWeights(config, new Random(1)), dtype);
    const numSteps = Math.ceil(DOCUMENTS / batchSize * (16 / nEmbd) ** 1.5);
    const start = engine.state();
    const time = (options: Partial<TrainOptions>) => {
      engine.restore(start);
      const steps = train(engine, tokenizer, docs, { ...options, batchSize, numSteps });
      const before = processTime();
      for (const _ of steps);
      return processTime() - before;
    };
    for (const { name, options } of OPTIONS) {
      const ratios = Array.from({ length: PAIRS }, () => time(options) / time({}));
      const ratio = median(ratios.slice(WARM_UP)).toFixed(3);
      console.log(`width ${nEmbd}, batch ${batchSize}, ${dtype} | ${name.padEnd(28)} | ${ratio}`);
    }
  }
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    boolean: ["costs"],
    string: ["seeds", "rows"],
    default: {
      "n-layer": 1,
      "n-embd": 64,
      "batch-size": 64,
      "num-steps": 2000,
      "seeds": "1,2,3",
      "rows": "",
      "rate": 0.005,
      "constant-rate": 0.002,
      "warmup": 100,
      "weight-decay": 0.1,
      "ema": 0.99,
    },
  });
  const numbers = (text: string) => text === "" ? [] : text.split(",").map(Number);
  if (args.costs) {
    await costs([[16, 1, "f64"], [64, 1, "f32"], [16, 16, "f32"], [64, 32, "f32"]]);
  } else {
    const task: Task = {
      nLayer: Number(args["n-layer"]),
      nEmbd: Number(args["n-embd"]),
      batchSize: Number(args["batch-size"]),
      numSteps: Number(args["num-steps"]),
      dtype: "f32",
    };
    const tuning: Tuning = {
      rate: Number(args.rate),
      constantRate: Number(args["constant-rate"]),
      warmup: Number(args.warmup),
      weightDecay: Number(args["weight-decay"]),
      ema: Number(args.ema),
    };
    await compare(task, tuning, numbers(args.seeds), numbers(args.rows));
  }
}
