import { assert, assertEquals } from "@std/assert";
import { createEngine, ENGINE_NAMES } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import { initWeights } from "../../lib/config.ts";
import { score } from "../../lib/evaluate/score.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { assertClose, assertFails } from "../helpers/assert.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { newRandom } from "../helpers/random.ts";
import { lossAt } from "../helpers/reference.ts";
import { CONFIG, TOKENIZER } from "../helpers/tiny.ts";

/** All texts of a and b of up to `length` characters. */
function texts(length: number): string[] {
  if (length === 0) return [""];
  return ["", ...texts(length - 1).flatMap((text) => ["a" + text, "b" + text])];
}

Deno.test("score() adds the logarithms of the tokens' probabilities", () => {
  const logits = [0, Math.log(2), Math.log(5)]; // probabilities 1/8, 2/8, 5/8
  const table: [string, number, number][] = [
    ["", 5 / 8, 1],
    ["a", 5 / 64, 2],
    ["ab", 1 / 8 * 2 / 8 * 5 / 8, 3],
    ["bbb", 1 / 64, 3], // fills the block: no BOS
    ["bbba", 1 / 64, 3], // only what fits
    ["bbbbbbbbb", 1 / 64, 3],
  ];
  for (const [text, probability, numTokens] of table) {
    const engine = new FakeEngine({ blockSize: 3 }, () => logits);
    const actual = score(engine, TOKENIZER, text);
    assertClose(actual.logProb, Math.log(probability), 1e-14, text);
    assertEquals(actual.numTokens, numTokens, text);
    assertClose(actual.perplexity, probability ** (-1 / numTokens), 1e-13, text);
  }
});

for (const name of ENGINE_NAMES) {
  Deno.test(`score() gives the texts a probability of 1 together: ${name} engine`, () => {
    const random = newRandom("score");
    const config = { ...CONFIG, blockSize: 5 };
    const weights = initWeights(config, random).map((weight) => 5 * weight);
    const engine = createEngine(name, config, weights);
    // All that can be written: up to 4 characters and BOS, or 5 characters.
    const all = [...new Set(texts(5))];
    assertEquals(all.length, 63);
    const total = all.reduce(
      (sum, text) => sum + Math.exp(score(engine, TOKENIZER, text).logProb),
      0,
    );
    assertClose(total, 1, 1e-12, "sum");
  });

  Deno.test(`score() is minus the loss of training, a token: ${name} engine`, () => {
    const random = newRandom("loss");
    const config = { ...CONFIG, blockSize: 4 };
    const weights = initWeights(config, random).map((weight) => 3 * weight);
    const engine = createEngine(name, config, weights);
    for (const text of ["", "a", "ba", "abba", "babab"]) {
      const { logProb, numTokens, perplexity } = score(engine, TOKENIZER, text);
      const loss = lossAt(config, weights, TOKENIZER.encodeDocument(text));
      assertClose(-logProb / numTokens, loss, 1e-12, text);
      assertClose(perplexity / Math.exp(loss), 1, 1e-12, text);
    }
  });
}

Deno.test("score() takes bytes as they are", () => {
  const tokenizer = Tokenizer.fromDocs(Docs.from(["é"]), "byte");
  const { numTokens } = score(new FakeEngine({}, () => [0, 0, 0]), tokenizer, "é");
  assertEquals(numTokens, 3);
});

Deno.test("score() throws on what it cannot score", () => {
  const message = "Cannot score the text: the model has diverged: its loss is not a number";
  for (const logit of [NaN, Infinity]) {
    const engine = new FakeEngine({}, () => [0, 0, logit]);
    assertFails(() => score(engine, TOKENIZER, "a"), RangeError, message);
  }
  assertFails(
    () => score(new FakeEngine({}), TOKENIZER, "abc"),
    RangeError,
    'Cannot encode "abc": character "c" is not in the vocabulary',
  );
  assertFails(
    () => score(new FakeEngine({ vocabSize: 4 }), TOKENIZER, "a"),
    RangeError,
    "Cannot use the tokenizer with this model: it has 3 tokens, the model 4",
  );
  assert(score(new FakeEngine({}, () => [0, 0, 0]), TOKENIZER, "a").logProb < 0);
});

Deno.test("score() takes a text as bytes, too", () => {
  const config = { ...CONFIG, vocabSize: 4 };
  const engine = createEngine("wasm", config, initWeights(config, newRandom("score of bytes")));
  const chars = new Tokenizer("char", [0x61, 0x62, 0xe9]);
  const text = "abé";
  const bytes = new TextEncoder().encode(text);
  assertEquals(score(engine, chars, bytes), score(engine, chars, text));
  const notText = Uint8Array.of(0x61, 0xff); // which no string can say
  assertEquals(score(engine, new Tokenizer("byte", [0x61, 0xc3, 0xff]), notText).numTokens, 3);
});
