import { assert, assertEquals } from "@std/assert";
import { trendOf } from "../../lib/plot/trend.ts";
import { assertClose } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";

const line = (length: number, loss: (i: number) => number) =>
  Float64Array.from({ length }, (_, i) => loss(i));

Deno.test("trendOf() gives a point a loss, or as many as there may be, from the first to the last", () => {
  for (const [length, maxCount] of [[0, 10], [1, 10], [2, 10], [10, 10], [11, 10], [5000, 300]]) {
    const losses = line(length!, () => 2); // pairs
    const indices = trendOf(losses, maxCount!, true).map(({ index }) => index);
    assertEquals(indices.length, Math.min(length!, maxCount!));
    assertEquals(new Set(indices).size, indices.length);
    assertEquals(indices, indices.toSorted((a, b) => a - b));
    if (length! > 0) assertEquals([indices[0], indices.at(-1)], [0, length! - 1]);
  }
});

Deno.test("trendOf() leaves equal losses as they are", () => {
  for (const length of [1, 2, 5, 100, 1000, 30_000]) {
    for (const isStart of [true, false]) {
      for (const { mean, low, high } of trendOf(line(length, () => 2.5), 300, isStart)) {
        for (const loss of [mean, low, high]) assertClose(loss, 2.5, 1e-12, "loss");
      }
    }
  }
});

Deno.test("trendOf() begins near the first losses, and follows a straight line between its ends", () => {
  const losses = line(2000, (i) => 5 - i / 1000);
  const points = trendOf(losses, 300, true);
  const first = points[0]!; // there are 300
  for (const loss of [first.mean, first.low, first.high]) assertClose(loss, 5, 0.01, "first");
  for (const { index, mean } of points.filter(({ index }) => index >= 8 && index < 1900)) {
    assertClose(mean, losses[index]!, 1e-9, `the mean around ${index}`);
  }
});

Deno.test("trendOf() does not begin with a single loss", () => {
  const length = 1000, noise = newRandom("noise of the first losses");
  const losses = line(length, (i) => i === 0 ? 9 : noise.gauss(2, 0.1));
  const [first] = trendOf(losses, 300, false);
  assert(first!.mean < 2.5 && first!.high < 2.5, "a resumed run: as in the middle"); // there are 300
  const [start] = trendOf(losses, 300, true);
  assert(start!.mean < 4, "a new run: the mean of a few"); // likewise
});

Deno.test("trendOf() tells the mean of noise, and where 8 of 10 losses lie", () => {
  const random = newRandom("trend");
  for (const length of [20_000, 100_000]) {
    const losses = line(length, () => random.gauss(0, 1));
    for (const { index, mean, low, high } of trendOf(losses, 300, true)) {
      if (index < length / 10) continue; // fewer losses
      // Of 500 losses at least: a false alarm has a probability of 1e-11, for low and high alike.
      assertClose(mean, 0, 0.4, `mean around ${index}`);
      assertClose(low, -1.28, 0.6, `low around ${index}`);
      assertClose(high, 1.28, 0.6, `high around ${index}`);
    }
  }
});

Deno.test("trendOf() leaves out a tenth of the losses at either side", () => {
  const losses = line(20_000, (i) => i * (Math.sqrt(5) - 1) / 2 % 1); // evenly from 0 to 1
  for (const { index, low, high } of trendOf(losses, 300, true)) {
    if (index < 2000) continue; // fewer losses
    assertClose(low, 0.1, 0.01, `low around ${index}`);
    assertClose(high, 0.9, 0.01, `high around ${index}`);
  }
});

Deno.test("trendOf() does not let a few losses beyond all measure widen the band", () => {
  const losses = line(1000, (i) => i % 50 === 49 ? 1e6 : 2 + (i % 3) / 10);
  for (const { high, low } of trendOf(losses, 300, true)) {
    assert(high <= 2.2 + 1e-9 && low >= 2 - 1e-9, `${low} to ${high}`);
  }
});
