import { assert, assertEquals } from "@std/assert";
import { type GptConfig, initWeights, numParams } from "../../lib/config.ts";
import { explain, type Explanation, likeliest } from "../../lib/evaluate/explain.ts";
import { score } from "../../lib/evaluate/score.ts";
import { probabilities } from "../../lib/sample.ts";
import { ScalarEngine } from "../../lib/scalar_engine.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { assertClose, assertFails, assertRelative } from "../helpers/assert.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { gaussVector, newRandom } from "../helpers/random.ts";
import { CONFIG, TOKENIZER } from "../helpers/tiny.ts";

/** An engine whose logits are those of its last token, one row per token. */
const fake = (rows: readonly number[][]) =>
  new FakeEngine({ vocabSize: 3, blockSize: 4 }, (tokens) => rows[tokens.at(-1)!]!);

const LOGITS = [[0, Math.log(2), Math.log(5)], [1, 1, 1], [Math.log(4), 0, Math.log(3)]];

Deno.test("explain() tells probability, rank and surprise of each token and of the end", () => {
  const found = explain(fake(LOGITS), TOKENIZER, "ab");
  assertEquals(found.tokens, [2, 0, 1, 2]);
  assertEquals(found.numCut, 0);
  assertEquals(found.logits.map((row) => [...row]), [LOGITS[2], LOGITS[0], LOGITS[1]]);
  assertEquals(
    found.probs,
    [LOGITS[2]!, LOGITS[0]!, LOGITS[1]!].map((row) => probabilities(row, 1)),
  );
  assertEquals(found.ranks, [1, 2, 3], "of equals, the lower id comes first");
  [1, 2, Math.log2(3)].forEach((bits, t) => assertClose(found.surprise[t]!, bits, 1e-14, `${t}`)); // three
});

Deno.test("explain() takes the empty text, and one that fills the block or is longer", () => {
  const engine = fake(LOGITS); // a block of 4
  const of = (text: string) => {
    const { tokens, numCut, ranks, attention } = explain(engine, TOKENIZER, text);
    assertEquals(ranks.length, tokens.length - 1);
    assertEquals(attention[0]![0]!.length, tokens.length - 1); // there is a head
    return { tokens, numCut };
  };
  assertEquals(of(""), { tokens: [2, 2], numCut: 0 });
  assertEquals(of("aba"), { tokens: [2, 0, 1, 0, 2], numCut: 0 });
  assertEquals(of("abab"), { tokens: [2, 0, 1, 0, 1], numCut: 0 });
  assertEquals(of("ababbb"), { tokens: [2, 0, 1, 0, 1], numCut: 2 });
});

Deno.test("explain() has a finite surprise where the probability underflows", () => {
  const { probs, surprise } = explain(fake([[0, 0, 2000], [0, 0, 0], [0, 0, 0]]), TOKENIZER, "aa");
  assertEquals(probs[1]![0], 0); // after a
  assertClose(surprise[1]!, 2000 / Math.LN2, 1e-9, "surprise");
});

Deno.test("explain() adds up to the score, and both engines agree: random shapes", () => {
  const random = newRandom("explain");
  for (let round = 0; round < 20; round++) {
    const nHead = 1 + random.randbelow(4);
    const vocabSize = 2 + random.randbelow(12);
    const config: GptConfig = {
      vocabSize,
      nLayer: 1 + random.randbelow(3),
      nEmbd: nHead * (1 + random.randbelow(5)),
      nHead,
      blockSize: 1 + random.randbelow(9),
    };
    const tokenizer = new Tokenizer(
      "char",
      Array.from({ length: vocabSize - 1 }, (_, i) => 97 + i),
    );
    const length = random.randbelow(config.blockSize + 2);
    const text = Array.from({ length }, () => tokenizer.symbols[random.randbelow(vocabSize - 1)]);
    const weights = gaussVector(random, numParams(config), 0.3).map(Math.fround);
    const of = (engine: WasmEngine | ScalarEngine, tolerance: number) => {
      const found = explain(engine, tokenizer, text.join(""));
      const { logProb } = score(engine, tokenizer, text.join(""));
      const bits = found.surprise.reduce((sum, x) => sum + x);
      assertClose(-bits * Math.LN2, logProb, tolerance, JSON.stringify({ config, text }));
      return found;
    };
    const expected = of(new ScalarEngine(config, weights), 1e-10);
    for (const [dtype, tolerance] of [["f64", 1e-10], ["f32", 1e-3]] as const) {
      const found = of(new WasmEngine(config, weights, { dtype }), tolerance);
      assertAgrees(found, expected, tolerance, `${dtype}, ${JSON.stringify({ config, text })}`);
    }
  }
});

function assertAgrees(found: Explanation, expected: Explanation, tolerance: number, what: string) {
  assertEquals(found.tokens, expected.tokens);
  const numbers = ({ logits, probs, attention, norms, surprise }: Explanation) => ({
    logits,
    probs,
    attention: attention.flat(2),
    norms,
    surprise: [surprise],
  });
  const [ours, theirs] = [numbers(found), numbers(expected)];
  for (const name of ["logits", "probs", "attention", "norms", "surprise"] as const) {
    assertEquals(ours[name].length, theirs[name].length, `${what}: ${name}`);
    ours[name].forEach((row, i) =>
      assertRelative(row, theirs[name][i]!, tolerance, `${what}: ${name}`)
    ); // as many
  }
}

Deno.test("explain() tells the length of the residual stream at each stage", () => {
  const weights = initWeights(CONFIG, newRandom("norms"));
  const engine = new ScalarEngine(CONFIG, weights);
  const { norms } = explain(engine, TOKENIZER, "ab");
  const { stream } = engine.trace([2, 0, 1]);
  assertEquals(norms.length, 2 + 2 * CONFIG.nLayer);
  norms.forEach((lengths, stage) => {
    lengths.forEach((length, t) =>
      assertClose(length, Math.hypot(...stream[stage]![t]!), 1e-12, `${stage}, ${t}`) // as many
    );
  });
  assert(norms[1]!.every((length) => Math.abs(length - 2) < 0.1), "normalized: √nEmbd");
});

Deno.test("explain() brings a text into the form of the model's", () => {
  const codes = [..."가".normalize("NFD")].map((c) => c.codePointAt(0)!).sort((a, b) => a - b); // not empty
  const tokenizer = new Tokenizer("char", [0x61, ...codes]);
  const engine = new FakeEngine({ vocabSize: 4, blockSize: 9 }, () => [0, 0, 0, 0]);
  const form = { normalize: "nfd", lowercase: true } as const;
  assertEquals(explain(engine, tokenizer, "가A", form).tokens, [3, 1, 2, 0, 3]);
  assertFails(
    () => explain(engine, tokenizer, "A가나", form),
    RangeError,
    'Cannot explain "A가나": character 3, "나", is not in the vocabulary',
  );
});

Deno.test("explain() says which character is unknown, and where", () => {
  const bytes = new Tokenizer("byte", [0x61, 0xc3]);
  const table: [Tokenizer, string, string][] = [
    [TOKENIZER, "c", 'Cannot explain "c": character 1, "c", is not in the vocabulary'],
    [TOKENIZER, "ab a", 'Cannot explain "ab a": character 3, " ", is not in the vocabulary'],
    [TOKENIZER, "a😀é", 'Cannot explain "a😀é": character 2, "😀", is not in the vocabulary'],
    [TOKENIZER, "abababé", 'Cannot explain "abababé": character 7, "é", is not in the vocabulary'],
    [TOKENIZER, "a\n", 'Cannot explain "a\\n": character 2, "\\n", is not in the vocabulary'],
    [bytes, "aé", 'Cannot explain "aé": character 2, "é", is not in the vocabulary'],
    [
      TOKENIZER,
      "a".repeat(99) + "c",
      `Cannot explain "${"a".repeat(60)}...": character 100, "c", is not in the vocabulary`,
    ],
  ];
  for (const [tokenizer, text, message] of table) {
    assertFails(() => explain(fake(LOGITS), tokenizer, text), RangeError, message);
  }
});

Deno.test("explain() refuses another tokenizer, and a model that has diverged", () => {
  assertFails(
    () => explain(fake(LOGITS), new Tokenizer("char", [97]), "a"),
    RangeError,
    "Cannot use the tokenizer with this model: it has 2 tokens, the model 3",
  );
  assertFails(
    () => explain(fake([[0, 0, 0], [0, NaN, 0], [0, 0, 0]]), TOKENIZER, "ab"),
    RangeError,
    "Cannot explain the text: the model has diverged: its logits are not finite",
  );
});

Deno.test("likeliest() finds the likeliest tokens, without one if that is asked for", () => {
  const probs = [0.1, 0.3, 0.2, 0.3, 0.1];
  assertEquals(likeliest(probs, 3), [1, 3, 2]);
  assertEquals(likeliest(probs, 3, 3), [1, 2, 0]);
  assertEquals(likeliest(probs, 9, 0), [1, 3, 2, 4]);
  assertEquals(likeliest(probs, 0), []);
});
