import { assert, assertEquals } from "@std/assert";
import { chooseToken, drawToken, type TokenFilter } from "../../lib/generate/token_choice.ts";
import { Random } from "../../lib/random.ts";
import { probabilities, sampleToken } from "../../lib/sample.ts";
import { assertFails } from "../helpers/assert.ts";
import { assertDrawn, countDraws } from "../helpers/chi_square.ts";
import { gaussVector, newRandom } from "../helpers/random.ts";

/** The tokens that come in so many draws that each of those with p > 0.05 does: 0.95^1000 < 1e-22. */
function drawn(logits: number[], temperature: number, filter: TokenFilter): number[] {
  const random = new Random(42);
  const draws = countDraws(
    logits.length,
    1000,
    () => chooseToken(logits, temperature, random, filter),
  );
  return [...draws.keys()].filter((id) => draws[id]! > 0);
}

Deno.test("chooseToken() draws from the tokens that topK, topP and allowed keep", () => {
  const logits = [0.1, 0.2, 0.4, 0.2, 0.1].map(Math.log);
  const table: [filter: TokenFilter, kept: number[], temperature?: number][] = [
    [{}, [0, 1, 2, 3, 4]],
    [{ topK: 1 }, [2]],
    [{ topK: 2 }, [1, 2]], // of equals the lower id
    [{ topK: 3 }, [1, 2, 3]],
    [{ topK: 4 }, [0, 1, 2, 3]],
    [{ topK: 5 }, [0, 1, 2, 3, 4]],
    [{ topK: 1000 }, [0, 1, 2, 3, 4]],
    [{ topK: Infinity }, [0, 1, 2, 3, 4]],
    [{ topP: 0 }, [2]],
    [{ topP: 0.39 }, [2]],
    [{ topP: 0.41 }, [1, 2]],
    [{ topP: 0.59 }, [1, 2]],
    [{ topP: 0.61 }, [1, 2, 3]],
    [{ topP: 0.91 }, [0, 1, 2, 3, 4]],
    [{ topP: 1 }, [0, 1, 2, 3, 4]],
    [{ topP: 0.39 }, [1, 2], 1.5], // the temperature comes first: there 2 has 0.32
    [{ topP: 0.39 }, [2], 0.5],
    [{ topK: 2, topP: 0.65 }, [2]], // then topK: there 2 has 2 / 3
    [{ topK: 2, topP: 0.68 }, [1, 2]],
    [{ topK: 1, topP: 1 }, [2]],
    [{ allowed: [1, 1, 0, 1, 1] }, [0, 1, 3, 4]],
    [{ allowed: [1, 1, 0, 1, 1], topK: 1 }, [1]], // of those that are allowed
    [{ allowed: [1, 1, 0, 1, 1], topP: 0.65 }, [1, 3]], // there 1 and 3 have 1 / 3 each
    [{ allowed: [1, 0, 0, 0, 1], topK: 3 }, [0, 4]],
    [{ allowed: [0, 0, 0, 0, 1] }, [4]],
    [{ allowed: [1, 0, 0, 1, 1] }, [3], 0],
    [{ allowed: [1, 0, 0, 0, 1], topK: 2, topP: 0.9 }, [0], 0],
    [{ topK: 3 }, [2], 0],
    [{ topP: 0.99 }, [2], 0],
  ];
  for (const [filter, kept, temperature = 1] of table) {
    assertEquals(drawn(logits, temperature, filter), kept, JSON.stringify(filter));
  }
  const equal = [0, 0, 0, 0];
  assertEquals(drawn(equal, 1, { topP: 0.5 }), [0, 1], "two of four equals have 0.5");
  assertEquals(drawn(equal, 1, { topP: 0.51 }), [0, 1, 2]);
  assertEquals(drawn([-1e6, 0, -1e6], 1, { allowed: [1, 0, 1] }), [0, 2], "however unlikely");
});

Deno.test("chooseToken() draws what it keeps with the odds of the model", () => {
  const random = newRandom("100,000 filtered draws");
  const logits = [...gaussVector(new Random(1), 12, 1)];
  const allowed = logits.map((_, id) => id % 4 === 0 ? 0 : 1);
  const filter = { allowed, topK: 8, topP: 0.95 };
  const kept = drawn(logits, 0.9, filter);
  assert(kept.length > 3 && kept.length < 8, "topP leaves some of those of topK");
  const all = probabilities(logits, 0.9);
  const total = kept.reduce((sum, id) => sum + all[id]!, 0);
  const probs = logits.map((_, id) => kept.includes(id) ? all[id]! / total : 0);
  const counts = countDraws(12, 100_000, () => chooseToken(logits, 0.9, random, filter));
  assertDrawn(counts, probs, "draws");
});

Deno.test("chooseToken() draws the same with a filter that keeps all as with none", () => {
  const random = newRandom("a filter that keeps all");
  const logits = gaussVector(random, 30, 3);
  const filters: TokenFilter[] = [
    { topK: 30 },
    { topP: 1 },
    { allowed: new Uint8Array(30).fill(1) },
    { topK: undefined, topP: undefined, allowed: undefined },
  ];
  for (const filter of filters) {
    const a = new Random(7), b = new Random(7);
    for (let i = 0; i < 1000; i++) {
      assertEquals(chooseToken(logits, 0.5, a, filter), sampleToken(logits, 0.5, b));
    }
    assertEquals(a.random(), b.random(), "as many random numbers were drawn");
  }
});

Deno.test("drawToken() draws what Random.weightedIndex() does, on the very bounds, too", () => {
  class Fixed extends Random {
    number = 0;
    override random(): number {
      return this.number;
    }
  }
  const random = new Fixed(1);
  const table = [[1], [0, 0.25, 0.25, 0, 0.5], [0.5, 0.5, 0], [0, 0, 1], [0.125, 0, 0.875, 0, 0]];
  for (const probs of table) {
    let sum = 0;
    const sums = probs.map((p) => sum += p);
    for (random.number = 0; random.number < 1; random.number += 1 / 64) {
      assertEquals(
        drawToken({ ids: undefined, sums }, random),
        random.weightedIndex(probs),
        `${random.number} in ${probs}`,
      );
    }
  }
});

Deno.test("chooseToken() throws on a filter that is none", () => {
  const table: [TokenFilter, new (message: string) => Error, string][] = [
    [{ topK: 0 }, RangeError, "Cannot sample: topK must be a positive integer: it is 0"],
    [{ topK: 1.5 }, RangeError, "Cannot sample: topK must be a positive integer: it is 1.5"],
    [{ topK: NaN }, RangeError, "Cannot sample: topK must be a positive integer: it is NaN"],
    [{ topP: -0.1 }, RangeError, "Cannot sample: topP must be a number from 0 to 1: it is -0.1"],
    [{ topP: 1.1 }, RangeError, "Cannot sample: topP must be a number from 0 to 1: it is 1.1"],
    [{ topP: NaN }, RangeError, "Cannot sample: topP must be a number from 0 to 1: it is NaN"],
    [{ allowed: [0, 0, 0] }, RangeError, "Cannot choose a token: none is allowed"],
    [{ allowed: [1] }, TypeError, "Cannot choose a token: there are 3: allowed tells of 1"],
  ];
  for (const [filter, ErrorClass, message] of table) {
    for (const temperature of [0, 1]) {
      const call = () => chooseToken([1, 2, 3], temperature, new Random(1), filter);
      assertFails(call, ErrorClass, message);
    }
  }
});

Deno.test("chooseToken() throws on a logit that is not finite, even of a token that must not come", () => {
  for (const filter of [{ topK: 1 }, { topP: 0.5 }, { allowed: [1, 0, 1] }]) {
    assertFails(
      () => chooseToken([1, NaN, 3], 0.5, new Random(1), filter),
      RangeError,
      "Cannot choose a token: the logit of token 1 is NaN",
    );
  }
  assertFails(
    () => chooseToken([1, 2, 3], -1, new Random(1), { topP: 0.5 }),
    RangeError,
    "Cannot sample: the temperature must be 0 or above: it is -1",
  );
});
