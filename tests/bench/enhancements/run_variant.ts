/**
 * Trains one variant in a process of its own, and prints what it measured as
 * a line of JSON: `run_variant.ts NAME [STEPS [WARM_UP_STEPS]]`.
 *
 * @module
 */

import { createEngine } from "../../../lib/create_engine.ts";
import { Docs } from "../../../lib/docs.ts";
import { DEFAULT_SIZES, type GptConfig, initWeights } from "../../../lib/config.ts";
import { linearDecay } from "../../../lib/optim.ts";
import { Random } from "../../../lib/random.ts";
import { Tokenizer } from "../../../lib/tokenizer.ts";
import { datasetUrl } from "../dataset.ts";
import type { Autograd } from "./autograd.ts";
import { Gpt } from "./gpt.ts";

/** The measurements of a run. */
export interface Result {
  name: string;
  msPerStep: number;
  peakRssMB: number;
  lastLoss: number;
  /** The losses of the steps before the clock started. */
  losses: number[];
}

type Step = (tokens: number[], learningRate: number) => number;

async function createStep(name: string, config: GptConfig, weights: Float64Array): Promise<Step> {
  if (name === "lib") {
    const engine = createEngine("scalar", config, weights);
    return (tokens, learningRate) => engine.step([tokens], learningRate);
  }
  // The module is known at run time only; whatever its nodes are, they stay in its hands.
  const { autograd } = await import(`./${name}.ts`) as { autograd: Autograd<unknown> };
  const gpt = new Gpt(autograd, config, weights);
  return (tokens, learningRate) => gpt.step(tokens, learningRate);
}

/** The most memory the process has had; where the system does not tell, what it has now. */
function peakRssMB(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1024;
  } catch {
    return Deno.memoryUsage().rss / 2 ** 20;
  }
}

/** Trains, at first for `warmUp` steps without a clock. */
async function run(name: string, numSteps: number, warmUp: number): Promise<Result> {
  const random = new Random(42);
  const docs = Docs.parse(Deno.readFileSync(datasetUrl()));
  docs.shuffle(random);
  const tokenizer = Tokenizer.fromDocs(docs);
  const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
  const step = await createStep(name, config, initWeights(config, random));
  const { bos } = tokenizer;
  const losses: number[] = [];
  let start = performance.now();
  for (let i = 0; i < warmUp + numSteps; i++) {
    if (i === warmUp) start = performance.now();
    const tokens = [bos, ...tokenizer.encode(docs.at(i % docs.length)), bos];
    losses.push(step(tokens, linearDecay(0.01, i, 1000)));
  }
  return {
    name,
    msPerStep: (performance.now() - start) / numSteps,
    peakRssMB: peakRssMB(),
    lastLoss: losses.at(-1) ?? NaN,
    losses: losses.slice(0, warmUp),
  };
}

if (import.meta.main) {
  const [name, steps = "250", warmUp = "50"] = Deno.args;
  if (name === undefined) throw new TypeError("Cannot run a variant: its name is missing");
  console.log(JSON.stringify(await run(name, Number(steps), Number(warmUp))));
}
