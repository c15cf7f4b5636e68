import { assertEquals } from "@std/assert";
import { countCodePoints, forEachCodePoint, isUtf8 } from "../../lib/text/utf8.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("forEachCodePoint() and countCodePoints() see the characters of a string", () => {
  const random = newRandom("UTF-8");
  const limits = [0x80, 0x800, 0xd800, 0x110000];
  for (let i = 0; i < 300; i++) {
    const codes = Array.from({ length: random.randbelow(12) }, () => {
      const code = random.randbelow(limits[random.randbelow(limits.length)]!); // an index of it
      return code >= 0xd800 && code < 0xe000 ? 0x41 : code; // no surrogates
    });
    const bytes = new TextEncoder().encode(String.fromCodePoint(...codes));
    const visited: number[] = [];
    forEachCodePoint(bytes, (code) => visited.push(code));
    assertEquals(visited, codes);
    assertEquals(countCodePoints(bytes), codes.length);
  }
});

Deno.test("isUtf8() checks text of any length", () => {
  const text = new TextEncoder().encode("é".repeat(600_000)); // more than a piece of a megabyte
  assertEquals(isUtf8(text), true);
  assertEquals(isUtf8(text.subarray(0, text.length - 1)), false, "cut off");
  assertEquals(isUtf8(text.subarray(1)), false);
  assertEquals(isUtf8(new Uint8Array()), true);
  assertEquals(isUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), false, "a surrogate");
});
