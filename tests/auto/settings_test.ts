import { assert, assertEquals } from "@std/assert";
import type { AutoFacts } from "../../lib/auto/facts.ts";
import { autoSettings, rateFor, usefulWidths } from "../../lib/auto/settings.ts";
import { assertFits } from "../../lib/create_engine.ts";

/** A list of words of so many letters each. */
function listOf(numDistinct: number, changed: Partial<AutoFacts> = {}): AutoFacts {
  const words = { numDocs: numDistinct, numDistinct, longest: 11, meanLength: 6, vocabSize: 27 };
  return { ...words, ...changed };
}

/** Lists of all sizes, of short and long lines, of alphabets and of syllables. */
function* manyLists(): Generator<AutoFacts> {
  for (const numDistinct of [1, 2, 9, 10, 11, 49, 50, 199, 200, 1000, 29_494, 1e6, 1e8]) {
    for (const longest of [1, 15, 254, 255, 256, 100_000]) {
      for (const vocabSize of [2, 27, 141, 5000]) {
        yield listOf(numDistinct, { longest, meanLength: (1 + longest) / 2, vocabSize });
      }
    }
  }
}

Deno.test("autoSettings() chooses settings that are possible, for any list", () => {
  for (const facts of manyLists()) {
    const settings = autoSettings(facts);
    const { nEmbd, nHead, numSteps, batchSize, learningRate, valFraction, patience } = settings;
    assertFits("wasm", { ...settings, vocabSize: facts.vocabSize }, settings.dtype); // throws if not
    assertEquals(nEmbd % nHead, 0);
    assert(Number.isSafeInteger(numSteps) && numSteps >= 20 && numSteps <= 20_000, `${numSteps}`);
    assert(batchSize >= 1 && learningRate > 0 && learningRate <= 0.04);
    assertEquals(valFraction === undefined, patience === undefined);
    const numHeldOut = Math.round((valFraction ?? 0) * facts.numDistinct);
    assert(valFraction === undefined || numHeldOut >= 20, `${numHeldOut} held out`);
  }
});

Deno.test("autoSettings() makes the block as long as the longest document and its end", () => {
  for (const [longest, blockSize] of [[1, 2], [15, 16], [254, 255], [255, 256], [9999, 256]]) {
    assertEquals(autoSettings(listOf(1000, { longest: longest! })).blockSize, blockSize);
  }
});

Deno.test("autoSettings() holds out a tenth, of a long list less, of a short one nothing", () => {
  const table = [[999, undefined], [1000, 0.1], [19_999, 0.1], [20_000, 0.05], [
    1e6,
    0.002,
  ]] as const;
  for (const [numDistinct, valFraction] of table) {
    assertEquals(autoSettings(listOf(numDistinct)).valFraction, valFraction);
  }
});

Deno.test("autoSettings() takes more steps for longer lists, and never a wider model for shorter ones", () => {
  const sizes = [1, 10, 49, 50, 100, 199, 200, 500, 1000, 5000, 30_000, 1e6];
  const chosen = sizes.map((size) => autoSettings(listOf(size)));
  chosen.slice(1).forEach((settings, i) => {
    const { nEmbd, batchSize, numSteps } = chosen[i]!; // one fewer
    assert(settings.nEmbd >= nEmbd);
    if (settings.nEmbd > nEmbd) return; // a wider model needs fewer
    assert(settings.batchSize * settings.numSteps >= batchSize * numSteps);
  });
});

Deno.test("autoSettings() keeps what is given, and fits the rest to it", () => {
  const facts = listOf(1000);
  const given = {
    blockSize: 5,
    nLayer: 2,
    nEmbd: 10,
    nHead: 5,
    batchSize: 3,
    numSteps: 7,
    learningRate: 0.5,
    dtype: "f64",
    valFraction: 0.3,
    patience: 9,
  } as const;
  assertEquals(autoSettings(facts, given), given);
  for (const [nEmbd, nHead] of [[10, 2], [7, 1], [12, 4], [128, 4]] as const) {
    const settings = autoSettings(facts, { nEmbd });
    assertEquals([settings.nEmbd, settings.nHead], [nEmbd, nHead]);
    const { batchSize, numSteps } = settings;
    assertEquals(settings.learningRate, rateFor(nEmbd, batchSize, numSteps));
  }
  const { numSteps } = autoSettings(facts);
  assertEquals(autoSettings(facts, { batchSize: 16 }).numSteps, numSteps / 2);
  assertEquals(autoSettings(listOf(20), { valFraction: 0.5 }).patience, 3);
  assertEquals(autoSettings(listOf(20), { patience: 1 }).valFraction, 0.1);
});

Deno.test("rateFor() falls with the width and the length, and rises with the batch", () => {
  for (const width of [16, 32, 64, 128]) {
    for (const batch of [1, 2, 8, 32, 128]) {
      for (const steps of [10, 1000, 20_000]) {
        const rate = rateFor(width, batch, steps);
        assert(rate >= rateFor(2 * width, batch, steps));
        assert(rate >= rateFor(width, batch, 2 * steps));
        assert(rate <= rateFor(width, 2 * batch, steps));
      }
    }
  }
  assertEquals([16, 32, 64].map((width) => rateFor(width, 8, 1000)), [0.01, 0.01, 0.005]);
  assertEquals([16, 32, 64].map((width) => rateFor(width, 8, 16_000)), [0.004, 0.004, 0.002]);
});

Deno.test("usefulWidths() is narrow for few documents, and for few examples of each character", () => {
  assertEquals(usefulWidths(listOf(10)), [16]);
  assertEquals(usefulWidths(listOf(100)), [16, 32]);
  assertEquals(usefulWidths(listOf(1000)), [16, 32, 64]);
  assertEquals(usefulWidths(listOf(30_000)), [16, 32, 64, 128]);
  assertEquals(usefulWidths(listOf(490, { meanLength: 2, vocabSize: 141 })), [16]);
  assertEquals(usefulWidths(listOf(100, { meanLength: 2, vocabSize: 86 })), [16]);
  assertEquals(usefulWidths(listOf(100, { meanLength: 3.2, vocabSize: 55 })), [16, 32]);
});
