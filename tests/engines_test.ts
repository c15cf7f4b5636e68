/** One suite for all engines: each must do what microgpt.py does, within rounding. */

import { assertEquals } from "@std/assert";
import { type GptConfig, initWeights, layout, numParams } from "../lib/config.ts";
import type { Tokens } from "../lib/engine.ts";
import { ADAM_DEFAULTS, linearDecay } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { ScalarEngine } from "../lib/scalar_engine.ts";
import { assertAllClose, assertClose, assertFails, assertRelative } from "./helpers/assert.ts";
import {
  assertStaysFit,
  batchesFor,
  type Case,
  CASES,
  forEachEngine,
  type Outcome,
  outcomeOf,
} from "./helpers/engines.ts";
import { gaussVector, newRandom, times } from "./helpers/random.ts";
import { documentFor, gradientOf, lossAt, SHAPES } from "./helpers/reference.ts";

/** The outcomes of the scalar engine, each computed once. */
const expectedOutcomes = new Map<Case, Outcome>();

function expectedOutcome(what: Case): Outcome {
  let outcome = expectedOutcomes.get(what);
  if (outcome === undefined) {
    const { config } = what;
    const scalar = new ScalarEngine(config, initWeights(config, new Random(42)));
    outcome = outcomeOf(scalar, batchesFor(what));
    expectedOutcomes.set(what, outcome);
  }
  return outcome;
}

let drawnCases: Case[] | undefined;

/** Cases of random sizes, the same for all engines. */
function randomCases(): Case[] {
  if (drawnCases === undefined) {
    const random = newRandom("random shapes");
    drawnCases = Array.from({ length: times(15, 200) }, () => randomCase(random));
  }
  return drawnCases;
}

function randomCase(random: Random): Case {
  const nHead = 1 + random.randbelow(7);
  const config = {
    vocabSize: 2 + random.randbelow(40),
    nLayer: 1 + random.randbelow(3),
    nEmbd: nHead * (1 + random.randbelow(Math.ceil(18 / nHead))),
    nHead,
    blockSize: 1 + random.randbelow(18),
  };
  const batchSize = 1 + random.randbelow(4);
  return { name: JSON.stringify({ ...config, batchSize }), config, batchSize, steps: 4 };
}

/**
 * Fails unless two outcomes are the same but for rounding. Sums of some hundred numbers in
 * another order are off by some hundred ε of the largest, 1e-13. A step of Adam makes more of
 * that where a gradient is small: see below.
 *
 * @param trained How far off losses and weights may be.
 */
function assertSameOutcome(
  found: Outcome,
  expected: Outcome,
  trained = { losses: 1e-11, weights: 1e-9 },
): void {
  assertRelative(found.logits, expected.logits, 1e-11, "logits");
  assertRelative(found.m, expected.m, 1e-11, "m after one step");
  assertRelative(found.v, expected.v, 1e-11, "v after one step");
  assertAllClose(found.losses, expected.losses, trained.losses, "losses");
  assertAllClose(found.weights, expected.weights, trained.weights, "weights");
}

/**
 * Tests an engine against the model on Values and Adam as microgpt.py writes it.
 *
 * The tolerances: losses and logits are sums of some hundred products of size 1, added in
 * another order by another engine, so that they differ by some hundred ε, below 1e-12. A step
 * of Adam divides by √v + 1e-8: a gradient that is off by 1e-16 where it is 0 or nearly so is
 * off by 1e-8 after the division, by 1e-10 after the learning rate of 0.01; hence 1e-9. Random
 * weights have such gradients now and then, and some that are off by 1e-15, so that they need
 * 1e-8; the losses of later steps are off by as much.
 */
forEachEngine(({ engineName, newEngine, title }) => {
  /** The scalar engine is not compared with itself, but with microgpt.py: see parity_test.ts. */
  const isReference = engineName === "scalar";

  Deno.test(title("step() returns the loss before the update"), () => {
    for (const { name, config } of SHAPES) {
      const weights = initWeights(config, new Random(1));
      const engine = newEngine(config, weights);
      for (const length of [1, config.blockSize, config.blockSize + 5]) {
        const tokens = documentFor(config, length);
        const expected = lossAt(config, engine.weights(), tokens);
        assertClose(engine.step([tokens], 0.01), expected, 1e-12, `${name}, length ${length}`);
      }
    }
  });

  Deno.test(title("step() returns the mean of the losses of a batch"), () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const batch = [1, 4, 9].map((length) => documentFor(config, length));
    const losses = batch.map((tokens) => lossAt(config, weights, tokens));
    const expected = (losses[0]! + losses[1]! + losses[2]!) / 3;
    assertClose(newEngine(config, weights).step(batch, 0.01), expected, 1e-12, "loss");
  });

  Deno.test(title("step() updates as Adam does with the gradient of a document"), () => {
    for (const { name, config } of SHAPES) {
      const docs = [1, 3, config.blockSize + 2].map((length) => [documentFor(config, length)]);
      assertTrainsAs(config, docs, name);
    }
  });

  Deno.test(title("step() updates with the mean of the gradients of a batch"), () => {
    for (const { name, config } of SHAPES) {
      const batch = [2, 5, config.blockSize + 1].map((length) => documentFor(config, length));
      assertTrainsAs(config, [batch, batch.slice(1), batch], name);
    }
  });

  /** Trains the engine, and beside it the weights by the literal formula, on the same batches. */
  function assertTrainsAs(config: GptConfig, batches: readonly Tokens[][], what: string): void {
    const weights = gaussVector(newRandom(`${engineName}, ${what}`), numParams(config), 0.3);
    const engine = newEngine(config, weights);
    const { beta1, beta2, eps } = ADAM_DEFAULTS;
    const m = weights.map(() => 0), v = weights.map(() => 0);
    batches.forEach((batch, step) => {
      const learningRate = linearDecay(0.01, step, batches.length);
      const gradients = batch.map((tokens) => gradientOf(config, weights, tokens));
      engine.step(batch, learningRate);
      for (let i = 0; i < weights.length; i++) { // all arrays are as long as weights
        const g = gradients.reduce((total, gradient) => total + gradient[i]!, 0) / batch.length;
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = beta2 * v[i]! + (1 - beta2) * g ** 2;
        const mHat = m[i]! / (1 - beta1 ** (step + 1));
        const vHat = v[i]! / (1 - beta2 ** (step + 1));
        weights[i]! -= learningRate * mHat / (Math.sqrt(vHat) + eps);
      }
      assertAllClose(engine.weights(), weights, 1e-8, `${what}: weights after step ${step}`);
    });
  }

  Deno.test(title("step() takes tokens in a typed array"), () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const tokens = documentFor(config, 5);
    const list = newEngine(config, weights), typed = newEngine(config, weights);
    assertEquals(
      typed.step([Uint32Array.from(tokens)], 0.01),
      list.step([tokens], 0.01),
    );
    assertEquals(typed.weights(), list.weights());
  });

  Deno.test(title("step() with learning rate 0 leaves the weights as they are"), () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    engine.step([documentFor(config, 3)], 0);
    assertEquals(engine.weights(), weights);
  });

  for (const what of isReference ? [] : CASES) {
    Deno.test(
      title(`logits, gradients, losses and weights of the scalar engine: ${what.name}`),
      () => {
        const { config } = what;
        const engine = newEngine(config, initWeights(config, new Random(42)));
        assertSameOutcome(outcomeOf(engine, batchesFor(what)), expectedOutcome(what));
      },
    );
  }

  if (!isReference) {
    Deno.test(
      title("logits, gradients, losses and weights of the scalar engine: random shapes"),
      () => {
        for (const what of randomCases()) {
          console.log(what.name);
          const engine = newEngine(what.config, initWeights(what.config, new Random(42)));
          const two = { losses: 1e-8, weights: 1e-8 };
          assertSameOutcome(outcomeOf(engine, batchesFor(what)), expectedOutcome(what), two);
        }
      },
    );
  }

  Deno.test(title("step() throws on a batch that is not one, and updates nothing"), () => {
    const { config } = SHAPES[1]!; // a vocabulary of 5
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const good = documentFor(config, 3);
    engine.step([good], 0.01);
    const before = engine.state();
    const table: [Tokens[], string][] = [
      [[], "Cannot train: there is no document in the batch"],
      [[[]], "Cannot train on a document of 0 tokens: 2 are needed, such as BOS and BOS"],
      [[good, [4]], "Cannot train on a document of 1 tokens: 2 are needed, such as BOS and BOS"],
      ...[5, -1, 0.5, NaN, Infinity].map((id): [Tokens[], string] => [
        [good, [4, 0, id, 4]],
        `Cannot train on a document with token ${id}: tokens are 0 to 4`,
      ]),
      [[[4, 5]], "Cannot train on a document with token 5: tokens are 0 to 4"],
      // Beyond the block, too: a document is right or wrong.
      [
        [[4, ...new Array(20).fill(0), 5]],
        "Cannot train on a document with token 5: tokens are 0 to 4",
      ],
    ];
    for (const [batch, message] of table) {
      assertFails(() => engine.step(batch, 0.01), RangeError, message);
      assertEquals(engine.state(), before, message);
    }
  });

  Deno.test(
    title("step() updates nothing when the loss is not finite, and goes on as if it had not been"),
    () => {
      const { config } = SHAPES[1]!;
      const weights = initWeights(config, new Random(1));
      weights[3 * config.nEmbd] = NaN; // in the embedding of token 3
      const disturbed = newEngine(config, weights), clean = newEngine(config, weights);
      const good = [4, 0, 1, 2, 4], bad = [4, 3, 4];
      // The last one has more rows than fit at once: there are gradients before it goes wrong.
      const poisoned = [[bad], [good, bad], [bad, good], [...new Array(300).fill(good), bad]];
      for (const batch of poisoned) {
        const before = disturbed.state();
        assertEquals(disturbed.step(batch, 0.01), NaN);
        assertEquals(disturbed.state(), before);
        assertEquals(disturbed.step([good], 0.01), clean.step([good], 0.01));
        assertEquals(
          disturbed.state(),
          clean.state(),
        );
      }
    },
  );

  Deno.test(
    title("step() updates nothing when a logit is not a number, of whichever token"),
    () => {
      const { config } = SHAPES[1]!; // a vocabulary of 5
      const lmHead = layout(config).find(({ name }) => name === "lm_head")!; // every model has one
      for (let token = 0; token < config.vocabSize; token++) {
        const weights = initWeights(config, new Random(1));
        weights[lmHead.offset + token * config.nEmbd] = NaN;
        const engine = newEngine(config, weights);
        assertEquals(engine.step([[4, 0, 1, 0, 4]], 0.01), NaN, `token ${token}`);
        assertEquals(engine.weights(), weights, `token ${token}`);
      }
    },
  );

  Deno.test(
    title("step() updates nothing when a weight is not a number, of whichever matrix"),
    () => {
      const { config } = SHAPES[1]!;
      for (const { name, offset } of layout(config)) {
        const weights = initWeights(config, new Random(1));
        weights[offset + 1] = NaN;
        const engine = newEngine(config, weights);
        assertEquals(engine.step([[0, 0, 1, 0, 4]], 0.01), NaN, name);
        assertEquals(engine.weights(), weights, name);
      }
    },
  );

  Deno.test(title("step() refuses a learning rate that is none, and updates nothing"), () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    for (const learningRate of [NaN, Infinity, -1]) {
      const message = `Cannot train: learningRate must be 0 or above: it is ${learningRate}`;
      assertFails(() => engine.step([[4, 0, 4]], learningRate), RangeError, message);
    }
    assertEquals(engine.weights(), weights);
  });

  Deno.test(title("loss() is the loss that step() tells, and teaches nothing"), () => {
    for (const { config } of SHAPES) {
      const weights = gaussVector(new Random(1), numParams(config), 0.3);
      const engine = newEngine(config, weights);
      const before = engine.state();
      const tokens = documentFor(config, 3);
      const loss = engine.loss(tokens);
      assertEquals(engine.state(), before);
      assertRelative([engine.step([tokens], 0.01)], [loss], 1e-14, "loss");
    }
  });

  Deno.test(title("loss() throws on a document that is none"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    assertFails(
      () => engine.loss([4]),
      RangeError,
      "Cannot train on a document of 1 tokens: 2 are needed, such as BOS and BOS",
    );
  });

  Deno.test(title("step() tells the length of the gradient to whoever asks"), () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const [engine, unasked] = [newEngine(config, weights), newEngine(config, weights)];
    const details = { gradNorm: 0 };
    for (let i = 0; i < 5; i++) {
      const tokens = documentFor(config, i + 2);
      const gradient = gradientOf(config, engine.weights(), tokens);
      const loss = engine.step([tokens], 0.01, details);
      const expected = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
      assertRelative([details.gradNorm], [expected], 1e-9, "gradNorm");
      assertEquals(unasked.step([tokens], 0.01), loss);
    }
    assertEquals(engine.state(), unasked.state());
  });

  Deno.test(title("thousands of steps give no NaN and take no memory"), () => {
    const config = { vocabSize: 5, nLayer: 1, nEmbd: 2, nHead: 1, blockSize: 3 };
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const documents = [1, 2, 3, 4].map((length) => documentFor(config, length));
    assertStaysFit(engine, documents, engineName === "plain" ? 1000 : 5000);
  });

  Deno.test(
    title("an engine throws on another number of weights, and on sizes of no model"),
    () => {
      const { config } = SHAPES[1]!;
      const n = numParams(config);
      assertFails(
        () => newEngine(config, new Float64Array(n - 1)),
        TypeError,
        `Cannot create the model: it has ${n} parameters: ${n - 1} weights are given`,
      );
      assertFails(
        () => newEngine({ ...config, nHead: 4 }, new Float64Array(n)),
        RangeError,
        "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 6, nHead is 4",
      );
    },
  );
});
