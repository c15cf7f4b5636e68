import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type Alphabet, HTML, LINK, packed, unpacked } from "../../lib/text/packing.ts";
import { newRandom } from "../helpers/random.ts";

const ALPHABETS: readonly [name: string, alphabet: Alphabet, safe: RegExp, isNot: string][] = [
  ["links", LINK, /^[\w-]*$/, "%"],
  ["HTML", HTML, /^[!-~]*$/, "a<"],
];

for (const [name, alphabet, safe, isNot] of ALPHABETS) {
  Deno.test(`unpacked() undoes packed(), whose text is safe: ${name}`, async () => {
    const random = newRandom("packing");
    for (const length of [0, 1, 100, 100_000]) {
      const data = Uint8Array.from({ length }, () => random.random() * 256);
      const text = await packed(data, alphabet);
      assertMatch(text, safe);
      assertEquals(await unpacked(`\n${text}\n`, alphabet, length), data);
    }
  });

  Deno.test(`an alphabet writes any bytes, and reads nothing else: ${name}`, () => {
    const random = newRandom("alphabet");
    for (let length = 0; length < 40; length++) {
      const data = Uint8Array.from({ length }, () => random.random() * 256);
      assertEquals(alphabet.decode(alphabet.encode(data)), data);
    }
    assertThrows(() => alphabet.decode(isNot), TypeError, "Cannot unpack a text");
  });

  Deno.test(`unpacked() unpacks no more than it may: ${name}`, async () => {
    const bomb = await packed(new Uint8Array(1 << 22), alphabet);
    await assertRejects(() => unpacked(bomb, alphabet, 1000), RangeError, "more than 1000 bytes");
  });
}

Deno.test("HTML has no character that means something to HTML", () => {
  const all = HTML.encode(Uint8Array.from({ length: 1 << 16 }, (_, i) => i * 2654435761 >>> 24));
  assertEquals(/[<>&\s]/.test(all), false);
  assertEquals(new Set(all).size, 91);
});
