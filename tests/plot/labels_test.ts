import { assert, assertEquals } from "@std/assert";
import { spread } from "../../lib/plot/labels.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("spread() moves labels as little as is needed", () => {
  const table: [number[], number[]][] = [
    [[], []],
    [[50], [50]],
    [[-5], [0]],
    [[105], [100]],
    [[20, 60, 40], [20, 60, 40]],
    [[50, 50], [45, 55]],
    [[52, 48], [55, 45]],
    [[50, 50, 50], [40, 50, 60]],
    [[20, 50, 52, 90], [20, 46, 56, 90]],
    [[2, 3], [0, 10]],
    [[99, 98, 97], [100, 90, 80]],
    [[50, 50, 62], [44, 54, 64]],
  ];
  for (const [wanted, expected] of table) {
    assertEquals(spread(wanted, 0, 100, 10), expected, `${wanted}`);
  }
});

Deno.test("spread() keeps the distance, the order and the borders", () => {
  const random = newRandom("spread");
  for (let i = 0; i < 500; i++) {
    const count = 1 + Math.floor(11 * random.random()); // 11 fit
    const wanted = Array.from({ length: count }, () => 140 * random.random() - 20);
    const places = spread(wanted, 0, 100, 10);
    const pairs = wanted.map((y, k) => [y, places[k]!] as const).sort(([a], [b]) => a - b);
    const what = JSON.stringify(pairs);
    pairs.forEach(([, place], k) => {
      assert(place >= -1e-9 && place <= 100 + 1e-9, what);
      if (k > 0) assert(place - pairs[k - 1]![1] >= 10 - 1e-9, what);
    });
  }
});
