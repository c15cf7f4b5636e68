/** The engines under test, models to try them on, and what they make of those. */

import { assert } from "@std/assert";
import type { GptConfig } from "../../lib/config.ts";
import { createEngine, ENGINE_NAMES } from "../../lib/create_engine.ts";
import { type Engine, moments, type Tokens } from "../../lib/engine.ts";
import { linearDecay } from "../../lib/optim.ts";
import { Random } from "../../lib/random.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";

/** An engine, for a suite that all of them must pass. */
export interface EngineUnderTest {
  readonly engineName: string;
  /** Makes it. */
  readonly newEngine: (config: GptConfig, weights: ArrayLike<number>) => Engine;
  /** The name of a test of it. */
  readonly title: (what: string) => string;
}

/** Calls `suite` for each engine: those that have a name, and the twins in plain TypeScript. */
export function forEachEngine(suite: (engine: EngineUnderTest) => void): void {
  const run = (engineName: string, newEngine: EngineUnderTest["newEngine"]) =>
    suite({
      engineName,
      newEngine,
      title: (what) => `${engineName} engine: ${what}`,
    });
  for (const name of ENGINE_NAMES) {
    run(name, (config, weights) => createEngine(name, config, weights));
  }
  run("plain", (config, weights) => new WasmEngine(config, weights, { kernels: "plain" }));
}

/** A model, and how many documents of which length it is trained on at once. */
export interface Case {
  readonly name: string;
  readonly config: GptConfig;
  readonly batchSize: number;
  /** The length of all documents; otherwise each has another. */
  readonly length?: number;
  readonly steps?: number;
}

/** A case with the sizes of a small model but for those that are given. */
function newCase(
  name: string,
  sizes: Partial<GptConfig>,
  rest: Partial<Omit<Case, "name" | "config">> = {},
): Case {
  const config = { vocabSize: 11, nLayer: 1, nEmbd: 8, nHead: 2, blockSize: 6, ...sizes };
  return { name, config, batchSize: 1, ...rest };
}

/** Sizes that are no multiples of anything, and the ends of their ranges. */
export const CASES: readonly Case[] = [
  newCase("the sizes of microgpt.py", { vocabSize: 27, nEmbd: 16, nHead: 4, blockSize: 16 }),
  newCase("nEmbd 6, 3 heads", { nEmbd: 6, nHead: 3 }),
  newCase("nEmbd 10, 5 heads", { nEmbd: 10, nHead: 5 }),
  newCase("nEmbd 24, 3 heads", { nEmbd: 24, nHead: 3, nLayer: 2 }),
  newCase("nEmbd 16, 4 heads", { nEmbd: 16, nHead: 4 }),
  newCase("nEmbd 7, 1 head", { nEmbd: 7, nHead: 1 }),
  newCase("nEmbd 5, 5 heads", { nEmbd: 5, nHead: 5 }),
  newCase("nEmbd 1, 1 head", { nEmbd: 1, nHead: 1 }),
  newCase("nEmbd 20, 2 heads of 10", { nEmbd: 20, nHead: 2 }),
  newCase("nEmbd 17, 1 head of 17", { nEmbd: 17, nHead: 1 }),
  newCase("nEmbd 64, 4 heads", { nEmbd: 64, nHead: 4 }, { steps: 10 }),
  newCase("a vocabulary of 2", { vocabSize: 2 }),
  newCase("a vocabulary of 1,000", { vocabSize: 1000 }),
  newCase("a block of 1", { blockSize: 1 }),
  newCase("documents of one symbol", {}, { length: 1 }),
  newCase("documents of no symbol", {}, { length: 0 }),
  newCase("documents longer than the block", {}, { length: 20 }),
  newCase("a long block", { blockSize: 70 }, { length: 70, steps: 10 }),
  newCase("five layers", { nLayer: 5 }),
  newCase("batches of 3", {}, { batchSize: 3 }),
  newCase("batches of 16", {}, { batchSize: 16 }),
  newCase("300 documents: more rows than fit at once", { nEmbd: 6, nHead: 3, vocabSize: 5 }, {
    batchSize: 300,
    steps: 3,
  }),
  newCase("a block of more rows than a batch needs", { nEmbd: 2, nHead: 1, blockSize: 260 }, {
    batchSize: 2,
    length: 259,
    steps: 2,
  }),
];

/** Documents for the steps of a case, always the same. */
export function batchesFor({ config, batchSize, length, steps = 20 }: Case): number[][][] {
  const random = new Random(1);
  const bos = config.vocabSize - 1;
  const symbols = () => length ?? 1 + random.randbelow(config.blockSize + 3);
  const tokens = () => Array.from({ length: symbols() }, () => random.randbelow(config.vocabSize));
  const batch = () => Array.from({ length: batchSize }, () => [bos, ...tokens(), bos]);
  return Array.from({ length: steps }, batch);
}

/** The result of an engine for a case. */
export interface Outcome {
  /** Those after each token of the first document, of the untrained model. */
  readonly logits: Float64Array;
  /** Adam's first moments after the first step: the gradient times 1 - beta1. */
  readonly m: Float64Array;
  readonly v: Float64Array;
  readonly losses: number[];
  readonly weights: Float64Array;
}

export function outcomeOf(engine: Engine, batches: readonly number[][][]): Outcome {
  const sequence = engine.sequence();
  const inputs = batches[0]![0]!.slice(0, -1).slice(0, engine.config.blockSize); // not empty
  const logits = Float64Array.from(inputs.flatMap((token) => [...sequence.append(token)]));
  let first = moments(engine.state());
  const losses = batches.map((batch, step) => {
    const loss = engine.step(batch, linearDecay(0.01, step, batches.length));
    if (step === 0) first = moments(engine.state());
    return loss;
  });
  return { logits, ...first, losses, weights: engine.weights() };
}

/** Fails unless an engine takes twice as many steps and more with finite losses, and no memory. */
export function assertStaysFit(
  engine: Engine,
  documents: readonly Tokens[],
  numSteps = 5000,
): void {
  let step = 0;
  const train = () => {
    for (const end = step + numSteps; step < end; step++) {
      const loss = engine.step([documents[step % documents.length]!], 0.01); // an index of it
      if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}`);
    }
  };
  train(); // until the compilers are done
  // The best of three: V8 takes some MB more when it likes to, a leak takes them each time.
  // 2 kB a step would be 10 MB in 5,000.
  let rss = Infinity, external = Infinity;
  for (let i = 0; i < 3 && !(rss <= 8 * 2 ** 20 && external <= 2 ** 18); i++) {
    const before = Deno.memoryUsage();
    train();
    const after = Deno.memoryUsage();
    rss = Math.min(rss, after.rss - before.rss);
    external = Math.min(external, after.external - before.external);
  }
  assert(engine.weights().every(Number.isFinite));
  assert(rss <= 8 * 2 ** 20, `resident memory grew by ${rss} bytes in ${numSteps} steps`);
  assert(
    external <= 2 ** 18,
    `memory outside of the heap grew by ${external} bytes in ${numSteps} steps`,
  );
}
