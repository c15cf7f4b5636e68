import { assertEquals } from "@std/assert";
import { Bytes } from "../../lib/wasm/bytes.ts";

function written(write: (bytes: Bytes) => void): number[] {
  const bytes = new Bytes();
  write(bytes);
  return [...bytes.view()];
}

/** Reads LEB128: seven bits a byte, the lowest first; the sign is in bit 6 of the last byte. */
function decode(bytes: readonly number[], signed: boolean): number {
  let value = 0n;
  bytes.forEach((byte, i) => {
    assertEquals(byte >= 0x80, i < bytes.length - 1, "all bytes but the last say that more come");
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  });
  return Number(signed ? BigInt.asIntN(7 * bytes.length, value) : value);
}

Deno.test("Bytes.u32() writes unsigned LEB128", () => {
  const table: [number, number[]][] = [
    [0, [0x00]],
    [1, [0x01]],
    [0x7f, [0x7f]],
    [0x80, [0x80, 0x01]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x08]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ];
  for (const [value, expected] of table) {
    assertEquals(written((bytes) => bytes.u32(value)), expected, `${value}`);
  }
});

Deno.test("Bytes.s32() writes signed LEB128", () => {
  const table: [number, number[]][] = [
    [0, [0x00]],
    [-1, [0x7f]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123_456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ];
  for (const [value, expected] of table) {
    assertEquals(written((bytes) => bytes.s32(value)), expected, `${value}`);
  }
});

Deno.test("Bytes.u32() and s32() need another byte every seven bits", () => {
  for (let bits = 0; bits <= 32; bits++) {
    for (const delta of [-2, -1, 0, 1, 2]) {
      const unsigned = 2 ** bits + delta;
      if (unsigned >= 0 && unsigned < 2 ** 32) {
        const bytes = written((bytes) => bytes.u32(unsigned));
        assertEquals(decode(bytes, false), unsigned);
        const used = unsigned === 0 ? 1 : Math.floor(Math.log2(unsigned)) + 1;
        assertEquals(bytes.length, Math.ceil(used / 7), `${unsigned}`);
      }
      for (const signed of [unsigned, -unsigned]) {
        if (signed < -(2 ** 31) || signed >= 2 ** 31) continue;
        const bytes = written((bytes) => bytes.s32(signed));
        assertEquals(decode(bytes, true), signed);
        const magnitude = signed < 0 ? -signed - 1 : signed;
        const used = (magnitude === 0 ? 0 : Math.floor(Math.log2(magnitude)) + 1) + 1; // and a sign
        assertEquals(bytes.length, Math.ceil(used / 7), `${signed}`);
      }
    }
  }
});

Deno.test("Bytes.s32() takes addresses above 2 GB for the integers of the same bits", () => {
  for (const value of [2 ** 31, 2 ** 32 - 1, 0xdeadbeef]) {
    assertEquals(written((b) => b.s32(value)), written((b) => b.s32(value | 0)));
  }
});

Deno.test("Bytes.name() and sized() write the length before the bytes", () => {
  assertEquals(written((bytes) => bytes.name("")), [0]);
  assertEquals(written((bytes) => bytes.name("ab")), [2, 0x61, 0x62]);
  assertEquals(written((bytes) => bytes.name("ë")), [2, 0xc3, 0xab]);
  const long = new Uint8Array(300).fill(7);
  assertEquals(written((bytes) => bytes.sized(long)), [0xac, 0x02, ...long]);
});

Deno.test("Bytes grows as it is written", () => {
  for (const n of [4095, 4096, 4097, 20_000]) {
    const expected = Uint8Array.from({ length: n }, (_, i) => i);
    const one = new Bytes();
    for (const byte of expected) one.byte(byte);
    assertEquals(one.view(), expected);
    const all = new Bytes();
    all.byte(9);
    all.all(expected);
    all.byte(9);
    assertEquals(all.view(), Uint8Array.from([9, ...expected, 9]));
  }
});
