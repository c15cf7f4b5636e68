import { assert, assertEquals } from "@std/assert";
import { editDistance } from "../../lib/text/edit_distance.ts";
import { randomText, slowEditDistance } from "../helpers/edit_distance.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("editDistance() counts characters to insert, delete or replace", () => {
  const table: [string, string, number][] = [
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
    ["esed", "seed", 2],
    ["😀", "😁", 1], // not half of it
    ["가연", "나영", 2],
    ["\ud83d", "\ude00", 1], // halves of a pair do not become one
  ];
  for (const [a, b, expected] of table) {
    assertEquals(editDistance(a, b), expected, `${a} and ${b}`);
    assertEquals(editDistance(b, a), expected, `${b} and ${a}`);
  }
});

Deno.test("editDistance() is right wherever words of 32 bits begin and end", () => {
  const random = newRandom("edit distance");
  const lengths = [0, 1, 2, 5, 31, 32, 33, 63, 64, 65, 97];
  let numFar = 0;
  for (const numCharacters of [1, 2, 40]) {
    for (const a of lengths) {
      const text = randomText(random, a, numCharacters);
      for (const b of lengths) {
        const other = randomText(random, b, numCharacters);
        const expected = slowEditDistance([...text], [...other]);
        assertEquals(editDistance(text, other), expected, `${text} and ${other}`);
        if (expected > 32) numFar++;
      }
    }
  }
  assert(numFar > 50, "most of those whose lengths differ by more than 32 are");
});
