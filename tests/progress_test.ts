import { assert, assertEquals, assertMatch } from "@std/assert";
import { barText } from "../lib/cli/progress.ts";

Deno.test("barText() tells how far it is, the loss, the speed and the time left", () => {
  const table: [number, number, number, number, string][] = [
    [500, 1000, 2.345, 5, " 50%  loss 2.35  100 steps/s  0:05 left"],
    [0, 1000, 3.3, 1, "  0%  loss 3.30  0 steps/s  ? left"],
    [1000, 1000, 2, 10, "100%  loss 2.00  100 steps/s  0:00 left"],
    [999, 1000, 2, 9.99, " 99%  loss 2.00  100 steps/s  0:01 left"],
    [1, 76, 2, 1, "  1%  loss 2.00  1 steps/s  1:15 left"],
    [1, 3601, 2, 1, "  0%  loss 2.00  1 steps/s  1:00:00 left"],
    [1, 3600, 2, 1, "  0%  loss 2.00  1 steps/s  59:59 left"],
    [1, 7326, 2, 1, "  0%  loss 2.00  1 steps/s  2:02:05 left"],
  ];
  for (const [step, numSteps, loss, elapsed, expected] of table) {
    const text = barText(step, numSteps, loss, elapsed, 100);
    assertMatch(text, /^█*░* {2}/);
    assertEquals(text.replace(/^[█░]+ {2}/, ""), expected);
  }
});

Deno.test("barText() fills the bar in proportion", () => {
  const table: [number, number][] = [[0, 0], [1, 0], [25, 10], [50, 20], [75, 30], [100, 40]];
  for (const [step, filled] of table) {
    const text = barText(step, 100, 2, 1, 200);
    assertEquals(text.split("█").length - 1, filled, `step ${step}`);
    assertEquals(text.split("░").length - 1, 40 - filled, `step ${step}`);
  }
});

Deno.test("barText() leaves out from the end what has no room", () => {
  const at = (width: number) => barText(500, 1000, 2.345, 5, width);
  assertEquals(
    at(200),
    `${"█".repeat(20)}${"░".repeat(20)}   50%  loss 2.35  100 steps/s  0:05 left`,
  );
  assertEquals(
    at(80),
    `${"█".repeat(19)}${"░".repeat(19)}   50%  loss 2.35  100 steps/s  0:05 left`,
  );
  assertEquals(at(40), " 50%  loss 2.35  100 steps/s  0:05 left");
  assertEquals(at(39), " 50%  loss 2.35  100 steps/s");
  assertEquals(at(20), " 50%  loss 2.35");
  assertEquals(at(5), " 50%");
  assertEquals(at(3), " 5");
});

Deno.test("barText() is never as wide as the terminal", () => {
  for (const width of [0, 1, 2, 3, 5, 10, 16, 20, 29, 40, 41, 53, 80, 200, 10_000]) {
    for (const numSteps of [1, 7, 1000, 1e9]) {
      for (const step of new Set([0, 1, Math.floor(numSteps / 2), numSteps])) {
        for (const loss of [0, 3.3, 1e6, 1e300, NaN, Infinity]) {
          for (const elapsed of [0, 1e-9, 0.1, 5, 1e7]) {
            const text = barText(step, numSteps, loss, elapsed, width);
            const what = `step ${step}/${numSteps}, loss ${loss}, ${elapsed} s, width ${width}`;
            assert(text.length <= Math.max(0, width - 1), `${what}: ${text}`);
            assert(!/[\n\r]/.test(text), what);
          }
        }
      }
    }
  }
});
