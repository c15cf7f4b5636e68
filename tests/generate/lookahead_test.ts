/** Constrained texts against the exact distribution of a model small enough to list all its texts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { initWeights } from "../../lib/config.ts";
import { createEngine } from "../../lib/create_engine.ts";
import type { Engine } from "../../lib/engine.ts";
import { Bigrams } from "../../lib/generate/bigrams.ts";
import { Constraints, type TextConstraints } from "../../lib/generate/constraints.ts";
import { generate } from "../../lib/generate/generate.ts";
import { Lattice } from "../../lib/generate/lattice.ts";
import { Lookahead } from "../../lib/generate/lookahead.ts";
import { newBeginnings, propose } from "../../lib/generate/proposals.ts";
import { tokenByToken } from "../../lib/generate/token_by_token.ts";
import { logProbabilities } from "../../lib/generate/token_choice.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { allTexts, conditioned, type Drawing } from "../helpers/all_texts.ts";
import { assertClose } from "../helpers/assert.ts";
import { assertDrawn } from "../helpers/chi_square.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { newRandom, times } from "../helpers/random.ts";
import { isWanted } from "../helpers/wanted.ts";

const NUM_DRAWS = times(12_000, 100_000);

const CONFIG = { vocabSize: 5, nLayer: 2, nEmbd: 8, nHead: 2, blockSize: 6 };
const CHARS = new Tokenizer("char", [..."abcd"].map((c) => c.charCodeAt(0)));
const BYTES = new Tokenizer("byte", [0x61, 0xa9, 0xbc, 0xc3]); // a, é and ü

/** A model with likes and dislikes of its own, which bigrams do not know all about. */
const ENGINE = createEngine(
  "wasm",
  CONFIG,
  initWeights(CONFIG, new Random(6)).map((w) => 4 * w),
);

const WARM = { temperature: 0.7 };

const TABLE: [TextConstraints, Tokenizer, Drawing][] = [
  [{ endsWith: "ab" }, CHARS, WARM],
  [{ contains: "cab" }, CHARS, WARM],
  [{ minLength: 5 }, CHARS, WARM],
  [{ maxLength: 2 }, CHARS, WARM],
  [{ contains: "dd", endsWith: "c" }, CHARS, WARM],
  [{ minLength: 2, maxLength: 4, startsWith: "b", endsWith: "a" }, CHARS, { temperature: 1.5 }],
  [{ match: /^a.*(bc|d+)$|cc/u }, CHARS, { temperature: 1 }],
  [{ contains: "bd" }, CHARS, { temperature: 0.3 }],
  [{ endsWith: "b" }, CHARS, { temperature: 1, topK: 3 }],
  [{ contains: "bc" }, CHARS, { temperature: 1, topP: 0.9 }],
  [{ contains: "é", maxLength: 2 }, BYTES, { temperature: 1 }],
  [{ match: /^[^é]+aü?$/u }, BYTES, { temperature: 1 }],
];

function shown([constraints, { kind }, drawing]: (typeof TABLE)[number]): string {
  const { match, ...others } = { ...constraints, ...drawing };
  return `${JSON.stringify(others)}${match ?? ""} ${kind}s`;
}

/** Counts texts: each must be one of those that are possible. */
function count(keys: Iterable<string>, probs: ReadonlyMap<string, number>): number[] {
  const counts = new Map([...probs.keys()].map((key) => [key, 0]));
  for (const key of keys) {
    const before = counts.get(key);
    assert(before !== undefined, `${key} cannot come`);
    counts.set(key, before + 1);
  }
  return [...counts.values()];
}

for (const row of TABLE) {
  const [constraints, tokenizer, drawing] = row;
  Deno.test(`generate() draws as the model does under constraints: ${shown(row)}`, () => {
    const random = newRandom(shown(row));
    const { probs, probability } = conditioned(
      allTexts(ENGINE, drawing),
      tokenizer,
      (text) => isWanted(text, constraints),
    );
    const options = { ...constraints, ...drawing, numSamples: NUM_DRAWS };
    const texts = generate(ENGINE, tokenizer, random, options);
    const keys: string[] = [];
    let next = texts.next();
    for (; !next.done; next = texts.next()) keys.push(next.value.ids.join());
    assertDrawn(count(keys, probs), [...probs.values()], "texts");
    const { prompt = "", startsWith = "" } = constraints;
    if (prompt + startsWith !== "") return; // their probability does not count
    const estimate = next.value.probability ?? NaN;
    assertClose(estimate / probability, 1, 0.3, "the probability of the constraints");
  });
}

/** The bigrams that generation makes of the model's own texts, at the lowest temperature. */
function ownBigrams(): Bigrams {
  const random = new Random(1);
  const texts = Array.from({ length: 500 }, tokenByToken(ENGINE, random, 1));
  return new Bigrams(texts.map((ids) => ids.length < 6 ? [4, ...ids, 4] : [4, ...ids]), 5, 0.5);
}

/** The weight that a text would have as a proposal. */
function weightOf(ids: readonly number[], lookahead: Lookahead, temperature: number): number {
  const sequence = ENGINE.sequence();
  let { start: place } = lookahead, last = 4, weight = 1;
  for (const token of ids.length < 6 ? [...ids, 4] : ids) {
    const logProbs = logProbabilities(sequence.append(last), temperature, {});
    const ahead = new Float64Array(5);
    lookahead.fillLogs(place, ahead);
    const z = logProbs.reduce((sum, log, id) => sum + Math.exp(log + ahead[id]!), 0); // one each
    weight *= z / Math.exp(ahead[token]!); // a token
    if (token === 4) break;
    place = lookahead.after(place, token);
    last = token;
  }
  return weight;
}

/** A lookahead that has learned, for the model and constraints without a beginning. */
function newProposer(constraints: TextConstraints, random: Random, temperature: number) {
  const { automaton } = new Constraints(constraints, CHARS, CONFIG.blockSize);
  const bigrams = new Bigrams([[4, 4]], 5, 1); // that know nothing: it learns the rest
  const lookahead = new Lookahead(new Lattice(automaton, [], CONFIG.blockSize), bigrams, 4);
  const proposer = {
    beginnings: newBeginnings(ENGINE, temperature, {}),
    prefix: [],
    lookahead,
    random,
  };
  for (let round = 0; round < 3; round++) lookahead.learn(propose(proposer, 128));
  return proposer;
}

for (
  const constraints of [{ endsWith: "ab" }, { contains: "dd", endsWith: "c" }, { maxLength: 2 }]
) {
  const shown = JSON.stringify(constraints);
  Deno.test(`a mask, or proposals as they come, do not draw as the model does: ${shown}`, () => {
    const random = newRandom(shown);
    const { probs } = conditioned(allTexts(ENGINE, WARM), CHARS, (t) => isWanted(t, constraints));
    const expected = [...probs.values()];
    const { temperature } = WARM;
    const proposer = newProposer(constraints, random, temperature);
    const proposals = propose(proposer, NUM_DRAWS).map(({ ids }) => ids.join());
    assertThrows(() => assertDrawn(count(proposals, probs), expected, "proposals"));
    const steered = new Constraints(constraints, CHARS, CONFIG.blockSize);
    const draw = tokenByToken(ENGINE, random, temperature, { newGuide: () => steered.guide() });
    const masked = Array.from({ length: NUM_DRAWS }, () => draw().join());
    assertThrows(() => assertDrawn(count(masked, probs), expected, "masked"));
  });
}

/** A model that bigrams know all about: q(w | c) is what they say. */
function bigramEngine(bigrams: Bigrams, blockSize: number): Engine {
  const { unigrams, backoff, first, tokens, extra } = bigrams;
  return new FakeEngine({ vocabSize: unigrams.length, blockSize }, (text) => {
    const c = text.at(-1)!; // there is BOS
    const q = Array.from(unigrams, (p) => backoff[c]! * p);
    for (let i = first[c]!; i < first[c + 1]!; i++) q[tokens[i]!]! += extra[i]!;
    return q.map(Math.log);
  });
}

const BIGRAMS = new Bigrams([[4, 0, 1, 2, 4], [4, 0, 0, 3, 4], [4, 2, 4], [4, 1, 1, 4]], 5, 1);

for (
  const row of TABLE.filter(([, , { topK, topP }]) => topK === undefined && topP === undefined)
) {
  const [constraints, tokenizer] = row;
  const { match, ...others } = constraints;
  const shown = `${JSON.stringify(others)}${match ?? ""} ${tokenizer.kind}s`;
  Deno.test(`Lookahead is exact where bigrams are the model: ${shown}`, () => {
    const engine = bigramEngine(BIGRAMS, 6);
    const { prompt = "", startsWith = "" } = constraints;
    const prefix = tokenizer.encode(prompt + startsWith);
    const texts = allTexts(engine, { temperature: 1 });
    const { probability } = conditioned(texts, tokenizer, (text) => isWanted(text, constraints));
    const before = conditioned(texts, tokenizer, (text) => text.startsWith(startsWith)).probability;
    const { automaton } = new Constraints(constraints, tokenizer, 6);
    const lattice = new Lattice(automaton, prefix, 6);
    const lookahead = new Lookahead(lattice, BIGRAMS, prefix.at(-1) ?? 4);
    const random = newRandom(shown);
    const proposer = { beginnings: newBeginnings(engine, 1, {}), prefix, lookahead, random };
    const candidates = propose(proposer, 100);
    // p / g is the probability of the constraints, whatever the text.
    for (const { logWeight, ids } of candidates) {
      assertClose(Math.exp(logWeight), probability / before, 1e-12, `the weight of ${ids}`);
    }
    lookahead.learn(candidates); // there is nothing to learn
    for (const { logWeight, ids } of propose(proposer, 100)) {
      assertClose(Math.exp(logWeight), probability / before, 1e-12, `the weight of ${ids}`);
    }
  });
}

Deno.test("Lookahead without last tokens, where the table would be too large, is exact for unigrams", () => {
  const unigrams = new Bigrams([], 5, 1); // all tokens are as likely, whatever the last one is
  const blockSize = 1200;
  const engine = bigramEngine(unigrams, blockSize);
  const { automaton } = new Constraints({ match: /^([^a]*a){1,600}$/u }, CHARS, blockSize);
  const lattice = new Lattice(automaton, [], blockSize);
  assert(lattice.numRows * 5 > 2 ** 21, `${lattice.numRows} rows`);
  const lookahead = new Lookahead(lattice, unigrams, 4);
  const random = newRandom("unigrams");
  const proposer = { beginnings: newBeginnings(engine, 1, {}), prefix: [], lookahead, random };
  for (const { logWeight } of propose(proposer, 20)) { // a fifth of what is not empty ends so
    assertClose(Math.exp(logWeight), 0.8 * 0.25, 1e-9, "the weight");
  }
});

Deno.test("Lookahead.learn() makes weights spread less, and leaves their mean as it is", () => {
  const random = newRandom("learning");
  const constraints = { contains: "dd", endsWith: "c" };
  const { temperature } = WARM;
  const texts = allTexts(ENGINE, WARM);
  const { probability } = conditioned(texts, CHARS, (text) => isWanted(text, constraints));
  const { automaton } = new Constraints(constraints, CHARS, 6);
  const lookahead = new Lookahead(new Lattice(automaton, [], 6), BIGRAMS, 4);
  const proposer = {
    beginnings: newBeginnings(ENGINE, temperature, {}),
    prefix: [],
    lookahead,
    random,
  };
  /** The variance of the weights, as a multiple of their squared mean. */
  const spread = () => {
    const weights = propose(proposer, 20_000).map(({ logWeight }) => Math.exp(logWeight));
    const mean = weights.reduce((a, b) => a + b) / weights.length;
    const variance = weights.reduce((sum, w) => sum + (w / mean - 1) ** 2, 0) / weights.length;
    const error = Math.sqrt(variance / weights.length);
    assertClose(mean / probability, 1, 6 * error, "the mean weight");
    return variance;
  };
  const before = spread();
  for (let round = 0; round < 3; round++) lookahead.learn(propose(proposer, 128));
  const after = spread();
  assert(after < before / 4, `${before} before, ${after} after`);
});

Deno.test("generate() tells the probability by its tries where it takes many of them", () => {
  const drawing = { temperature: 0.3 };
  const texts = allTexts(ENGINE, drawing);
  const { probability } = conditioned(texts, CHARS, (text) => text.includes("bd"));
  const options = { contains: "bd", ...drawing, numSamples: 10_000 };
  const found = generate(ENGINE, CHARS, new Random(3), options);
  let next = found.next();
  while (!next.done) next = found.next();
  // One part in a hundred is a standard error; of the proposals before the first text, it is five.
  assertClose((next.value.probability ?? NaN) / probability, 1, 0.03, "the probability");
});

Deno.test("Lookahead comes to all that the model writes, even if it has learned little of it", () => {
  const temperature = 0.3; // at which the model's contexts differ most
  const { probs, probability } = conditioned(
    allTexts(ENGINE, { temperature }),
    CHARS,
    (text) => text.includes("bd"),
  );
  const { automaton } = new Constraints({ contains: "bd" }, CHARS, 6);
  const bigrams = ownBigrams();
  for (let seed = 1; seed <= times(6, 50); seed++) {
    const lookahead = new Lookahead(new Lattice(automaton, [], 6), bigrams, 4);
    const random = new Random(seed);
    const proposer = {
      beginnings: newBeginnings(ENGINE, temperature, {}),
      prefix: [],
      lookahead,
      random,
    };
    for (let round = 0; round < 3; round++) lookahead.learn(propose(proposer, 128));
    const missed = [...probs].filter(([key]) =>
      // texts that come more than 50 times too seldom
      weightOf(key.split(",").map(Number), lookahead, temperature) > 50 * probability
    ).reduce((sum, [, prob]) => sum + prob, 0);
    assert(missed < 0.002, `seed ${seed}: ${missed}`);
  }
});

Deno.test("generate() at temperature 0 finds the most probable text that satisfies constraints", () => {
  const texts = allTexts(ENGINE, { temperature: 1 });
  for (const [constraints, tokenizer] of TABLE) {
    const { probs } = conditioned(texts, tokenizer, (text) => isWanted(text, constraints));
    const [best] = [...probs].reduce((a, b) => a[1] >= b[1] ? a : b);
    for (const options of [{ temperature: 0 }, { topK: 1 }, { topP: 0, temperature: 3 }]) {
      const settings = { ...constraints, ...options, numSamples: 2 };
      const found = generate(ENGINE, tokenizer, new Random(1), settings);
      assertEquals(
        Array.from(found, ({ ids }) => ids.join()),
        [best, best],
        shown([constraints, tokenizer, WARM]),
      );
    }
  }
});

Deno.test("generate() gives up if the likeliest tokens do not satisfy the constraints", () => {
  const random = newRandom("no such text");
  const texts = allTexts(ENGINE, { temperature: 1, topK: 2 });
  const ends = [..."abcd"].filter((end) =>
    conditioned(texts, CHARS, (text) => text.endsWith(`${end}${end}`)).probability === 0
  );
  assert(ends.length > 0);
  const options = { temperature: 1, topK: 2, endsWith: ends[0]! + ends[0]! };
  const found = generate(ENGINE, CHARS, random, options);
  assertEquals(found.next(), {
    done: true,
    value: { numFound: 0, numTries: 0, end: "tries", probability: 0 },
  });
});

Deno.test("generate() draws nothing of the caller's random numbers for its bigrams", () => {
  const draw = (seed: number) => {
    const options = { endsWith: "ab", numSamples: 5 };
    return Array.from(generate(ENGINE, CHARS, new Random(seed), options), ({ text }) => text);
  };
  assertEquals(draw(1), draw(1));
  assert(draw(1).join() !== draw(2).join());
});
