import { assertEquals } from "@std/assert";
import { Adam, ADAM_DEFAULTS, linearDecay } from "../lib/optim.ts";
import { Value } from "../lib/value.ts";
import { assertAllClose, assertFails } from "./helpers/assert.ts";
import runs from "./testdata/adam.json" with { type: "json" };

// pow() differs between math libraries in the last place: a few ε in some steps.
const TOLERANCE = 1e-14;

for (const { beta1, beta2, eps, learningRate, numSteps, first, steps } of runs) {
  Deno.test(`Adam.step() computes what Python computes with beta1 ${beta1}, eps ${eps}`, () => {
    const params = first.map((x) => new Value(x));
    const adam = new Adam(params.length, { beta1, beta2, eps });
    steps.forEach(({ grads, params: expected, m, v }, step) => {
      params.forEach((p, i) => p.grad = grads[i]!); // as many as params
      adam.step(params, linearDecay(learningRate, step, numSteps));
      const data = params.map((p) => p.data);
      assertAllClose(data, expected, TOLERANCE, `parameters after step ${step}`);
      assertAllClose(adam.m, m, TOLERANCE * 100, `m after step ${step}`); // of size 100
      assertAllClose(adam.v, v, TOLERANCE * 10_000, `v after step ${step}`); // of size 10,000
      assertEquals(params.map((p) => p.grad), first.map(() => 0), "the gradients are 0 again");
    });
    assertEquals(adam.steps, numSteps);
  });
}

Deno.test("Adam() takes microgpt.py's constants unless others are given", () => {
  assertEquals(ADAM_DEFAULTS, { beta1: 0.85, beta2: 0.99, eps: 1e-8 });
  const step = (adam: Adam) => {
    const p = new Value(1);
    p.grad = 3;
    adam.step([p], 0.1);
    p.grad = -1;
    adam.step([p], 0.1);
    return p.data;
  };
  const expected = step(new Adam(1, { beta1: 0.85, beta2: 0.99, eps: 1e-8 }));
  assertEquals(step(new Adam(1)), expected);
  assertEquals(step(new Adam(1, { beta1: 0.85 })), expected);
});

Deno.test("Adam.step() leaves a parameter whose gradient was always 0", () => {
  const p = new Value(0.25);
  const adam = new Adam(1);
  for (let i = 0; i < 3; i++) adam.step([p], 0.01);
  assertEquals(p.data, 0.25);
});

Deno.test("Adam.step() throws on another number of parameters, and changes nothing", () => {
  const adam = new Adam(2);
  for (const n of [0, 1, 3]) {
    const params = Array.from({ length: n }, () => new Value(1));
    assertFails(
      () => adam.step(params, 0.01),
      TypeError,
      `Cannot update the parameters: Adam has buffers for 2: ${n} are given`,
    );
    assertEquals(adam.steps, 0);
  }
});

Deno.test("linearDecay() falls in a straight line towards 0", () => {
  const table: [number, number, number, number][] = [
    [0.01, 0, 1000, 0.01],
    [0.01, 500, 1000, 0.005],
    [0.01, 999, 1000, 0.01 * (1 - 999 / 1000)],
    [0.01, 1000, 1000, 0],
    [3, 0, 1, 3],
    [8, 1, 4, 6],
  ];
  for (const [rate, step, numSteps, expected] of table) {
    assertEquals(linearDecay(rate, step, numSteps), expected, `step ${step} of ${numSteps}`);
  }
});
