/**
 * The encodings of WebAssembly's binary format. Bytes are kept as a string with one character
 * per byte until the module is finished: V8 joins strings without copying, so code can be put
 * together from the inside out. (Hexadecimal text, which `Uint8Array.fromHex()` converts, is
 * 0.2 of 7.5 ms faster in a process that has just started, but Node 20 to 24 do not have it.)
 *
 * @module
 */

/** One byte, from 0 to 255. */
export function byte(value: number): string {
  return String.fromCharCode(value);
}

/** An unsigned integer of 32 bits in LEB128: seven bits per byte, the lowest first. */
export function u32(value: number): string {
  let rest = value >>> 0, bytes = "";
  while (rest >= 0x80) {
    bytes += byte((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return bytes + byte(rest);
}

/** A signed integer of 32 bits in LEB128; its last byte carries the sign in bit 6. */
export function s32(value: number): string {
  let rest = value | 0, bytes = "";
  while (rest < -0x40 || rest >= 0x40) {
    bytes += byte((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return bytes + byte(rest & 0x7f);
}

/** A number of 32 bits. */
export function f32(value: number): string {
  return fromBytes(new Uint8Array(Float32Array.of(value).buffer));
}

/** A number of 64 bits. */
export function f64(value: number): string {
  return fromBytes(new Uint8Array(Float64Array.of(value).buffer));
}

/** Bytes with their number before them. */
export function sized(bytes: string): string {
  return u32(bytes.length) + bytes;
}

/** A list of things with their number before them. */
export function list(items: readonly string[]): string {
  return u32(items.length) + items.join("");
}

/** A text in UTF-8 with its length before it. */
export function name(text: string): string {
  return sized(fromBytes(new TextEncoder().encode(text)));
}

/** A few bytes as a string. */
function fromBytes(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The bytes themselves. */
export function toBytes(bytes: string): Uint8Array<ArrayBuffer> {
  const { length } = bytes; // read once: this loop runs cold, byte by byte
  const array = new Uint8Array(length);
  for (let i = 0; i < length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}
