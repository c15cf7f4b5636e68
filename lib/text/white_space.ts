/**
 * White space in UTF-8, as Python's `str.strip()` sees it: `str.isspace()` by Python 3.11's Unicode
 * tables.
 *
 * @module
 */

/** Returns the length in bytes of the white space character at `i`; 0 if there is none. */
export function spaceAt(bytes: Uint8Array, i: number, end: number): number {
  if (i >= end) return 0;
  const a = bytes[i]!; // i < end <= length
  if (a < 0x80) return isAsciiSpace(a) ? 1 : 0;
  if (i + 2 <= end && isTwoByteSpace(a, bytes[i + 1]!)) return 2; // i + 1 < end
  if (i + 3 <= end && isThreeByteSpace(a, bytes[i + 1]!, bytes[i + 2]!)) return 3; // i + 2 < end
  return 0;
}

/** Returns the length in bytes of the white space character that ends before `i`, likewise. */
export function spaceBefore(bytes: Uint8Array, start: number, i: number): number {
  const last = bytes[i - 1]!; // i > 0
  if (last < 0x80) return isAsciiSpace(last) ? 1 : 0;
  for (let n = 2; n <= 3 && i - n >= start; n++) {
    if (spaceAt(bytes, i - n, i) === n) return n;
  }
  return 0;
}

/** \t \n \v \f \r, the four separators 1C to 1F, and the space. */
function isAsciiSpace(a: number): boolean {
  return (a >= 0x09 && a <= 0x0d) || (a >= 0x1c && a <= 0x20);
}

/** U+0085 next line, U+00A0 no-break space. */
function isTwoByteSpace(a: number, b: number): boolean {
  return a === 0xc2 && (b === 0x85 || b === 0xa0);
}

/** U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. */
function isThreeByteSpace(a: number, b: number, c: number): boolean {
  if (a === 0xe1) return b === 0x9a && c === 0x80;
  if (a === 0xe3) return b === 0x80 && c === 0x80;
  if (a !== 0xe2) return false;
  return b === 0x80
    ? (c >= 0x80 && c <= 0x8a) || c === 0xa8 || c === 0xa9 || c === 0xaf
    : b === 0x81 && c === 0x9f;
}
