/**
 * Files that are there whole or not at all, whatever happens while they are
 * written: the bytes go to another file in the same folder, are synced to the
 * disk, and that file takes the place of the old one. It gets the mode that one
 * had, and a symbolic link stays: what it leads to is replaced.
 *
 * What it does not do: sync the folder. After a loss of power the old file may
 * be there instead of the new one; either is whole.
 *
 * @module
 */

import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { whyUnwritable } from "./file_errors.ts";
import { quote } from "../text/quote.ts";

/** What is to be replaced. */
interface Target {
  readonly path: string;
  /** Its mode; `null` if there is nothing yet, or the system has no modes. */
  readonly mode: number | null;
}

/** How long a temporary file has been left alone before it is taken for a remnant, in milliseconds. */
const REMNANT_AGE = 3_600_000;

/**
 * Writes a file.
 *
 * @param path Where. Folders that are missing are not made.
 * @param bytes What.
 * @throws {Error} If it cannot be written; what was at `path` before is still there.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await throughTemporary(path, async (file, temporary, target) => {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
    file.close();
    await Deno.rename(temporary, target);
  });
}

/**
 * Checks that a file can be written, before hours of work depend on it. What
 * killed programs have left of earlier attempts is removed.
 *
 * @param path Where.
 * @throws {Error} If it cannot.
 */
export async function assertWritable(path: string): Promise<void> {
  await throughTemporary(path, async (file, temporary, target) => {
    file.close();
    await Deno.remove(temporary);
    await removeRemnants(target).catch(() => {}); // not what was asked for
  });
}

/** Calls `body` with a new file beside the target, which is not there any more if that fails. */
async function throughTemporary(
  path: string,
  body: (file: Deno.FsFile, temporary: string, target: string) => Promise<void>,
): Promise<void> {
  try {
    const target = await targetOf(path);
    const temporary = `${target.path}.${crypto.randomUUID()}.tmp`;
    using file = await openNew(temporary, target.mode);
    try {
      await body(file, temporary, target.path);
    } catch (error) {
      file.close(); // Windows removes no open file
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw new Error(`Cannot write ${quote(path)}: ${whyUnwritable(error)}`, {
      cause: error,
    });
  }
}

/** The file that a path leads to. A rename would replace anything, even a device. */
async function targetOf(path: string): Promise<Target> {
  try {
    const { isSymlink } = await Deno.lstat(path);
    const target = isSymlink ? await Deno.realPath(path) : path;
    const { isFile, isDirectory, mode } = await Deno.stat(target);
    if (isDirectory) throw new Error("it is a directory: name a file");
    if (!isFile) throw new Error("it is not a regular file: choose another name");
    if (mode !== null && (mode & 0o222) === 0) {
      throw new Error("it is write-protected: choose another name");
    }
    return { path: target, mode };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (await isLink(path)) throw new Error("it is a link to nothing: choose another name");
    return { path, mode: null };
  }
}

async function isLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
}

async function openNew(path: string, mode: number | null): Promise<Deno.FsFile> {
  const options = { write: true, createNew: true };
  if (mode === null) return await Deno.open(path, options);
  const file = await Deno.open(path, { ...options, mode: mode & 0o777 });
  // The umask may have taken rights away.
  if ((await file.stat()).mode !== mode) await Deno.chmod(path, mode & 0o777).catch(() => {});
  return file;
}

/** Removes temporary files that nobody writes to any more. */
async function removeRemnants(target: string): Promise<void> {
  const name = basename(target), folder = dirname(target);
  for await (const entry of Deno.readDir(folder)) {
    const isTemporary = entry.isFile && entry.name.startsWith(name) &&
      /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/.test(entry.name.slice(name.length));
    if (!isTemporary) continue;
    const path = join(folder, entry.name);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > REMNANT_AGE) await Deno.remove(path);
  }
}
