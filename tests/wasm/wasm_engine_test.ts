/** Features of this engine alone: 32 bits, and moments that are flushed to 0. */

import { assert, assertEquals } from "@std/assert";
import { DEFAULT_SIZES, initWeights } from "../../lib/config.ts";
import { createEngine } from "../../lib/create_engine.ts";
import { Random } from "../../lib/random.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { assertRelative } from "../helpers/assert.ts";
import {
  assertStaysFit,
  batchesFor,
  type Case,
  CASES,
  type Outcome,
  outcomeOf,
} from "../helpers/engines.ts";
import { documentFor, SHAPES } from "../helpers/reference.ts";
import { CONFIG } from "../helpers/tiny.ts";

/** Runs a case in f64 and in f32. */
function inBothPrecisions(what: Case): readonly [Outcome, Outcome] {
  const { config } = what;
  const weights = initWeights(config, new Random(42));
  const batches = batchesFor(what);
  return [
    outcomeOf(createEngine("wasm", config, weights, "f64"), batches),
    outcomeOf(createEngine("wasm", config, weights, "f32"), batches),
  ];
}

for (const what of CASES) {
  Deno.test(`wasm engine: f32 gives what f64 gives, to its precision: ${what.name}`, () => {
    const { nEmbd, nLayer, blockSize, vocabSize } = what.config;
    const [f64, f32] = inBothPrecisions(what);
    // Each addition may be off by 2⁻²⁴ of the sum. On the way from a parameter to a logit there
    // are, in a layer, the sums of four products of matrices, of two norms and of attention.
    const additions = nLayer * (9 * nEmbd + 2 * blockSize) + 2 * nEmbd;
    assertRelative(f32.logits, f64.logits, additions * 2 ** -24, "logits");
    // Back again it is as many, and those over the vocabulary and the rows of the batch.
    const rows = what.batchSize * blockSize;
    const ways = 2 * additions + vocabSize + rows;
    assertRelative(f32.m, f64.m, ways * 2 ** -24, "m after one step");
    assertRelative(f32.v, f64.v, 2 * ways * 2 ** -24, "v after one step");
    // Each step goes on from weights that are off already, and Adam makes more of it.
    assertRelative(f32.losses, f64.losses, 2e-5, "losses");
  });
}

Deno.test("wasm engine: f32 keeps its parameters in f32", () => {
  const { config } = SHAPES[1]!;
  const weights = initWeights(config, new Random(1));
  const engine = createEngine("wasm", config, weights, "f32");
  assertEquals(engine.weights(), weights.map(Math.fround));
  engine.step([documentFor(config, 3)], 0.01);
  assertEquals(engine.weights(), engine.weights().map(Math.fround));
});

Deno.test("wasm engine: f32 updates nothing when the loss is not finite", () => {
  const { config } = SHAPES[1]!;
  const weights = initWeights(config, new Random(1));
  weights[3 * config.nEmbd] = 1e200; // infinite as an f32
  const engine = createEngine("wasm", config, weights, "f32");
  const before = engine.weights();
  assertEquals(Number.isFinite(engine.step([[4, 3, 4]], 0.01)), false);
  assertEquals(engine.weights(), before);
});

for (const dtype of ["f64", "f32"] as const) {
  Deno.test(`wasm engine: 10,000 default steps in ${dtype} give no NaN and take no memory`, () => {
    const config = { ...DEFAULT_SIZES, vocabSize: 27 };
    const engine = createEngine("wasm", config, initWeights(config, new Random(1)), dtype);
    assertStaysFit(
      engine,
      [3, 5, 6, 7, 9, 15, 16].map((length) => documentFor(config, length)),
    );
  });
}

Deno.test("wasm engine: moments too small to matter become 0, not denormal", () => {
  const config = { ...CONFIG, vocabSize: 4 };
  const engine = new WasmEngine(config, initWeights(config, new Random(1)), { dtype: "f32" });
  engine.step([[3, 0, 0, 3]], 0.01);
  const firstRow = () => Array.from(engine.state().m.subarray(0, config.nEmbd)); // token 0 of wte
  assert(firstRow().every((m) => m !== 0), "token 0 has been seen");
  // 0.85 ** 700 times its moments is far below the smallest number of 32 bits, at
  // which rounding would hold them.
  for (let i = 0; i < 700; i++) engine.step([[3, 1, 2, 3]], 0.01);
  assertEquals(firstRow(), [0, 0, 0, 0]);
});

for (const [dtype, threshold, interval] of [["f64", 1e-200, 1024], ["f32", 1e-28, 100]] as const) {
  Deno.test(`wasm engine: moments below ${threshold} become 0 every ${interval} steps: ${dtype}`, () => {
    const config = { ...CONFIG, vocabSize: 4 };
    const engine = new WasmEngine(config, initWeights(config, new Random(1)), { dtype });
    engine.step([[3, 0, 0, 3]], 0.01);
    const seen = engine.state();
    /** The first row of the moments after a step that does not see it: it decays, and no more. */
    const rowsAfter = (step: number) => {
      const m = seen.m.slice(), v = seen.v.slice();
      m.set([2, -2, 0.5, -0.5].map((x) => x * threshold)); // token 0 of wte
      v.set([2, 1.1, 0.9, 0.5].map((x) => x * threshold));
      engine.restore({ ...seen, m, v, steps: step - 1 });
      engine.step([[3, 1, 2, 3]], 0.01);
      const state = engine.state();
      return [state.m, state.v].map((moments) =>
        Array.from(moments.subarray(0, 4), (x) => Number((x / threshold).toFixed(4)))
      );
    };
    assertEquals(rowsAfter(interval), [[1.7, -1.7, 0, 0], [1.98, 1.089, 0, 0]]);
    assertEquals(rowsAfter(3 * interval), [[1.7, -1.7, 0, 0], [1.98, 1.089, 0, 0]]);
    const decayed = [[1.7, -1.7, 0.425, -0.425], [1.98, 1.089, 0.891, 0.495]];
    for (const step of [1, interval - 1, interval + 1]) assertEquals(rowsAfter(step), decayed);
  });
}
