/**
 * The safetensors file format: tensors by name, and a few strings about them.
 *
 * A file is 8 bytes with the length of the header, little-endian; the header, in JSON; the data:
 *
 * ```json
 * {"__metadata__":{"made by":"microgpt"},"wte":{"dtype":"F64","shape":[27,16],"data_offsets":[0,3456]}}
 * ```
 *
 * A file may come from anyone, so it is believed only where it can be checked. Sources of the
 * rules: [F] the section "Format" of the README of github.com/huggingface/safetensors, [T] its
 * implementation, `safetensors/src/tensor.rs`.
 *
 * 1. The header has at most 100,000,000 bytes, `MAX_HEADER_SIZE` [T].
 * 2. It is UTF-8, begins with `{`, may end with white space, and no key occurs twice [F].
 * 3. Metadata are strings [F]; the numbers are integers from 0 up, `usize` [T], here below 2⁵³.
 * 4. A tensor's data are just as long as its type and shape say, which must be whole bytes:
 *    `Metadata::validate` [T].
 * 5. The data of all tensors, in the order of their offsets, follow each other from the first byte
 *    to the last of the file, with no hole and no overlap [F] [T].
 * 6. Written are tensors of the larger alignment first, then by name; spaces fill the header up to
 *    a multiple of 8, so that all elements lie aligned: `prepare` [T].
 *
 * What it does not do: read files, accept what is outside these rules (other keys of a tensor,
 * `null` for metadata, white space before the header), read several files that make up one model.
 *
 * @example There and back
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
 * import { tensorOf } from "./tensor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const wte = tensorOf(Float64Array.of(0.25, -1, 3, 0.5), [2, 2]);
 * const bytes = encodeSafetensors(new Map([["wte", wte]]), new Map([["steps", "1000"]]));
 *
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * assertEquals(tensors.get("wte"), wte);
 * assertEquals(metadata.get("steps"), "1000");
 * ```
 *
 * @module
 */

import { METADATA_KEY, readHeaderText, unreadable } from "./_safetensors_header.ts";
import { excerpt } from "../text/quote.ts";
import {
  assertTensor,
  byteLengthOf,
  type Tensor,
  TENSOR_DTYPES,
  type TensorDtype,
} from "./tensor.ts";

/** Where the header begins: after the 8 bytes of its length. */
export const HEADER_START = 8;

/** How many bytes a header has at most. */
export const MAX_HEADER_LENGTH = 100_000_000;

/** What is in a file. */
export interface Safetensors {
  /** The tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What the file says of itself; empty if it says nothing. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** What a header says of a tensor. */
export interface TensorInfo {
  /** The type of its elements. */
  readonly dtype: TensorDtype;
  /** Its sizes, the outermost first. */
  readonly shape: readonly number[];
  /** Where its data begin, counted from the beginning of the file. */
  readonly begin: number;
  /** Where its data end: the index after the last byte. */
  readonly end: number;
}

/** What is in a header. */
export interface SafetensorsHeader {
  /** The tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What the file says of itself; empty if it says nothing. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Writes a file. The same tensors and metadata give the same bytes, in whatever order the tensors
 * come; metadata stay in theirs.
 *
 * @param tensors The tensors by name.
 * @param metadata What the file says of itself.
 * @returns The bytes of the file.
 * @throws {TypeError} If a tensor is none, a name is `__metadata__`, or a name or string has half a
 * surrogate pair.
 * @throws {RangeError} If the header would have more than {@linkcode MAX_HEADER_LENGTH} bytes.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort(byAlignmentThenName);
  const header = encodeHeader(ordered, metadata);
  const dataLength = ordered.reduce((sum, [, { data }]) => sum + data.length, 0);
  const bytes = new Uint8Array(HEADER_START + header.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, HEADER_START);
  let end = HEADER_START + header.length;
  for (const [, { data }] of ordered) {
    bytes.set(data, end);
    end += data.length;
  }
  return bytes;
}

function encodeHeader(
  tensors: readonly [string, Tensor][],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const members = metadata.size > 0 ? [`"${METADATA_KEY}":${metadataJson(metadata)}`] : [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    const subject = `Cannot write the safetensors file: tensor ${excerpt(name)}`;
    if (name === METADATA_KEY) throw new TypeError(`${subject}: the name is that of the metadata`);
    assertTensor(tensor, subject);
    const { dtype, shape, data } = tensor;
    const data_offsets = [end, end += data.length];
    members.push(`${stringJson(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER_LENGTH) {
    throw new RangeError(
      `Cannot write the safetensors file: its header has ${length} bytes: ` +
        `at most ${MAX_HEADER_LENGTH} are allowed`,
    );
  }
  const header = new Uint8Array(length).fill(0x20);
  header.set(json);
  return header;
}

/**
 * Reads a file.
 *
 * @param bytes The whole file. The tensors' data are views of it, not copies.
 * @throws {SyntaxError} If the header is not of the form that the format wants.
 * @throws {RangeError} If a number in it does not fit the others, or the file.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const headerLength = decodeHeaderLength(bytes.subarray(0, HEADER_START), bytes.length);
  const header = bytes.subarray(HEADER_START, HEADER_START + headerLength);
  const { tensors, metadata } = decodeHeader(header, bytes.length);
  const withData = new Map<string, Tensor>();
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    withData.set(name, { dtype, shape, data: bytes.subarray(begin, end) });
  }
  return { tensors: withData, metadata };
}

/**
 * Reads the beginning of a file, to know how long the header after it is.
 *
 * @param start The first 8 bytes of the file, or all if it has fewer.
 * @param fileSize How many bytes the file has.
 * @returns How many bytes the header has; as many are in the file.
 * @throws {RangeError} If the file is too short, or the header too long.
 */
export function decodeHeaderLength(start: Uint8Array, fileSize: number): number {
  if (start.length < HEADER_START) {
    fail(`it has ${fileSize} bytes: the length of its header alone takes ${HEADER_START}`);
  }
  const headerLength = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (headerLength > MAX_HEADER_LENGTH) {
    fail(`its header has ${headerLength} bytes: at most ${MAX_HEADER_LENGTH} are allowed`);
  }
  const rest = fileSize - HEADER_START;
  if (headerLength > rest) {
    fail(`its header has ${headerLength} bytes: the file ends after ${rest} of them`);
  }
  return Number(headerLength);
}

/**
 * Reads the header of a file and checks it against the size of the file, before memory is taken for
 * the data.
 *
 * @param header The bytes that {@linkcode decodeHeaderLength} counts, from byte 8 of the file on.
 * @param fileSize How many bytes the file has.
 * @throws {SyntaxError} If the header is not of the form that the format wants.
 * @throws {RangeError} If a number in it does not fit the others, or the file.
 */
export function decodeHeader(header: Uint8Array, fileSize: number): SafetensorsHeader {
  const { entries, metadata } = readHeaderText(decodeUtf8(header));
  const dataStart = HEADER_START + header.length;
  const tensors = new Map<string, TensorInfo>();
  for (const [name, { dtype, shape, offsets }] of entries) {
    const [begin, end] = offsets as [number, number]; // two, says the text
    const byteLength = byteLengthOf(dtype, shape);
    if (byteLength !== end - begin) {
      fail(
        `tensor ${excerpt(name)}: ${dtype} of shape ${
          showShape(shape)
        } takes ${byteLength} bytes: ` +
          `data_offsets [${begin}, ${end}] hold ${end - begin}`,
      );
    }
    tensors.set(name, { dtype, shape, begin: dataStart + begin, end: dataStart + end });
  }
  assertNoGaps(tensors, dataStart, fileSize);
  return { tensors, metadata };
}

/** Rule 5. Offsets are shown as they stand in the header: counted from its end. */
function assertNoGaps(
  tensors: ReadonlyMap<string, TensorInfo>,
  dataStart: number,
  fileSize: number,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = dataStart;
  for (const [name, { begin, end }] of ordered) {
    if (begin !== covered) {
      const offsets = `[${begin - dataStart}, ${end - dataStart}]`;
      fail(
        `tensor ${excerpt(name)}: data_offsets ${offsets} ` +
          (begin < covered ? "overlap with those before" : "leave a hole after those before") +
          `, which end at ${covered - dataStart}`,
      );
    }
    covered = end;
  }
  if (covered !== fileSize) {
    const [wanted, found] = [covered - dataStart, fileSize - dataStart];
    fail(`its tensors take ${wanted} bytes: after the header are ${found}`);
  }
}

/** Throws that the file cannot be read; the reason alone is the error's cause. */
function fail(why: string): never {
  throw new RangeError(`Cannot read the safetensors file: ${why}`, { cause: why });
}

function decodeUtf8(header: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch {
    throw unreadable("its header is not UTF-8");
  }
}

/** The first sizes of a shape; a header can hold millions of them. */
function showShape(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", ..." : ""}]`;
}

function metadataJson(metadata: ReadonlyMap<string, string>): string {
  const members = Array.from(metadata, ([key, value]) => `${stringJson(key)}:${stringJson(value)}`);
  return `{${members.join(",")}}`;
}

function stringJson(text: string): string {
  if (!text.isWellFormed()) {
    throw new TypeError(
      `Cannot write the safetensors file: ${excerpt(text)} has half a surrogate pair`,
    );
  }
  return JSON.stringify(text);
}

/** The larger alignment first, then by name as Rust compares strings. */
function byAlignmentThenName([a, x]: [string, Tensor], [b, y]: [string, Tensor]): number {
  return TENSOR_DTYPES.indexOf(y.dtype) - TENSOR_DTYPES.indexOf(x.dtype) || compareUtf8(a, b);
}

/** Compares by UTF-8, which is by code point; `<` compares UTF-16, where U+FF21 is above U+1F600. */
function compareUtf8(a: string, b: string): number {
  const x = new TextEncoder().encode(a), y = new TextEncoder().encode(b);
  const i = x.findIndex((byte, i) => byte !== y[i]);
  return i < 0 ? x.length - y.length : x[i]! - (y[i] ?? -1); // i < x.length
}
