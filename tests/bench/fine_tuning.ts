/**
 * Fine-tuning beside training from scratch: how well models of 40 French towns predict 20 others.
 * Steps and rate are chosen on some splits, and judged on others.
 *
 * @module
 */

import { datasetUrl } from "./dataset.ts";
import { markdown } from "./markdown.ts";
import { type Mean, meanOf } from "./stats.ts";
import { PRESETS } from "../../lib/files/presets.ts";
import { Microgpt, type MicrogptOptions } from "../../lib/microgpt.ts";

const TOWNS = new URL("../testdata/french_towns.txt", import.meta.url);

const STEPS = [6, 12, 25, 50, 100, 200, 400];
const RATES = [0.001, 0.003, 0.01, 0.03];

/** Settings of all models. */
const COMMON: MicrogptOptions = { dtype: "f32", blockSize: 19, batchSize: 8 };

/** The way to go on: for how long, and how fast. */
interface Schedule {
  readonly numSteps: number;
  readonly learningRate: number;
}

/** The beginning of a model of towns. */
interface Beginning {
  readonly name: string;
  readonly settings: MicrogptOptions;
}

/** A beginning, the schedule that suits it, and its losses by split. */
interface Row extends Beginning {
  readonly schedule: Schedule;
  readonly losses: readonly number[];
}

/** The amount of work to do. */
interface Effort {
  readonly schedules: readonly Schedule[];
  /** The seeds of the splits to choose schedules on, and of those to judge by. */
  readonly choosing: readonly number[];
  readonly judging: readonly number[];
  /** By what the steps of the first training are divided. */
  readonly hurry: number;
}

const schedulesOf = (steps: readonly number[], rates: readonly number[]): Schedule[] =>
  steps.flatMap((numSteps) => rates.map((learningRate) => ({ numSteps, learningRate })));

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

const THOROUGH: Effort = {
  schedules: schedulesOf(STEPS, RATES),
  choosing: seeds(101, 10),
  judging: seeds(1, 20),
  hurry: 1,
};

const QUICK: Effort = {
  schedules: schedulesOf([6, 12], [0.003]),
  choosing: [101],
  judging: [1, 2],
  hurry: 100,
};

/** Trains the models to go on from, and lists them after those that begin from scratch. */
async function newBeginnings(hurry: number): Promise<Beginning[]> {
  const names = await Deno.readFile(datasetUrl());
  const towns = await PRESETS["towns"]!.load(); // it is one
  const after = async (
    name: string,
    texts: string | Uint8Array,
    nEmbd: number,
    numSteps: number,
    learningRate: number,
  ) => {
    const options = { ...COMMON, nEmbd, numSteps: Math.ceil(numSteps / hurry), learningRate };
    const from = await Microgpt.train(texts, options);
    return { name: `after ${name}, ${nEmbd}`, settings: { ...COMMON, from } };
  };
  return [
    ...[8, 16, 32].map((nEmbd) => ({
      name: `from scratch, ${nEmbd}`,
      settings: { ...COMMON, nEmbd },
    })),
    await after("8,000 steps of names.txt", names, 16, 8000, 0.005),
    await after("8,000 steps of names.txt", names, 32, 8000, 0.005),
    await after("500 steps of German towns", towns, 32, 500, 0.01),
    await after("1,000 steps of German towns", towns, 32, 1000, 0.01),
    await after("2,000 steps of German towns", towns, 32, 2000, 0.01),
  ];
}

/** Trains on two thirds of the towns; returns the loss on the others after the last step. */
async function heldOutLoss(
  towns: Uint8Array,
  settings: MicrogptOptions,
  schedule: Schedule,
  seed: number,
): Promise<number> {
  let loss = NaN;
  await Microgpt.train(towns, {
    ...settings,
    ...schedule,
    seed,
    valFraction: 1 / 3,
    onStep: ({ validation }) => loss = validation?.loss ?? loss,
  });
  return loss;
}

async function lossesOf(
  towns: Uint8Array,
  settings: MicrogptOptions,
  schedule: Schedule,
  seeds: readonly number[],
): Promise<number[]> {
  const losses: number[] = [];
  for (const seed of seeds) losses.push(await heldOutLoss(towns, settings, schedule, seed));
  return losses;
}

/** Finds the schedule with the smallest mean loss. */
async function bestSchedule(
  towns: Uint8Array,
  { settings }: Beginning,
  { schedules, choosing }: Effort,
): Promise<Schedule> {
  let best = { schedule: schedules[0]!, loss: Infinity }; // there is one
  for (const schedule of schedules) {
    const { mean } = meanOf(await lossesOf(towns, settings, schedule, choosing));
    if (mean < best.loss) best = { schedule, loss: mean };
  }
  return best.schedule;
}

const shown = ({ mean, error }: Mean) => `${mean.toFixed(3)} ± ${error.toFixed(3)}`;

/** Shows the rows, each beside one of them on the same splits. */
function table(rows: readonly Row[], base: Row): string {
  const header = ["40 French towns", "steps, rate", "loss", "difference"];
  const cells = rows.map(({ name, schedule: { numSteps, learningRate }, losses }) => {
    const mean = meanOf(losses.map((loss, i) => loss - base.losses[i]!)); // the same splits
    const difference = losses === base.losses ? "" : `${mean.mean > 0 ? "+" : ""}${shown(mean)}`;
    return [name, `${numSteps}, ${learningRate}`, shown(meanOf(losses)), difference];
  });
  return markdown([header, ...cells]);
}

/** Shows what becomes of a model if it goes on for longer. */
async function course(towns: Uint8Array, row: Row, { judging }: Effort): Promise<string> {
  const { name, settings, schedule: { learningRate } } = row;
  const parts: string[] = [];
  for (const numSteps of [0, ...STEPS]) {
    const schedule = numSteps === 0
      ? { numSteps: 1, learningRate: 1e-9 } // as good as none
      : { numSteps, learningRate };
    const { mean } = meanOf(await lossesOf(towns, settings, schedule, judging));
    parts.push(`${numSteps} steps: ${mean.toFixed(3)}`);
  }
  return `${name}, at a rate of ${learningRate}: ${parts.join(", ")}`;
}

/** Fine-tuned models beside others. */
export async function fineTuning(quick: boolean): Promise<string> {
  const effort = quick ? QUICK : THOROUGH;
  const towns = await Deno.readFile(TOWNS);
  const rows: Row[] = [];
  for (const beginning of await newBeginnings(effort.hurry)) {
    const schedule = await bestSchedule(towns, beginning, effort);
    const losses = await lossesOf(towns, beginning.settings, schedule, effort.judging);
    rows.push({ ...beginning, schedule, losses });
  }
  const base = rows[1]!, long = rows[4]!; // from scratch, 16; after names.txt, 32
  return [
    `Fine-tuning: means and standard errors of ${effort.judging.length} splits`,
    table(rows, base),
    await course(towns, long, effort),
  ].join("\n\n");
}
