/**
 * Model files: saves a {@linkcode Checkpoint} and loads it.
 *
 * @module
 */

import { writeAtomically } from "./atomic_file.ts";
import {
  type Checkpoint,
  type CheckpointHeader,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpointHeader,
} from "../checkpoint/checkpoint.ts";
import { whyUnreadable } from "./file_errors.ts";
import { decodeHeader, decodeHeaderLength, HEADER_START } from "../checkpoint/safetensors.ts";
import { quote } from "../text/quote.ts";

/**
 * The largest file that is loaded, in bytes: what a model of 4 GB, the most that fits, can fill.
 */
const MAX_SIZE = 2 ** 32;

/**
 * Saves a model. The file is replaced as a whole or not at all.
 *
 * @param path The file.
 * @param checkpoint The model.
 * @throws {Error} If it cannot be written; the message says why and what to do.
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path, encodeCheckpoint(checkpoint));
}

/**
 * Loads a model. The header of the file is checked before memory is taken for the rest of it.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read, or is not one; the message says why and what to do.
 */
export function loadCheckpoint(path: string): Promise<Checkpoint> {
  return withFile(path, "load", async (file) => {
    const [, start, size] = await readHeader(file);
    const bytes = new Uint8Array(size);
    bytes.set(start);
    await readInto(file, bytes.subarray(start.length));
    return decodeCheckpoint(bytes);
  });
}

/**
 * Loads what a model says of itself. The numbers in it are neither read nor checked.
 *
 * @throws {Error} If it cannot be read, or is not one; the message says why and what to do.
 */
export function loadCheckpointHeader(path: string): Promise<CheckpointHeader> {
  return withFile(path, "load", async (file) => (await readHeader(file))[0]);
}

/** Reads the beginning of a file and checks its header; also returns those bytes and its size. */
async function readHeader(file: Deno.FsFile): Promise<[CheckpointHeader, Uint8Array, number]> {
  const { size } = await file.stat();
  if (size > MAX_SIZE) throw new Error(`it has ${size} bytes: a model has at most ${MAX_SIZE}`);
  const length = new Uint8Array(Math.min(HEADER_START, size));
  await readInto(file, length);
  if (length.length === HEADER_START && !length.includes(0)) { // a text, or a header beyond 2⁵⁶
    throw new Error("it is not a model: name a file written by --save");
  }
  const start = new Uint8Array(HEADER_START + decodeHeaderLength(length, size));
  start.set(length);
  await readInto(file, start.subarray(HEADER_START));
  const { metadata, tensors } = decodeHeader(start.subarray(HEADER_START), size);
  return [readCheckpointHeader(metadata, tensors), start, size];
}

/**
 * Checks whether a file looks like a model: safetensors begins with the length of a header, and
 * then the header, which is JSON.
 *
 * @throws {Error} If it cannot be read.
 */
export function isCheckpoint(path: string): Promise<boolean> {
  return withFile(path, "read", async (file) => {
    const start = new Uint8Array(HEADER_START + 1);
    if ((await file.stat()).size < start.length) return false;
    await readInto(file, start);
    const isShort = start.subarray(HEADER_START / 2, HEADER_START).every((byte) => byte === 0);
    return start[HEADER_START] === 0x7b && isShort; // below 4 GB
  });
}

/** Opens a file and calls `body` with it. Errors say which file could not be loaded, or read. */
async function withFile<T>(
  path: string,
  action: string,
  body: (file: Deno.FsFile) => Promise<T>,
): Promise<T> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path); // opening a pipe would wait for a writer
    if (isDirectory) throw new Error("it is a directory: name a file written by --save");
    if (!isFile) throw new Error("it is not a regular file: name a file written by --save");
    using file = await Deno.open(path);
    return await body(file);
  } catch (error) {
    throw new Error(`Cannot ${action} ${quote(path)}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Fills `bytes`. The file may have become shorter meanwhile. */
async function readInto(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const n = await file.read(bytes.subarray(done));
    if (n === null) throw new Error("it shrank while it was being read");
    done += n;
  }
}

/** Finds the reason alone, which the decoders give as the cause of their errors. */
function reasonOf(error: unknown): string {
  const isReason = error instanceof Error && typeof error.cause === "string";
  return isReason ? `${error.cause}` : whyUnreadable(error);
}
