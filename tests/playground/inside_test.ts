/** The room Look inside without a browser: what its worker says of the model. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { apart } from "../../lib/playground/rooms/apart.ts";
import { ordinal, surprisesOf } from "../../lib/playground/rooms/surprise.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";
import { mainAxes, projected } from "../../lib/playground/worker/main_axes.ts";
import { Random } from "../../lib/random.ts";
import { assertAllClose, assertClose } from "../helpers/assert.ts";
import { ROOT } from "../helpers/paths.ts";
import { stopped, withWorker } from "../helpers/playground_worker.ts";

const BYTES = await Deno.readFile(`${ROOT}/datasets/english_names.txt`);

const SETTINGS: Settings = { ...ORIGINAL, numSteps: 40, nLayer: 2, blockSize: 10 };

Deno.test("a look has what the model computes for a text, its end, and what is too long", async () => {
  await withWorker(async (client) => {
    await client.call("open", BYTES, SETTINGS);
    const wish = {
      numSamples: 1,
      temperature: 1,
      topK: undefined,
      topP: undefined,
      new: false,
      unique: false,
    };
    const look = await client.call("look", "anna");
    assertEquals([look.ids, look.numRead, look.isCut], [[26, 0, 13, 13, 0, 26], 5, false]);
    for (const [t, logits] of look.logits.entries()) {
      const { choice } = await client.call("next", wish, look.ids.slice(1, t + 1));
      assertAllClose(logits, choice?.logits ?? [], 1e-12, `logits at ${t}`);
    }
    assertEquals(
      look.attention.map((layer) => layer.map((head) => head.map((row) => row.length))),
      Array(2).fill(Array(4).fill([1, 2, 3, 4, 5])),
    );
    const rows = look.attention.flat(2);
    assertAllClose(
      rows.map((row) => row.reduce((a, b) => a + b)),
      Array(40).fill(1),
      1e-12,
      "rows",
    );
    assertEquals(look.norms.length, 6);
    assertAllClose(look.norms[1] ?? [], Array(5).fill(4), 0.01, "normed");
    const { whole } = await client.call("next", wish, look.ids.slice(1));
    const surprises = surprisesOf(look);
    const logProb = -surprises.reduce((sum, { nats }) => sum + nats, 0);
    assertClose(logProb, whole?.logProb ?? NaN, 1e-9, "log-probability");
    for (const { id, rank, probability, expected } of surprises) {
      assertEquals(expected.length, 3);
      if (rank <= 3) assertEquals(expected[rank - 1], [id, probability]);
      else assert(probability < expected[2]![1]);
    }
    const cut = await client.call("look", "annaannaanna");
    assertEquals([cut.ids.length, cut.numRead, cut.isCut], [11, 10, true]);
    assertEquals((await client.call("look", "")).ids, [26, 26]);
    await assertRejects(() => client.call("look", "ß"), Error, "not in the vocabulary");
    assert((await client.call("example")).length >= 4);
  });
});

Deno.test("the embeddings have their way since step 0, and begin anew with the run", async () => {
  await withWorker(async (client) => {
    await client.call("open", BYTES, SETTINGS);
    const fresh = await client.call("embeddings");
    assertEquals([fresh.step, fresh.letters.trail.length], [0, 1]);
    assertEquals([fresh.letters.trail[0]?.length, fresh.positions.trail[0]?.length], [54, 20]);
    for (const until of [10, 40]) {
      const end = stopped(client);
      await client.call("train", until, 40, "full");
      await end;
    }
    const { step, letters } = await client.call("embeddings");
    assertEquals(step, 40);
    assert(letters.trail.length >= 3 && letters.share > 0 && letters.share < 1);
    const [first, , last] = letters.trail;
    assert(first && last && first.some((x, i) => Math.abs(x - last[i]!) > 0.01));
    await client.call("restart");
    assertEquals((await client.call("embeddings")).letters.trail.length, 1);
  });
});

Deno.test("mainAxes() finds the axes of most spread, and turns them to those before", () => {
  const random = new Random(42), n = 6;
  // A cloud with spreads 5, 3 and less along axes that are not those of the dimensions.
  const spreads = [5, 3, 0.5, 0.4, 0.3, 0.2];
  const turn = (v: number[]) => {
    for (let i = 0; i + 1 < n; i++) {
      const [a, b] = [v[i]!, v[i + 1]!];
      v[i] = 0.6 * a - 0.8 * b;
      v[i + 1] = 0.8 * a + 0.6 * b;
    }
    return v.map((x) => x + 7);
  };
  const points = Array.from({ length: 4000 }, () => turn(spreads.map((s) => random.gauss(0, s))))
    .flat();
  const axes = mainAxes(points, n);
  const { first, second, share, mean } = axes;
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  assertAllClose(
    [dot(first, first), dot(second, second), dot(first, second)],
    [1, 1, 0],
    1e-9,
    "axes",
  );
  assertAllClose(mean, Array(n).fill(7), 0.3, "mean");
  assertClose(share, 34 / 34.54, 0.002, "share");
  const xy = projected(points, axes);
  const spread = (parity: number) =>
    Math.sqrt(xy.filter((_, i) => i % 2 === parity).reduce((sum, x) => sum + x * x, 0) / 4000);
  assertAllClose([spread(0), spread(1)], [5, 3], 0.2, "spread");
  const flipped = { ...axes, first: second.map((x) => -x), second: first };
  const turned = mainAxes(points, n, flipped);
  assertAllClose(turned.first, flipped.first, 1e-3, "first");
  assertAllClose(turned.second, flipped.second, 1e-3, "second");
  assertEquals(mainAxes(Array(12).fill(1), 6).share, 1);
});

Deno.test("apart() moves names that lie on each other, and leaves the others", () => {
  const wanted = [[50, 50], [52, 51], [150, 50], [199, 99]] as const;
  const [a, b, c, d] = apart(wanted, ["a", "b", "c", "end"], 200, 100);
  assert(a && b && Math.abs(a[1] - b[1]) >= 15 || a && b && Math.abs(a[0] - b[0]) >= 12);
  assertEquals([c, d], [[150, 50], [192, 92]]);
});

Deno.test("ordinal() says 1st, 2nd, 3rd, and 11th", () => {
  assertEquals([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal), [
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "112th",
  ]);
});

Deno.test("a weight's next step is the one that is taken then, by Adam's formulas", async () => {
  await withWorker(async (client) => {
    const place = { matrix: "layer1.attn_wv", row: 2, column: 7 };
    await client.call("open", BYTES, { ...SETTINGS, batchSize: 2 });
    let moments = { m: 0, v: 0 };
    for (const until of [1, 2, 3]) {
      const { next, step, weight, m, v, place: found } = await client.call("weight", place);
      assertEquals([step, found], [until - 1, place]);
      assertAllClose([m, v], [moments.m, moments.v], 1e-15, "moments");
      assert(next !== undefined && next.gradient !== 0 && next.numDocs === 2);
      const { gradient: g, mHat, vHat, learningRate } = next;
      assertClose(next.v, 0.99 * v + 0.01 * g ** 2, 1e-12, "v");
      assertClose(learningRate, 0.01 * (1 - step / 40), 1e-15, "learning rate");
      assertClose(
        next.weight,
        weight - learningRate * mHat / (Math.sqrt(vHat) + 1e-8),
        1e-9,
        "step",
      );
      const end = stopped(client);
      await client.call("train", until, 40, "full");
      await end;
      assertEquals((await client.call("weight", place)).weight, next.weight);
      moments = next;
    }
    const end = stopped(client);
    await client.call("train", 40, 40, "full");
    await end;
    assertEquals((await client.call("weight", place)).next, undefined);
    const { place: nearest } = await client.call("weight", { matrix: "x", row: 99, column: 99 });
    assertEquals(nearest, { matrix: "wte", row: 26, column: 15 });
  });
});
