import { assert, assertEquals } from "@std/assert";
import { ticks } from "../../lib/plot/ticks.ts";
import { newRandom } from "../helpers/random.ts";

const labels = (...range: Parameters<typeof ticks>) => ticks(...range).map(({ label }) => label);

Deno.test("ticks() chooses round numbers", () => {
  const table: [Parameters<typeof ticks>, string[]][] = [
    [[0, 1000, 5], ["0", "200", "400", "600", "800", "1,000"]],
    [[1, 1000, 5], ["200", "400", "600", "800", "1,000"]],
    [[0, 100_000, 4], ["0", "50,000", "100,000"]],
    [[1.8, 3.4, 8], ["1.8", "2.0", "2.2", "2.4", "2.6", "2.8", "3.0", "3.2", "3.4"]],
    [[1.8, 3.4, 3], ["2", "3"]],
    [[-0.3, 0.3, 6], ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"]],
    [[2.001, 2.004, 3], ["2.001", "2.002", "2.003", "2.004"]],
    [[0.5, 1.5, 5, 1], ["1"]],
    [[1, 5, 10, 1], ["1", "2", "3", "4", "5"]],
    [[1.1, 1.4, 1, 1], []],
    [[0, 2e9, 4], ["0", "5e+8", "1e+9", "1.5e+9", "2e+9"]],
    [[0, 2e-8, 2], ["0", "1e-8", "2e-8"]],
    [[0, 1e100, 2], ["0", "5e+99", "1e+100"]],
  ];
  for (const [range, expected] of table) assertEquals(labels(...range), expected, `${range}`);
});

Deno.test("ticks() are evenly spaced, in the range, not too many, and not two by one name", () => {
  const random = newRandom("ticks");
  for (let i = 0; i < 2000; i++) {
    const span = 10 ** (20 * random.random() - 10);
    const min = span * (4 * random.random() - 2), max = min + span;
    const maxCount = 2 + Math.floor(10 * random.random());
    const found = ticks(min, max, maxCount);
    const what = `${min} to ${max}, ${maxCount}: ${found.map(({ label }) => label)}`;
    assert(found.length <= maxCount + 1, what);
    assert(found.length >= Math.floor(maxCount / 2.5), what);
    assertEquals(new Set(found.map(({ label }) => label)).size, found.length, what);
    for (const { value, label } of found) {
      assert(value >= min - 1e-6 * span && value <= max + 1e-6 * span, what);
      const read = Number(label.replaceAll(",", ""));
      assert(Math.abs(read - value) <= 1e-6 * span, `${what}: ${label} is ${value}`);
    }
  }
});
