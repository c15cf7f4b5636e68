/**
 * Decompresses what zlib has compressed, at once and within a limit.
 *
 * The platform's `DecompressionStream` is asynchronous, and a list must be at hand the moment a
 * generator of texts asks whether one of them is new. Sources: RFC 1950 (zlib) and RFC 1951
 * (deflate); the decoder works bit by bit, as Mark Adler's `puff.c` does.
 *
 * @module
 */

/** Lengths of matches (RFC 1951, section 3.2.5): the smallest of each symbol, and its extra bits. */
const LENGTH_BASE = [
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
];
const LENGTH_BITS = [
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
];

/** Distances of matches: two symbols for each number of extra bits. */
const DISTANCE_BASE = [
  1,
  2,
  3,
  4,
  5,
  7,
  9,
  13,
  17,
  25,
  33,
  49,
  65,
  97,
  129,
  193,
  257,
  385,
  513,
  769,
  1025,
  1537,
  2049,
  3073,
  4097,
  6145,
  8193,
  12289,
  16385,
  24577,
];
const DISTANCE_BITS = [
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
];

/** The order in which the lengths of the code for code lengths are stored. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The longest code, in bits. */
const MAX_BITS = 15;

/** A canonical Huffman code. */
interface Huffman {
  /** For each length in bits, the number of symbols. */
  readonly counts: Uint16Array;
  /** The symbols, by length and then by number. */
  readonly symbols: Uint16Array;
}

/**
 * Decompresses data in the format of zlib.
 *
 * @param data The data; they can be from anywhere.
 * @param size The number of bytes that they must decompress to.
 * @throws {SyntaxError} If they are not zlib's, or decompress to another number of bytes.
 */
export function inflate(data: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const [cmf = 0, flags = 0] = data;
  if ((cmf & 0x0f) !== 8 || ((cmf << 8) | flags) % 31 !== 0 || (flags & 0x20) !== 0) {
    throw corrupt("the header is not zlib's");
  }
  const output = new Inflation(data.subarray(2), size).run();
  const [a = 0, b = 0, c = 0, d = 0] = data.subarray(-4);
  if (((a << 24) | (b << 16) | (c << 8) | d) !== adler32(output)) {
    throw corrupt("the checksum is another one");
  }
  return output;
}

/** Deflated data on the way to bytes. */
class Inflation {
  readonly #data: Uint8Array;
  readonly #output: Uint8Array<ArrayBuffer>;
  /** The next byte to read, and to write. */
  #next = 0;
  #length = 0;
  /** Bits that have been read but not used, the first the lowest. */
  #buffer = 0;
  #count = 0;

  constructor(data: Uint8Array, size: number) {
    this.#data = data;
    this.#output = new Uint8Array(size);
  }

  run(): Uint8Array<ArrayBuffer> {
    for (let isLast = false; !isLast;) {
      isLast = this.#bits(1) === 1;
      const type = this.#bits(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#compressed(fixedLengths(), newHuffman(new Uint8Array(30).fill(5)));
      else if (type === 2) this.#dynamic();
      else throw corrupt("there is a block of an unknown type");
    }
    if (this.#length !== this.#output.length) {
      throw corrupt(`there are ${this.#length} bytes, not ${this.#output.length}`);
    }
    return this.#output;
  }

  #bits(count: number): number {
    while (this.#count < count) {
      const byte = this.#data[this.#next++];
      if (byte === undefined) throw corrupt("the data are cut off");
      this.#buffer |= byte << this.#count;
      this.#count += 8;
    }
    const bits = this.#buffer & ((1 << count) - 1);
    this.#buffer >>>= count;
    this.#count -= count;
    return bits;
  }

  #write(byte: number): void {
    if (this.#length === this.#output.length) {
      throw corrupt(`there are more than ${this.#length} bytes`);
    }
    this.#output[this.#length++] = byte;
  }

  /** Copies a block that is not compressed. */
  #stored(): void {
    this.#bits(this.#count % 8); // to the next byte
    const length = this.#bits(16);
    if (length !== (~this.#bits(16) & 0xffff)) throw corrupt("a length is not its own complement");
    for (let i = 0; i < length; i++) this.#write(this.#bits(8));
  }

  /** Reads the two codes of a block, then the block. */
  #dynamic(): void {
    const numLengths = 257 + this.#bits(5), numDistances = 1 + this.#bits(5);
    const numCodes = 4 + this.#bits(4);
    if (numLengths > 286 || numDistances > 30) throw corrupt("a code has too many symbols");
    const codeLengths = new Uint8Array(19);
    for (let i = 0; i < numCodes; i++) codeLengths[ORDER[i]!] = this.#bits(3); // at most 19
    const code = newHuffman(codeLengths);
    const lengths = new Uint8Array(numLengths + numDistances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const repeated = symbol === 16 ? lengths[i - 1] : 0;
      const times = symbol === 16
        ? 3 + this.#bits(2)
        : symbol === 17
        ? 3 + this.#bits(3)
        : 11 + this.#bits(7);
      if (repeated === undefined || i + times > lengths.length) {
        throw corrupt("a code is malformed");
      }
      lengths.fill(repeated, i, i += times);
    }
    this.#compressed(
      newHuffman(lengths.subarray(0, numLengths)),
      newHuffman(lengths.subarray(numLengths)),
    );
  }

  /** Decodes literals and matches until the end of the block. */
  #compressed(literals: Huffman, distances: Huffman): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) {
        this.#write(symbol);
        continue;
      }
      if (symbol === 256) return;
      const length = this.#extended(symbol - 257, LENGTH_BASE, LENGTH_BITS);
      const distance = this.#extended(this.#symbol(distances), DISTANCE_BASE, DISTANCE_BITS);
      if (distance > this.#length) throw corrupt("a match begins before the data");
      if (length > this.#output.length - this.#length) throw tooLong(this.#output);
      for (let i = this.#length; i < this.#length + length; i++) {
        this.#output[i] = this.#output[i - distance]!; // it may overlap what it copies
      }
      this.#length += length;
    }
  }

  #extended(symbol: number, base: readonly number[], bits: readonly number[]): number {
    const smallest = base[symbol];
    if (smallest === undefined) throw corrupt("there is an unknown symbol");
    return smallest + this.#bits(bits[symbol]!); // as many as of base
  }

  /** Decodes a symbol: the codes of each length follow those of the length before. */
  #symbol({ counts, symbols }: Huffman): number {
    let buffer = this.#buffer, left = this.#count; // locals: three times as fast
    let code = 0, first = 0, index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      if (left === 0) {
        if (this.#next === this.#data.length) throw corrupt("the data are cut off");
        buffer = this.#data[this.#next++]!; // as checked
        left = 8;
      }
      code |= buffer & 1;
      buffer >>>= 1;
      left--;
      const count = counts[length]!; // MAX_BITS + 1 of them
      if (code - count < first) {
        this.#buffer = buffer;
        this.#count = left;
        return symbols[index + code - first]!; // one per code
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw corrupt("there is an unknown code");
  }
}

/** Makes the code whose symbols have these lengths in bits; 0: no code. */
function newHuffman(lengths: Uint8Array): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const offsets = new Uint16Array(MAX_BITS + 2);
  let left = 1; // codes that are still free
  for (let length = 1; length <= MAX_BITS; length++) {
    left = 2 * left - counts[length]!; // MAX_BITS + 1 of them
    if (left < 0) throw corrupt("a code has more symbols than there is room for");
    offsets[length + 1] = offsets[length]! + counts[length]!; // likewise
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[offsets[length]!++] = symbol; // a length is at most MAX_BITS
  });
  return { counts, symbols };
}

/** The code for literals and lengths where none is given. */
function fixedLengths(): Huffman {
  return newHuffman(new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280));
}

/** Computes the checksum of zlib (RFC 1950, section 8.2), as a signed 32-bit integer. */
function adler32(bytes: Uint8Array): number {
  let a = 1, b = 0;
  for (let i = 0; i < bytes.length; i++) {
    a += bytes[i]!; // i < length
    b += a;
    if (i % 2048 === 2047) [a, b] = [a % 65521, b % 65521]; // long before they are inexact
  }
  [a, b] = [a % 65521, b % 65521];
  return (b << 16) | a;
}

function tooLong({ length }: Uint8Array): SyntaxError {
  return corrupt(`there are more than ${length} bytes`);
}

function corrupt(why: string): SyntaxError {
  return new SyntaxError(`Cannot decompress the data: ${why}`);
}
