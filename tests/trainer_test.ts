import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Docs } from "../lib/docs.ts";
import { createEngine, ENGINE_NAMES } from "../lib/create_engine.ts";
import { initWeights } from "../lib/config.ts";
import { linearDecay } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { Tokenizer } from "../lib/tokenizer.ts";
import {
  DEFAULT_TRAIN_OPTIONS,
  DivergenceError,
  learningRateAt,
  type Schedule,
  SCHEDULES,
  train,
  type TrainOptions,
} from "../lib/trainer.ts";
import { assertClose, assertFails } from "./helpers/assert.ts";
import { FakeEngine } from "./helpers/fake_engine.ts";
import { lossAt } from "./helpers/reference.ts";
import { CONFIG, DOCS, TOKENIZER } from "./helpers/tiny.ts";

Deno.test("train() reports each step with the loss of the engine", () => {
  const reports = [...train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 3 })];
  assertEquals(reports, [
    { step: 1, numSteps: 3, loss: 99, learningRate: 0.01 },
    { step: 2, numSteps: 3, loss: 98, learningRate: 0.01 * (1 - 1 / 3) },
    { step: 3, numSteps: 3, loss: 97, learningRate: 0.01 * (1 - 2 / 3) },
  ]);
});

Deno.test("train() goes on after the steps that are done, with the same documents and rates", () => {
  const options = { numSteps: 7, batchSize: 2 };
  const whole = new FakeEngine({}), rest = new FakeEngine({});
  for (const _ of train(whole, TOKENIZER, DOCS, options));
  const reports = [...train(rest, TOKENIZER, DOCS, { ...options, stepsDone: 4 })];
  assertEquals(rest.steps, whole.steps.slice(4));
  assertEquals(reports.map(({ step }) => step), [5, 6, 7]);
});

Deno.test("train() takes no step where all are done", () => {
  for (const stepsDone of [3, 4]) {
    assertEquals([...train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 3, stepsDone })], []);
  }
});

Deno.test("train() fills the details of each step", () => {
  const details = { gradNorm: 0 };
  const gradNorms: number[] = [];
  for (const _ of train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 3 }, details)) {
    gradNorms.push(details.gradNorm);
  }
  assertEquals(gradNorms, [1, 2, 3]);
});

Deno.test("train() lets each step be stopped", () => {
  const controller = new AbortController();
  const { signal } = controller, engine = new FakeEngine({});
  const steps = train(engine, TOKENIZER, DOCS, { numSteps: 3 }, undefined, signal);
  assertEquals(steps.next().value?.step, 1);
  controller.abort(new Error("enough"));
  assertFails(() => steps.next(), Error, "enough");
  assertEquals(engine.steps.length, 1);
});

Deno.test("train() takes the documents in order, BOS around each, and round again", () => {
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 7 }));
  const ab = [[2, 0, 1, 2]], b = [[2, 1, 2]], aab = [[2, 0, 0, 1, 2]];
  assertEquals(engine.steps.map(({ batch }) => batch), [ab, b, aab, ab, b, aab, ab]);
});

Deno.test("train() takes the documents in their shuffled order", () => {
  const docs = Docs.from(DOCS);
  docs.shuffle(new Random(1));
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, docs, { numSteps: 3 }));
  const seen = engine.steps.map(({ batch }) => TOKENIZER.decode(batch[0]!.slice(1, -1)));
  assertEquals(seen, [...docs]);
});

Deno.test("train() lowers the learning rate in a straight line", () => {
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 4, learningRate: 8 }));
  assertEquals(engine.steps.map(({ learningRate }) => learningRate), [8, 6, 4, 2]);
});

Deno.test("train() takes 1,000 steps from 0.01 on unless others are given", () => {
  assertEquals(DEFAULT_TRAIN_OPTIONS, {
    numSteps: 1000,
    learningRate: 0.01,
    schedule: "linear",
    warmup: 0,
    batchSize: 1,
    stepsDone: 0,
    reshuffle: false,
    seed: 42,
    lossMean: "document",
    weightDecay: 0,
    ema: undefined,
  });
  const expected = Array.from({ length: 1000 }, (_, step) => linearDecay(0.01, step, 1000));
  // What a caller in JavaScript may give: the type has no undefined.
  const none = { numSteps: undefined, learningRate: undefined, batchSize: undefined };
  for (const options of [[], [{}], [none as unknown as Partial<TrainOptions>]]) {
    const engine = new FakeEngine({}, () => [], () => 1);
    for (const _ of train(engine, TOKENIZER, DOCS, ...options));
    assertEquals(engine.steps.map(({ learningRate }) => learningRate), expected);
    assert(engine.steps.every(({ batch }) => batch.length === 1));
  }
});

Deno.test("learningRateAt() rises in the warm-up, and then takes its course", () => {
  const table: [Schedule, warmup: number, rates: number[]][] = [
    ["linear", 0, [8, 6, 4, 2]],
    ["linear", 2, [4, 8, 8, 4]],
    ["linear", 4, [2, 4, 6, 8]],
    ["constant", 0, [8, 8, 8, 8]],
    ["constant", 1, [8, 8, 8, 8]],
    ["constant", 2, [4, 8, 8, 8]],
    ["cosine", 0, [8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2]],
    ["cosine", 1, [8, 8, 6, 2]], // half of a wave over 3 steps: cos 0°, 60° and 120°
    ["cosine", 2, [4, 8, 8, 4]],
  ];
  for (const [schedule, warmup, rates] of table) {
    const options = { learningRate: 8, numSteps: 4, warmup, schedule };
    rates.forEach((rate, step) =>
      assertClose(learningRateAt(step, options), rate, 1e-14, `${schedule} ${warmup}, step ${step}`)
    );
    const engine = new FakeEngine({});
    for (const _ of train(engine, TOKENIZER, DOCS, options));
    const found = engine.steps.map(({ learningRate }) => learningRate);
    assertEquals(found, rates.map((_, step) => learningRateAt(step, options)));
  }
  assertEquals(SCHEDULES.length, new Set(table.map(([schedule]) => schedule)).size);
});

/** The texts that are trained on, in order. */
function textsOf({ steps }: FakeEngine): string[] {
  return steps.flatMap(({ batch }) => batch.map((tokens) => TOKENIZER.decode(tokens.slice(1, -1))));
}

Deno.test("train() takes the documents in a new order in each pass, if it is to reshuffle", () => {
  const texts = ["a", "b", "aa", "ab", "ba", "bb", "aaa"], docs = Docs.from(texts);
  docs.shuffle(new Random(3));
  const run = (options: Partial<TrainOptions>): string[] => {
    const engine = new FakeEngine({});
    for (const _ of train(engine, TOKENIZER, docs, { numSteps: 28, ...options }));
    return textsOf(engine);
  };
  const all = run({ reshuffle: true });
  const passes = [0, 7, 14, 21].map((from) => all.slice(from, from + 7));
  assertEquals(passes[0], [...docs], "the first pass is that of microgpt.py");
  for (const pass of passes) assertEquals(pass.toSorted(), texts.toSorted());
  assertEquals(new Set(passes.map(String)).size, 4, "all are different");
  for (const batchSize of [2, 5, 9, 28]) { // of which some span passes, or are several
    const options = { reshuffle: true, batchSize, numSteps: Math.floor(28 / batchSize) };
    assertEquals(run(options), all.slice(0, options.numSteps * batchSize));
    for (let stepsDone = 0; stepsDone <= options.numSteps; stepsDone++) {
      const rest = all.slice(stepsDone * batchSize, options.numSteps * batchSize);
      assertEquals(run({ ...options, stepsDone }), rest, `after step ${stepsDone}`);
    }
  }
  assertEquals(run({ reshuffle: true, seed: 42n }), all, "42 is the default");
  for (const seed of [0, 43, -42, 10n ** 30n]) assertNotEquals(run({ reshuffle: true, seed }), all);
  assertEquals(run({ seed: 7 }), run({}), "otherwise the seed does nothing");
});

Deno.test("train() gives the engine its options, if there are some", () => {
  const table: [Partial<TrainOptions>, unknown][] = [
    [{}, undefined],
    [{ schedule: "cosine", warmup: 1, reshuffle: true }, undefined],
    [{ lossMean: "document", weightDecay: 0, ema: undefined }, undefined],
    [{ lossMean: "token" }, { lossMean: "token", weightDecay: 0, ema: undefined }],
    [{ weightDecay: 0.1 }, { lossMean: "document", weightDecay: 0.1, ema: undefined }],
    [{ ema: 0.9 }, { lossMean: "document", weightDecay: 0, ema: 0.9 }],
  ];
  for (const [options, expected] of table) {
    const engine = new FakeEngine({});
    for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 2, ...options }));
    assertEquals(engine.options, [expected, expected]);
  }
});

Deno.test("train() throws on options that cannot be", () => {
  const table: [Partial<TrainOptions>, string][] = [
    [{ warmup: -1 }, "warmup must be an integer from 0 on: it is -1"],
    [{ warmup: 0.5 }, "warmup must be an integer from 0 on: it is 0.5"],
    [{ warmup: 4 }, "warmup must not be above numSteps: it is 4, numSteps is 3"],
    [{ schedule: "cos" as "cosine" }, "schedule must be linear, cosine, constant: it is cos"],
    [{ lossMean: "mean" as "token" }, "lossMean must be document or token: it is mean"],
    [{ ema: 1 }, "ema must be above 0 and below 1: it is 1"],
    [
      { weightDecay: 2, learningRate: 0.5 },
      "weightDecay must be 0 or above, and below 1 / learningRate: it is 2, learningRate is 0.5",
    ],
  ];
  for (const [options, message] of table) {
    const steps = train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 3, ...options });
    assertFails(() => steps.next(), RangeError, `Cannot train: ${message}`);
  }
});

Deno.test("train() takes a step only when the next report is asked for", () => {
  const engine = new FakeEngine({});
  for (const { step } of train(engine, TOKENIZER, DOCS, { numSteps: 1000 })) {
    assertEquals(engine.steps.length, step);
    if (step === 3) break;
  }
  assertEquals(engine.steps.length, 3);
});

Deno.test("train() takes no step if none is wanted", () => {
  const engine = new FakeEngine({});
  assertEquals([...train(engine, TOKENIZER, DOCS, { numSteps: 0 })], []);
  assertEquals(engine.steps, []);
});

Deno.test("train() trains on the first blockSize positions of a longer document", () => {
  const docs = Docs.from(["abaabbab"]);
  const config = { ...CONFIG, blockSize: 3 };
  const weights = initWeights(config, new Random(1));
  const engine = createEngine("scalar", config, weights);
  const [report] = [...train(engine, TOKENIZER, docs, { numSteps: 1 })];
  // Positions 0 to 2 see BOS, a and b, and are to guess a, b and a.
  assertClose(report!.loss, lossAt(config, weights, [2, 0, 1, 0]), 1e-14, "loss");
});

Deno.test("train() makes the loss fall", () => {
  const docs = Docs.from(["anna", "hannah", "nan"]);
  const tokenizer = Tokenizer.fromDocs(docs);
  const config = { vocabSize: tokenizer.vocabSize, nLayer: 1, nEmbd: 8, nHead: 2, blockSize: 8 };
  const engine = createEngine("scalar", config, initWeights(config, new Random(1)));
  const losses = Array.from(train(engine, tokenizer, docs, { numSteps: 60 }), ({ loss }) => loss);
  const mean = (list: number[]) => list.reduce((a, b) => a + b) / list.length;
  const first = mean(losses.slice(0, 3)), last = mean(losses.slice(-3));
  assertClose(first, Math.log(tokenizer.vocabSize), 0.2, "an untrained model guesses");
  assert(last < first / 2, `${first} fell to ${last} only`);
});

Deno.test("train() throws if there are no documents", () => {
  assertFails(
    () => train(new FakeEngine({}), TOKENIZER, Docs.from([])).next(),
    RangeError,
    "Cannot train: there are no documents",
  );
});

Deno.test("train() throws on a symbol that is not in the vocabulary", () => {
  const steps = train(new FakeEngine({}), TOKENIZER, Docs.from(["ab", "abc"]));
  steps.next();
  assertFails(
    () => steps.next(),
    RangeError,
    'Cannot encode "abc": character "c" is not in the vocabulary',
  );
});

Deno.test("train() takes a batch of documents a step, in order and round again", () => {
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 3, batchSize: 2 }));
  const ab = [2, 0, 1, 2], b = [2, 1, 2], aab = [2, 0, 0, 1, 2];
  assertEquals(engine.steps.map(({ batch }) => batch), [[ab, b], [aab, ab], [b, aab]]);
  const large = new FakeEngine({});
  for (const _ of train(large, TOKENIZER, DOCS, { numSteps: 1, batchSize: 7 }));
  assertEquals(large.steps[0]!.batch, [ab, b, aab, ab, b, aab, ab]); // one step
});

Deno.test("train() cuts documents to the first blockSize positions", () => {
  const engine = new FakeEngine({ blockSize: 3 });
  const docs = Docs.from(["a", "ab", "aba", "abab"]);
  for (const _ of train(engine, TOKENIZER, docs, { numSteps: 1, batchSize: 4 }));
  // blockSize positions have blockSize + 1 tokens: the last one is only a target.
  assertEquals(engine.steps[0]!.batch, [[2, 0, 2], [2, 0, 1, 2], [2, 0, 1, 0], [2, 0, 1, 0]]);
});

for (const [name, min] of [["numSteps", 0], ["batchSize", 1], ["stepsDone", 0]] as const) {
  Deno.test(`train() throws if ${name} is not an integer from ${min} on`, () => {
    for (const value of [NaN, 1.5, -1, min - 1, Infinity, -Infinity, 2 ** 53]) {
      const engine = new FakeEngine({});
      assertFails(
        () => train(engine, TOKENIZER, DOCS, { [name]: value }).next(),
        RangeError,
        `Cannot train: ${name} must be an integer from ${min} on: it is ${value}`,
      );
      assertEquals(engine.steps, []);
    }
  });
}

Deno.test("train() throws if learningRate is not a number from 0 on", () => {
  for (const learningRate of [NaN, -0.1, -Infinity, Infinity]) {
    const engine = new FakeEngine({});
    assertFails(
      () => train(engine, TOKENIZER, DOCS, { learningRate }).next(),
      RangeError,
      `Cannot train: learningRate must be 0 or above: it is ${learningRate}`,
    );
    assertEquals(engine.steps, []);
  }
  assertEquals([...train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 1, learningRate: 0 })], [
    { step: 1, numSteps: 1, loss: 99, learningRate: 0 },
  ]);
});

Deno.test("train() throws if the tokenizer is not the model's", () => {
  for (const vocabSize of [2, 4]) {
    assertFails(
      () => train(new FakeEngine({ vocabSize }), TOKENIZER, DOCS).next(),
      RangeError,
      `Cannot use the tokenizer with this model: it has 3 tokens, the model ${vocabSize}`,
    );
  }
});

Deno.test("train() throws a DivergenceError at the first loss that is not finite", () => {
  const table: [number[], number, number | undefined, string][] = [
    [[2, 1.23456, NaN], 3, 1.23456, "the loss of step 3 is NaN, after 1.2346 in the step before"],
    [[2, Infinity], 2, 2, "the loss of step 2 is Infinity, after 2.0000 in the step before"],
    [[-Infinity], 1, undefined, "the loss of step 1 is -Infinity"],
    [[NaN], 1, undefined, "the loss of step 1 is NaN"],
  ];
  for (const [losses, step, lastLoss, what] of table) {
    const engine = new FakeEngine({}, () => [], (step) => losses[step - 1]!); // none is asked for later
    const reports: number[] = [];
    const error = assertThrows(() => {
      for (const { loss } of train(engine, TOKENIZER, DOCS, { numSteps: 9 })) reports.push(loss);
    }, DivergenceError);
    assertEquals(reports, losses.slice(0, -1));
    assertEquals([error.step, error.lastLoss, error.name], [step, lastLoss, "DivergenceError"]);
    assertEquals(error.message, `Training diverged: ${what}: lower the learning rate`);
  }
});

for (const engineName of ENGINE_NAMES) {
  Deno.test(`train() leaves the ${engineName} engine at its last good step if it diverges`, () => {
    const engine = createEngine(engineName, CONFIG, initWeights(CONFIG, new Random(1)));
    let before = engine.weights();
    const error = assertThrows(() => {
      // The rate is so high that the weights overflow: finite, then not.
      const options = { numSteps: 50, learningRate: 1e200 };
      for (const _ of train(engine, TOKENIZER, DOCS, options)) before = engine.weights();
    }, DivergenceError);
    assert(error.step > 1, `step ${error.step}`);
    assertEquals(engine.weights(), before);
  });
}
