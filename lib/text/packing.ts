/**
 * Bytes as text that is short and safe in HTML and in links: compressed, then base64url.
 *
 * @module
 */

/**
 * Packs bytes.
 *
 * @param bytes The bytes.
 */
export async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Unpacks what was packed.
 *
 * @param packed The text; it can be from anywhere.
 * @param maxSize The most bytes to unpack.
 * @throws {TypeError} If it is not what {@linkcode deflated} makes.
 * @throws {RangeError} If there are more bytes.
 */
export async function inflated(
  packed: string,
  maxSize: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = decoded(packed.trim());
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
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

function decoded(base64: string): string {
  try {
    return atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw new TypeError("Cannot unpack a text: it is not base64");
  }
}
