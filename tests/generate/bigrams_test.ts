import { assertEquals } from "@std/assert";
import { NgramModel } from "../../lib/evaluate/ngram.ts";
import { Bigrams } from "../../lib/generate/bigrams.ts";
import { assertAllClose } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";

/** q(w | c) for each w. */
function afterContext({ unigrams, backoff, first, tokens, extra }: Bigrams, c: number): number[] {
  const q = Array.from(unigrams, (p) => backoff[c]! * p); // a token, as below
  for (let i = first[c]!; i < first[c + 1]!; i++) q[tokens[i]!]! += extra[i]!;
  return q;
}

Deno.test("Bigrams are those of NgramModel, sharpened by the temperature", () => {
  const random = newRandom("bigrams");
  const vocabSize = 7, bos = 6;
  const documents = Array.from({ length: 50 }, () => {
    const length = random.randbelow(5);
    return [bos, ...Array.from({ length }, () => random.randbelow(5)), bos]; // 5 is never seen
  });
  const models = [1, 2].map((order) => {
    const model = new NgramModel(vocabSize, order);
    for (const tokens of documents) model.count(tokens);
    return model;
  });
  for (const temperature of [1, 0.5, 0.25, 2]) {
    const sharpened = (probs: Float64Array) => {
      const powers = probs.map((p) => p ** (1 / temperature));
      const total = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / total);
    };
    const bigrams = new Bigrams(documents, vocabSize, temperature);
    const what = `temperature ${temperature}`;
    assertAllClose(bigrams.unigrams, sharpened(models[0]!.probabilities([bos])), 1e-12, what);
    for (let c = 0; c < vocabSize; c++) {
      const expected = sharpened(models[1]!.probabilities([bos, c]));
      assertAllClose(afterContext(bigrams, c), expected, 1e-12, `${what}, after ${c}`);
    }
    assertEquals(bigrams.first[6]! - bigrams.first[5]!, 0, "nothing follows what is never seen");
  }
});

Deno.test("Bigrams of no documents are uniform", () => {
  const bigrams = new Bigrams([], 4, 0.5);
  for (let c = 0; c < 4; c++) {
    assertAllClose(afterContext(bigrams, c), [0.25, 0.25, 0.25, 0.25], 1e-15, `after ${c}`);
  }
});
