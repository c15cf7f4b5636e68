import { assert, assertEquals } from "@std/assert";
import { type RunTime, settingsWithin } from "../../lib/auto/budget.ts";
import type { AutoFacts } from "../../lib/auto/facts.ts";
import { type AutoSettings, autoSettings } from "../../lib/auto/settings.ts";

const FACTS: AutoFacts = {
  numDocs: 2000,
  numDistinct: 2000,
  longest: 11,
  meanLength: 6,
  vocabSize: 27,
};

/** A machine whose steps take longer with a wider model. */
const timeOf = ({ nEmbd }: AutoSettings): RunTime => ({ step: nEmbd ** 2 / 256, validations: 0 });

/** The clock of tests in which measuring takes no time. */
const still = () => 0;

Deno.test("settingsWithin() takes all steps of the widest model if there is time", async () => {
  assertEquals(await settingsWithin(FACTS, 1e9, timeOf, {}, still), autoSettings(FACTS));
  assertEquals(await settingsWithin(FACTS, Infinity, timeOf, {}, still), autoSettings(FACTS));
});

Deno.test("settingsWithin() never chooses a narrower model for more time, nor more time than there is", async () => {
  let before = 0;
  const seen = new Set<number>();
  for (let budget = 1; budget < 50_000; budget *= 1.2) {
    const settings = await settingsWithin(FACTS, budget, timeOf, {}, still);
    assert(settings.nEmbd >= before, `${settings.nEmbd} in ${budget} ms`);
    assert(settings.numSteps * timeOf(settings).step <= Math.max(1, budget));
    assert(settings.numSteps <= autoSettings(FACTS, { nEmbd: settings.nEmbd }).numSteps);
    before = settings.nEmbd;
    seen.add(before);
  }
  assertEquals([...seen], [16, 32, 64]);
});

Deno.test("settingsWithin() takes what measuring takes off the time", async () => {
  let time = 0;
  const slow = (settings: AutoSettings) => {
    time += 400;
    return timeOf(settings);
  };
  const { nEmbd, numSteps } = await settingsWithin(FACTS, 1000, slow, { nEmbd: 16 }, () => time);
  assertEquals([nEmbd, numSteps], [16, 600]);
});

Deno.test("settingsWithin() times no model that is hopeless", async () => {
  const timedIn = async (budget: number) => {
    const timed: number[] = [];
    const time = (settings: AutoSettings) => {
      timed.push(settings.nEmbd);
      return timeOf(settings);
    };
    await settingsWithin(FACTS, budget, time, {}, still);
    return timed;
  };
  assertEquals(await timedIn(100), [16]);
  assertEquals(await timedIn(2000), [16, 32]);
  assertEquals(await timedIn(1e6), [16, 32, 64]);
});

Deno.test("settingsWithin() holds nothing out if validating takes too long, unless it must", async () => {
  const slow = (settings: AutoSettings) => ({ ...timeOf(settings), validations: 300 });
  const { valFraction, patience, numSteps } = await settingsWithin(
    FACTS,
    1000,
    slow,
    { nEmbd: 16 },
    still,
  );
  assertEquals([valFraction, patience, numSteps], [undefined, undefined, 1000]);
  const given = await settingsWithin(FACTS, 1000, slow, { nEmbd: 16, valFraction: 0.2 }, still);
  assertEquals([given.valFraction, given.patience, given.numSteps], [0.2, 3, 700]);
});

Deno.test("settingsWithin() keeps what is given, and its steps even if there is no time for them", async () => {
  const given = { nEmbd: 64, batchSize: 2, dtype: "f64" } as const;
  const settings = await settingsWithin(FACTS, 160, timeOf, given, still);
  assertEquals(settings, autoSettings(FACTS, { ...given, numSteps: 10 }));
  const steps = await settingsWithin(FACTS, 160, timeOf, { numSteps: 500 }, still);
  assertEquals([steps.nEmbd, steps.numSteps], [16, 500]);
  const few = await settingsWithin(FACTS, 160, timeOf, { numSteps: 10 }, still);
  assertEquals([few.nEmbd, few.numSteps], [64, 10]);
});

Deno.test("settingsWithin() tries widths that a given number of heads divides, each once", async () => {
  const widthsFor = async (nHead: number) => {
    const widths: number[] = [];
    const watch = (settings: AutoSettings) => {
      widths.push(settings.nEmbd);
      return timeOf(settings);
    };
    const { nEmbd, nHead: kept } = await settingsWithin(FACTS, 1e9, watch, { nHead }, still);
    assertEquals([nEmbd % nHead, kept], [0, nHead]);
    return widths;
  };
  assertEquals(await widthsFor(3), [18, 33, 66]);
  assertEquals(await widthsFor(64), [64]);
  assertEquals(autoSettings(FACTS, { nHead: 3 }).nEmbd, 66);
});
