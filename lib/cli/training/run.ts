/**
 * A run of training, before its first step: a new one, or one that was saved.
 *
 * @module
 */

import type { Best } from "../../checkpoint/checkpoint.ts";
import { assertFits, createEngine, type EngineName } from "../../create_engine.ts";
import type { Docs } from "../../docs.ts";
import type { Dtype, Engine } from "../../engine.ts";
import { type GptConfig, initWeights } from "../../config.ts";
import { Random } from "../../random.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { probeFeatures } from "../../wasm/asm/lanes.ts";
import type { TrainCommand } from "../options/train_args.ts";
import { loadTrainingData, newTokenizer, type Say, type TrainingData } from "./training_data.ts";

/** All that a run needs. */
export interface Run {
  /** What is to be done: of a resumed run, with the settings that it began with. */
  readonly command: TrainCommand;
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
  readonly newEngine: () => Engine;
  /** How many steps have been taken already. */
  readonly stepsDone: number;
  /** The best weights of those steps. */
  readonly best: Best | undefined;
}

/**
 * Prepares a new run.
 *
 * @throws {Error} If the data set cannot be had.
 */
export async function newRun(command: TrainCommand, note: Say, warn: Say): Promise<Run> {
  const { nLayer, nEmbd, nHead, blockSize, dtype } = command;
  const random = new Random(command.seed);
  const data = await loadTrainingData(command, command.form, note, warn);
  data.docs.shuffle(random);
  const { docs, valDocs } = await split(data.docs, command);
  const tokenizer = await newTokenizer(data, command.tokenizer);
  const config = { nLayer, nEmbd, nHead, blockSize, vocabSize: tokenizer.vocabSize };
  const newEngine = () => {
    const { name, precision } = availableEngine(command.engine, dtype, warn);
    assertFits(name, config, precision);
    return createEngine(name, config, initWeights(config, random), precision);
  };
  const rest = { tokenizer, config, random, newEngine, stepsDone: 0, best: undefined };
  return { command, data, docs, valDocs, ...rest };
}

/**
 * The documents to train on, and those to hold out.
 *
 * @throws {Error} If there are too few of them, or none is left on a side.
 */
export async function split(
  docs: Docs,
  { valFraction, seed }: TrainCommand,
): Promise<Pick<Run, "docs" | "valDocs">> {
  if (valFraction === 0) return { docs, valDocs: undefined };
  const { splitDocs } = await import("../../evaluate/split.ts");
  const { trainDocs, valDocs } = splitDocs(docs, valFraction, seed, "--val-fraction");
  return { docs: trainDocs, valDocs };
}

/** The engine that was asked for, or, where the platform cannot run it, the other. */
export function availableEngine(
  name: EngineName,
  dtype: Dtype,
  warn: Say,
): { readonly name: EngineName; readonly precision: Dtype } {
  if (name === "scalar" || probeFeatures().simd) return { name, precision: dtype };
  warn("This platform has no WebAssembly SIMD: using --engine scalar, in f64 and slowly");
  return { name: "scalar", precision: "f64" };
}
