/**
 * Decompresses zlib data synchronously and within a limit.
 *
 * The platform's `DecompressionStream` is asynchronous, but a generator of texts that asks whether
 * one of them is new needs the list at once. Sources: RFC 1950 (zlib) and RFC 1951 (deflate).
 *
 * @module
 */

/** Extra bits of each symbol for the length of a match (RFC 1951, section 3.2.5). */
const LENGTH_BITS = Array.from({ length: 29 }, (_, i) => i === 28 ? 0 : Math.max(0, (i >> 2) - 1));

/** The shortest length of each symbol; the last one is an exception. */
const LENGTH_BASE = basesOf(3, LENGTH_BITS).with(28, 258);

/** Likewise for the distance of a match. */
const DISTANCE_BITS = Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1));
const DISTANCE_BASE = basesOf(1, DISTANCE_BITS);

/** The order in which the code for code lengths stores its own lengths. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The symbols 16 to 18 of that code repeat a length: how often at least, and their extra bits. */
const REPEAT_BASE = [3, 3, 11], REPEAT_BITS = [2, 3, 7];

/** The longest code, in bits. */
const MAX_BITS = 15;

/** A Huffman code: the next bits lead to `symbol << 4 | length`, or to 0 if they are no code. */
type Huffman = Uint16Array;

/**
 * Decompresses data in the format of zlib.
 *
 * @param data The data, from any source.
 * @param size The number of bytes that they must decompress to.
 * @throws {SyntaxError} If they are not zlib's, or decompress to another number of bytes.
 */
export function inflate(data: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const [cmf = 0, flags = 0] = data;
  if ((cmf & 0x0f) !== 8 || (cmf << 8 | flags) % 31 !== 0 || (flags & 0x20) !== 0) {
    throw corrupt("the header is not zlib's");
  }
  const output = new Inflation(data.subarray(2), size).run();
  const [a = 0, b = 0, c = 0, d = 0] = data.subarray(-4);
  if ((a << 24 | b << 16 | c << 8 | d) !== adler32(output)) {
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
    const size = this.#output.length;
    for (let isLast = false; !isLast && this.#length <= size;) {
      isLast = this.#bits(1) === 1;
      const type = this.#bits(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#compressed(...fixedCodes());
      else if (type === 2) this.#compressed(...this.#codes());
      else throw corrupt("there is a block of an unknown type");
    }
    if (this.#length !== size) throw corrupt(`there are not ${size} bytes`);
    return this.#output;
  }

  /** Reads bytes until `count` bits wait, as far as the data go. */
  #fill(count: number): void {
    while (this.#count < count && this.#next < this.#data.length) {
      this.#buffer |= this.#data[this.#next++]! << this.#count; // below length
      this.#count += 8;
    }
  }

  #skip(count: number): void {
    if (count > this.#count) throw corrupt("the data are cut off");
    this.#buffer >>>= count;
    this.#count -= count;
  }

  #bits(count: number): number {
    this.#fill(count);
    const bits = this.#buffer & (1 << count) - 1;
    this.#skip(count);
    return bits;
  }

  #symbol(code: Huffman): number {
    this.#fill(MAX_BITS);
    const entry = code[this.#buffer & code.length - 1]!; // its length is a power of 2
    if (entry === 0) throw corrupt("there is an unknown code");
    this.#skip(entry & 0xf);
    return entry >> 4;
  }

  /** Copies a block that is not compressed. */
  #stored(): void {
    this.#skip(this.#count % 8); // to the next byte
    const length = this.#bits(16);
    if (length !== (~this.#bits(16) & 0xffff)) throw corrupt("a length is not its own complement");
    for (let i = 0; i < length; i++) this.#output[this.#length++] = this.#bits(8);
  }

  /** Reads the two codes of a block: for literals and lengths, and for distances. */
  #codes(): [Huffman, Huffman] {
    const numLengths = 257 + this.#bits(5), numDistances = 1 + this.#bits(5);
    const numCodes = 4 + this.#bits(4);
    if (numLengths > 286 || numDistances > 30) throw corrupt("a code has too many symbols");
    const codeLengths = new Uint8Array(19);
    for (const symbol of ORDER.slice(0, numCodes)) codeLengths[symbol] = this.#bits(3);
    const code = newHuffman(codeLengths);
    const lengths = new Uint8Array(numLengths + numDistances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const repeated = symbol === 16 ? lengths[i - 1] : 0;
      const end = i + REPEAT_BASE[symbol - 16]! + this.#bits(REPEAT_BITS[symbol - 16]!); // 16 to 18
      if (repeated === undefined || end > lengths.length) throw corrupt("a code is malformed");
      while (i < end) lengths[i++] = repeated;
    }
    return [newHuffman(lengths.subarray(0, numLengths)), newHuffman(lengths.subarray(numLengths))];
  }

  /** Decodes literals and matches until the end of the block. Bytes beyond the output get lost. */
  #compressed(literals: Huffman, distances: Huffman): void {
    const output = this.#output;
    for (let symbol; (symbol = this.#symbol(literals)) !== 256 && this.#length <= output.length;) {
      if (symbol < 256) {
        output[this.#length++] = symbol;
        continue;
      }
      const length = this.#extended(symbol - 257, LENGTH_BASE, LENGTH_BITS);
      const distance = this.#extended(this.#symbol(distances), DISTANCE_BASE, DISTANCE_BITS);
      if (distance > this.#length) throw corrupt("a match begins before the data");
      const end = this.#length + length;
      for (let i = this.#length; i < end; i++) output[i] = output[i - distance]!; // may overlap
      this.#length = end;
    }
  }

  #extended(symbol: number, base: readonly number[], bits: readonly number[]): number {
    const smallest = base[symbol];
    if (smallest === undefined) throw corrupt("there is an unknown symbol");
    return smallest + this.#bits(bits[symbol]!); // as many as of base
  }
}

/**
 * Makes the code whose symbols have these lengths in bits, 0 for none (RFC 1951, section 3.2.2).
 */
function newHuffman(lengths: Uint8Array): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1), nextCodes = new Uint16Array(MAX_BITS + 1);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]!]!++;
  let bits = 0; // of the longest code
  for (let length = 1, code = 0; length <= MAX_BITS; length++, code <<= 1) {
    nextCodes[length] = code;
    code += counts[length]!;
    if (code > 1 << length) throw corrupt("a code has more symbols than there is room for");
    if (counts[length]! > 0) bits = length;
  }
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    let reversed = 0; // for the first bit is the lowest
    for (let i = 0, code = nextCodes[length]!++; i < length; i++, code >>= 1) {
      reversed = reversed << 1 | code & 1;
    }
    for (let i = reversed; i < table.length; i += 1 << length) table[i] = symbol << 4 | length;
  }
  return table;
}

/** Makes the codes of a block that has none of its own. */
function fixedCodes(): [Huffman, Huffman] {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return [newHuffman(lengths), newHuffman(new Uint8Array(30).fill(5))];
}

/** Lists the smallest value of each symbol, where one with n extra bits stands for 2ⁿ values. */
function basesOf(first: number, bits: readonly number[]): number[] {
  let next = first;
  return bits.map((n) => (next += 1 << n) - (1 << n));
}

/** Computes the checksum of zlib (RFC 1950, section 8.2), as a signed 32-bit integer. */
function adler32(bytes: Uint8Array): number {
  let a = 1, b = 0;
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes[i]!) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

function corrupt(why: string): SyntaxError {
  return new SyntaxError(`Cannot decompress the data: ${why}`);
}
