/**
 * Bytes as text, two hexadecimal digits each, and the encodings of WebAssembly
 * in it. Joining texts copies nothing, so that code can be put together from
 * the inside out; the platform turns the whole into bytes at the end.
 *
 * @module
 */

/** The two digits of each byte. */
const DIGITS: readonly string[] = Array.from(
  { length: 0x100 },
  (_, value) => value.toString(16).padStart(2, "0"),
);

/** One byte, from 0 to 255. */
export function byte(value: number): string {
  return DIGITS[value]!; // there are 256
}

/** An unsigned integer of 32 bits in LEB128: seven bits a byte, the lowest first. */
export function u32(value: number): string {
  let rest = value >>> 0, hex = "";
  while (rest >= 0x80) {
    hex += byte((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return hex + byte(rest);
}

/** A signed integer of 32 bits in LEB128; its last byte carries the sign in bit 6. */
export function s32(value: number): string {
  let rest = value | 0, hex = "";
  while (rest < -0x40 || rest >= 0x40) {
    hex += byte((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return hex + byte(rest & 0x7f);
}

/** A number of 32 bits. */
export function f32(value: number): string {
  return new Uint8Array(Float32Array.of(value).buffer).toHex();
}

/** A number of 64 bits. */
export function f64(value: number): string {
  return new Uint8Array(Float64Array.of(value).buffer).toHex();
}

/** Bytes with their number before them. */
export function sized(hex: string): string {
  return u32(hex.length / 2) + hex;
}

/** A list of things with their number before them. */
export function list(items: readonly string[]): string {
  return u32(items.length) + items.join("");
}

/** A text in UTF-8 with its length before it. */
export function name(text: string): string {
  return sized(new TextEncoder().encode(text).toHex());
}
