import { assert, assertEquals, assertThrows } from "@std/assert";
import { createEngine } from "../lib/create_engine.ts";
import { initWeights } from "../lib/config.ts";
import { Random } from "../lib/random.ts";
import {
  DEFAULT_TEMPERATURE,
  likeliestToken,
  probabilities,
  sample,
  sampleToken,
  writeProbabilities,
} from "../lib/sample.ts";
import { assertAllClose, assertClose, assertFails } from "./helpers/assert.ts";
import { assertDrawn, countDraws } from "./helpers/chi_square.ts";
import { FakeEngine } from "./helpers/fake_engine.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";
import { TOKENIZER } from "./helpers/tiny.ts";

Deno.test("probabilities() is the softmax of logits / temperature", () => {
  const third = Math.log(3);
  const table: [number[], number, number[]][] = [
    [[0], 1, [1]],
    [[7, 7, 7, 7], 0.5, [0.25, 0.25, 0.25, 0.25]],
    [[0, third], 1, [0.25, 0.75]],
    [[0, third], 0.5, [0.1, 0.9]],
    [[0, 2 * third], 2, [0.25, 0.75]],
    [[0, 1], 1e-300, [0, 1]],
    [[1, 0, 1], 1e-300, [0.5, 0, 0.5]],
    [[0, 1], 5e-324, [0, 1]],
    [[0, 1], 1e300, [0.5, 0.5]],
    [[0, 1], Infinity, [0.5, 0.5]],
    [[1e308, -1e308], 1, [1, 0]],
    [[-1e308, -1e308], 1, [0.5, 0.5]],
    [[1e308, -1e308], 1e-300, [1, 0]],
    [[0, -800], 1, [1, 0]],
  ];
  for (const [logits, temperature, expected] of table) {
    const what = `probabilities([${logits}], ${temperature})`;
    assertAllClose(probabilities(logits, temperature), expected, 1e-15, what);
  }
});

Deno.test("probabilities() sums to 1 at any temperature", () => {
  const random = newRandom("probabilities");
  for (const temperature of [5e-324, 1e-300, 1e-9, 0.1, 0.5, 1, 10, 1e9, 1e300]) {
    for (const size of [1, 30, 1e5, 1e300]) {
      const logits = gaussVector(random, 1 + random.randbelow(200), size);
      const probs = probabilities(logits, temperature);
      assertEquals(probs.length, logits.length);
      assert(probs.every((p) => p >= 0 && p <= 1));
      // Each of the n quotients and sums is off by ε/2 at most.
      assertClose(probs.reduce((a, b) => a + b), 1, probs.length * Number.EPSILON, "sum");
    }
  }
});

Deno.test("probabilities() leaves the logits as they are", () => {
  const logits = Float64Array.of(1, 2, 3);
  probabilities(logits, 0.5);
  assertEquals([...logits], [1, 2, 3]);
});

Deno.test("probabilities() throws on a temperature that is not above 0", () => {
  assertFails(
    () => probabilities([1, 2], 0),
    RangeError,
    "Cannot compute probabilities: the temperature must be above 0: it is 0",
  );
  for (const temperature of [-1, -1e-300, -Infinity, NaN]) {
    assertFails(
      () => probabilities([1, 2], temperature),
      RangeError,
      `Cannot compute probabilities: the temperature must be above 0: it is ${temperature}`,
    );
    assertFails(
      () => sampleToken([1, 2], temperature, new Random(1)),
      RangeError,
      `Cannot sample: the temperature must be 0 or above: it is ${temperature}`,
    );
  }
});

Deno.test("sampleToken() and probabilities() throw on a logit that is not finite", () => {
  for (const logit of [NaN, Infinity, -Infinity]) {
    const message = `Cannot choose a token: the logit of token 1 is ${logit}`;
    const logits = [1, logit, 3];
    assertFails(() => probabilities(logits, 1), RangeError, message);
    assertFails(() => sampleToken(logits, 1, new Random(1)), RangeError, message);
    assertFails(() => sampleToken(logits, 0, new Random(1)), RangeError, message);
  }
});

Deno.test("sampleToken() takes the first of the largest at temperature 0, without drawing", () => {
  const table: [number[], number][] = [
    [[5], 0],
    [[1, 3, 2], 1],
    [[3, 1, 3], 0],
    [[1, 3, 3], 1],
    [[-5, -3, -4], 1],
    [[-1e308, -1e308, 0], 2],
    [[0, -0], 0],
  ];
  for (const [logits, expected] of table) {
    const random = new Random(42);
    assertEquals(sampleToken(logits, 0, random), expected, `[${logits}]`);
    assertEquals(sampleToken(logits, -0, random), expected, `[${logits}]`);
    assertEquals(random.random(), new Random(42).random(), "no random number was drawn");
  }
});

Deno.test("sampleToken() draws as random.choices does with the probabilities", () => {
  const logits = gaussVector(newRandom("logits"), 50, 2);
  const random = new Random(42), same = new Random(42);
  const tokens = [...logits.keys()];
  for (let i = 0; i < 100; i++) {
    assertEquals(
      sampleToken(logits, 0.7, random),
      same.choices(tokens, probabilities(logits, 0.7))[0],
    );
  }
});

Deno.test("likeliestToken() takes the first of the largest, and throws on what is no number", () => {
  assertEquals(likeliestToken([1, 3, 3]), 1);
  for (const logit of [NaN, Infinity, -Infinity]) {
    assertFails(
      () => likeliestToken([1, logit]),
      RangeError,
      `Cannot choose a token: the logit of token 1 is ${logit}`,
    );
  }
});

Deno.test("writeProbabilities() writes what probabilities() returns, into either kind of array", () => {
  const logits = gaussVector(newRandom("plain and typed arrays"), 30, 3);
  const expected = probabilities(logits, 0.7);
  for (const array of [new Array<number>(30), new Float64Array(30)]) {
    writeProbabilities(array, logits, 0.7);
    assertEquals([...array], [...expected]);
  }
});

Deno.test("sampleToken() draws each token as often as the model says", () => {
  const random = newRandom("100,000 draws of a model");
  const config = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 4 };
  const weights = initWeights(config, new Random(42)).map((weight) => 2 * weight);
  const logits = createEngine("wasm", config, weights).sequence().append(26);
  const draw = () => sampleToken(logits, 0.8, random);
  const counts = countDraws(27, 100_000, draw);
  assertDrawn(counts, probabilities(logits, 0.8), "draws");
  // Another temperature is noticed: chi-square is about 680 there, 120 is let pass.
  assertThrows(() => assertDrawn(counts, probabilities(logits, 0.9), "draws"), Error, "chi-square");
});

Deno.test("sampleToken() never draws a token of probability 0", () => {
  const random = newRandom("probability 0");
  const counts = countDraws(5, 100_000, () => sampleToken([-1e300, 1, 0, -1, -1e300], 1, random));
  assertDrawn(counts, probabilities([-1e300, 1, 0, -1, -1e300], 1), "draws");
});

/** Logits that leave no choice but the given token. */
const only = (token: number) => [0, 1, 2].map((t) => t === token ? 0 : -1e300);

for (const temperature of [0, 0.5, 1]) {
  Deno.test(`sample() stops at BOS at temperature ${temperature}`, () => {
    const script = [0, 1, 2];
    const engine = new FakeEngine({ blockSize: 9 }, (tokens) => only(script[tokens.length - 1]!));
    assertEquals(sample(engine, TOKENIZER, new Random(1), temperature), "ab");
    assertEquals(
      engine.sequences,
      [[2, 0, 1]],
      "BOS is the first token, and is not fed at the end",
    );
  });

  Deno.test(`sample() stops at the end of the block at temperature ${temperature}`, () => {
    for (const blockSize of [1, 2, 5]) {
      const engine = new FakeEngine({ blockSize }, (tokens) => only(tokens.length % 2));
      const text = sample(engine, TOKENIZER, new Random(1), temperature);
      assertEquals(text, "babab".slice(0, blockSize), "the last character is kept");
      assertEquals(engine.sequences[0]!.length, blockSize);
    }
  });

  Deno.test(`sample() can be empty at temperature ${temperature}`, () => {
    const engine = new FakeEngine({}, () => only(2));
    assertEquals(sample(engine, TOKENIZER, new Random(1), temperature), "");
  });
}

Deno.test("sample() begins a new sequence each time", () => {
  const engine = new FakeEngine({ blockSize: 2 }, () => only(0));
  for (let i = 0; i < 2; i++) assertEquals(sample(engine, TOKENIZER, new Random(1)), "aa");
  assertEquals(engine.sequences, [[2, 0], [2, 0]]);
});

Deno.test("sample() has temperature 0.5 unless another is given", () => {
  assertEquals(DEFAULT_TEMPERATURE, 0.5);
  const logits = () => [0.3, 0.1, -3];
  const draw = (...temperature: number[]) =>
    sample(new FakeEngine({ blockSize: 60 }, logits), TOKENIZER, new Random(5), ...temperature);
  assertEquals(draw(), draw(0.5));
  assert(draw() !== draw(1));
});

Deno.test("sample() throws on a negative temperature and on a model that has diverged", () => {
  const engine = new FakeEngine({}, () => [NaN, NaN, NaN]);
  assertFails(
    () => sample(engine, TOKENIZER, new Random(1), -0.5),
    RangeError,
    "Cannot sample: the temperature must be 0 or above: it is -0.5",
  );
  assertFails(
    () => sample(engine, TOKENIZER, new Random(1)),
    RangeError,
    "Cannot choose a token: the logit of token 0 is NaN",
  );
});

Deno.test("sample() throws if the tokenizer is not the model's, before it draws", () => {
  for (const vocabSize of [2, 4]) {
    const engine = new FakeEngine({ vocabSize });
    const random = new Random(42);
    assertFails(
      () => sample(engine, TOKENIZER, random),
      RangeError,
      `Cannot use the tokenizer with this model: it has 3 tokens, the model ${vocabSize}`,
    );
    assertEquals(engine.sequences, []);
    assertEquals(random.random(), new Random(42).random(), "no random number was drawn");
  }
});
