/** The way of the weights over a run: which moments are kept. */

import { assert, assertEquals } from "@std/assert";
import { Trail } from "../../lib/playground/worker/trail.ts";

const WEIGHTS = Float64Array.of(1, 2, 3);

/** The steps at which the weights of a run are kept. */
function stepsKept(trail: Trail, from: number, numSteps: number): number[] {
  for (let step = from; step <= numSteps; step++) {
    trail.notice(step, numSteps, () => WEIGHTS.map((w) => w + step));
  }
  return trail.moments.map(({ step }) => step);
}

Deno.test("a trail keeps the weights at a hundred moments, each a copy", () => {
  const trail = new Trail(WEIGHTS);
  const steps = stepsKept(trail, 1, 1000);
  assertEquals(steps, Array.from({ length: 101 }, (_, k) => 10 * k));
  assertEquals(trail.moments[0]?.weights, Float32Array.of(1, 2, 3));
  assertEquals(trail.moments[7]?.weights, Float32Array.of(71, 72, 73));
});

Deno.test("a trail of a run that is made longer stays short, from the first step to the last ones", () => {
  const trail = new Trail(WEIGHTS);
  let from = 1;
  for (const numSteps of [1000, 2000, 3000, 10_000, 100_000]) {
    const steps = stepsKept(trail, from, numSteps);
    from = numSteps + 1;
    assertEquals(steps[0], 0);
    assert((steps.at(-1) ?? 0) > 0.98 * numSteps, `the last is step ${steps.at(-1)}`);
    assert(steps.length <= 102 && steps.length > 50, `${steps.length} moments`);
  }
});

Deno.test("a trail of a large model takes no more memory than it may", () => {
  const trail = new Trail(new Float64Array(4e6));
  assertEquals(stepsKept(trail, 1, 100).length, 5); // of 16 MB, and the first one
});
