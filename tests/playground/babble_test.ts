import { assertEquals } from "@std/assert";
import { babbleSteps } from "../../lib/playground/shared/babble.ts";

Deno.test("babbleSteps() are the first, two early ones and the tenths", () => {
  const cases: readonly [numSteps: number, steps: readonly number[]][] = [
    [2000, [0, 20, 60, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]],
    [1, [0, 1]],
    [7, [0, 1, 2, 3, 4, 5, 6, 7]],
    [25, [0, 1, 3, 6, 9, 12, 15, 18, 21, 24, 25]],
  ];
  for (const [numSteps, steps] of cases) assertEquals(babbleSteps(numSteps), steps);
});
