/** One suite for all engines: each must do what microgpt.py does, within rounding. */

import { assert, assertEquals } from "@std/assert";
import { createEngine, ENGINE_NAMES } from "../lib/create_engine.ts";
import { type Engine, moments, type Tokens } from "../lib/engine.ts";
import { type GptConfig, initWeights, layout, numParams } from "../lib/config.ts";
import { Gpt } from "../lib/model.ts";
import { ADAM_DEFAULTS, linearDecay } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { ScalarEngine } from "../lib/scalar_engine.ts";
import { WasmEngine } from "../lib/wasm/wasm_engine.ts";
import { assertAllClose, assertClose, assertFails, assertRelative } from "./helpers/assert.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";
import {
  documentFor,
  emptyCache,
  gradientOf,
  lossAt,
  lossOf,
  SHAPES,
} from "./helpers/reference.ts";

/** Makes the engine under test. */
type NewEngine = (config: GptConfig, weights: ArrayLike<number>) => Engine;

/** A model, and how many documents of which length it is trained on at once. */
interface Case {
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
const CASES: readonly Case[] = [
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
function batchesFor({ config, batchSize, length, steps = 50 }: Case): number[][][] {
  const random = new Random(1);
  const bos = config.vocabSize - 1;
  const symbols = () => length ?? 1 + random.randbelow(config.blockSize + 3);
  const tokens = () => Array.from({ length: symbols() }, () => random.randbelow(config.vocabSize));
  const batch = () => Array.from({ length: batchSize }, () => [bos, ...tokens(), bos]);
  return Array.from({ length: steps }, batch);
}

/** What an engine makes of a case. */
interface Outcome {
  /** Those after each token of the first document, of the untrained model. */
  readonly logits: Float64Array;
  /** Adam's first moments after the first step: the gradient times 1 - beta1. */
  readonly m: Float64Array;
  readonly v: Float64Array;
  readonly losses: number[];
  readonly weights: Float64Array;
}

function outcomeOf(engine: Engine, batches: readonly number[][][]): Outcome {
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

/** Fails unless an engine takes 10,000 steps and more with finite losses, and no memory. */
function assertStaysFit(engine: Engine, documents: readonly Tokens[]): void {
  let step = 0;
  const train = () => {
    for (const end = step + 5000; step < end; step++) {
      const loss = engine.step([documents[step % documents.length]!], 0.01); // an index of it
      if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}`);
    }
  };
  train(); // until the compilers are done
  // The best of three: V8 takes some MB more when it likes to, a leak takes them each time.
  // 2 kB a step would be 10 MB.
  let rss = Infinity, external = Infinity;
  for (let i = 0; i < 3 && !(rss <= 8 * 2 ** 20 && external <= 2 ** 18); i++) {
    const before = Deno.memoryUsage();
    train();
    const after = Deno.memoryUsage();
    rss = Math.min(rss, after.rss - before.rss);
    external = Math.min(external, after.external - before.external);
  }
  assert(engine.weights().every(Number.isFinite));
  assert(rss <= 8 * 2 ** 20, `resident memory grew by ${rss} bytes in 5,000 steps`);
  assert(
    external <= 2 ** 18,
    `memory outside of the heap grew by ${external} bytes in 5,000 steps`,
  );
}

for (const name of ENGINE_NAMES) {
  runEngineTests(name, (config, weights) => createEngine(name, config, weights));
}
runEngineTests("plain", (config, weights) => new WasmEngine(config, weights, { kernels: "plain" }));

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
function runEngineTests(engineName: string, newEngine: NewEngine): void {
  const test = (name: string, body: () => void) => Deno.test(`${engineName} engine: ${name}`, body);

  /** A test against the scalar engine, which would compare that with itself and could not fail. */
  const testAgainstScalar = (name: string, fn: () => void) => {
    const ignore = engineName === "scalar";
    const reason = ignore ? " (it is the reference here: see parity_test.ts)" : "";
    Deno.test({ name: `${engineName} engine: ${name}${reason}`, ignore, fn });
  };

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
      assertAllClose(engine.weights(), weights, 1e-8, `${what}: weights after step ${step}`);
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

  for (const what of CASES) {
    testAgainstScalar(
      `logits, gradients, losses and weights of the scalar engine: ${what.name}`,
      () => {
        const { config } = what;
        const engine = newEngine(config, initWeights(config, new Random(42)));
        assertSameOutcome(outcomeOf(engine, batchesFor(what)), expectedOutcome(what));
      },
    );
  }

  testAgainstScalar(
    "logits, gradients, losses and weights of the scalar engine: random shapes",
    () => {
      const random = newRandom(`${engineName}, random shapes`);
      for (let round = 0; round < 25; round++) {
        const nHead = 1 + random.randbelow(7);
        const config = {
          vocabSize: 2 + random.randbelow(40),
          nLayer: 1 + random.randbelow(3),
          nEmbd: nHead * (1 + random.randbelow(Math.ceil(18 / nHead))),
          nHead,
          blockSize: 1 + random.randbelow(18),
        };
        const batchSize = 1 + random.randbelow(4);
        const what = {
          name: JSON.stringify({ ...config, batchSize }),
          config,
          batchSize,
          steps: 4,
        };
        console.log(what.name);
        const weights = initWeights(config, random);
        const engines = [newEngine(config, weights), new ScalarEngine(config, weights)] as const;
        const [found, expected] = engines.map((engine) => outcomeOf(engine, batchesFor(what)));
        assertSameOutcome(found!, expected!, { losses: 1e-8, weights: 1e-8 }); // two engines
      }
    },
  );

  test("step() throws on a batch that is not one, and updates nothing", () => {
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

  test("step() updates nothing when the loss is not finite, and goes on as if it had not been", () => {
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
  });

  test("step() updates nothing when a logit is not a number, of whichever token", () => {
    const { config } = SHAPES[1]!; // a vocabulary of 5
    const lmHead = layout(config).find(({ name }) => name === "lm_head")!; // every model has one
    for (let token = 0; token < config.vocabSize; token++) {
      const weights = initWeights(config, new Random(1));
      weights[lmHead.offset + token * config.nEmbd] = NaN;
      const engine = newEngine(config, weights);
      assertEquals(engine.step([[4, 0, 1, 0, 4]], 0.01), NaN, `token ${token}`);
      assertEquals(engine.weights(), weights, `token ${token}`);
    }
  });

  test("step() updates nothing when a weight is not a number, of whichever matrix", () => {
    const { config } = SHAPES[1]!;
    for (const { name, offset } of layout(config)) {
      const weights = initWeights(config, new Random(1));
      weights[offset + 1] = NaN;
      const engine = newEngine(config, weights);
      assertEquals(engine.step([[0, 0, 1, 0, 4]], 0.01), NaN, name);
      assertEquals(engine.weights(), weights, name);
    }
  });

  test("step() refuses a learning rate that is none, and updates nothing", () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    for (const learningRate of [NaN, Infinity, -1]) {
      const message = `Cannot train: learningRate must be 0 or above: it is ${learningRate}`;
      assertFails(() => engine.step([[4, 0, 4]], learningRate), RangeError, message);
    }
    assertEquals(engine.weights(), weights);
  });

  test("step() with a learning rate of 0 moves no weight", () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    engine.step([[4, 0, 4]], 0);
    assertEquals(engine.weights(), weights);
  });

  test("state() has copies of the weights and of Adam's buffers, 0 at first", () => {
    const { config } = SHAPES[1]!;
    const zeros = new Float64Array(numParams(config));
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    assertEquals(moments(engine.state()), { m: zeros, v: zeros });
    assertEquals(engine.state().weights, weights);
    const tokens = documentFor(config, 5);
    const gradient = gradientOf(config, weights, tokens);
    engine.step([tokens], 0.01);
    const state = engine.state();
    const { m, v } = moments(state);
    const { beta1, beta2 } = ADAM_DEFAULTS;
    assertRelative(m, gradient.map((g) => (1 - beta1) * g), 1e-12, "m");
    assertRelative(v, gradient.map((g) => (1 - beta2) * g ** 2), 1e-12, "v");
    assertEquals(state.steps, 1);
    for (const numbers of [state.weights, state.m, state.v]) numbers.fill(1);
    assertRelative(moments(engine.state()).m, m, 1e-12, "m");
    assert(engine.weights().every((weight) => weight !== 1));
  });

  test("restore() goes on bit for bit, over what has been before", () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    const train = (engine: Engine, from: number, to: number) => {
      for (let i = from; i < to; i++) engine.step([documentFor(config, i % 7)], 0.01);
    };
    train(engine, 0, 8);
    const state = engine.state();
    train(engine, 8, 16);
    const other = newEngine(config, weights.map((weight) => -weight));
    train(other, 0, 3);
    other.restore(state);
    assertEquals(other.state(), state);
    train(other, 8, 16);
    assertEquals(other.state(), engine.state());
  });

  test("restore() takes over the state of another engine", () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const other = createEngine(engineName === "scalar" ? "wasm" : "scalar", config, weights);
    const engine = newEngine(config, weights);
    for (let i = 0; i < 5; i++) other.step([documentFor(config, i)], 0.01);
    engine.restore(other.state());
    const { m, v } = moments(engine.state()), expected = moments(other.state());
    assertEquals(engine.weights(), other.weights());
    assertRelative(m, expected.m, 1e-15, "m");
    assertRelative(v, expected.v, 1e-15, "v");
    const loss = engine.step([documentFor(config, 5)], 0.01);
    assertRelative([loss], [other.step([documentFor(config, 5)], 0.01)], 1e-12, "loss");
    assertRelative(engine.weights(), other.weights(), 1e-9, "weights");
  });

  test("restore() begins sequences anew with the other weights", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const other = newEngine(config, initWeights(config, new Random(2)));
    const sequence = engine.sequence(), expected = other.sequence();
    sequence.append(0);
    expected.append(0);
    engine.restore(other.state());
    assertEquals(sequence.append(1), expected.append(1));
  });

  test("restore() throws on the state of another model, and changes nothing", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const before = engine.state(), n = numParams(config);
    for (const name of ["weights", "m", "v"] as const) {
      assertFails(
        () => engine.restore({ ...before, [name]: new Float64Array(n - 1) }),
        TypeError,
        `Cannot restore the state: the model has ${n} parameters: ${name} has ${n - 1} numbers`,
      );
    }
    for (const wrong of [{ steps: -1 }, { steps: 0.5 }, { mScale: 0 }, { vScale: NaN }]) {
      const { steps, mScale, vScale } = { ...before, ...wrong };
      assertFails(
        () => engine.restore({ ...before, ...wrong }),
        RangeError,
        "Cannot restore the state: steps must be an integer from 0 on, and scales above 0: " +
          `steps is ${steps}, mScale is ${mScale}, vScale is ${vScale}`,
      );
    }
    assertEquals(engine.state(), before);
  });

  test("loss() is the loss that step() tells, and teaches nothing", () => {
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

  test("loss() throws on a document that is none", () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    assertFails(
      () => engine.loss([4]),
      RangeError,
      "Cannot train on a document of 1 tokens: 2 are needed, such as BOS and BOS",
    );
  });

  test("step() tells the length of the gradient to whoever asks", () => {
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

  test("sequences are what they are whatever is trained or written between", () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const random = newRandom(`${engineName}, interleaved`);
    let gpt = new Gpt(config, engine.weights());
    const fresh = () => ({ sequence: engine.sequence(), cache: emptyCache(config), length: 0 });
    let open = [fresh(), fresh(), fresh()];
    for (let i = 0; i < 200; i++) {
      if (random.randbelow(6) === 0) {
        const tokens = documentFor(config, 1 + random.randbelow(6));
        const expected = lossOf(gpt, tokens).data;
        assertClose(engine.step([tokens], 0.01), expected, 1e-12, `loss ${i}`);
        gpt = new Gpt(config, engine.weights());
        open = open.map(fresh); // what a sequence is that outlives a step is tested below
      }
      const at = random.randbelow(open.length);
      if (open[at]!.length === config.blockSize) open[at] = fresh(); // at < length, here and below
      const one = open[at]!;
      const token = random.randbelow(config.vocabSize);
      const { keys, values } = one.cache;
      const expected = gpt.forward(token, one.length, keys, values).map(({ data }) => data);
      assertRelative(one.sequence.append(token), expected, 1e-12, `logits ${i}`);
      one.length++;
    }
  });

  test("a sequence goes on after a step as if it had begun after it", () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const old = engine.sequence();
    old.append(6);
    old.append(1);
    engine.step([documentFor(config, 3)], 0.1);
    const fresh = engine.sequence();
    fresh.append(6);
    fresh.append(1);
    const expected = Float64Array.from(fresh.append(2));
    assertRelative(old.append(2), expected, 1e-12, "logits");
  });

  test("the logits of a sequence are a copy: they stay when it goes on or training does", () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const sequence = engine.sequence();
    const logits = sequence.append(0);
    const before = logits.slice();
    logits.fill(7);
    const next = sequence.append(1).slice();
    const again = engine.sequence();
    assertEquals(again.append(0), before);
    engine.step([documentFor(config, 3)], 0);
    assertRelative(again.append(1), next, 1e-12, "logits after another sequence and a step");
  });

  test("10,000 steps give no NaN and take no memory", () => {
    const config = { vocabSize: 5, nLayer: 1, nEmbd: 2, nHead: 1, blockSize: 3 };
    const engine = newEngine(config, initWeights(config, new Random(1)));
    assertStaysFit(engine, [1, 2, 3, 4].map((length) => documentFor(config, length)));
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
    const config = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 };
    const engine = createEngine("wasm", config, initWeights(config, new Random(1)), dtype);
    assertStaysFit(
      engine,
      [3, 5, 6, 7, 9, 15, 16].map((length) => documentFor(config, length)),
    );
  });
}

Deno.test("wasm engine: moments too small to matter become 0, not denormal", () => {
  const config = { vocabSize: 4, nLayer: 1, nEmbd: 4, nHead: 2, blockSize: 4 };
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
    const config = { vocabSize: 4, nLayer: 1, nEmbd: 4, nHead: 2, blockSize: 4 };
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
