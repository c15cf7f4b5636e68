/**
 * A byte buffer that grows, with the integer encoding of WebAssembly.
 *
 * @module
 */

/** Bytes, written one after the other. */
export class Bytes {
  #buffer = new Uint8Array(4096);
  #length = 0;

  /** Appends one byte. */
  byte(value: number): void {
    if (this.#length === this.#buffer.length) this.#grow(this.#length + 1);
    this.#buffer[this.#length++] = value;
  }

  /** Appends an unsigned integer in LEB128: seven bits a byte, the lowest first. */
  u32(value: number): void {
    if (value < 0x80) return this.byte(value);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Appends a signed integer in LEB128; its last byte carries the sign in bit 6. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest >= 0x40) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** Appends a text in UTF-8 with its length before it. */
  name(text: string): void {
    this.sized(new TextEncoder().encode(text));
  }

  /** Appends bytes with their number before them. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.all(bytes);
  }

  /** Appends bytes. */
  all(bytes: ArrayLike<number>): void {
    if (this.#length + bytes.length > this.#buffer.length) this.#grow(this.#length + bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A view of what has been written. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}
