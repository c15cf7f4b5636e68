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

/** Checks whether bytes are text: UTF-8, and without NUL, which no text has. */
export function isText(bytes: Uint8Array): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** Returns the index of the first byte that is not UTF-8: the Unicode Standard, table 3-7; or -1. */
export function invalidAt(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i]!;
    if (first < 0x80) {
      i++;
      continue;
    }
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    const second = bytes[i + 1] ?? 0;
    // No character in more bytes than it needs, no surrogate, none above U+10FFFF.
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (more === 0 || second < low || second > high) return i;
    for (let k = 2; k <= more; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return i;
    i += 1 + more;
  }
  return -1;
}

/** Returns the number of the line on which a byte stands, counted from 1. */
export function lineAt(bytes: Uint8Array, index: number): number {
  const LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d;
  let line = 1;
  for (let i = 0; i < index; i++) {
    const isBreak = bytes[i] === LINE_FEED ||
      (bytes[i] === CARRIAGE_RETURN && bytes[i + 1] !== LINE_FEED);
    if (isBreak) line++;
  }
  return line;
}
