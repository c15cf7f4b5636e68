/**
 * Data sets: files of the user's; names.txt, which is fetched once, verified and kept; and, where
 * it cannot be had, a list that is part of the package.
 *
 * @module
 */

import { sha256 } from "../checkpoint/sha256.ts";
import { whyUnreadable, whyUnwritable } from "./file_errors.ts";
import { quote, shorten } from "../text/quote.ts";

/** A file on the web. */
export interface RemoteFile {
  readonly url: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/** The 32,033 names that microgpt.py trains on. */
export const NAMES: RemoteFile = {
  url: "https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt",
  size: 228_145,
  sha256: "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
};

/** The path of {@linkcode NAMES}, from the working directory. */
export const NAMES_PATH = "datasets/names.txt";

/** The time that a download may take, in milliseconds. */
const TIMEOUT = 10_000;

/** The maximum size of a data set, in bytes: documents have 32-bit indices. */
const MAX_SIZE = 2 ** 32 - 1;

/**
 * Reads a data set.
 *
 * @param path The file; `-` is stdin.
 * @returns Its bytes.
 * @throws {Error} If it cannot be read; the message says why and what to do.
 */
export async function readDataset(path: string): Promise<Uint8Array> {
  const name = path === "-" ? "stdin" : quote(path);
  const cannot = (why: string) => new Error(`Cannot read ${name}: ${why}`);
  const wanted = "name a text file with one document per line";
  const refuse = (error: unknown) => {
    throw cannot(whyUnreadable(error));
  };
  if (path === "-") return await new Response(Deno.stdin.readable).bytes().catch(refuse);
  if (path === "") throw cannot(`the path is empty: ${wanted}`);
  const file = await Deno.stat(path).catch(refuse);
  if (file.isDirectory) throw cannot(`it is a directory: ${wanted}`);
  if (file.isCharDevice || file.isBlockDevice) throw cannot(`it is a device: ${wanted}`);
  const tooLarge = (size: number) =>
    cannot(`it has ${size} bytes: at most ${MAX_SIZE} can be read`);
  if (file.size > MAX_SIZE) throw tooLarge(file.size);
  const bytes = await Deno.readFile(path).catch(refuse);
  if (bytes.length > MAX_SIZE) throw tooLarge(bytes.length); // a pipe does not say its size before
  return bytes;
}

/**
 * Loads names.txt, the list of the original, from `datasets/names.txt` in the working directory, or
 * from the web; then it is kept there for the next time. Where neither is possible, the list of
 * English names that is part of the package takes its place.
 *
 * @param note Called with each message on the way.
 * @param warn Called with a message if another list takes its place.
 * @returns The bytes of the list, one name per line.
 * @throws {Error} If the file is there and cannot be read.
 */
export function loadNames(
  note: (message: string) => void,
  warn?: (message: string) => void,
): Promise<Uint8Array> {
  return loadRemote(NAMES, NAMES_PATH, note, warn);
}

/** Loads any file in the same way, kept at any path. */
export async function loadRemote(
  file: RemoteFile,
  path: string,
  note: (message: string) => void,
  warn: (message: string) => void = note,
): Promise<Uint8Array> {
  if (await isFound(path, note)) return await readKept(file, path, note);
  try {
    return await fetchAndKeep(file, path, note);
  } catch (error) {
    warn(
      `Cannot fetch names.txt: ${
        messageOf(error)
      }: using the English names that come with microgpt`,
    );
    return await bundledNames();
  }
}

/**
 * Gets a file as {@linkcode loadRemote} does, but nothing in its place.
 *
 * @throws {Error} If it cannot be had.
 */
export async function loadOriginal(
  file: RemoteFile,
  path: string,
  note: (message: string) => void,
): Promise<Uint8Array> {
  if (await isFound(path, note)) return await readKept(file, path, note);
  return await fetchAndKeep(file, path, note).catch((error) => {
    throw new Error(`${quote(path)} is not there, and cannot be fetched: ${messageOf(error)}`);
  });
}

/** Reads the file that was kept, and notes if it is another one. */
async function readKept(
  { size, sha256: wanted }: RemoteFile,
  path: string,
  note: (message: string) => void,
): Promise<Uint8Array> {
  const bytes = await readDataset(path);
  const difference = bytes.length !== size
    ? `it has ${bytes.length} bytes, not ${size}`
    : await sha256(bytes) !== wanted // half a millisecond for names.txt
    ? "its SHA-256 is another"
    : undefined;
  if (difference !== undefined) {
    note(
      `${
        quote(path)
      } differs from the list of microgpt.py: ${difference}: delete it to download the original`,
    );
  }
  return bytes;
}

async function fetchAndKeep(
  file: RemoteFile,
  path: string,
  note: (message: string) => void,
): Promise<Uint8Array> {
  note(`Fetching ${file.url}`);
  const bytes = await fetchVerified(file);
  await keep(bytes, path).catch((error) =>
    note(`Cannot keep ${path}: ${whyUnwritable(error.cause ?? error)}: using it anyway`)
  );
  return bytes;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Loads the list of English given names that is part of the package. */
export async function bundledNames(): Promise<Uint8Array> {
  const { PRESETS } = await import("./presets.ts");
  return new TextEncoder().encode(await PRESETS["english"]!.load()); // it is there
}

/**
 * Downloads a file and checks that it is the right one.
 *
 * @param timeout The time that it may take, in milliseconds.
 * @throws {Error} If there is no answer in time, or not the right one.
 */
export async function fetchVerified(
  file: RemoteFile,
  timeout: number = TIMEOUT,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await download(file, AbortSignal.timeout(timeout)).catch((error) => {
    if (error.name === "TimeoutError") throw new Error(`no answer within ${timeout / 1000} s`);
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(`Deno may not use the network: allow ${new URL(file.url).host}`);
    }
    if (error instanceof TypeError) throw new Error(connectionError(error));
    throw error;
  });
  const found = await sha256(bytes);
  if (found === file.sha256) return bytes;
  throw new Error(`its SHA-256 is not the expected one: ${found}`);
}

/** Cuts a chain such as "error sending request for url (...): client error (...): ..." short. */
function connectionError({ message, cause }: TypeError): string {
  const chain = cause instanceof Error ? cause.message : message;
  return chain.replace(/^error sending request for url \(.*?\): /, "").split(": ").slice(0, 3)
    .join(": ");
}

/** Downloads exactly `file.size` bytes. */
async function download(file: RemoteFile, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(file.url, { signal, redirect: "error" });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the server answered ${response.status} ${shorten(response.statusText)}`);
  }
  const bytes = new Uint8Array(file.size);
  let length = 0;
  for await (const chunk of response.body) {
    if (length + chunk.length > file.size) throw new Error(`it is larger than ${file.size} bytes`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length < file.size) throw new Error(`it has ${length} bytes, not ${file.size}`);
  return bytes;
}

/** Writes the file, and the folder it is in. */
async function keep(bytes: Uint8Array, path: string): Promise<void> {
  const { ensureDir } = await import("@std/fs/ensure-dir"); // likewise
  const { dirname } = await import("@std/path/dirname");
  const { writeAtomically } = await import("./atomic_file.ts");
  await ensureDir(dirname(path));
  await writeAtomically(path, bytes);
}

/** Tells if there is something at a path. What Deno may not look at is noted, and not there. */
async function isFound(path: string, note: (message: string) => void): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    const { NotFound, NotADirectory, NotCapable } = Deno.errors;
    if (error instanceof NotCapable) note(`Cannot look for ${path}: ${whyUnreadable(error)}`);
    return ![NotFound, NotADirectory, NotCapable].some((Class) => error instanceof Class);
  }
}
