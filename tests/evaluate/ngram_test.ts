import { assert, assertEquals } from "@std/assert";
import type { Tokens } from "../../lib/engine.ts";
import { Docs } from "../../lib/docs.ts";
import { NgramModel } from "../../lib/evaluate/ngram.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { assertAllClose, assertClose } from "../helpers/assert.ts";
import { fileNeed, NAMES_NEED, needing } from "../helpers/needs.ts";
import { ROOT } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";
import reference from "../testdata/ngram.json" with { type: "json" };

const [A, B, BOS] = [0, 1, 2] as const;

/** Trains n-gram models of all orders up to the highest. */
function trainNgrams(docs: readonly Tokens[], vocabSize: number, order: number): NgramModel {
  const model = new NgramModel(vocabSize, order);
  for (const tokens of docs) model.count(tokens);
  return model;
}

Deno.test("NgramModel agrees with what is computed by hand", () => {
  const model = (order: number) => trainNgrams([[BOS, A, B, BOS], [BOS, A, BOS]], 3, order);
  // Of 5 tokens a is 2, b 1, BOS 2: 3 different ones.
  const one = [(2 + 3 / 3) / 8, (1 + 3 / 3) / 8, (2 + 3 / 3) / 8];
  const table: [string, number, number[], number[]][] = [
    ["1-gram", 1, [BOS], one],
    ["1-gram, whatever was before", 1, [BOS, A, B, B], one],
    ["2-gram, after BOS: a twice", 2, [BOS], [
      (2 + one[0]!) / 3,
      (0 + one[1]!) / 3,
      (0 + one[2]!) / 3,
    ]],
    ["2-gram, after a: b and BOS", 2, [BOS, A], [
      (0 + 2 * one[0]!) / 4,
      (1 + 2 * one[1]!) / 4,
      (1 + 2 * one[2]!) / 4,
    ]],
    ["2-gram, after b: BOS", 2, [BOS, A, B], [
      (0 + one[0]!) / 2,
      (0 + one[1]!) / 2,
      (1 + one[2]!) / 2,
    ]],
    ["3-gram, after BOS a: b and BOS", 3, [BOS, A], [
      (0 + 2 * 0.1875) / 4,
      (1 + 2 * 0.375) / 4,
      (1 + 2 * 0.4375) / 4,
    ]],
    ["3-gram, after BOS b, which was never: as after b", 3, [BOS, B], [
      0.1875,
      0.125,
      0.6875,
    ]],
    ["3-gram at the beginning: as the 2-gram", 3, [BOS], [2.375 / 3, 0.25 / 3, 0.375 / 3]],
  ];
  for (const [name, order, context, expected] of table) {
    assertAllClose(model(order).probabilities(context), expected, 1e-15, name);
  }
  // a b BOS, after BOS, BOS a, and a b
  const losses = [
    Math.log(3),
    -Math.log(one[0]! * one[1]! * one[2]!) / 3,
    -Math.log(2.375 / 3 * 0.375 * 0.6875) / 3,
    -Math.log(2.375 / 3 * 0.4375 * (1 + 0.6875) / 2) / 3,
  ];
  assertAllClose(model(3).losses([BOS, A, B, BOS]), losses, 1e-15, "losses");
});

Deno.test("NgramModel is uniform before it has seen a document", () => {
  const model = new NgramModel(4, 5);
  assertAllClose(model.losses([3, 0, 1, 3]), Array(6).fill(Math.log(4)), 1e-15, "losses");
  assertEquals([...model.probabilities([3, 0])], [0.25, 0.25, 0.25, 0.25]);
  assertEquals([...model.probabilities([])], [0.25, 0.25, 0.25, 0.25]);
});

Deno.test("NgramModel predicts the BOS at the end of a document, and not the first one", () => {
  const model = trainNgrams([[BOS, BOS], [BOS, A, BOS]], 3, 5);
  // Predicted were BOS, a, BOS; after a BOS, a BOS and an a.
  const one = [(1 + 2 / 3) / 5, 2 / 3 / 5, (2 + 2 / 3) / 5];
  const two = one.map((p, token) => ([1, 0, 1][token]! + 2 * p) / 4);
  assertAllClose(model.probabilities([]), one, 1e-15, "after nothing");
  assertAllClose(model.probabilities([BOS]), two, 1e-15, "after BOS");
  assertEquals(model.probabilities([A, BOS]), model.probabilities([BOS]), "nothing after an end");
});

/** pₙ(token | the tokens before it), by counting all over again. */
function slowProbability(
  docs: readonly number[][],
  vocabSize: number,
  before: readonly number[],
  token: number,
  order: number,
): number {
  if (order === 0) return 1 / vocabSize;
  const lower = slowProbability(docs, vocabSize, before, token, order - 1);
  const n = order - 1;
  if (n > before.length) return lower;
  const context = before.slice(before.length - n);
  const followers: number[] = [];
  for (const doc of docs) {
    for (let i = Math.max(1, n); i < doc.length; i++) {
      if (context.every((c, k) => doc[i - n + k] === c)) followers.push(doc[i]!); // i < length
    }
  }
  if (followers.length === 0) return lower;
  const types = new Set(followers).size;
  const count = followers.filter((follower) => follower === token).length;
  return (count + types * lower) / (followers.length + types);
}

/** Documents with BOS, the last token, at both ends. */
function randomDocs(random: Random, numDocs: number, vocabSize: number, maxLength: number) {
  const bos = vocabSize - 1;
  return Array.from({ length: numDocs }, () => {
    const length = random.randbelow(maxLength + 1);
    const middle = Array.from({ length }, () => Math.floor(bos * random.random() ** 2));
    return [bos, ...middle, bos];
  });
}

Deno.test("NgramModel agrees with counting all over again, on random documents", () => {
  const random = newRandom("slow n-grams");
  for (let round = 0; round < 40; round++) {
    const vocabSize = 2 + random.randbelow(6), order = 1 + random.randbelow(6);
    const docs = randomDocs(random, random.randbelow(12), vocabSize, 10);
    const model = trainNgrams(docs, vocabSize, order);
    for (const doc of randomDocs(random, 3, vocabSize, 10)) {
      const losses = new Float64Array(order + 1);
      for (let i = 1; i < doc.length; i++) {
        const before = doc.slice(0, i);
        const slow = Array.from(
          losses,
          (_, n) => slowProbability(docs, vocabSize, before, doc[i]!, n), // i < length
        );
        slow.forEach((p, n) => losses[n]! -= Math.log(p) / (doc.length - 1)); // n <= order
        const p = model.probabilities(before)[doc[i]!]!;
        assertClose(p, slow[order]!, 1e-14, `[${before}] ${doc[i]}`);
      }
      assertAllClose(model.losses(doc), losses, 1e-13, `[${doc}]`);
    }
  }
});

Deno.test("NgramModel.probabilities() sums to 1, in any context", () => {
  const random = newRandom("sums");
  for (const vocabSize of [1, 2, 5, 27, 300]) {
    for (const order of [1, 2, 3, 5, 9]) {
      const model = trainNgrams(randomDocs(random, 200, vocabSize, 12), vocabSize, order);
      for (let i = 0; i < 20; i++) {
        const [doc] = randomDocs(random, 1, vocabSize, 12);
        const probs = model.probabilities(doc!.slice(0, -1)); // one was asked for
        assertEquals(probs.length, vocabSize);
        assert(probs.every((p) => p > 0 && p <= 1));
        assertClose(probs.reduce((a, b) => a + b), 1, 1e-12, `[${doc}]`);
      }
    }
  }
});

Deno.test("NgramModel.losses() are those of the models of each order", () => {
  const random = newRandom("orders");
  const docs = randomDocs(random, 100, 9, 8);
  const [doc] = randomDocs(random, 1, 9, 8);
  const five = trainNgrams(docs, 9, 5).losses(doc!); // one was asked for
  for (let order = 1; order <= 5; order++) {
    assertEquals(trainNgrams(docs, 9, order).losses(doc!), five.slice(0, order + 1));
  }
});

Deno.test("NgramModel holds many n-grams of a large vocabulary", () => {
  const vocabSize = 50_000, bos = vocabSize - 1;
  // Each token has one that always follows it, and 40,000 documents tell which.
  const follower = (token: number) => (token * 7 + 3) % bos;
  const document = (token: number) => [bos, token, follower(token), follower(follower(token)), bos];
  const docs = Array.from({ length: 40_000 }, (_, token) => document(token));
  const model = trainNgrams(docs, vocabSize, 5);
  for (const token of [0, 1, 17, 39_999]) {
    const losses = model.losses(document(token));
    assertClose(losses[0]!, Math.log(vocabSize), 1e-12, "uniform");
    const ps = [1, 2, 3, 4].map((i) =>
      slowProbability(docs, vocabSize, document(token).slice(0, i), document(token)[i]!, 5)
    );
    assertClose(losses[5]!, -ps.reduce((total, p) => total + Math.log(p), 0) / 4, 1e-12, "5-gram");
  }
});

for (const [file, expected] of Object.entries(reference)) {
  const path = `${ROOT}/datasets/${file}`;
  const need = file === "names.txt" ? NAMES_NEED : fileNeed(path);
  Deno.test(
    needing(need, `NgramModel has the losses that Python computes on ${file}`),
    async () => {
      // As testdata/README.md says: code points of these lists sort as UTF-16 does.
      const texts = [...new Set(Docs.parse(await Deno.readFile(path)))].sort();
      new Random(42).shuffle(texts);
      const tokenizer = Tokenizer.fromDocs(Docs.from(texts));
      const docs = texts.map((text) => tokenizer.encodeDocument(text));
      const numVal = Math.round(0.1 * docs.length);
      const model = trainNgrams(docs.slice(numVal), tokenizer.vocabSize, 5);
      const totals = new Float64Array(6);
      let numTokens = 0;
      for (const tokens of docs.slice(0, numVal)) {
        const n = tokens.length - 1;
        model.losses(tokens).forEach((loss, order) => totals[order]! += n * loss); // as many
        numTokens += n;
      }
      assertAllClose(totals.map((total) => total / numTokens), expected, 1e-9, file);
    },
  );
}
