import { assert, assertEquals } from "@std/assert";
import { Sparkline } from "../../../lib/cli/terminal/sparkline.ts";

function sparkline(values: Iterable<number>): Sparkline {
  const curve = new Sparkline();
  for (const value of values) curve.add(value);
  return curve;
}

Deno.test("Sparkline.text() draws values between the lowest and the highest", () => {
  const table: [number[], string][] = [
    [[], ""],
    [[3], "▁"],
    [[2, 2, 2], "▁▁▁"],
    [[0.3, 0.1 + 0.2, 0.3], "▁▁▁"],
    [[1, 2], "▁█"],
    [[1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"],
    [[-8, -4, -2, -1], "▁▅▇█"],
    [[1e300, 0, 1e300], "█▁█"],
    [[1, NaN, 2, Infinity, 3, -Infinity], "▁ ▅ █ "],
    [[NaN, NaN], "  "],
  ];
  for (const [values, expected] of table) {
    assertEquals(sparkline(values).text(20), expected, `${values}`);
  }
});

Deno.test("Sparkline.text() takes means where there are more values than columns", () => {
  const table: [number[], number, string][] = [
    [[1, 3, 4, 4, 0, 0], 3, "▅█▁"],
    [[1, 3, 4, 4, 0, 0], 1, "▁"],
    [[1, 3, 4, 4, 0, 0], 0, ""],
    [[0, 1, 1], 2, "▁█"],
  ];
  for (const [values, width, expected] of table) {
    assertEquals(sparkline(values).text(width), expected, `${values} in ${width}`);
  }
});

Deno.test("Sparkline.text() draws the same straight line however long it is", () => {
  for (const length of [32, 63, 64, 65, 100, 128, 1000, 4096, 100_000, 1_000_000]) {
    const falling = sparkline(Array.from({ length }, (_, i) => -i)).text(8);
    assertEquals(falling, "█▇▆▅▄▃▂▁", `${length} values`);
  }
});

Deno.test("Sparkline.text() shows all of the curve, within two columns", () => {
  for (const length of [64, 500, 5000, 100_000]) {
    for (const at of [0, 0.25, 0.5, 0.95]) {
      const step = Math.floor(length * at);
      const text = sparkline(Array.from({ length }, (_, i) => i < step ? 1 : 0)).text(24);
      assertEquals(text.length, 24);
      const high = text.replace(/[^█]+$/, "").length;
      assert(Math.abs(high - 24 * at) <= 2, `${length} values, step at ${at}: ${text}`);
    }
  }
});
