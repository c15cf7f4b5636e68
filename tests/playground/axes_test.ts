import { assertEquals } from "@std/assert";
import { History } from "../../lib/playground/page/history.ts";
import { newList } from "../../lib/playground/page/lists.ts";
import { haveSeveralLists, nameOf } from "../../lib/playground/page/run_names.ts";
import { frameOf, lossLimits, tenths, widened } from "../../lib/playground/rooms/axes.ts";
import type { RunStart } from "../../lib/playground/shared/protocol.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";

const LIST = newList("names.txt", new TextEncoder().encode("anna"));

const START: RunStart = {
  numDocs: 1,
  numValDocs: 1,
  vocabSize: 27,
  numParams: 1,
  symbols: [],
  babble: { step: 0, texts: [] },
  isSlow: false,
};

function run(settings: Partial<Settings> = {}, copy = 0, list = LIST): History {
  const suggested = { ...ORIGINAL, nEmbd: 32 };
  return new History({ list, settings: { ...suggested, ...settings }, copy }, START, suggested);
}

Deno.test("lossLimits() leave room around the baselines, and know what to expect without them", () => {
  const measured = run();
  measured.references = {
    baselines: [{ name: "uniform", loss: 3.2958 }, { name: "5-gram", loss: 2.08 }],
    untrainedLoss: 3.36,
  };
  assertEquals(lossLimits(measured), { low: 1.7, high: 3.5 });
  assertEquals(lossLimits(run()), { low: 1.6, high: 3.5 });
});

Deno.test("widened() grows by halves, and not below 0", () => {
  const limits = { low: 2, high: 3 };
  assertEquals(widened(limits, [2.1, 2.9]), limits);
  assertEquals(widened(limits, [1.9]), { low: 1.5, high: 3 });
  assertEquals(widened(limits, [0.2, 3.6]), { low: 0, high: 4 });
});

Deno.test("frameOf() finds the place of a step, and the step of a place", () => {
  const { left, right, x, stepAt } = frameOf(560, 2000);
  assertEquals([left, right, x(0), x(2000)], [32, 468, 32, 468]);
  assertEquals(stepAt(x(1240)), 1240);
});

Deno.test("tenths() are where the babble is kept", () => {
  assertEquals(tenths(2000).slice(0, 3), [0, 200, 400]);
  assertEquals(tenths(25), [0, 3, 6, 9, 12, 15, 18, 21, 24, 25]);
  assertEquals(tenths(1), [0, 1]);
});

Deno.test("nameOf() names a run by what is different about it", () => {
  const cases: readonly [run: History, hasList: boolean, name: string][] = [
    [run(), false, "as suggested"],
    [run(), true, "names.txt"],
    [run({ nEmbd: 8, seed: 7n }), false, "n embd 8, seed 7"],
    [run({ nEmbd: 8 }, 2), true, "names.txt, n embd 8, copy 2"],
    [run({ nEmbd: 16 }), false, "microgpt.py"],
  ];
  for (const [run, hasList, name] of cases) assertEquals(nameOf(run, hasList), name);
  const other = newList("towns.txt", new TextEncoder().encode("bonn"));
  assertEquals(haveSeveralLists([run(), run({ seed: 7n })]), false);
  assertEquals(haveSeveralLists([run(), run({}, 0, other)]), true);
});

Deno.test("the same list and settings are the same run, whatever the list is called", () => {
  const same = newList("other.txt", LIST.bytes);
  assertEquals(run({}, 0, same).id, run().id);
  const ids = [run(), run({ seed: 7n }), run({ lowercase: true }), run({}, 1)].map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
});
