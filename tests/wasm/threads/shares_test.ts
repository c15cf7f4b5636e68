import { assert, assertEquals } from "@std/assert";
import { documentShares, shareOf } from "../../../lib/wasm/threads/shares.ts";
import { newRandom } from "../../helpers/random.ts";

Deno.test("shareOf() cuts into shares that follow one another and hardly differ", () => {
  for (const [length, threads] of [[0, 3], [1, 3], [7, 3], [64, 64], [1000, 7], [5, 64]] as const) {
    let end = 0;
    for (let thread = 0; thread < threads; thread++) {
      const [from, to] = shareOf(length, thread, threads);
      assertEquals(from, end);
      assert(Math.abs(to - from - length / threads) < 1);
      end = to;
    }
    assertEquals(end, length);
  }
});

Deno.test("documentShares() has all documents, in shares that differ by a document at most", () => {
  assertEquals(documentShares([5], 4), [1]);
  assertEquals(documentShares([1, 1, 1], 3), [1, 1, 1]);
  assertEquals(documentShares([1, 1], 7), [1, 1]);
  assertEquals(documentShares([15, 1], 2), [1, 1]);
  assertEquals(documentShares([1, 15, 1], 2), [1, 2]);
  assertEquals(documentShares([4, 4, 4, 4, 4], 2), [2, 3]);
  const random = newRandom("shares");
  for (let i = 0; i < 200; i++) {
    const threads = 1 + random.randbelow(10);
    const lengths = Array.from(
      { length: 1 + random.randbelow(60) },
      () => 1 + random.randbelow(16),
    );
    const shares = documentShares(lengths, threads);
    assert(shares.length <= threads && shares.every((count) => count > 0), `${shares}`);
    let first = 0;
    const rows = shares.map((count) =>
      lengths.slice(first, first += count).reduce((sum, length) => sum + length, 0)
    );
    assertEquals(first, lengths.length);
    const equal = lengths.reduce((sum, length) => sum + length, 0) / threads;
    assert(Math.max(...rows) <= equal + Math.max(...lengths), `${lengths}: ${rows}`);
  }
});
