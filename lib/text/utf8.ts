/**
 * Reads UTF-8 without making strings, for lists of millions of lines.
 *
 * @module
 */

/** Calls `visit` with each code point of valid UTF-8. */
export function forEachCodePoint(bytes: Uint8Array, visit: (code: number) => void): void {
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++]!;
    if (first < 0x80) {
      visit(first);
      continue;
    }
    // 110xxxxx, 1110xxxx and 11110xxx begin sequences of 2, 3 and 4 bytes.
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = first & (0x3f >> more);
    for (let k = 0; k < more; k++) code = (code << 6) | (bytes[i++]! & 0x3f); // valid: not cut off
    visit(code);
  }
}

/** Counts the code points of valid UTF-8: the bytes other than 10xxxxxx, which continue one. */
export function countCodePoints(bytes: Iterable<number>): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

/** Tells if bytes are valid UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  const CHUNK = 1 << 20; // the decoded text is thrown away: keep it small
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let i = 0; i < bytes.length; i += CHUNK) {
      decoder.decode(bytes.subarray(i, i + CHUNK), { stream: i + CHUNK < bytes.length });
    }
    return true;
  } catch {
    return false;
  }
}
