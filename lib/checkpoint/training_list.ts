/**
 * The training list: the distinct documents that a model was trained on, packed to travel with it.
 * With it one can tell which samples are new, and name the nearest document.
 *
 * @module
 */

import type { Docs } from "../docs.ts";
import { inflate } from "./inflate.ts";

/** A list of texts, compressed. */
export interface PackedList {
  /** The number of texts. */
  readonly count: number;
  /** Their size unpacked, in bytes: UTF-8, with a line feed between two of them. */
  readonly size: number;
  /** Those bytes in the format of zlib (RFC 1950). */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The maximum size of a list, in bytes: a million names. */
export const MAX_LIST_SIZE = 1 << 23;

/** The maximum size once packed: zlib adds 5 bytes to each 16 kB that it cannot compress. */
export const MAX_PACKED_SIZE: number = MAX_LIST_SIZE + (MAX_LIST_SIZE >> 11);

/** Bytes are compressed in slices of 1 kB, on which zlib's output depends: files must stay the same. */
const COMPRESSED_SLICE = 1 << 10;

/** Data are decompressed in slices of 16 kB, each of which may come to 16 MB. */
const DECOMPRESSED_SLICE = 1 << 14;

const LINE_FEED = 0x0a;

/** Deflate makes at most 1,032 bytes of one (RFC 1951, section 3.2.5: 258 bytes in two bits). */
const MAX_RATIO = 1032;

/**
 * Packs the documents of a data set, each once, sorted; `undefined` if they have more than
 * {@linkcode MAX_LIST_SIZE} bytes.
 */
export async function packList(docs: Docs): Promise<PackedList | undefined> {
  if (docs.bytes.length > MAX_LIST_SIZE) return undefined;
  const texts = [...new Set(linesOf(docs))].sort(); // sorted it packs by a fifth smaller
  const unpacked = new TextEncoder().encode(texts.join("\n"));
  if (unpacked.length > MAX_LIST_SIZE) return undefined; // U+FFFD is longer than what it stands for
  const stream = slices(unpacked, COMPRESSED_SLICE).pipeThrough(new CompressionStream("deflate"));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  return { count: texts.length, size: unpacked.length, data };
}

/**
 * Unpacks a list from any source.
 *
 * @throws {SyntaxError} If the list is not what it says it is.
 */
export function unpackList(list: PackedList): string[] {
  const text = unpackTextSync(list);
  return text === "" ? [] : text.split("\n");
}

/**
 * Unpacks a list from any source as one text, with a line feed between two of the list's.
 *
 * @throws {SyntaxError} If the list is not what it says it is.
 */
export function unpackTextSync(list: PackedList): string {
  assertSize(list);
  let bytes;
  try {
    bytes = inflate(list.data, list.size);
  } catch {
    throw wrongData(list);
  }
  return textOf(bytes, list);
}

/**
 * Does the same in half the time, as the platform decompresses the list.
 *
 * @throws {SyntaxError} If the list is not what it says it is.
 */
export async function unpackText(list: PackedList): Promise<string> {
  assertSize(list);
  const bytes = await decompress(list).catch(() => Promise.reject(wrongData(list)));
  return textOf(bytes, list);
}

/** Decompresses data piece by piece, so that it can stop after one that is too much. */
async function decompress({ size, data }: PackedList): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  const stream = slices(data, DECOMPRESSED_SLICE).pipeThrough(new DecompressionStream("deflate"));
  for await (const part of stream) {
    bytes.set(part, length); // throws if there is no room for it
    length += part.length;
  }
  if (length < size) throw new RangeError(`Cannot decompress ${size} bytes: there are ${length}`);
  return bytes;
}

/** Decodes an unpacked list. */
function textOf(bytes: Uint8Array, { size, count }: PackedList): string {
  const found = size === 0 ? 0 : 1 + countLineFeeds(bytes);
  if (found !== count) throw corrupt(`it has ${found} texts, not ${count}`);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function assertSize({ size, data }: PackedList): void {
  if (size <= Math.min(MAX_LIST_SIZE, data.length * MAX_RATIO)) return;
  throw corrupt(`${data.length} bytes cannot hold the ${size} that it says it has`);
}

function wrongData({ size }: PackedList): SyntaxError {
  return corrupt(`the data are not ${size} bytes, compressed`);
}

function corrupt(why: string): SyntaxError {
  return new SyntaxError(`Cannot unpack the training list: ${why}`);
}

function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let i = bytes.indexOf(LINE_FEED); i >= 0; i = bytes.indexOf(LINE_FEED, i + 1)) count++;
  return count;
}

/** Decodes all documents at once, which is three times faster than one by one. */
function linesOf({ bytes, spans }: Docs): string[] {
  const lines = new Uint8Array(bytes.length + 1);
  let end = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const doc = bytes.subarray(spans[i], spans[i + 1]);
    lines.set(doc, end);
    end += doc.length;
    lines[end++] = LINE_FEED;
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(lines.subarray(0, end));
  return text.split("\n").slice(0, -1);
}

/** Streams bytes in slices. */
function slices(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes.length; i += length) {
        controller.enqueue(bytes.subarray(i, i + length));
      }
      controller.close();
    },
  });
}
