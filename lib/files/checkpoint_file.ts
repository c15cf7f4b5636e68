/**
 * The file half of {@linkcode "./checkpoint.ts"}: saves models and loads them.
 *
 * Modules in this folder and in `cli/` use `Deno.*`; no others do.
 *
 * @module
 */

import { writeAtomically } from "./atomic_file.ts";
import {
  checkHeader,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../checkpoint/checkpoint.ts";
import { whyUnreadable } from "./file_errors.ts";
import { decodeHeader, decodeHeaderLength, HEADER_START } from "../checkpoint/safetensors.ts";
import { quote } from "../text/quote.ts";

/** The largest file that is loaded, in bytes: what a model of 4 GB, the most that fits, can fill. */
const MAX_SIZE = 2 ** 32;

/** The longest header, in bytes: all of Unicode takes 4 MB, a thousand layers 3 MB. */
const MAX_HEADER_LENGTH = 1 << 23;

/**
 * Saves a model: the file is there whole, or what was there before is.
 *
 * @param path The file.
 * @param checkpoint The model.
 * @throws {Error} If it cannot be written; the message says why and what to do.
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path, encodeCheckpoint(checkpoint));
}

/**
 * Loads a model. What the file says of itself is checked before memory is taken
 * for the rest of it.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read, or is not one; the message says why and what to do.
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  try {
    using file = await openFile(path);
    const { size } = await file.stat();
    if (size > MAX_SIZE) throw new Error(`it has ${size} bytes: a model has at most ${MAX_SIZE}`);
    const start = await read(file, HEADER_START, size);
    if (start.length === HEADER_START && !start.includes(0)) { // a text, or a header beyond 2⁵⁶
      throw new Error("it is not a model: name a file that --save made");
    }
    const length = decodeHeaderLength(start, size);
    if (length > MAX_HEADER_LENGTH) {
      throw new Error(
        `its header has ${length} bytes: that of a model has at most ${MAX_HEADER_LENGTH}`,
      );
    }
    const header = await read(file, length, size);
    const { metadata, tensors } = decodeHeader(header, size);
    checkHeader(metadata, tensors);
    const bytes = new Uint8Array(size);
    bytes.set(start);
    bytes.set(header, HEADER_START);
    await readInto(file, bytes.subarray(HEADER_START + length));
    return decodeCheckpoint(bytes);
  } catch (error) {
    throw new Error(`Cannot load ${quote(path)}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Whether a file looks as if it were a model: safetensors begins with the
 * length of a header, and then the header, which is JSON.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read.
 */
export async function isCheckpoint(path: string): Promise<boolean> {
  try {
    using file = await openFile(path);
    const start = new Uint8Array(HEADER_START + 1);
    let length = 0, n: number | null;
    while ((n = await file.read(start.subarray(length))) !== null && n > 0) length += n;
    const isShort = start.subarray(HEADER_START / 2, HEADER_START).every((byte) => byte === 0);
    return length === start.length && start[HEADER_START] === 0x7b && isShort; // below 4 GB
  } catch (error) {
    throw new Error(`Cannot read ${quote(path)}: ${reasonOf(error)}`, { cause: error });
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  const { isFile, isDirectory } = await Deno.stat(path); // opening a pipe would wait for a writer
  if (isDirectory) throw new Error("it is a directory: name a file that --save made");
  if (!isFile) throw new Error("it is not a regular file: name a file that --save made");
  return await Deno.open(path);
}

async function read(file: Deno.FsFile, length: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, size));
  await readInto(file, bytes);
  return bytes;
}

/** Fills `bytes`, as far as the file goes: it may have become shorter meanwhile. */
async function readInto(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const n = await file.read(bytes.subarray(done));
    if (n === null) throw new Error("it became shorter while it was read");
    done += n;
  }
}

/** The decoders give the reason alone as the cause of their errors. */
function reasonOf(error: unknown): string {
  const isReason = error instanceof Error && typeof error.cause === "string";
  return isReason ? `${error.cause}` : whyUnreadable(error);
}
