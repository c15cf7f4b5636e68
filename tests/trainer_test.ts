import { assert, assertEquals } from "@std/assert";
import { Docs } from "../lib/docs.ts";
import { createEngine } from "../lib/engine.ts";
import { initWeights } from "../lib/model.ts";
import { linearDecay } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { Tokenizer } from "../lib/tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS, train } from "../lib/trainer.ts";
import { assertClose, assertFails } from "./_assert.ts";
import { FakeEngine } from "./_fake_engine.ts";
import { lossAt } from "./_reference.ts";

const DOCS = Docs.from(["ab", "b", "aab"]);
const TOKENIZER = Tokenizer.fromDocs(DOCS); // a 0, b 1, BOS 2

Deno.test("train() reports each step with the loss of the engine", () => {
  const reports = [...train(new FakeEngine({}), TOKENIZER, DOCS, { numSteps: 3 })];
  assertEquals(reports, [
    { step: 1, numSteps: 3, loss: 99 },
    { step: 2, numSteps: 3, loss: 98 },
    { step: 3, numSteps: 3, loss: 97 },
  ]);
});

Deno.test("train() takes the documents in order, BOS around each, and round again", () => {
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 7 }));
  const ab = [[2, 0, 1, 2]], b = [[2, 1, 2]], aab = [[2, 0, 0, 1, 2]];
  assertEquals(engine.steps.map(({ batch }) => batch), [ab, b, aab, ab, b, aab, ab]);
});

Deno.test("train() takes the documents in their shuffled order", () => {
  const docs = Docs.from(["ab", "b", "aab"]);
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
  assertEquals(DEFAULT_TRAIN_OPTIONS, { numSteps: 1000, learningRate: 0.01 });
  const engine = new FakeEngine({});
  for (const _ of train(engine, TOKENIZER, DOCS));
  assertEquals(
    engine.steps.map(({ learningRate }) => learningRate),
    Array.from({ length: 1000 }, (_, step) => linearDecay(0.01, step, 1000)),
  );
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
  const config = { vocabSize: 3, nLayer: 1, nEmbd: 4, nHead: 2, blockSize: 3 };
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
