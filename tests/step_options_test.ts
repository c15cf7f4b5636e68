/** The options of a step that lead away from microgpt.py, in all engines. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type GptConfig, initWeights } from "../lib/config.ts";
import { createEngine } from "../lib/create_engine.ts";
import {
  averageShare,
  DTYPES,
  type Engine,
  type StepDetails,
  type StepOptions,
  useAverage,
} from "../lib/engine.ts";
import { ADAM_DEFAULTS } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { WasmEngine } from "../lib/wasm/wasm_engine.ts";
import { assertClose, assertFails, assertRelative } from "./helpers/assert.ts";
import { batchesFor, CASES, forEachEngine } from "./helpers/engines.ts";
import { documentFor, gradientOf, SHAPES } from "./helpers/reference.ts";
import { newThreaded } from "./helpers/threads.ts";

const { config } = SHAPES[1]!; // there are more
const WEIGHTS = initWeights(config, new Random(1));

/** Documents of 1, 2 and 5 positions. */
const BATCH = [1, 2, 5].map((length) => documentFor(config, length - 1).slice(0, length + 1));

/** All options at once. */
const ALL: StepOptions = { lossMean: "token", weightDecay: 0.3, ema: 0.9 };

forEachEngine(({ newEngine, title }) => {
  Deno.test(title("step() counts each document, or each token, the same"), () => {
    const lengths = BATCH.map((tokens) => tokens.length - 1);
    const total = lengths.reduce((a, b) => a + b);
    assertEquals(new Set(lengths).size, 3, "documents of one length have the same mean");
    const losses = BATCH.map((tokens) => newEngine(config, WEIGHTS).loss(tokens));
    const gradients = BATCH.map((tokens) => gradientOf(config, WEIGHTS, tokens));
    const shares = {
      document: lengths.map(() => 1 / 3),
      token: lengths.map((length) => length / total),
    };
    for (const lossMean of ["document", "token"] as const) {
      const engine = newEngine(config, WEIGHTS);
      const details: StepDetails = { gradNorm: NaN };
      const loss = engine.step(BATCH, 0.01, details, undefined, { lossMean });
      const share = shares[lossMean];
      const expected = losses.reduce((sum, loss, i) => sum + share[i]! * loss, 0); // as many
      assertClose(loss, expected, 1e-12, `loss by ${lossMean}`);
      const gradient = WEIGHTS.map((_, p) =>
        gradients.reduce((sum, gradient, i) => sum + share[i]! * gradient[p]!, 0) // as many
      );
      const norm = Math.hypot(...gradient);
      assertRelative([details.gradNorm], [norm], 1e-9, `gradient by ${lossMean}`);
    }
  });

  Deno.test(
    title("step() shrinks the weights by the rate times the decay, and then moves them"),
    () => {
      const rate = 0.02, weightDecay = 5;
      const decayed = newEngine(config, WEIGHTS);
      const plain = newEngine(config, WEIGHTS);
      const loss = decayed.step(BATCH, rate, undefined, undefined, { weightDecay });
      assertEquals(loss, plain.step(BATCH, rate), "the loss is that before the decay");
      // Adam's step does not depend on the weights, so it is the one without decay.
      const expected = plain.weights().map((w, i) => w - rate * weightDecay * WEIGHTS[i]!); // as many
      assertRelative(decayed.weights(), expected, 1e-12, "weights");
      assertEquals(decayed.state().m, plain.state().m, "the moments know nothing of it");
      assertEquals(decayed.state().v, plain.state().v);
    },
  );

  Deno.test(
    title("step() decays nothing if the loss is not finite, or the step is stopped"),
    () => {
      const wild = WEIGHTS.with(-1, NaN); // of the last layer
      const engine = newEngine(config, wild);
      assert(!Number.isFinite(engine.step(BATCH, 0.01, undefined, undefined, ALL)));
      assertEquals([engine.weights(), engine.average()], [wild, undefined]);
      const other = newEngine(config, WEIGHTS);
      const stop = AbortSignal.abort(new Error("enough"));
      assertFails(() => other.step(BATCH, 0.01, undefined, stop, ALL), Error, "enough");
      assertEquals([other.weights(), other.average()], [WEIGHTS, undefined]);
    },
  );

  Deno.test(
    title("average() is the mean of the weights, those of later steps counting more"),
    () => {
      const engine = newEngine(config, WEIGHTS), ema = 0.7;
      assertEquals(engine.average(), undefined);
      const all: Float64Array[] = [];
      for (let t = 1; t <= 6; t++) {
        engine.step(BATCH, 0.05, undefined, undefined, { ema });
        all.push(engine.weights());
        if (t === 1) assertEquals(engine.average(), all[0], "the average of one");
      }
      const shares = all.map((_, i) => ema ** (all.length - 1 - i));
      const sum = shares.reduce((a, b) => a + b);
      const expected = WEIGHTS.map((_, p) =>
        all.reduce((mean, weights, i) => mean + shares[i]! / sum * weights[p]!, 0) // as many
      );
      assertRelative(engine.average()!, expected, 1e-12, "average"); // there is one
      const plain = newEngine(config, WEIGHTS);
      for (let t = 1; t <= 6; t++) plain.step(BATCH, 0.05);
      assertEquals(engine.weights(), plain.weights(), "training does not use it");
    },
  );

  Deno.test(
    title("useAverage() puts the average in the place of the weights, and them back"),
    () => {
      const engine = newEngine(config, WEIGHTS);
      useAverage(engine)(); // there is none: nothing happens
      for (let t = 0; t < 3; t++) engine.step(BATCH, 0.05, undefined, undefined, ALL);
      const before = engine.state(), [tokens = []] = BATCH;
      const averaged = newEngine(config, before.average!).loss(tokens); // it has one
      const loss = engine.loss(tokens);
      const goBack = useAverage(engine);
      assertEquals([engine.loss(tokens), engine.weights()], [averaged, before.average]);
      goBack();
      assertEquals([engine.loss(tokens), engine.state()], [loss, before]);
      assertNotEquals(averaged, loss);
    },
  );

  Deno.test(title("restore() goes on bit for bit with all options, and without an average"), () => {
    const run = (engine: Engine, from: number, to: number) => {
      for (let i = from; i < to; i++) {
        engine.step(BATCH.slice(i % 2), 0.05, undefined, undefined, ALL);
      }
    };
    const whole = newEngine(config, WEIGHTS);
    run(whole, 0, 9);
    for (const at of [0, 1, 2, 8]) {
      const first = newEngine(config, WEIGHTS), second = newEngine(config, WEIGHTS.map(() => 1));
      run(first, 0, at);
      run(second, 0, 3); // which is forgotten
      second.restore(first.state());
      assertEquals(second.state(), first.state());
      assertEquals("average" in first.state(), at > 0);
      run(second, at, 9);
      assertEquals(second.state(), whole.state());
    }
  });

  Deno.test(title("state() and average() are copies"), () => {
    const engine = newEngine(config, WEIGHTS);
    engine.step(BATCH, 0.05, undefined, undefined, ALL);
    const average = engine.average()!; // it has one
    engine.average()!.fill(7);
    const state = engine.state();
    state.average!.fill(7);
    assertEquals(engine.average(), average);
    engine.restore(state);
    state.average!.fill(8);
    assertEquals(engine.average(), average.map(() => 7));
  });

  Deno.test(title("step() and restore() refuse options and averages that cannot be"), () => {
    const engine = newEngine(config, WEIGHTS);
    const table: [StepOptions, string][] = [
      [
        { lossMean: "word" as "token" },
        "Cannot train: lossMean must be document or token: it is word",
      ],
      ...[-1, 100, NaN, Infinity].map((weightDecay): [StepOptions, string] => [
        { weightDecay },
        "Cannot train: weightDecay must be 0 or above, and below 1 / learningRate: " +
        `it is ${weightDecay}, learningRate is 0.01`,
      ]),
      ...[0, 1, -0.5, NaN].map((ema): [StepOptions, string] => [
        { ema },
        `Cannot train: ema must be above 0 and below 1: it is ${ema}`,
      ]),
    ];
    for (const [options, message] of table) {
      const step = () => engine.step(BATCH, 0.01, undefined, undefined, options);
      assertFails(step, RangeError, message);
    }
    assertEquals([engine.weights(), engine.state().steps], [WEIGHTS, 0]);
    const numbers = WEIGHTS.length;
    assertFails(
      () => engine.restore({ ...engine.state(), average: new Float64Array(3) }),
      TypeError,
      `Cannot restore the state: the model has ${numbers} parameters: average has 3 numbers`,
    );
  });
});

Deno.test("averageShare() is 1 at the first step, and falls to 1 - ema", () => {
  assertEquals(averageShare(0.9, 1), 1);
  assertClose(averageShare(0.9, 2), 1 / 1.9, 1e-15, "two steps: 1 and 0.9");
  assertClose(averageShare(0.9, 1000), 0.1, 1e-15, "many steps");
});

/** Trains with all options, and returns what can be compared. */
function outcomeWith(engine: Engine, batches: readonly number[][][]) {
  const losses = batches.map((batch) => engine.step(batch, 0.01, undefined, undefined, ALL));
  return { losses, state: engine.state() };
}

for (const testCase of CASES) {
  Deno.test(`wasm computes what scalar computes, with all options: ${testCase.name}`, () => {
    const { config } = testCase;
    const batches = batchesFor(testCase).slice(0, 3);
    const weights = initWeights(config, new Random(1));
    const [scalar, wasm] = (["scalar", "wasm"] as const).map((name) =>
      outcomeWith(createEngine(name, config, weights), batches)
    );
    if (scalar === undefined || wasm === undefined) throw new Error("There are two");
    assertRelative(wasm.losses, scalar.losses, 1e-11, "losses");
    assertRelative(wasm.state.weights, scalar.state.weights, 1e-8, "weights");
    assertRelative(wasm.state.average!, scalar.state.average!, 1e-8, "average"); // both have one
  });
}

for (const dtype of DTYPES) {
  Deno.test(`any number of threads gives what one gives with all options: ${dtype}`, async () => {
    const config: GptConfig = { vocabSize: 11, nLayer: 2, nEmbd: 12, nHead: 3, blockSize: 8 };
    const weights = initWeights(config, new Random(3));
    const random = new Random(4);
    const document = () => [10, ...Array.from({ length: random.randbelow(9) }, () => 3), 10];
    for (const batchSize of [5, 90]) { // which fits into memory at once, and which does not
      const batches = Array.from({ length: 4 }, () => Array.from({ length: batchSize }, document));
      const expected = outcomeWith(new WasmEngine(config, weights, { dtype }), batches);
      for (const threads of [2, 3]) {
        using many = await newThreaded(config, weights, dtype, threads);
        assertEquals(outcomeWith(many.engine, batches), expected);
        assertEquals(many.together, batches.length, "all steps are taken together");
      }
    }
  });
}

Deno.test("Adam with weight decay is AdamW, by hand", () => {
  const engine = createEngine("scalar", config, WEIGHTS), rate = 0.1, weightDecay = 0.5;
  const [tokens = []] = BATCH, { beta1, beta2, eps } = ADAM_DEFAULTS;
  const at = gradientOf(config, WEIGHTS, tokens).findIndex((g) => g !== 0); // one that Adam moves
  let w = WEIGHTS[at]!, m = 0, v = 0; // it is found
  for (let t = 1; t <= 2; t++) {
    const g = gradientOf(config, engine.weights(), tokens)[at]!;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const mHat = m / (1 - beta1 ** t), vHat = v / (1 - beta2 ** t);
    w -= rate * (mHat / (Math.sqrt(vHat) + eps) + weightDecay * w); // algorithm 2, line 12, with α = 1
    engine.step([tokens], rate, undefined, undefined, { weightDecay });
    assertClose(engine.weights()[at]!, w, 1e-12, `after step ${t}`);
  }
});
