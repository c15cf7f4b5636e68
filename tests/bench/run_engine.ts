/**
 * Times the training step of an engine, and prints that as a line of JSON:
 * `run_engine.ts scalar|plain|wasm f64|f32 N_EMBD BATCH_SIZE BUDGET_MS`.
 *
 * @module
 */

import { createEngine } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import { documentLength, type Dtype, type Engine, type Tokens } from "../../lib/engine.ts";
import { DEFAULT_SIZES, type GptConfig, initWeights } from "../../lib/config.ts";
import { linearDecay } from "../../lib/optim.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { timeChunks } from "./chunks.ts";
import { datasetUrl } from "./dataset.ts";

/** The engines that are compared. */
export type EngineKind = "scalar" | "plain" | "wasm";

/** Microseconds a step; `undefined` if a step takes too long to be measured. */
export interface StepTime {
  readonly clean?: number;
  readonly typical?: number;
}

/** The times are those of the first so many steps, whether all of them are run or not. */
const NUM_STEPS = 1000;
const MAX_STEP_MS = 100;
const PROBES = 20;
const REPEATS = 8;

function newEngine(kind: EngineKind, dtype: Dtype, config: GptConfig, random: Random): Engine {
  const weights = initWeights(config, random);
  if (kind === "plain") return new WasmEngine(config, weights, { dtype, kernels: "plain" });
  return createEngine(kind, config, weights, dtype);
}

/** Milliseconds a document: the fastest of some steps on one document each, none of them warm. */
function probe(engine: Engine, docs: readonly Tokens[], budgetMs: number): number {
  const start = performance.now();
  let fastest = Infinity;
  for (let i = 0; i < PROBES && performance.now() - start < budgetMs; i++) {
    const before = performance.now();
    engine.step([docs[i]!], 0.01); // there are more documents than probes
    fastest = Math.min(fastest, performance.now() - before);
  }
  return fastest;
}

function timeStep(engine: Engine, batches: readonly Tokens[][], budgetMs: number): StepTime {
  const { nEmbd } = engine.config, batchSize = batches[0]?.length ?? 0;
  const probed = probe(engine, batches.flat(), budgetMs / 4) * batchSize;
  if (probed > MAX_STEP_MS && !(engine instanceof WasmEngine)) return {};
  // About 400 µs a chunk of the fast engine, whatever the size.
  const chunk = Math.max(1, Math.floor(20 / batchSize / (nEmbd / 16) ** 2));
  const wanted = Math.min(NUM_STEPS, Math.ceil(budgetMs / REPEATS / probed));
  const chunks = Math.ceil(wanted / chunk), numSteps = chunks * chunk;
  const run = (c: number) => {
    for (let s = c * chunk; s < (c + 1) * chunk; s++) {
      engine.step(batches[s]!, linearDecay(0.01, s, numSteps)); // NUM_STEPS of them
    }
  };
  const warmUp = performance.now();
  for (let c = 0; performance.now() - warmUp < budgetMs / 4; c = (c + 1) % chunks) run(c);
  const { clean, typical } = timeChunks(chunks, REPEATS, run);
  // Documents differ in length: what was timed stands for all steps by its share of the positions.
  const positions = (of: readonly Tokens[][]) =>
    of.flat().reduce((sum, tokens) => sum + documentLength(tokens, engine.config), 0) / of.length;
  const scale = positions(batches) / positions(batches.slice(0, numSteps));
  return { clean: clean / numSteps * 1e3 * scale, typical: typical / numSteps * 1e3 * scale };
}

if (import.meta.main) {
  const [kind, dtype, nEmbd, batchSize, budgetMs] = Deno.args;
  const random = new Random(42);
  const docs = Docs.parse(Deno.readFileSync(datasetUrl()));
  docs.shuffle(random);
  const tokenizer = Tokenizer.fromDocs(docs);
  const config = { ...DEFAULT_SIZES, nEmbd: Number(nEmbd), vocabSize: tokenizer.vocabSize };
  const engine = newEngine(kind as EngineKind, dtype as Dtype, config, random); // as above
  const batches = Array.from(
    { length: NUM_STEPS },
    (_, step) =>
      Array.from(
        { length: Number(batchSize) },
        (_, i) => tokenizer.encodeDocument(docs.at((step * Number(batchSize) + i) % docs.length)),
      ),
  );
  console.log(JSON.stringify(timeStep(engine, batches, Number(budgetMs))));
}
