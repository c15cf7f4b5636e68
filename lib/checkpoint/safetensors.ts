/**
 * The safetensors file format: tensors by name, and a few strings about them.
 *
 * A file is 8 bytes with the length of the header, little-endian; the header, in JSON; the data:
 *
 * ```json
 * {"__metadata__":{"made by":"microgpt"},"wte":{"dtype":"F64","shape":[27,16],"data_offsets":[0,3456]}}
 * ```
 *
 * A file may come from anyone, so everything in it is checked. Sources of the rules: [F] the section
 * "Format" of the README of github.com/huggingface/safetensors, [T] its implementation,
 * `safetensors/src/tensor.rs`.
 *
 * 1. The header is UTF-8 and begins with `{` [F]. Here it has at most 8 MB; [T] allows 100 MB.
 * 2. Metadata are strings [F]; the numbers are integers from 0 on, `usize` [T], here below 2⁵³.
 * 3. A tensor's data are just as long as its type and shape say: `Metadata::validate` [T]. Types
 *    that no model of this program has can have any length.
 * 4. The data of all tensors, in the order of their offsets, follow each other from the first byte
 *    to the last of the file, with no hole and no overlap [F] [T].
 * 5. Tensors of the larger alignment are written first, then by name; spaces fill the header up to
 *    a multiple of 8, so that all elements lie aligned: `prepare` [T].
 *
 * @module
 */

import { excerpt, kindOf } from "../text/quote.ts";
import { byteLengthOf, type Tensor, TENSOR_DTYPES } from "./tensor.ts";

/** The key whose value is not a tensor. */
const METADATA_KEY = "__metadata__";

/** The index of the header's first byte: the length before it takes 8. */
export const HEADER_START = 8;

/** The maximum length of a header, in bytes: all of Unicode takes 4 MB, a thousand layers 3 MB. */
export const MAX_HEADER_LENGTH: number = 1 << 23;

/**
 * The maximum number of the signs `{`, `[` and `:` in a header, of which a tensor takes 7. Without a
 * limit, 8 MB of them would take half a GB once parsed.
 */
const MAX_SIGNS = 1 << 19;

/** The contents of a file: tensors, or their places, by name, and metadata, which can be empty. */
export interface Safetensors<T = Tensor> {
  readonly tensors: ReadonlyMap<string, T>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The entry of a tensor in a header, with the place of its data, counted from the file's beginning. */
export interface TensorInfo extends Pick<Tensor, "dtype" | "shape"> {
  readonly begin: number;
  readonly end: number;
}

/**
 * Writes a file. The same tensors and metadata give the same bytes, in whatever order the tensors
 * come; metadata stay in theirs.
 *
 * @throws {TypeError} If a string has half a surrogate pair.
 * @throws {RangeError} If the header would be too large to be read again.
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
  let begin = HEADER_START + header.length;
  for (const [, { data }] of ordered) {
    bytes.set(data, begin);
    begin += data.length;
  }
  return bytes;
}

/** Compares tensors: the larger alignment first, then by name. */
function byAlignmentThenName([a, x]: [string, Tensor], [b, y]: [string, Tensor]): number {
  return TENSOR_DTYPES.indexOf(y.dtype) - TENSOR_DTYPES.indexOf(x.dtype) || (a < b ? -1 : 1);
}

function encodeHeader(
  tensors: readonly [string, Tensor][],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const strings = Array.from(metadata, ([key, value]) => `${stringJson(key)}:${stringJson(value)}`);
  const members = metadata.size > 0 ? [`"${METADATA_KEY}":{${strings.join(",")}}`] : [];
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const data_offsets = [end, end += data.length];
    members.push(`${stringJson(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  const tooLarge = whyTooLarge(header);
  if (tooLarge !== undefined) {
    throw new RangeError(`Cannot write the safetensors file: ${tooLarge}`);
  }
  return header;
}

/** Says why a header must not be written or parsed; `undefined` if it may. */
function whyTooLarge(header: Uint8Array): string | undefined {
  if (header.length > MAX_HEADER_LENGTH) {
    return `its header has ${header.length} bytes: at most ${MAX_HEADER_LENGTH} are allowed`;
  }
  const isSign = (byte: number) => byte === 0x7b || byte === 0x5b || byte === 0x3a; // { [ :
  const numSigns = header.reduce((n, byte) => isSign(byte) ? n + 1 : n, 0);
  if (numSigns <= MAX_SIGNS) return undefined;
  return `its header has ${numSigns} brackets and colons: at most ${MAX_SIGNS} are allowed`;
}

function stringJson(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text);
  throw new TypeError(
    `Cannot write the safetensors file: ${excerpt(text)} has half a surrogate pair`,
  );
}

/**
 * Reads a file.
 *
 * @param file The whole file. The tensors' data are views of it, not copies.
 * @throws {TypeError} If it is no `Uint8Array`.
 * @throws {SyntaxError} If the header does not have the form that the format wants.
 * @throws {RangeError} If a number in it does not fit the others, or the file.
 */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  if (!(file instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot read the safetensors file: it must be a Uint8Array: it is ${kindOf(file)}`,
    );
  }
  // Node's Buffer is one whose slice() makes no copy.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
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
 * Reads the length of the header.
 *
 * @param start The first 8 bytes of the file, or all if it has fewer.
 * @param fileSize The size of the file in bytes.
 * @returns The length in bytes. The file has as many.
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
 * @param fileSize The size of the file in bytes.
 * @throws {SyntaxError} If the header does not have the form that the format wants.
 * @throws {RangeError} If a number in it does not fit the others, or the file.
 */
export function decodeHeader(header: Uint8Array, fileSize: number): Safetensors<TensorInfo> {
  const dataStart = HEADER_START + header.length;
  const tensors = new Map<string, TensorInfo>();
  let metadata: ReadonlyMap<string, string> = new Map();
  const members = parseHeader(header);
  for (const name of Object.keys(members)) {
    if (!name.isWellFormed()) fail(`tensor ${excerpt(name)}: its name is not Unicode`, SyntaxError);
    if (name === METADATA_KEY) metadata = metadataOf(members[name]);
    else tensors.set(name, tensorInfo(name, members[name], dataStart));
  }
  assertNoGaps(tensors, dataStart, fileSize);
  return { tensors, metadata };
}

/** Parses the JSON of a header, whose members can be anything. */
function parseHeader(header: Uint8Array): Readonly<Record<string, unknown>> {
  const tooLarge = whyTooLarge(header);
  if (tooLarge !== undefined) fail(tooLarge);
  let members;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    if (text.startsWith("{")) members = parseJsonObject(text);
  } catch {
    // It is not UTF-8.
  }
  return members ?? fail("its header is not a JSON object in UTF-8", SyntaxError);
}

/** Parses JSON that is an object; `undefined` if it is not. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function metadataOf(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) fail(`${METADATA_KEY} is not an object`, SyntaxError);
  const metadata = new Map<string, string>();
  for (const key of Object.keys(value)) {
    const text = value[key];
    if (typeof text !== "string" || !text.isWellFormed() || !key.isWellFormed()) {
      fail(`${METADATA_KEY}: ${excerpt(key)} is not a string of Unicode`, SyntaxError);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function tensorInfo(name: string, value: unknown, dataStart: number): TensorInfo {
  const subject = `tensor ${excerpt(name)}`;
  if (!isObject(value)) fail(`${subject} is not an object`, SyntaxError);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") fail(`${subject}: dtype is not a string`, SyntaxError);
  if (!areSizes(shape)) fail(`${subject}: shape is not a list of integers from 0 on`, SyntaxError);
  if (!areSizes(offsets) || offsets.length !== 2) {
    fail(`${subject}: data_offsets are not two integers from 0 on`, SyntaxError);
  }
  const [begin, end] = offsets as [number, number]; // of length 2
  const byteLength = byteLengthOf(dtype, shape) ?? Math.max(0, end - begin);
  if (byteLength !== end - begin) {
    const sizes = `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", ..." : ""}]`; // of millions
    fail(
      `${subject}: ${excerpt(dtype)} of shape ${sizes} takes ${byteLength} bytes: ` +
        `data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  return { dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function areSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Checks rule 4. Messages show offsets as they stand in the header: counted from its end. */
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
function fail(why: string, Class: typeof RangeError | typeof SyntaxError = RangeError): never {
  throw new Class(`Cannot read the safetensors file: ${why}`, { cause: why });
}
