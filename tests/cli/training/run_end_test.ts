/** The last line of training: what was done, where it is, what to do next. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertSaved, summaryOf } from "../../../lib/cli/training/run_end.ts";
import { assertFails } from "../../helpers/assert.ts";
import { TINY, withNames } from "../../helpers/tiny.ts";
import { asMicrogpt, resultsOf, runMain } from "../../helpers/tool.ts";

Deno.test("summaryOf() says how long the steps took, and what to do next", async () => {
  const unsaved = { wanted: undefined, saved: undefined };
  const table: [number, number, string][] = [
    [1000, 38.4, "1000 steps in 0.038 s, 26042 steps/s"],
    [1000, 9994, "1000 steps in 10 s, 100 steps/s"],
    [10, 9949, "10 steps in 9.9 s, 1 steps/s"],
    [10, 59_400, "10 steps in 59 s, 0.17 steps/s"],
    [1000, 125_000, "1000 steps in 2 min 5 s, 8 steps/s"],
    [1000, 3_725_000, "1000 steps in 1 h 2 min, 0.27 steps/s"],
    [1, 2500, "1 step in 2.5 s"],
    [5, 0, "5 steps in 0 s"],
  ];
  for (const [steps, time, expected] of table) {
    const text = await summaryOf({ steps, time, ...unsaved });
    assertEquals(text, `${expected}: --save FILE would keep the model`);
  }
  const ends: [string | undefined, string | undefined, string][] = [
    ["m", "m", "saved in m: microgpt sample m"],
    ["m", "a b", 'saved in "a b": microgpt sample "a b"'],
    ["m", undefined, "the model is not saved"],
  ];
  for (const [wanted, saved, expected] of ends) {
    const text = await summaryOf({ steps: 1, time: 1000, wanted, saved });
    assertEquals(asMicrogpt(text), `1 step in 1 s: ${expected}`);
  }
});

Deno.test("assertSaved() throws unless the run is where it was to be", () => {
  const end = { steps: 1, time: 1 };
  assertSaved({ ...end, wanted: undefined, saved: undefined });
  assertSaved({ ...end, wanted: "m", saved: "m" });
  for (const saved of [undefined, "other"]) {
    const message = "The model is not in m: see the error above";
    assertFails(() => assertSaved({ ...end, wanted: "m", saved }), Error, message);
  }
});

Deno.test("microgpt ends with one line about the run on stderr, but not with --quiet", async () => {
  await withNames(async (dir, names) => {
    const path = `${dir}/model`, keepsSummary = true;
    const stdout = await resultsOf([...TINY, names]);
    for (const isTerminal of [false, true]) {
      const { stderr } = await runMain([...TINY, names], { isTerminal, keepsSummary });
      assertMatch(stderr, /(^|J)3 steps in .* s.*: --save FILE would keep the model\n$/);
    }
    const saved = await runMain([...TINY, "--save", path, names], { keepsSummary });
    assertEquals([saved.code, saved.stdout], [0, stdout]);
    assertMatch(saved.stderr, /^3 steps in .*\n$/);
    assert(saved.stderr.endsWith(`: saved in ${path}: microgpt sample ${path}\n`), saved.stderr);
    const more = await runMain(["--resume", path, "--num-steps", "5"], { keepsSummary });
    assertMatch(more.stderr, /^2 steps in .*: saved in /, "those of this program");
    const none = await runMain(["--resume", path], { keepsSummary });
    const done = "All 5 steps of this run are done: give a larger --num-steps to train on\n";
    assertEquals(none.stderr, done);
    const quiet = await runMain([...TINY, "--save", path, "--quiet", names], { keepsSummary });
    assertEquals(quiet, { code: 0, stdout, stderr: "" });
  });
});
