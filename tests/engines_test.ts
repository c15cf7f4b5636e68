/** One suite for all engines: each must do what microgpt.py does, within rounding. */

import { assert, assertEquals } from "@std/assert";
import { createEngine, type Engine, ENGINE_NAMES, type Tokens } from "../lib/engine.ts";
import { Gpt, type GptConfig, initWeights, numParams } from "../lib/model.ts";
import { ADAM_DEFAULTS, linearDecay } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { assertAllClose, assertClose, assertFails } from "./_assert.ts";
import { gaussVector, newRandom } from "./_random.ts";
import { documentFor, emptyCache, gradientOf, lossAt, SHAPES } from "./_reference.ts";

/** Makes the engine under test. */
type NewEngine = (config: GptConfig, weights: ArrayLike<number>) => Engine;

for (const name of ENGINE_NAMES) {
  runEngineTests(name, (config, weights) => createEngine(name, config, weights));
}

/**
 * Tests an engine against the model on Values and Adam as microgpt.py writes it.
 *
 * The tolerances: losses and logits are sums of some hundred products of size 1, added in
 * another order by another engine, so that they differ by some hundred ε, below 1e-12. A step
 * of Adam divides by √v + 1e-8: a gradient that is off by 1e-16 where it is 0 or nearly so is
 * off by 1e-8 after the division, by 1e-10 after the learning rate of 0.01; hence 1e-9.
 */
function runEngineTests(engineName: string, newEngine: NewEngine): void {
  const test = (name: string, body: () => void) => Deno.test(`${engineName} engine: ${name}`, body);

  test("step() returns the loss before the update", () => {
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

  test("step() returns the mean of the losses of a batch", () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const batch = [1, 4, 9].map((length) => documentFor(config, length));
    const losses = batch.map((tokens) => lossAt(config, weights, tokens));
    const expected = (losses[0]! + losses[1]! + losses[2]!) / 3;
    assertClose(newEngine(config, weights).step(batch, 0.01), expected, 1e-12, "loss");
  });

  test("step() updates as Adam does with the gradient of a document", () => {
    for (const { name, config } of SHAPES) {
      const docs = [1, 3, config.blockSize + 2].map((length) => [documentFor(config, length)]);
      assertTrainsAs(config, docs, name);
    }
  });

  test("step() updates with the mean of the gradients of a batch", () => {
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
      assertAllClose(engine.weights(), weights, 1e-9, `${what}: weights after step ${step}`);
    });
  }

  test("step() takes tokens in a typed array", () => {
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

  test("step() with learning rate 0 leaves the weights as they are", () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    engine.step([documentFor(config, 3)], 0);
    assertEquals(engine.weights(), weights);
  });

  test("weights() is a copy of the parameters in the order of layout()", () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(3));
    const given = weights.slice();
    const engine = newEngine(config, given);
    assertEquals(engine.config, config);
    assertEquals(engine.weights(), weights);
    engine.weights().fill(0);
    given.fill(0);
    assertEquals(engine.weights(), weights, "nobody else's array is the engine's");
  });

  test("sequence() gives the logits of a fresh pass for each prefix", () => {
    for (const { name, config } of SHAPES) {
      const weights = gaussVector(newRandom(`${engineName}, ${name}`), numParams(config), 0.3);
      const gpt = new Gpt(config, weights);
      const engine = newEngine(config, weights);
      const tokens = documentFor(config, config.blockSize).slice(0, config.blockSize);
      const sequence = engine.sequence();
      tokens.forEach((token, posId) => {
        const logits = Float64Array.from(sequence.append(token));
        const { keys, values } = emptyCache(config);
        let fresh: number[] = [];
        for (let t = 0; t <= posId; t++) {
          fresh = gpt.forward(tokens[t]!, t, keys, values).map(({ data }) => data); // t < length
        }
        assertAllClose(logits, fresh, 1e-12, `${name}, position ${posId}`);
        const again = engine.sequence();
        let last = new Float64Array();
        for (const token of tokens.slice(0, posId + 1)) {
          last = Float64Array.from(again.append(token));
        }
        assertEquals(last, logits, "a second sequence gives the same");
      });
    }
  });

  test("sequence() gives the logits of the weights as they are after training", () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    for (let i = 0; i < 3; i++) engine.step([documentFor(config, 4)], 0.05);
    const gpt = new Gpt(config, engine.weights());
    const { keys, values } = emptyCache(config);
    const expected = gpt.forward(3, 0, keys, values).map(({ data }) => data);
    assertAllClose(engine.sequence().append(3), expected, 1e-12, "logits");
  });

  test("sequences are independent of each other", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const run = (tokens: number[]) => {
      const sequence = engine.sequence();
      return tokens.map((token) => [...sequence.append(token)]);
    };
    const one = [4, 0, 1, 2, 3], other = [0, 0, 4, 1, 1];
    const expected = [run(one), run(other)];
    const a = engine.sequence(), b = engine.sequence();
    const found: [number[][], number[][]] = [[], []];
    one.forEach((token, i) => {
      found[0].push([...a.append(token)]);
      found[1].push([...b.append(other[i]!)]); // as long as one
    });
    assertEquals(found, expected);
    assert(String(expected[0]) !== String(expected[1]), "the two differ at all");
  });

  test("sequence() throws past blockSize, every time", () => {
    for (const { config } of SHAPES) {
      const { vocabSize, blockSize } = config;
      const sequence = newEngine(config, initWeights(config, new Random(1))).sequence();
      for (let i = 0; i < blockSize; i++) sequence.append(0);
      for (let again = 0; again < 2; again++) {
        assertFails(
          () => sequence.append(0),
          RangeError,
          `Cannot run the model: token 0 at position ${blockSize}: ` +
            `tokens are 0 to ${vocabSize - 1}, positions 0 to ${blockSize - 1}`,
        );
      }
    }
  });

  test("sequence() throws on a token that does not exist", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    for (const token of [-1, config.vocabSize, 1.5, NaN]) {
      assertFails(
        () => engine.sequence().append(token),
        RangeError,
        `Cannot run the model: token ${token} at position 0: tokens are 0 to 4, positions 0 to 6`,
      );
    }
  });

  test("sequence() goes on after a token that does not exist as if it had not been", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const clean = engine.sequence(), disturbed = engine.sequence();
    for (const token of [4, 0, 1]) {
      const expected = Float64Array.from(clean.append(token));
      assertFails(
        () => disturbed.append(99),
        RangeError,
        `Cannot run the model: token 99 at position ${[4, 0, 1].indexOf(token)}: ` +
          `tokens are 0 to 4, positions 0 to 6`,
      );
      assertEquals(Float64Array.from(disturbed.append(token)), expected);
    }
  });

  test("an engine throws on another number of weights, and on sizes of no model", () => {
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
  });
}
