/** Several threads compute what one computes, bit for bit. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type GptConfig, initWeights } from "../../../lib/config.ts";
import { DTYPES, type Engine, type StepDetails } from "../../../lib/engine.ts";
import { Random } from "../../../lib/random.ts";
import { newThreads } from "../../../lib/wasm/threads/threads.ts";
import { WasmEngine } from "../../../lib/wasm/wasm_engine.ts";
import { newRandom, times } from "../../helpers/random.ts";
import { newThreaded } from "../../helpers/threads.ts";

const NUMBERS_OF_THREADS = [2, 3, 4, 7];

/** A model, and what it is trained on. */
interface Case {
  readonly config: GptConfig;
  readonly batches: readonly number[][][];
}

/** Documents with BOS at both ends, of 0 to `max` symbols. */
function batchOf(random: Random, vocabSize: number, size: number, max: number): number[][] {
  const bos = vocabSize - 1;
  const symbols = () =>
    Array.from({ length: random.randbelow(max + 1) }, () => random.randbelow(vocabSize));
  return Array.from({ length: size }, () => [bos, ...symbols(), bos]);
}

/** Odd sizes; blocks so long that attention has tiles; batches of few documents, of documents of one token, and of more rows than fit. */
function randomCase(random: Random): Case {
  const nHead = 1 + random.randbelow(6);
  const vocabSize = 2 + random.randbelow(50);
  const blockSize = 1 + random.randbelow([20, 20, 90][random.randbelow(3)]!); // one of three
  const config = {
    vocabSize,
    nLayer: 1 + random.randbelow(3),
    nEmbd: nHead * (1 + random.randbelow(9)),
    nHead,
    blockSize,
  };
  const batches = Array.from({ length: 3 }, () => {
    const size = 1 + random.randbelow([3, 12, 60][random.randbelow(3)]!); // one of three
    return batchOf(random, vocabSize, size, [0, blockSize + 2, 6][random.randbelow(3)]!); // likewise
  });
  return { config, batches };
}

/** All that an engine computes, step by step. */
function resultsOf(engine: Engine, batches: readonly number[][][]) {
  const details: StepDetails = { gradNorm: NaN };
  const computed = batches.map((batch, i) => {
    const loss = engine.step(batch, 0.01, i % 2 === 0 ? details : undefined);
    const [document = []] = batch;
    return [loss, details.gradNorm, engine.loss(document), ...engine.sequence().append(0)];
  });
  return { computed, state: engine.state() };
}

function assertSame(found: unknown, expected: unknown, what: string): void {
  try {
    assertEquals(found, expected); // of numbers it compares the bits, but for NaN
  } catch (error) {
    console.log(what);
    throw error;
  }
}

/** A model whose rows are packed for gradients, and computed in tiles by attention. */
function wideCase(random: Random): Case {
  const config = {
    vocabSize: 9,
    nLayer: 1,
    nEmbd: 128,
    nHead: 1 + random.randbelow(2),
    blockSize: 64,
  };
  const batches = [3, 8].map((size) => batchOf(random, config.vocabSize, size, config.blockSize));
  return { config, batches };
}

for (const dtype of DTYPES) {
  Deno.test(`any number of threads gives what one gives, bit for bit: ${dtype}`, async () => {
    const random = newRandom("threads");
    for (let i = 0; i < times(4, 100); i++) {
      const { config, batches } = i === 0 ? wideCase(random) : randomCase(random);
      const weights = initWeights(config, random);
      const expected = resultsOf(new WasmEngine(config, weights, { dtype }), batches);
      for (const threads of NUMBERS_OF_THREADS) {
        using many = await newThreaded(config, weights, dtype, threads);
        const what = `${threads} threads ${JSON.stringify({ config, batches })}`;
        assertSame(resultsOf(many.engine, batches), expected, what);
        assertEquals(many.together, batches.length, "all steps are taken together");
      }
    }
  });
}

const SHAPE: GptConfig = { vocabSize: 11, nLayer: 2, nEmbd: 12, nHead: 3, blockSize: 8 };

/** A case with batches of a size. */
function caseOf(batchSize: number, numBatches = 6): Case & { readonly weights: Float64Array } {
  const random = new Random(5);
  const weights = initWeights(SHAPE, random);
  const newBatch = () => batchOf(random, SHAPE.vocabSize, batchSize, 9);
  return { config: SHAPE, weights, batches: Array.from({ length: numBatches }, newBatch) };
}

Deno.test("a run goes on with another number of threads, bit for bit", async () => {
  const { config, weights, batches } = caseOf(70);
  for (const dtype of DTYPES) {
    const whole = new WasmEngine(config, weights, { dtype });
    const expected = batches.map((batch) => whole.step(batch, 0.01));
    const losses: number[] = [];
    let state = new WasmEngine(config, weights, { dtype }).state();
    for (const [i, threads] of [2, 3, 1, 7, 4, 2].entries()) {
      using many = threads === 1 ? undefined : await newThreaded(config, weights, dtype, threads);
      const engine = many?.engine ?? new WasmEngine(config, weights, { dtype });
      engine.restore(state);
      losses.push(engine.step(batches[i]!, 0.01)); // as many
      state = engine.state();
    }
    assertEquals(losses, expected);
    assertEquals(state, whole.state());
  }
});

Deno.test("a step that is stopped or whose loss is not finite updates nothing, with threads", async () => {
  const { config, weights, batches } = caseOf(200, 2);
  const [first = [], second = []] = batches;
  const one = new WasmEngine(config, weights);
  using many = await newThreaded(config, weights, "f64", 3);
  let asked = 0;
  const stop = {
    get aborted() {
      return ++asked === 3; // in the middle of the batch
    },
    throwIfAborted() {
      if (asked === 3) throw new Error("Stopped");
    },
  };
  assertThrows(() => many.engine.step(first, 0.01, undefined, stop), Error, "Stopped");
  assertEquals(many.engine.state(), one.state());
  assertEquals(many.engine.step(first, 0.01), one.step(first, 0.01));
  const good = one.state();
  const bad = { ...good, weights: good.weights.map(() => NaN) };
  for (const engine of [one, many.engine]) {
    engine.restore(bad);
    assertEquals(Number.isFinite(engine.step(second, 0.01)), false);
    assertEquals(engine.state().weights, bad.weights);
    engine.restore(good);
  }
  assertEquals(many.engine.step(second, 0.01), one.step(second, 0.01));
  assertEquals(many.engine.state(), one.state());
  assertEquals(many.together, 4);
});

Deno.test("threads that have left for want of work start again", async () => {
  const { config, weights, batches: [batch = []] } = caseOf(8, 1);
  const one = new WasmEngine(config, weights);
  using many = await newThreaded(config, weights, "f64", 3, { idle: 500 });
  const step = () => assertEquals(many.engine.step(batch, 0.01), one.step(batch, 0.01));
  step();
  await new Promise((resolve) => setTimeout(resolve, 1200)); // they leave
  step();
  assertEquals(many.together, 1, "one thread takes the step while the others start again");
  for (const end = performance.now() + 10_000; many.together < 5 && performance.now() < end;) {
    step();
  }
  assertEquals(many.together, 5);
  assertEquals(many.engine.state(), one.state());
});

Deno.test("an engine that is disposed of goes on with one thread", async () => {
  const { config, weights, batches } = caseOf(20, 3);
  const one = new WasmEngine(config, weights);
  using many = await newThreaded(config, weights, "f64", 4);
  for (const batch of batches) {
    assertEquals(many.engine.step(batch, 0.01), one.step(batch, 0.01));
    many.engine[Symbol.dispose]();
  }
  assertEquals(many.engine.state(), one.state());
  assertEquals(many.together, 1);
});

Deno.test("auto gives the same, whatever it chooses", async () => {
  const random = new Random(1);
  const config = { ...SHAPE, nEmbd: 48, nHead: 4 }, weights = initWeights(config, random);
  const one = new WasmEngine(config, weights);
  using many = await newThreaded(config, weights, "f64", "auto");
  const batch = batchOf(random, config.vocabSize, 30, 7);
  const end = performance.now() + 20_000;
  let steps = 0;
  for (; many.together < 4 && performance.now() < end; steps++) { // it tries at least
    assertEquals(many.engine.step(batch, 0.001), one.step(batch, 0.001));
  }
  assertEquals(many.engine.state(), one.state());
  assert(many.together === 4 && steps > 4, `${many.together} of ${steps} steps`);
});

Deno.test("without Worker the threads are those of node:worker_threads", async () => {
  const { config, weights, batches } = caseOf(20, 3);
  const { Worker } = globalThis;
  let many;
  try {
    Object.assign(globalThis, { Worker: undefined });
    many = await newThreaded(config, weights, "f64", 3);
  } finally {
    Object.assign(globalThis, { Worker });
  }
  using _ = many;
  const one = new WasmEngine(config, weights);
  for (const batch of batches) assertEquals(many.engine.step(batch, 0.01), one.step(batch, 0.01));
  assertEquals([many.together, many.engine.state()], [3, one.state()]);
});

Deno.test("newThreads() gives none where there can be one only", () => {
  assertEquals(newThreads(1), undefined);
  assertEquals(newThreads("auto", { cores: 1 }), undefined);
  assertEquals(newThreads("auto", { cores: 4 })?.count, 4);
  assertEquals(newThreads("auto", { cores: 100 })?.count, 8);
  assertEquals(newThreads(64)?.count, 64);
  const place = globalThis as { crossOriginIsolated?: boolean };
  place.crossOriginIsolated = false; // as in a page that is not
  try {
    assertEquals(newThreads(4), undefined);
  } finally {
    delete place.crossOriginIsolated;
  }
});
