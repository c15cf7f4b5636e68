/** Files of tensors for the tests: well-formed ones, and what one can do to them. */

import type { Random } from "../../lib/random.ts";
import { byteLengthOf, type Tensor, TENSOR_DTYPES } from "../../lib/checkpoint/tensor.ts";

/** A file with any text for a header, and any data. */
export function fileOf(header: string | Uint8Array, data: ArrayLike<number> = []): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** The text of a file's header, with the spaces at its end. */
export function headerText(bytes: Uint8Array): string {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
}

/**
 * The lengths to which a test cuts a file: each one up to `numAll`, then every 101st, a hundred
 * random ones, and one byte less than the whole.
 */
export function cutLengths(length: number, numAll: number, random: Random): number[] {
  const all = Array.from({ length: Math.min(numAll, length) }, (_, i) => i);
  const some = Array.from({ length: Math.floor(length / 101) }, (_, i) => 101 * i);
  const drawn = Array.from({ length: 100 }, () => random.randbelow(length));
  return [...new Set([...all, ...some, ...drawn, length - 1])].sort((a, b) => a - b);
}

/** Names that a careless program mistakes for something else. */
export const ODD_NAMES: readonly string[] = [
  "",
  " ",
  "10",
  "9",
  'a "quoted" \\ name',
  "\u0000\u001f\u007f\u2028",
  "\uFEFFé",
  "Ａ", // U+FF21: after the emoji in UTF-16, before it in UTF-8
  "😀",
  "__proto__",
  "constructor",
  "dtype",
  "{[:,]}",
];

/** The bytes of an element, which its name tells: those of BF16 are 2. */
export function bytesOf(dtype: string): number {
  return Number(/\d+/.exec(dtype)![0]) / 8; // all have a number
}

/** A tensor of any type, of up to 3 dimensions of up to 4 and with bytes of any value. */
export function randomTensor(random: Random): Tensor {
  const dtype = TENSOR_DTYPES[random.randbelow(TENSOR_DTYPES.length)]!; // below length
  const shape = Array.from({ length: random.randbelow(4) }, () => random.randbelow(5));
  const length = byteLengthOf(dtype, shape)!; // of a known type
  return { dtype, shape, data: Uint8Array.from({ length }, () => random.randbelow(256)) };
}

/** Up to 6 tensors, some with odd names. */
export function randomTensors(random: Random): Map<string, Tensor> {
  const names = Array.from({ length: random.randbelow(7) }, (_, i) => {
    const odd = ODD_NAMES[random.randbelow(3 * ODD_NAMES.length)];
    return odd ?? `layer${i}.weight`;
  });
  return new Map(names.map((name) => [name, randomTensor(random)]));
}

/** Values that stand in headers, and some that should not. */
const TOKENS: readonly string[] = [
  ...'{}[]:,"\\ \n0123456789-+.eE',
  ..."\u0000\u001f\u00e9\ud83d\ude00",
  ...["0", "1", "8", "-1", "1.5", "1e3", "00", "9007199254740991", "9007199254740992"],
  ...["18446744073709551616", "1e400", "null", "true", "NaN", '""', '"x"', "[]", "{}", "[1,2,3]"],
  ...['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', '"__proto__"', '"F4"', '"F99"'],
  ...['"\\u0064type"', '"\\ud800"', '"\\x"', "[[[[[[[[", '{"":{"":{"":'],
];

/** A file with something wrong, most of the time. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  const kind = random.randbelow(8);
  if (kind === 0) return bytes.slice(0, random.randbelow(bytes.length + 1));
  if (kind === 1) return Uint8Array.from([...bytes, random.randbelow(256)]);
  if (kind === 2) return withRandomByte(random, bytes, bytes.length);
  if (kind === 3) return withRandomByte(random, bytes, 8); // in the length of the header
  const tokens = headerText(bytes).match(/"(?:[^"\\]|\\.)*"|\d+|\s+|./gsu) ?? [];
  const data = bytes.subarray(8 + new TextEncoder().encode(tokens.join("")).length);
  for (let times = 1 + random.randbelow(3); times > 0; times--) {
    if (kind < 6) { // parts are put in, in place of up to two others
      const from = kind === 4 ? TOKENS : tokens;
      const first = random.randbelow(from.length + 1);
      const parts = from.slice(first, first + 1 + random.randbelow(2));
      tokens.splice(random.randbelow(tokens.length + 1), random.randbelow(3), ...parts);
    } else { // a number becomes another one of the header, or a small one
      const numbers = tokens.flatMap((token, i) => /^\d/.test(token) ? [i] : []);
      const pick = () => numbers[random.randbelow(Math.max(1, numbers.length))] ?? 0;
      tokens[pick()] = kind === 6 ? tokens[pick()]! : `${random.randbelow(40)}`; // an index of tokens
    }
  }
  return fileOf(tokens.join(""), data);
}

function withRandomByte(random: Random, bytes: Uint8Array, end: number): Uint8Array {
  return bytes.with(random.randbelow(end), random.randbelow(256));
}
