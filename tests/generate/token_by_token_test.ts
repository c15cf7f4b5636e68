import { assert, assertEquals } from "@std/assert";
import { initWeights } from "../../lib/config.ts";
import { createEngine } from "../../lib/create_engine.ts";
import { tokenByToken } from "../../lib/generate/token_by_token.ts";
import { chooseToken } from "../../lib/generate/token_choice.ts";
import { Random } from "../../lib/random.ts";
import { sampleIds } from "../../lib/sample.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("tokenByToken() draws from the likeliest tokens", () => {
  const engine = new FakeEngine({ blockSize: 60 }, () => [0.3, 0.1, 0.2]);
  const draw = (options: { topK?: number; topP?: number }) =>
    tokenByToken(engine, new Random(1), 1, options)();
  assertEquals(draw({ topK: 1 }), new Array(60).fill(0));
  assertEquals(draw({ topP: 0.1 }), new Array(60).fill(0));
  assert(!draw({ topK: 2 }).includes(1));
});

Deno.test("tokenByToken() is led by a guide for each text, and tells it all but BOS", () => {
  const engine = new FakeEngine({ blockSize: 9 }, () => [0, 1, 2]);
  const script = [[1, 1, 0], [1, 0, 0], [0, 0, 1]];
  const told: number[][] = [];
  const newGuide = () => {
    const ids: number[] = [];
    told.push(ids);
    return {
      get allowed() {
        return script[ids.length]!; // three tokens are allowed
      },
      append: (id: number) => ids.push(id),
    };
  };
  const draw = tokenByToken(engine, new Random(1), 0, { newGuide });
  assertEquals([draw(), draw()], [[1, 0], [1, 0]]);
  assertEquals(told.slice(-2), [[1, 0], [1, 0]]);
  const alwaysTwo = () => ({ allowed: [1, 1, 0], append() {} });
  assertEquals(
    tokenByToken(engine, new Random(1), 0, { newGuide: alwaysTwo })(),
    new Array(9).fill(1),
    "to the end of the block",
  );
});

Deno.test("tokenByToken() draws what one token after the other does, bit for bit", () => {
  const config = { vocabSize: 7, nLayer: 2, nEmbd: 8, nHead: 2, blockSize: 6 };
  const weights = initWeights(config, new Random(2)).map((w) => 8 * w);
  const filters = [{}, { topK: 3 }, { topP: 0.7 }, { allowed: [1, 0, 1, 0, 1, 1, 1] }];
  for (const dtype of ["f64", "f32"] as const) {
    for (const temperature of [0, 0.5, 2]) {
      for (const { allowed, ...filter } of filters) {
        const what = `${dtype}, ${temperature}, ${JSON.stringify({ allowed, ...filter })}`;
        const engine = createEngine("wasm", config, weights, dtype);
        const plain = createEngine("wasm", config, weights, dtype);
        const seed = newRandom(what).getrandbits(32);
        const ours = new Random(seed), theirs = new Random(seed);
        const newGuide = allowed && (() => ({ allowed, append() {} }));
        const draw = tokenByToken(engine, ours, temperature, { ...filter, newGuide });
        for (let i = 0; i < 200; i++) {
          const choose = (logits: ArrayLike<number>) =>
            chooseToken(logits, temperature, theirs, { ...filter, allowed });
          assertEquals(draw(), sampleIds(plain, 6, choose), `${what}, text ${i}`);
        }
        assertEquals(ours.getstate(), theirs.getstate(), `as many numbers: ${what}`);
      }
    }
  }
});
