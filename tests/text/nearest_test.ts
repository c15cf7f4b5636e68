import { assertEquals } from "@std/assert";
import { nearest } from "../../lib/text/nearest.ts";

Deno.test("nearest() finds the candidate that is most alike", () => {
  const table: [string, string[], string | undefined][] = [
    ["seed", ["seed", "speed"], "seed"],
    ["sead", ["speed", "seed"], "seed"],
    ["see", ["seed"], "seed"],
    ["seeds", ["seed"], "seed"],
    ["esed", ["seed"], "seed"],
    ["num-step", ["n-embd", "num-samples", "num-steps"], "num-steps"],
    ["temp", ["temperature"], "temperature"],
    ["temp", ["temperature", "tempo"], "tempo"], // two contain it: the nearer one
    ["steps", ["num-steps", "seed"], "num-steps"],
    ["rate", ["seed", "learning-rate"], "learning-rate"],
    ["sample", ["samples", "num-samples"], "samples"],
    ["tem", ["temperature"], undefined], // too short to mean it
    ["seed", ["speed", "seeding-rate", "seed"], "seed"],
    ["long", ["song", "a-long-name"], "a-long-name"],
    ["xyz", ["abc"], undefined],
    ["ab", ["cd"], undefined],
    ["a", ["b"], "b"],
    ["abcdef", ["abcdxy"], "abcdxy"],
    ["abcdef", ["abcxyz"], undefined],
    ["", ["abc"], undefined],
    ["abc", [], undefined],
    ["", [], undefined],
  ];
  for (const [word, candidates, expected] of table) {
    assertEquals(nearest(word, candidates), expected, `${word} among ${candidates}`);
  }
});

Deno.test("nearest() takes the first of several that are as near", () => {
  assertEquals(nearest("beat", ["bent", "boat", "heat"]), "bent");
  assertEquals(nearest("beat", ["heat", "boat", "bent"]), "heat");
});
