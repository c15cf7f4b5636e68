import { assert, assertEquals } from "@std/assert";
import {
  countCodePoints,
  forEachCodePoint,
  invalidAt,
  isText,
  isUtf8,
  lineAt,
} from "../../lib/text/utf8.ts";
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

Deno.test("isText() takes no NUL, wherever it stands", () => {
  const text = new TextEncoder().encode("é\n".repeat(100_000));
  assertEquals(isText(text), true);
  for (const i of [0, 150_001, text.length - 1]) assertEquals(isText(text.with(i, 0)), false);
  assertEquals(isText(Uint8Array.of(0xff)), false);
});

Deno.test("invalidAt() finds the first byte that is not UTF-8", () => {
  const random = newRandom("invalid UTF-8");
  const pieces = ["a", "é", "한", "😀", "\u0800", "\ud7ff", "\ue000", "\u{10000}", "\u{10ffff}"];
  let numInvalid = 0;
  for (let n = 0; n < 3000; n++) {
    const text = Array.from({ length: 8 }, () => pieces[random.randbelow(pieces.length)]).join("");
    const bytes = new TextEncoder().encode(text);
    for (let k = random.randbelow(3); k > 0; k--) {
      bytes[random.randbelow(bytes.length)] = random.randbelow(256);
    }
    const index = invalidAt(bytes);
    assertEquals(index < 0, isUtf8(bytes), `${bytes}`);
    if (index < 0) continue;
    numInvalid++;
    assertEquals(isUtf8(bytes.subarray(0, index)), true, `${bytes}: all before ${index} is UTF-8`);
    assertEquals(isUtf8(bytes.subarray(0, index + 4)), false, `${bytes}: ${index} is not`);
  }
  assert(numInvalid > 500, `${numInvalid} texts`);
});

Deno.test("lineAt() counts lines, whatever ends them", () => {
  const bytes = new TextEncoder().encode("a\nb\r\nc\rd\n\re");
  const lines = Array.from(bytes, (byte, i) => byte > 0x20 ? lineAt(bytes, i) : 0);
  assertEquals(lines.filter((line) => line > 0), [1, 2, 3, 4, 6]);
});
