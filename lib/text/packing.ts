/**
 * Bytes as short text: compressed, then written in characters that are safe in HTML, or in links.
 *
 * @module
 */

/** A way to write bytes as text. */
export interface Alphabet {
  /** Writes bytes. */
  readonly encode: (bytes: Uint8Array) => string;
  /**
   * Reads bytes.
   *
   * @throws {TypeError} If the text is not written in this alphabet.
   */
  readonly decode: (text: string) => Uint8Array<ArrayBuffer>;
}

/** For links: Base64 with - and _, without padding (RFC 4648, section 5). */
export const LINK: Alphabet = {
  encode(bytes) {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  },
  decode(text) {
    try {
      const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      return Uint8Array.from(binary, (character) => character.charCodeAt(0));
    } catch {
      throw new TypeError("Cannot unpack a text: it is not base64url");
    }
  },
};

/** All printable characters of ASCII that mean nothing to HTML: 91. */
const CHARACTERS = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i))
  .filter((character) => !"<>&".includes(character)).join("");

/** As many bits fit in two of these characters, 91 ** 2 > 2 ** 13, and in a last one alone. */
const BITS = 13, LAST_BITS = 6;

/** For HTML: 13 bits in two characters, where Base64 takes 12. */
export const HTML: Alphabet = {
  encode(bytes) {
    let text = "", bits = 0, numBits = 0;
    const write = (value: number) => {
      text += CHARACTERS.charAt(Math.floor(value / 91)) + CHARACTERS.charAt(value % 91);
    };
    for (const byte of bytes) {
      bits = bits << 8 | byte;
      numBits += 8;
      if (numBits < BITS) continue;
      numBits -= BITS;
      write(bits >>> numBits);
      bits &= (1 << numBits) - 1;
    }
    if (numBits > LAST_BITS) write(bits << (BITS - numBits));
    else if (numBits > 0) text += CHARACTERS.charAt(bits << (LAST_BITS - numBits));
    return text;
  },
  decode(text) {
    const size = BITS * (text.length >> 1) + LAST_BITS * (text.length & 1);
    const bytes = new Uint8Array(size >> 3);
    let length = 0, bits = 0, numBits = 0;
    for (let i = 0; i < text.length; i += 2) {
      const isLast = i + 1 === text.length;
      const [high, low] = [0, 1].map((k) => CHARACTERS.indexOf(text.charAt(i + k)));
      const value = isLast ? high! : 91 * high! + low!; // there are two
      if (high! < 0 || low! < 0 || value >= 1 << (isLast ? LAST_BITS : BITS)) {
        throw new TypeError(`Cannot unpack a text: character ${i} is not one of the alphabet`);
      }
      bits = bits << (isLast ? LAST_BITS : BITS) | value;
      numBits += isLast ? LAST_BITS : BITS;
      for (; numBits >= 8; bits &= (1 << numBits) - 1) bytes[length++] = bits >>> (numBits -= 8);
    }
    return bytes;
  },
};

/**
 * Packs bytes.
 *
 * @param bytes The bytes.
 * @param alphabet The alphabet to write them in.
 */
export async function packed(
  bytes: Uint8Array<ArrayBuffer>,
  alphabet: Alphabet,
): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return alphabet.encode(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/**
 * Unpacks what was packed.
 *
 * @param text The text; it can be from anywhere.
 * @param alphabet The alphabet that it is written in.
 * @param maxSize The most bytes to unpack.
 * @throws {TypeError} If it is not what {@linkcode packed} makes.
 * @throws {RangeError} If there are more bytes.
 */
export async function unpacked(
  text: string,
  alphabet: Alphabet,
  maxSize: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([alphabet.decode(text.trim())]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (const reader = stream.getReader();;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    size += value.length;
    if (size > maxSize) {
      await reader.cancel();
      throw new RangeError(`Cannot unpack a text: it has more than ${maxSize} bytes`);
    }
    chunks.push(value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
