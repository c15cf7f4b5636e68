import { assert, assertEquals, assertThrows } from "@std/assert";
import { constants, deflateSync } from "node:zlib"; // only here: it makes blocks of every kind
import { inflate } from "../../lib/checkpoint/inflate.ts";
import type { Random } from "../../lib/random.ts";
import { assertFails } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";

/** Data to compress, by how well that goes. */
const SOURCES: Readonly<Record<string, (random: Random, length: number) => Uint8Array>> = {
  "zeros": (_random, length) => new Uint8Array(length),
  "letters": (random, length) => new Uint8Array(length).map(() => 0x61 + random.randbelow(26)),
  "noise": (random, length) => new Uint8Array(length).map(() => random.getrandbits(8)),
  "repetitions": (random, length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const isCopy = i > 0 && random.random() < 0.9;
      bytes[i] = isCopy ? bytes[random.randbelow(i)]! : random.getrandbits(8);
    }
    return bytes;
  },
  "far matches": (random, length) => {
    const bytes = new Uint8Array(length).map(() => random.getrandbits(8));
    if (length > 1000) bytes.copyWithin(length - 300, 0, 300);
    return bytes;
  },
};

/** Ways to compress: levels, and the kinds of blocks. */
const OPTIONS = [
  { level: 0 }, // stored
  { level: 1 },
  { level: 9 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { strategy: constants.Z_RLE },
];

for (const [name, source] of Object.entries(SOURCES)) {
  Deno.test(`inflate() undoes zlib on ${name}`, () => {
    const random = newRandom(name);
    for (const length of [0, 1, 2, 3, 257, 258, 259, 5000, 33_000, 70_000]) {
      const bytes = source(random, length);
      for (const options of OPTIONS) {
        const data = new Uint8Array(deflateSync(bytes, options));
        assertEquals(inflate(data, length), bytes, `${length} bytes, ${JSON.stringify(options)}`);
      }
    }
  });
}

Deno.test("inflate() throws on another size, and on data that are cut off", () => {
  const bytes = new TextEncoder().encode("anna\nhanna\njohanna\n".repeat(20));
  const data = new Uint8Array(deflateSync(bytes));
  for (const size of [0, 1, bytes.length - 1, bytes.length + 1]) {
    assertThrows(() => inflate(data, size), SyntaxError, "Cannot decompress the data: there are ");
  }
  for (let length = 0; length < data.length; length++) {
    assertThrows(() => inflate(data.subarray(0, length), bytes.length), SyntaxError);
  }
});

Deno.test("inflate() throws or is right on data with a changed bit", () => {
  const bytes = new TextEncoder().encode("anna\nhanna\njohanna\nbob\n");
  for (const options of OPTIONS) {
    const data = new Uint8Array(deflateSync(bytes, options));
    let numRefused = 0;
    for (let bit = 0; bit < 8 * data.length; bit++) {
      const changed = data.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      try {
        assertEquals(inflate(changed, bytes.length), bytes); // a level in the header says nothing
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        numRefused++;
      }
    }
    assert(numRefused > 7 * data.length, `${numRefused} of ${8 * data.length}`);
  }
});

Deno.test("inflate() throws on headers that cannot be", () => {
  const table: [string, number[]][] = [
    ["the header is not zlib's", []],
    ["the header is not zlib's", [0x78]],
    ["the header is not zlib's", [0x78, 0x9d]], // not a multiple of 31
    ["the header is not zlib's", [0x79, 0x18]], // another method
    ["the header is not zlib's", [0x78, 0xbb]], // a dictionary, that is not there
    ["there is a block of an unknown type", [0x78, 0x9c, 0b111]],
    ["a code has too many symbols", [0x78, 0x9c, 0b11110_10_1, 0, 0]], // 287 for literals
    ["a code has too many symbols", [0x78, 0x9c, 0b00000_10_1, 0b11110, 0]], // 31 for distances
  ];
  for (const [why, data] of table) {
    const message = `Cannot decompress the data: ${why}`;
    assertFails(() => inflate(Uint8Array.from(data), 9), SyntaxError, message);
  }
});

Deno.test("inflate() throws on noise", () => {
  const random = newRandom("noise in place of zlib");
  for (let i = 0; i < 2000; i++) {
    const noise = new Uint8Array(random.randbelow(60)).map(() => random.getrandbits(8));
    const data = Uint8Array.of(0x78, 0x9c, ...noise);
    assertThrows(() => inflate(data, 1 + random.randbelow(1000)), SyntaxError);
  }
});
