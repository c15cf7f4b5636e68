/**
 * Times the training step of one engine after the other, each with another number of threads, and
 * prints that as a line of JSON: `run_threads.ts f64|f32 N_EMBD BATCH_SIZE BUDGET_MS THREADS ...`.
 *
 * @module
 */

import { DEFAULT_SIZES, initWeights } from "../../lib/config.ts";
import { createEngine } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import type { Dtype, Engine, Tokens } from "../../lib/engine.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { datasetUrl } from "./dataset.ts";
import { median } from "./stats.ts";

/** Milliseconds per step, of each number of threads. */
export type ThreadTimes = readonly number[];

/** Steps that are not timed: threads wake up. */
const WARM_UP = 3;

/** The steps of a turn. */
const MIN_STEPS = 10, MAX_STEPS = 500;

/** Takes a turn of steps, and returns the median of their times. */
function turn(engine: Engine, batches: readonly Tokens[][]): number {
  const times = batches.map((batch) => {
    const start = performance.now();
    engine.step(batch, 0.001);
    return performance.now() - start;
  });
  return median(times.slice(WARM_UP));
}

if (import.meta.main) {
  const [dtype, nEmbd, batchSize, budgetMs, ...threads] = Deno.args;
  const random = new Random(42);
  const docs = Docs.parse(Deno.readFileSync(datasetUrl()));
  docs.shuffle(random);
  const tokenizer = Tokenizer.fromDocs(docs);
  const config = { ...DEFAULT_SIZES, nEmbd: Number(nEmbd), vocabSize: tokenizer.vocabSize };
  const weights = initWeights(config, random);
  const size = Number(batchSize);
  const batches = Array.from(
    { length: MAX_STEPS },
    (_, step) =>
      Array.from(
        { length: size },
        (_, i) => tokenizer.encodeDocument(docs.bytesAt((step * size + i) % docs.length)),
      ),
  );
  const times: number[] = [];
  for (const count of threads) {
    const options = { threads: Number(count) };
    using engine = await createEngine("wasm", config, weights, dtype as Dtype, options); // as above
    const probed = turn(engine, batches.slice(0, 2 * MIN_STEPS)); // V8 compiles on the way
    const steps = Math.ceil(Math.min(MAX_STEPS, Math.max(MIN_STEPS, Number(budgetMs) / probed)));
    times.push(turn(engine, batches.slice(0, WARM_UP + steps)));
  }
  console.log(JSON.stringify(times));
}
