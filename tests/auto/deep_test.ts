import { assert, assertEquals } from "@std/assert";
import { type RunTime, settingsWithin } from "../../lib/auto/budget.ts";
import { deepChoices } from "../../lib/auto/deep.ts";
import type { AutoFacts } from "../../lib/auto/facts.ts";
import { type AutoSettings, autoSettings } from "../../lib/auto/settings.ts";
import { createEngine } from "../../lib/create_engine.ts";
import { initWeights } from "../../lib/config.ts";
import { Docs } from "../../lib/docs.ts";
import { Random } from "../../lib/random.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { train } from "../../lib/trainer.ts";

/** A list as long as names.txt. */
const FACTS: AutoFacts = {
  numDocs: 32_033,
  numDistinct: 29_494,
  longest: 15,
  meanLength: 6.2,
  vocabSize: 27,
};

/** A machine whose steps take the time of their multiplications. */
const timeOf = ({ nLayer, nEmbd, batchSize }: AutoSettings): RunTime => ({
  step: nLayer * nEmbd ** 2 * batchSize / 78_000,
  validations: 0,
});

const still = () => 0;

/** The settings of the widest deep model. */
const widest = (given: Partial<AutoSettings> = {}) => deepChoices(FACTS).at(-1)!.settings(given); // there are some

/** The settings for a time in seconds, on that machine. */
const within = (seconds: number, given: Partial<AutoSettings> = {}, facts = FACTS) =>
  settingsWithin(facts, 1000 * seconds, timeOf, given, still);

Deno.test("settingsWithin() chooses a deep model for a long list, the wider one where there is time", async () => {
  for (const [seconds, width] of [[30, 64], [60, 64], [110, 96]] as const) {
    const { nLayer, nEmbd, batchSize, numSteps, reshuffle, lossMean } = await within(seconds);
    assertEquals([nLayer, nEmbd, batchSize], [4, width, 64]);
    assertEquals([reshuffle, lossMean], [true, "token"]);
    assert(numSteps > 2000 && numSteps <= widest().numSteps, `${numSteps}`);
  }
  assertEquals(await within(1e6), widest());
});

Deno.test("settingsWithin() chooses no deep model without time, for a shorter list, or if sizes are given", async () => {
  for (const seconds of [0.1, 1, 3]) {
    assertEquals((await within(seconds)).nLayer, 1, `${seconds} s`);
  }
  const shorter = { ...FACTS, numDocs: 9999, numDistinct: 9999 };
  assertEquals(await within(1e6, {}, shorter), autoSettings(shorter));
  assertEquals((await within(1e6, { nLayer: 1 })).nEmbd, 128);
  assertEquals((await within(1e6, { nLayer: 2 })).lossMean, undefined);
  assertEquals(await within(1e6, { nEmbd: 64 }), autoSettings(FACTS));
  assertEquals((await within(1e6, { numSteps: 500 })).nLayer, 1);
});

Deno.test("settingsWithin() neither measures a deep model that is hopeless nor a wide one beside it", async () => {
  const timedIn = async (seconds: number) => {
    const timed: string[] = [];
    const watch = (settings: AutoSettings) => {
      timed.push(`${settings.nLayer} x ${settings.nEmbd}`);
      return timeOf(settings);
    };
    await settingsWithin(FACTS, 1000 * seconds, watch, {}, still);
    return timed;
  };
  assertEquals(await timedIn(5), ["1 x 16", "1 x 32", "1 x 64"]);
  assertEquals(await timedIn(1e6), ["1 x 16", "1 x 32", "1 x 64", "4 x 64", "4 x 96"]);
});

Deno.test("deepSettings() keeps what is given, and fits the rest to it", () => {
  const given = {
    batchSize: 16,
    numSteps: 50,
    learningRate: 0.01,
    schedule: "cosine",
    warmup: 3,
    weightDecay: 0,
    lossMean: "document",
    reshuffle: false,
    ema: 0.5,
    dtype: "f64",
  } as const;
  const settings = widest(given);
  assertEquals({ ...settings, ...given }, settings);
  assertEquals(widest({ batchSize: 32 }).numSteps, 2 * widest().numSteps);
  assertEquals([2500, 5000, 8000].map((numSteps) => widest({ numSteps }).ema), [
    0.996,
    0.998,
    0.999,
  ]);
});

Deno.test("deepSettings() chooses settings that can be trained with, however few the steps", () => {
  const docs = Docs.from(["anna", "bob"]), tokenizer = Tokenizer.fromDocs(docs);
  for (const numSteps of [1, 2, 10, 21]) {
    const settings = { ...widest({ numSteps, batchSize: 2 }), nEmbd: 8 };
    const config = { ...settings, vocabSize: tokenizer.vocabSize };
    const engine = createEngine("wasm", config, initWeights(config, new Random(1)), "f32");
    const steps = [...train(engine, tokenizer, docs, settings)];
    assertEquals(steps.length, numSteps);
  }
});

Deno.test("a deep model has a falling rate in a short run, else a constant one and an average", () => {
  for (const [numSteps, schedule, rate] of [[1300, "linear", 2], [4000, "constant", 1]] as const) {
    for (const { settings } of deepChoices(FACTS)) {
      const found = settings({ numSteps });
      assertEquals(found.schedule, schedule);
      assertEquals(found.ema !== undefined, schedule === "constant");
      assertEquals(found.learningRate, rate * settings({}).learningRate);
    }
  }
});

Deno.test("deepChoices() are for a long list, and free sizes", () => {
  const numChoices = (given: Partial<AutoSettings>, facts = FACTS) =>
    deepChoices(facts, given).length;
  assertEquals(numChoices({ batchSize: 8, nHead: 2 }), 2);
  assertEquals(numChoices({ nLayer: 4 }), 0);
  assertEquals(numChoices({ nEmbd: 64 }), 0);
  assertEquals(numChoices({}, { ...FACTS, numDistinct: 9999 }), 0);
});

Deno.test("deepChoices() have widths that a given number of heads divides", () => {
  for (const nHead of [1, 3, 4, 5, 7]) {
    for (const { settings } of deepChoices(FACTS, { nHead })) {
      assertEquals(settings({ nHead }).nEmbd % nHead, 0, `${nHead}`);
    }
  }
});
