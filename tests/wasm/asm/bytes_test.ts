import { assertEquals } from "@std/assert";
import {
  byte,
  f32,
  f64,
  list,
  name,
  s32,
  sized,
  toBytes,
  u32,
} from "../../../lib/wasm/asm/bytes.ts";

const bytesOf = (bytes: string) => [...toBytes(bytes)];

/** Reads LEB128: seven bits a byte, the lowest first; the sign is in bit 6 of the last byte. */
function decode(bytes: readonly number[], signed: boolean): number {
  let value = 0n;
  bytes.forEach((byte, i) => {
    assertEquals(byte >= 0x80, i < bytes.length - 1, "all bytes but the last say that more come");
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  });
  return Number(signed ? BigInt.asIntN(7 * bytes.length, value) : value);
}

Deno.test("u32() writes unsigned LEB128", () => {
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
    assertEquals(bytesOf(u32(value)), expected, `${value}`);
  }
});

Deno.test("s32() writes signed LEB128", () => {
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
    assertEquals(bytesOf(s32(value)), expected, `${value}`);
  }
});

Deno.test("u32() and s32() need another byte every seven bits", () => {
  for (let bits = 0; bits <= 32; bits++) {
    for (const delta of [-2, -1, 0, 1, 2]) {
      const unsigned = 2 ** bits + delta;
      if (unsigned >= 0 && unsigned < 2 ** 32) {
        const bytes = bytesOf(u32(unsigned));
        assertEquals(decode(bytes, false), unsigned);
        const used = unsigned === 0 ? 1 : Math.floor(Math.log2(unsigned)) + 1;
        assertEquals(bytes.length, Math.ceil(used / 7), `${unsigned}`);
      }
      for (const signed of [unsigned, -unsigned]) {
        if (signed < -(2 ** 31) || signed >= 2 ** 31) continue;
        const bytes = bytesOf(s32(signed));
        assertEquals(decode(bytes, true), signed);
        const magnitude = signed < 0 ? -signed - 1 : signed;
        const used = (magnitude === 0 ? 0 : Math.floor(Math.log2(magnitude)) + 1) + 1; // and a sign
        assertEquals(bytes.length, Math.ceil(used / 7), `${signed}`);
      }
    }
  }
});

Deno.test("s32() takes addresses above 2 GB for the integers of the same bits", () => {
  for (const value of [2 ** 31, 2 ** 32 - 1, 0xdeadbeef]) {
    assertEquals(s32(value), s32(value | 0));
  }
});

Deno.test("byte() and toBytes() are inverse", () => {
  for (let value = 0; value < 0x100; value++) assertEquals(bytesOf(byte(value)), [value]);
});

Deno.test("f32() and f64() write IEEE 754, the lowest byte first", () => {
  for (const value of [0, -0, 1, -2.5, 0.1, 1e300, 5e-324, Infinity, NaN]) {
    const view = new DataView(new ArrayBuffer(12));
    view.setFloat32(0, value, true);
    view.setFloat64(4, value, true);
    assertEquals(bytesOf(f32(value) + f64(value)), [...new Uint8Array(view.buffer)], `${value}`);
  }
});

Deno.test("sized(), list() and name() write the length before the rest", () => {
  const long = Array.from({ length: 300 }, () => 7);
  assertEquals(bytesOf(sized(long.map(byte).join(""))), [0xac, 0x02, ...long]);
  assertEquals(bytesOf(list([])), [0]);
  assertEquals(bytesOf(list(["\x01\x02", "", "\x03"])), [3, 1, 2, 3]);
  assertEquals(bytesOf(name("")), [0]);
  assertEquals(bytesOf(name("ab")), [2, 0x61, 0x62]);
  assertEquals(bytesOf(name("ë")), [2, 0xc3, 0xab]);
});
