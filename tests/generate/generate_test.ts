import { assert, assertEquals } from "@std/assert";
import { createEngine } from "../../lib/create_engine.ts";
import { Docs } from "../../lib/docs.ts";
import type { Engine } from "../../lib/engine.ts";
import {
  generate,
  type GeneratedText,
  type GenerateOptions,
  type GenerateSummary,
} from "../../lib/generate/generate.ts";
import { DEFAULT_SIZES, initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { sample } from "../../lib/sample.ts";
import { score } from "../../lib/evaluate/score.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { train } from "../../lib/trainer.ts";
import { assertClose, assertFails } from "../helpers/assert.ts";
import { assertDrawn } from "../helpers/chi_square.ts";
import { FakeEngine, scripted } from "../helpers/fake_engine.ts";
import { NAMES_NEED, needing } from "../helpers/needs.ts";
import { NAMES_TXT } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";
import { CONFIG, TOKENIZER } from "../helpers/tiny.ts";

/** A model that writes 1 to 4 characters, all as likely. */
const newEngine = () => new FakeEngine({}, ({ length }) => [0, 0, length === 1 ? -1e300 : 0]);

/** All that comes, and how it ended. */
function run(
  options: GenerateOptions,
  engine: Engine = newEngine(),
  random = new Random(42),
): { texts: string[]; results: GeneratedText[]; summary: GenerateSummary } {
  const generator = generate(engine, TOKENIZER, random, options);
  const results: GeneratedText[] = [];
  for (;;) {
    const { done, value } = generator.next();
    if (done) return { texts: results.map(({ text }) => text), results, summary: value };
    results.push(value);
  }
}

Deno.test("generate() gives what sample() does if nothing is asked", () => {
  const engine = newEngine();
  const random = new Random(1), same = new Random(1);
  const { texts, results, summary } = run({}, engine, random);
  assertEquals(texts, Array.from({ length: 20 }, () => sample(engine, TOKENIZER, same)));
  assertEquals(random.random(), same.random(), "as many random numbers were drawn");
  assertEquals(results.map(({ ids }) => TOKENIZER.decode(ids)), texts);
  assertEquals(results.map(({ numTries }) => numTries), results.map((_, i) => i + 1));
  assertEquals(summary, { numFound: 20, numTries: 20, end: "found" });
});

Deno.test("generate() passes temperature, topK and topP on", () => {
  const engine = () => new FakeEngine({}, () => [1, 0.9, 0.8]);
  for (const options of [{ temperature: 0 }, { topK: 1 }, { topP: 0 }, { temperature: 1e-3 }]) {
    assertEquals(run({ numSamples: 3, ...options }, engine()).texts, ["aaaa", "aaaa", "aaaa"]);
  }
  const { texts } = run({ numSamples: 100, temperature: 1e300 }, engine());
  assert(new Set(texts).size > 10);
});

Deno.test("generate() takes the texts that match, wherever", () => {
  for (const match of [/bb/, /bb/g, /bb/gi]) {
    match.lastIndex = 3;
    const { texts, summary } = run({ match, numSamples: 50 });
    assertEquals(summary.numFound, 50);
    assert(texts.every((text) => text.includes("bb")));
    assert(texts.some((text) => text.startsWith("a")));
    assertEquals(summary.numTries, 50, "it is led to them");
    assertEquals(match.lastIndex, 3, "the pattern is left as it is");
  }
  for (const match of [/(b)\1/, /b(?=b)/g]) {
    match.lastIndex = 3;
    const { texts, summary } = run({ match, numSamples: 50 });
    assert(texts.every((text) => text.includes("bb")));
    assert(summary.numTries > 50, "some did not match");
    assertEquals(match.lastIndex, 3, "the pattern is left as it is");
  }
  const { texts } = run({ match: /b/y, numSamples: 50 });
  assert(texts.every((text) => text.startsWith("b")), "y asks for the beginning");
});

Deno.test("generate() gives no text twice if they are to be unique", () => {
  const { texts, summary } = run({ unique: true, numSamples: 100, maxTries: 2000 });
  // The rarest come once in 54: 2000 texts without a certain one, once in 10^16 times.
  assertEquals(texts.length, 2 + 4 + 8 + 16, "all there are");
  assertEquals(new Set(texts).size, texts.length);
  assertEquals(summary, { numFound: 30, numTries: summary.numTries, end: "tries" });
  assert(run({ numSamples: 31 }).texts.length === 31, "unless that is asked, it does");
  assert(new Set(run({ numSamples: 31 }).texts).size < 31);
});

Deno.test("generate() does not take what is excluded, in a set or by a function", () => {
  const short = new Set(["a", "b", "ab"]);
  for (const exclude of [short, (text: string) => short.has(text)]) {
    const { texts } = run({ exclude, unique: true, maxTries: 2000, numSamples: 100 });
    assertEquals(texts.length, 27);
    assert(!texts.some((text) => short.has(text)));
  }
});

Deno.test("generate() takes a text for the same in whatever form it is written", () => {
  const forms = ["e\u0301a", "\u00e9a", "E\u0301A", "\u00e9\u200ba", "\u00e9a "];
  const tokenizer = Tokenizer.fromDocs(Docs.from([...forms, "aa"].map((form) => `x${form}x`)));
  const texts = (options: GenerateOptions) => {
    const engine = scripted([...forms, "aa"], tokenizer);
    const found = generate(engine, tokenizer, new Random(1), { maxTries: 6, ...options });
    return Array.from(found, ({ text }) => text);
  };
  assertEquals(texts({ unique: true, numSamples: 9 }), [forms[0], "aa"]);
  for (const form of forms) {
    assertEquals(texts({ exclude: new Set([form]), numSamples: 1 }), ["aa"], form);
  }
  assertEquals(texts({ exclude: (text) => text === forms[0], numSamples: 1 }), [forms[1]]);
});

Deno.test("generate() asks of each text all that is asked", () => {
  const { texts, summary } = run({
    prompt: "a",
    startsWith: "ab",
    endsWith: "b",
    contains: "ba",
    minLength: 3,
    maxLength: 4,
    unique: true,
    match: /^[ab]*$/,
    exclude: new Set(["abab"]),
    numSamples: 5,
    maxTries: 1000,
  });
  assertEquals(texts, []); // only "abab" is such a text
  const { probability = NaN, ...rest } = summary;
  assertEquals(rest, { numFound: 0, numTries: 1000, end: "tries" });
  assertClose(probability, 1 / 9, 1e-9, "probability of a and b after ab, which need no luck");
});

Deno.test("generate() gives up after so many texts in a row that are not taken", () => {
  const all = (end: GenerateSummary["end"], numFound: number, numTries: number) => ({
    numFound,
    numTries,
    end,
  });
  const match = /(?=c)/; // look-around is not for an automaton
  assertEquals(run({ match, maxTries: 7 }).summary, all("tries", 0, 7));
  assertEquals(run({ match, maxTries: 1 }).summary, all("tries", 0, 1));
  assertEquals(run({ match }).summary, all("tries", 0, 10_000));
  assertEquals(run({ match, numSamples: 0 }).summary, all("found", 0, 0));
  let calls = 0;
  const everyThird = () => ++calls % 3 !== 0;
  const bounded = run({ exclude: everyThird, numSamples: 4, maxTries: 3 });
  assertEquals(bounded.summary, all("found", 4, 12), "each result begins a new row");
  assertEquals(bounded.results.map(({ numTries }) => numTries), [3, 6, 9, 12]);
  calls = 0;
  assertEquals(run({ exclude: everyThird, maxTries: 2 }).summary, all("tries", 0, 2));
});

Deno.test("generate() ends at once if only one text can come and is not taken", () => {
  for (const options of [{ temperature: 0 }, { topK: 1 }, { topP: 0 }]) {
    const once = run({ ...options, unique: true });
    assertEquals(once.texts, ["aaaa"]);
    assertEquals(once.summary, { numFound: 1, numTries: 2, end: "exhausted" });
    const none = run({ ...options, exclude: new Set(["aaaa"]) });
    assertEquals(none.summary, { numFound: 0, numTries: 1, end: "exhausted" });
  }
});

Deno.test("generate() begins with the prompt, and goes on as the model does", () => {
  const engine = newEngine();
  const { texts } = run({ prompt: "ba", numSamples: 50 }, engine);
  assert(texts.every((text) => text.startsWith("ba")));
  assertEquals(new Set(texts).size, 7, "ba, baa, bab, and four more"); // each 1/3 or 1/9 of them
  assert(
    engine.sequences.every(([first, second, third]) =>
      first === 2 && second === 1 && (third === 0 || third === undefined)
    ),
  );
  assertEquals(run({ prompt: "abab", numSamples: 1 }).texts, ["abab"], "it may fill the block");
});

Deno.test("generate() works only when it is asked", () => {
  const engine = newEngine();
  const generator = generate(engine, TOKENIZER, new Random(1), { numSamples: 9 });
  assertEquals(engine.sequences.length, 0);
  generator.next();
  assertEquals(engine.sequences.length, 1);
});

Deno.test("generate() throws on what is wrong before it writes anything", () => {
  const table: [GenerateOptions, string][] = [
    [{ numSamples: -1 }, "Cannot generate: numSamples must be an integer from 0 on: it is -1"],
    [{ numSamples: 1.5 }, "Cannot generate: numSamples must be an integer from 0 on: it is 1.5"],
    [{ maxTries: 0 }, "Cannot generate: maxTries must be an integer from 1 on: it is 0"],
    [{ maxTries: NaN }, "Cannot generate: maxTries must be an integer from 1 on: it is NaN"],
    [
      { prompt: "ab", startsWith: "aa" },
      'Cannot generate: no text can begin with the prompt "ab" and start with "aa"',
    ],
    [
      { prompt: "ababa" },
      'Cannot generate: no text can begin with the prompt "ababa" and fit the block of 4 tokens',
    ],
  ];
  for (const [options, message] of table) {
    const engine = newEngine();
    assertFails(() => run(options, engine), RangeError, message);
    assertEquals(engine.sequences, []);
  }
  assertFails(
    () => run({}, new FakeEngine({ vocabSize: 9 })),
    RangeError,
    "Cannot use the tokenizer with this model: it has 3 tokens, the model 9",
  );
  assertFails(
    () => run({ topK: 0 }),
    RangeError,
    "Cannot sample: topK must be a positive integer: it is 0",
  );
});

Deno.test("generate() draws what follows a prompt as the model would", () => {
  const random = newRandom("20,000 texts after a prompt");
  const config = { ...CONFIG, blockSize: 4 };
  const weights = initWeights(config, new Random(3)).map((weight) => 3 * weight);
  const engine = createEngine("wasm", config, weights);
  const ends = ["", "a", "b"].flatMap((end) => end === "" ? [""] : [end, end + "a", end + "b"]);
  const texts = ends.map((end) => `ba${end}`); // with BOS, or four characters
  const probs = texts.map((text) => Math.exp(score(engine, TOKENIZER, text).logProb));
  const total = probs.reduce((a, b) => a + b);
  const options = { prompt: "b", startsWith: "ba", temperature: 1, numSamples: 20_000 };
  const counts = texts.map(() => 0);
  for (const { text } of generate(engine, TOKENIZER, random, options)) {
    counts[texts.indexOf(text)]!++;
  }
  assertDrawn(counts, probs.map((prob) => prob / total), "texts after the prompt");
});

Deno.test("generate() finds rare texts after a step that has made them rare", () => {
  class Limited extends Random {
    #left = 200_000;
    override random(): number {
      if (this.#left-- === 0) throw new Error("It draws on and on");
      return super.random();
    }
  }
  const engine = createEngine("wasm", CONFIG, initWeights(CONFIG, new Random(3)));
  const learn = (id: number) => {
    for (let i = 0; i < 100; i++) engine.step([[TOKENIZER.bos, id, TOKENIZER.bos]], 0.05);
  };
  learn(0);
  const options = { endsWith: "a", temperature: 0.2, numSamples: 4 };
  const texts = generate(engine, TOKENIZER, new Limited(1), options);
  assertEquals(texts.next().value, { text: "a", ids: [0], numTries: 1 });
  learn(1); // now it writes b
  assertEquals(Array.from(texts, ({ text }) => text.at(-1)), ["a", "a", "a"]);
});

Deno.test(needing(NAMES_NEED, "generate() finds names that are new"), async () => {
  const random = new Random(42);
  const docs = Docs.parse(await Deno.readFile(NAMES_TXT));
  docs.shuffle(random);
  const tokenizer = Tokenizer.fromDocs(docs);
  const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
  const engine = createEngine("wasm", config, initWeights(config, random));
  for (const _ of train(engine, tokenizer, docs, { numSteps: 300 }));
  const known = new Set(docs);

  const options = { startsWith: "ma", endsWith: "a", minLength: 5, maxLength: 7, numSamples: 50 };
  const wanted = Array.from(generate(engine, tokenizer, random, options), ({ text }) => text);
  assertEquals(wanted.length, 50);
  assert(wanted.every((text) => /^ma.{2,4}a$/.test(text)), wanted.join());

  const isNew = { unique: true, exclude: known, numSamples: 1000 };
  const names = Array.from(generate(engine, tokenizer, random, isNew), ({ text }) => text);
  assertEquals(new Set(names).size, 1000);
  assert(!names.some((name) => known.has(name)));
});
