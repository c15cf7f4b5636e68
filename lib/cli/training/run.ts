/**
 * A run of training, before its first step: a new one, or one that was saved.
 *
 * @module
 */

import type { Best } from "../../checkpoint/checkpoint.ts";
import { DEFAULT_SIZES, type GptConfig, initWeights, numParams } from "../../config.ts";
import type { Docs } from "../../docs.ts";
import type { Engine } from "../../engine.ts";
import { Random } from "../../random.ts";
import { Tokenizer } from "../../tokenizer.ts";
import { newTrainingEngine } from "../engine.ts";
import type { Plan, TrainCommand } from "../options/commands.ts";
import type { RunSettings } from "../options/tables.ts";
import type { Talk } from "../terminal/output.ts";
import type { TrainReport } from "./train_report.ts";
import { openData, type TrainingData } from "./training_data.ts";

/** A run: its plan, of a resumed run the one that it began with, and what it works on. */
export interface Run extends Plan {
  readonly data: TrainingData;
  /** The documents in the order of training. */
  readonly docs: Docs;
  /** The documents that are not trained on; `undefined` if none are held out. */
  readonly valDocs: Docs | undefined;
  readonly tokenizer: Tokenizer;
  readonly config: GptConfig;
  /** The random numbers that come after those of the weights. */
  readonly random: Random;
  /** Makes the engine, with the parameters that training begins or goes on with. */
  readonly newEngine: () => Promise<Engine>;
  /** The path of the model that it goes on from, or once did; `undefined` if there is none. */
  readonly from: string | undefined;
  /** The number of steps that have been taken already. */
  readonly stepsDone: number;
  /** The best weights of those steps. */
  readonly best: Best | undefined;
}

/** A run at work. */
export interface Work {
  readonly run: Run;
  readonly engine: Engine;
  readonly command: Pick<TrainCommand, "watching" | "saving" | "quiet">;
  readonly report: TrainReport;
  readonly talk: Talk;
}

/**
 * Assembles the run that a command line asks for.
 *
 * @throws {UsageError} If it asks a saved run for what that cannot do.
 * @throws {Error} If the data set, or the saved run, cannot be used.
 */
export async function assembleRun(command: TrainCommand, talk: Talk): Promise<Run> {
  const { dataset, settings: { from }, saving: { resume } } = command;
  const saved = resume === undefined
    ? undefined
    : await (await import("./resume.ts")).openSavedRun(resume, command);
  const start = from === undefined
    ? undefined
    : await (await import("./from.ts")).openStart(from, command, talk);
  const plan = saved?.plan ?? start?.plan ?? command;
  if (saved === undefined) noteStdin(dataset, plan, talk);
  const data = saved === undefined
    ? await openData({ dataset, preset: plan.settings.preset }, talk, plan.settings, {
      options: start === undefined ? ["column", "tokenizer"] : ["column"],
      ...(dataset !== undefined && { note: talk.note }), // other lists are known
    })
    : await saved.openData(talk);
  const { settings, generation, given } = plan.settings.auto === undefined
    ? plan
    : await (await import("./auto.ts")).autoPlan(command, data, talk);
  const random = new Random(settings.seed);
  data.docs.shuffle(random);
  const { docs, valDocs } = await split(data.docs, settings);
  const own = saved?.tokenizer ?? new Tokenizer(settings.tokenizer, data.codes);
  const tokenizer = start?.tokenizerFor(own) ?? own;
  const { nLayer, nEmbd, nHead, blockSize } = settings;
  const config = { nLayer, nEmbd, nHead, blockSize, vocabSize: tokenizer.vocabSize };
  if (saved !== undefined) random.setstate(saved.random);
  return {
    settings,
    generation,
    given,
    data,
    docs,
    valDocs,
    tokenizer,
    config,
    random,
    newEngine: async () => {
      const weights = () =>
        saved?.state.weights ?? start?.weightsFor(tokenizer, blockSize, random) ??
          initWeights(config, random);
      const made = await newTrainingEngine(settings, config, weights, talk);
      if (saved !== undefined) made.restore(saved.state);
      return made;
    },
    from: saved?.from ?? from,
    stepsDone: saved?.state.steps ?? 0,
    best: saved?.best,
  };
}

/** Notes that nobody reads what a person at a terminal sends to stdin, for want of a `-`. */
function noteStdin(dataset: string | undefined, plan: Plan, { note }: Talk): void {
  const { settings: { preset }, generation: { prompt, exclude } } = plan;
  const isRead = dataset !== undefined || preset !== undefined || prompt === "-" || exclude === "-";
  if (isRead || Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return;
  note("stdin is not read: to train on it, name - as the data set");
}

/** The work of a run, in parameters times documents, that takes a second at most on any machine. */
const QUICK = 1e8;

/** The scalar engine takes about this many times as long. */
const SCALAR = 100;

/** The work of a long run, which takes one thread some ten seconds or more. */
const LONG = 2e9;

/** The work of a step that several threads take less time for. */
const WORTH_SHARING = 4e5;

/**
 * Tells if training may take more than some seconds. A run for which it is false, such as the
 * default one, need not load what foresees the time.
 */
export function mayBeLong(run: Run): boolean {
  const { numSteps, engine } = run.settings;
  const work = (numSteps - run.stepsDone) * stepWork(run);
  return work * (engine === "scalar" ? SCALAR : 1) > QUICK;
}

/** Tells if a run of one thread takes long, and less long with several. */
export function isWorthSharing(run: Run): boolean {
  const { numSteps, engine, threads } = run.settings;
  const work = stepWork(run), isLong = (numSteps - run.stepsDone) * work > LONG;
  return threads === 1 && engine === "wasm" && isLong && work >= WORTH_SHARING;
}

/** Computes the maximum work of a step, in parameters times documents of the default size. */
function stepWork({ config, settings: { batchSize } }: Run): number {
  return batchSize * config.blockSize / DEFAULT_SIZES.blockSize * numParams(config);
}

/** Tells if the model may take more than some hundred megabytes; see {@linkcode mayBeLong}. */
export function mayBeLarge(config: GptConfig): boolean {
  const { nLayer, nEmbd, blockSize } = config;
  return Math.max(numParams(config), nLayer * nEmbd * blockSize ** 2) > 1e6;
}

/** Splits the documents in those to train on and those to hold out. */
async function split(
  docs: Docs,
  { valFraction, seed }: RunSettings,
): Promise<Pick<Run, "docs" | "valDocs">> {
  if (valFraction === undefined) return { docs, valDocs: undefined };
  const { splitDocs } = await import("../../evaluate/split.ts");
  const { trainDocs, valDocs } = splitDocs(docs, valFraction, seed, "--val-fraction");
  return { docs: trainDocs, valDocs };
}
