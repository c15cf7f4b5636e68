import { assert, assertEquals } from "@std/assert";
import { createEngine, ENGINE_NAMES } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import type { Engine } from "../../lib/engine.ts";
import { baselines, evaluate } from "../../lib/evaluate/evaluate.ts";
import { initWeights, numParams } from "../../lib/config.ts";
import { NgramModel } from "../../lib/evaluate/ngram.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer, TOKENIZER_KINDS } from "../../lib/tokenizer.ts";
import { train } from "../../lib/trainer.ts";
import { assertAllClose, assertClose, assertFails } from "../helpers/assert.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { newRandom } from "../helpers/random.ts";
import { lossAt } from "../helpers/reference.ts";
import { CONFIG, DOCS, TOKENIZER } from "../helpers/tiny.ts";

/** A small model whose weights are large enough to prefer some tokens to others. */
function newModel(name: "scalar" | "wasm", vocabSize: number, blockSize: number) {
  const config = { ...CONFIG, vocabSize, blockSize };
  const weights = initWeights(config, new Random(1)).map((w) => 5 * w);
  return { config, weights, engine: createEngine(name, config, weights) };
}

/** A model that has each token for as likely as the others. */
function uniformEngine(vocabSize: number, blockSize: number): Engine {
  const config = { ...CONFIG, vocabSize, blockSize };
  return createEngine("wasm", config, new Float64Array(numParams(config)));
}

for (const engineName of ENGINE_NAMES) {
  Deno.test(`evaluate() gives the mean over tokens, and over documents, with ${engineName}`, () => {
    const blockSize = 5;
    const { config, weights, engine } = newModel(engineName, 3, blockSize);
    const texts = ["a", "ab", "abba", "babab", "bbbbbbbbb", "b"];
    let total = 0, totalOfMeans = 0, numTokens = 0;
    for (const text of texts) {
      const tokens = TOKENIZER.encodeDocument(text).slice(0, blockSize + 1);
      const loss = lossAt(config, weights, tokens);
      total += loss * (tokens.length - 1);
      totalOfMeans += loss;
      numTokens += tokens.length - 1;
    }
    const gap = Math.abs(total / numTokens - totalOfMeans / texts.length);
    assert(gap > 1e-3, `the two means must not be the same: they differ by ${gap}`);

    const result = evaluate(engine, TOKENIZER, Docs.from(texts));

    assertClose(result.loss, total / numTokens, 1e-12, "loss");
    assertClose(result.documentLoss, totalOfMeans / texts.length, 1e-12, "documentLoss");
    assertEquals(result.perplexity, Math.exp(result.loss));
    assertClose(result.bitsPerCharacter, total / numTokens / Math.log(2), 1e-12, "bits");
    assertEquals([result.numTokens, result.numDocs, result.numCut], [22, 6, 2]);
    assertEquals(result.numCharacters, 22);
  });

  Deno.test(`evaluate() leaves the model as it is, with ${engineName}`, () => {
    const { engine } = newModel(engineName, 3, 4);
    for (const _ of train(engine, TOKENIZER, DOCS, { numSteps: 3 }));
    const before = engine.state();
    const result = evaluate(engine, TOKENIZER, DOCS);
    assertEquals(engine.state(), before);
    assertEquals(evaluate(engine, TOKENIZER, DOCS), result);
  });

  Deno.test(`evaluate() gives documentLoss as training reports it, with ${engineName}`, () => {
    const { engine } = newModel(engineName, 3, 3); // "aab" is cut
    const { documentLoss } = evaluate(engine, TOKENIZER, DOCS);
    const [report] = [...train(engine, TOKENIZER, DOCS, { numSteps: 1, batchSize: 3 })];
    assertClose(documentLoss, report!.loss, 1e-12, "documentLoss"); // a step was asked for
  });

  Deno.test(`evaluate() gives NaN for a model that has diverged, with ${engineName}`, () => {
    const { config, weights } = newModel(engineName, 3, 4);
    const engine = createEngine(engineName, config, weights.map(() => NaN));
    const { loss, documentLoss, perplexity } = evaluate(engine, TOKENIZER, DOCS);
    assertEquals([loss, documentLoss, perplexity], [NaN, NaN, NaN]);
  });
}

Deno.test("evaluate() counts documents whose end is beyond the block", () => {
  const table: [string, string[], number, number][] = [
    ["shorter", ["a", "aa"], 5, 0],
    ["just as long, with the end", ["aaa"], 4, 0],
    ["all but the end", ["aaaa"], 4, 1],
    ["longer", ["aaaaa", "aaa", "aaaaaaaaa"], 12, 2],
  ];
  for (const [name, texts, numTokens, numCut] of table) {
    const result = evaluate(uniformEngine(3, 4), TOKENIZER, Docs.from(texts));
    assertEquals([result.numTokens, result.numCut, result.numDocs], [
      numTokens,
      numCut,
      texts.length,
    ], name);
  }
});

Deno.test("evaluate() counts a character once, however many bytes it has", () => {
  const table: [string, Uint8Array | string, number, number, number][] = [
    // what, the document, blockSize, tokens, characters; an end is one of each
    ["ASCII", "ab", 9, 3, 3],
    ["two bytes", "é", 9, 3, 2],
    ["three", "한글", 9, 7, 3],
    ["four", "a😀", 9, 6, 3],
    ["two code points", "e\u0301", 9, 4, 3],
    ["cut after a character", "한글", 3, 3, 1],
    ["cut within a character", "한글", 4, 4, 2],
    ["cut before the end", "한글", 6, 6, 2],
    ["bytes that begin nothing", Uint8Array.of(0x61, 0xff, 0xc3), 9, 4, 4],
    ["bytes that go on with nothing", Uint8Array.of(0x61, 0x80), 9, 3, 2],
  ];
  for (const [name, text, blockSize, numTokens, numCharacters] of table) {
    const docs = Docs.parse(typeof text === "string" ? new TextEncoder().encode(text) : text);
    const tokenizer = Tokenizer.fromDocs(docs, "byte");
    const engine = uniformEngine(tokenizer.vocabSize, blockSize);
    const result = evaluate(engine, tokenizer, docs);
    const bits = numTokens * Math.log2(tokenizer.vocabSize);
    assertEquals([result.numTokens, result.numCharacters], [numTokens, numCharacters], name);
    assertClose(result.loss, Math.log(tokenizer.vocabSize), 1e-14, name);
    assertClose(result.bitsPerCharacter, bits / numCharacters, 1e-13, name);
  }
});

Deno.test("evaluate() throws if there are no documents, or they are not the model's", () => {
  const { engine } = newModel("scalar", 3, 4);
  assertFails(
    () => evaluate(engine, TOKENIZER, Docs.from([])),
    RangeError,
    "Cannot evaluate a model: there are no documents",
  );
  assertFails(
    () => evaluate(engine, TOKENIZER, Docs.from(["ab", "abc"])),
    RangeError,
    'Cannot encode "abc": character "c" is not in the vocabulary',
  );
  assertFails(
    () => evaluate(new FakeEngine({ vocabSize: 4 }), TOKENIZER, DOCS),
    RangeError,
    "Cannot use the tokenizer with this model: it has 3 tokens, the model 4",
  );
});

Deno.test("baselines() are uniform and the n-grams up to 5, over the tokens of the model", () => {
  const random = newRandom("baselines");
  const draw = (n: number) =>
    Docs.from(Array.from({ length: n }, () => {
      const k = 1 + random.randbelow(9);
      return random.choices(["a", "b", "é"], [3, 1, 1], k).join("");
    }));
  const trainDocs = draw(50), valDocs = draw(20);
  for (const kind of TOKENIZER_KINDS) {
    const tokenizer = Tokenizer.fromDocs(Docs.from(["abé"]), kind);
    for (const blockSize of [1, 4, 16]) {
      const encode = (docs: Docs) =>
        Array.from(docs, (text) => tokenizer.encodeDocument(text).slice(0, blockSize + 1));
      const model = new NgramModel(tokenizer.vocabSize, 5);
      for (const doc of encode(trainDocs)) model.count(doc);
      const tokens = encode(valDocs);
      const numTokens = tokens.reduce((total, { length }) => total + length - 1, 0);
      const expected = [0, 1, 2, 3, 4, 5].map((order) =>
        tokens.reduce((sum, doc) => sum + (doc.length - 1) * model.losses(doc)[order]!, 0) // as many
      );
      const table = baselines(trainDocs, valDocs, tokenizer, blockSize);
      assertEquals(table.map(({ name }) => name), [
        "uniform",
        "1-gram",
        "2-gram",
        "3-gram",
        "4-gram",
        "5-gram",
      ]);
      const losses = table.map(({ loss }) => loss);
      assertAllClose(losses, expected.map((sum) => sum / numTokens), 1e-13, kind);
      const engine = uniformEngine(tokenizer.vocabSize, blockSize);
      const result = evaluate(engine, tokenizer, valDocs);
      assertClose(losses[0]!, result.loss, 1e-13, "uniform, as a model");
      assertEquals(result.numTokens, numTokens);
    }
  }
});

Deno.test("baselines() throws on a block size that cannot be", () => {
  for (const blockSize of [0, -1, 1.5, NaN]) {
    assertFails(
      () => baselines(DOCS, DOCS, TOKENIZER, blockSize),
      RangeError,
      "Cannot train n-gram models: blockSize must be an integer from 1 on: it is " + blockSize,
    );
  }
});

Deno.test("baselines() throws if there are no documents on a side", () => {
  for (const [trainDocs, valDocs] of [[Docs.from([]), DOCS], [DOCS, Docs.from([])]] as const) {
    assertFails(
      () => baselines(trainDocs, valDocs, TOKENIZER, 4),
      RangeError,
      "Cannot evaluate a model: there are no documents",
    );
  }
});
