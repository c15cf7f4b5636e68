/**
 * Advice on the settings of a run that leads where nobody wants to go.
 *
 * @module
 */

import { rateFor } from "../../auto/settings.ts";
import { DEFAULT_SIZES } from "../../config.ts";
import type { RunSettings } from "../options/tables.ts";

/** The settings that advice is about. */
type Settings =
  & Pick<RunSettings, "nLayer" | "nEmbd" | "batchSize" | "numSteps" | "learningRate">
  & Partial<Pick<RunSettings, "engine" | "threads">>;

/** A list of more documents is not memorized in any usual number of steps. */
const MAX_MEMORIZED = 1000;

/** A model of width 16 has memorized a short list after this many passes, a wider one earlier. */
const PASSES = 20;

/** In fewer steps nothing is memorized, however short the list is. */
const MIN_STEPS = 50;

/** At a rate that is higher than the one that suits by this factor a wider model ends worse. */
const TOO_HIGH = 2.5;

/** A run of fewer documents in all is too short for the rate to do harm. */
const MANY_DOCS = 1000;

/**
 * Several threads take longer than one for a step of less work, in weights times documents: about
 * 0.1 ms, which `--threads auto` does not share either.
 */
const WORTH_SHARING = 3e4;

/**
 * Gives advice on settings, a sentence each; none if they are fine.
 *
 * @param settings The settings of a new run.
 * @param numDocs The number of documents to train on.
 */
export function settingsAdvice(settings: Settings, numDocs: number): string[] {
  return [...memorized(settings, numDocs), ...tooHigh(settings), ...tooSmall(settings)];
}

function memorized({ nEmbd, batchSize, numSteps }: Settings, numDocs: number): string[] {
  const passes = numSteps * batchSize / numDocs;
  const enough = PASSES * Math.sqrt(Math.min(1, DEFAULT_SIZES.nEmbd / nEmbd));
  if (numDocs > MAX_MEMORIZED || passes < enough || numSteps < MIN_STEPS) return [];
  const [each, them] = numDocs === 1
    ? ["The document", "it"]
    : [`Each of the ${numDocs} documents`, "them"];
  return [
    `${each} is seen ${
      Math.round(passes)
    } times: the model memorizes ${them} and repeats ${them}: ` +
    "take fewer --num-steps, or --auto",
  ];
}

function tooHigh({ nEmbd, batchSize, numSteps, learningRate }: Settings): string[] {
  const rate = rateFor(nEmbd, batchSize, numSteps);
  const isHigh = nEmbd > DEFAULT_SIZES.nEmbd && learningRate >= TOO_HIGH * rate;
  if (!isHigh || numSteps * batchSize < MANY_DOCS) return [];
  return [
    `--learning-rate ${learningRate} is high for --n-embd ${nEmbd}, and may end worse than a ` +
    `narrow model: --learning-rate ${rate} suits it`,
  ];
}

function tooSmall({ nLayer, nEmbd, batchSize, engine, threads = 1 }: Settings): string[] {
  const work = batchSize * nLayer * 12 * nEmbd ** 2; // 12 C² weights per layer
  if (threads === "auto" || threads === 1 || engine === "scalar" || work > WORTH_SHARING) return [];
  return [
    `--threads ${threads} makes steps as small as these slower: --threads auto takes several ` +
    "threads only where they are faster",
  ];
}
