/**
 * SHA-256 (FIPS 180-4). The browser's own is not there for pages that came without encryption.
 *
 * @module
 */

const PRIMES: readonly number[] = firstPrimes(64);

/** The first 32 bits of the fractional parts of the cube roots of the first primes. */
const K = Uint32Array.from(PRIMES, (prime) => (Math.cbrt(prime) % 1) * 2 ** 32);

/** Those of the square roots. */
const INITIAL = Uint32Array.from(PRIMES.slice(0, 8), (prime) => (Math.sqrt(prime) % 1) * 2 ** 32);

/** The bytes of a block. */
const BLOCK = 64;

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/**
 * Computes the SHA-256 of some bytes.
 *
 * @param bytes The bytes.
 * @returns It in hexadecimal.
 */
export function sha256(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  const hash = INITIAL.slice();
  for (let start = 0; start < padded.length; start += BLOCK) addBlock(hash, view, start);
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}

function addBlock(hash: Uint32Array, view: DataView, start: number): void {
  const w = new Uint32Array(64);
  for (let t = 0; t < 64; t++) {
    w[t] = t < 16
      ? view.getUint32(start + 4 * t)
      : sigma(w[t - 2]!, 17, 19, 10) + w[t - 7]! + sigma(w[t - 15]!, 7, 18, 3) + w[t - 16]!; // t >= 16
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as Eight; // it has eight
  for (let t = 0; t < 64; t++) {
    const t1 = h + turned(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + K[t]! + w[t]!; // t < 64
    const t2 = turned(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => hash[i]! += word); // as many
}

type Eight = [number, number, number, number, number, number, number, number];

function rotated(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}

/** Σ: three rotations. */
function turned(x: number, l: number, m: number, n: number): number {
  return rotated(x, l) ^ rotated(x, m) ^ rotated(x, n);
}

/** σ: two rotations and a shift. */
function sigma(x: number, l: number, m: number, n: number): number {
  return rotated(x, l) ^ rotated(x, m) ^ (x >>> n);
}
