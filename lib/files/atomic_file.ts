/**
 * Replaces files as a whole or not at all, whatever happens meanwhile: the bytes go to a temporary
 * file in the same folder, are synced to the disk, and that file takes the place of the old one. It
 * gets the mode of the old one. A symbolic link stays: the file that it leads to is replaced.
 *
 * The folder is not synced. After a loss of power the old file may be there instead of the new one;
 * either is whole.
 *
 * @module
 */

import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { whyUnwritable } from "./file_errors.ts";
import { quote } from "../text/quote.ts";

/** A file to replace. */
interface Target {
  readonly path: string;
  /** The file that is there now. */
  readonly old: Deno.FileInfo | undefined;
}

/** The age at which a temporary file is taken for a remnant, in milliseconds. */
const REMNANT_AGE = 3_600_000;

/** The new files that could not take the place of the old ones: only the last one each is kept. */
const KEPT = new Map<string, string>();

/** The cause of an error: the new file is there, and could not take the place of the old one. */
export class NotReplaced extends Error {
  /** The path of the new file. */
  readonly kept: string;

  /** Says why, and names the new file. */
  constructor(message: string, kept: string) {
    super(message);
    this.kept = kept;
  }
}

/**
 * Writes a file.
 *
 * @param path The file. Missing folders are not made.
 * @throws {Error} If it cannot be written; what was at `path` before is still there. If only the
 * old file cannot be replaced, the new one is kept beside it: the message names it, and the cause
 * is a {@linkcode NotReplaced}.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await withTarget(path, async (target) => {
    const temporary = await newTemporary(target, async (file) => {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.sync();
    });
    try {
      await Deno.rename(temporary, target.path);
    } catch (error) {
      const name = KEPT.get(target.path) ?? temporary.replace(/tmp$/, "new");
      const kept = await Deno.rename(temporary, name).then(() => name, () => temporary);
      KEPT.set(target.path, kept);
      throw new NotReplaced(
        `${whyNotReplaced(error)}: the new one is kept as ${quote(kept)}`,
        kept,
      );
    }
  });
}

/**
 * Checks that a file can be written, before hours of work depend on it. It does what
 * {@linkcode writeAtomically} will do: a file that is there is replaced by a copy of itself.
 * Temporary files that killed programs have left are removed.
 *
 * @throws {Error} If it cannot be written.
 */
export async function assertWritable(path: string): Promise<void> {
  await withTarget(path, async (target) => {
    await Deno.remove(await newTemporary(target, () => Promise.resolve()));
    if (target.old !== undefined) await assertReplaceable(target, target.old);
    await removeRemnants(target.path).catch(() => {}); // not what was asked for
  });
}

async function assertReplaceable(target: Target, { atime, mtime }: Deno.FileInfo): Promise<void> {
  const copy = await newTemporary(target, async (file) => {
    using old = await Deno.open(target.path);
    await old.readable.pipeTo(file.writable, { preventClose: true });
    if (atime !== null && mtime !== null) await file.utime(atime, mtime);
    await file.sync(); // before it takes the place of the only one
  }).catch(() => undefined); // the new file may need less room, and no right to read the old one
  if (copy === undefined) return;
  try {
    const { mtime: now } = await Deno.stat(target.path);
    if (now?.getTime() === mtime?.getTime()) await Deno.rename(copy, target.path);
    else await Deno.remove(copy); // another program has just written it, and so it can be replaced
  } catch (error) {
    await Deno.remove(copy).catch(() => {});
    throw new Error(whyNotReplaced(error));
  }
}

function whyNotReplaced(error: unknown): string {
  return `the old file cannot be replaced: ${whyUnwritable(error)}`;
}

/** Calls `body` with the file that a path leads to, and says in errors that it cannot be written. */
async function withTarget(path: string, body: (target: Target) => Promise<void>): Promise<void> {
  try {
    await body(await targetOf(path));
  } catch (error) {
    throw new Error(`Cannot write ${quote(path)}: ${whyUnwritable(error)}`, { cause: error });
  }
}

/** Finds the file that a path leads to. A rename would replace anything, even a device. */
async function targetOf(path: string): Promise<Target> {
  const found = await Deno.lstat(path).catch(unlessNotFound);
  if (found === undefined) return { path, old: undefined };
  const target = found.isSymlink ? await Deno.realPath(path).catch(unlessNotFound) : path;
  if (target === undefined) throw new Error("it is a broken link: choose another name");
  const old = await Deno.stat(target);
  if (old.isDirectory) throw new Error("it is a directory: name a file");
  if (!old.isFile) throw new Error("it is not a regular file: choose another name");
  if (old.mode !== null && (old.mode & 0o222) === 0) {
    throw new Error("it is write-protected: choose another name");
  }
  return { path: target, old };
}

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Makes a file beside the target, with its mode and what `fill` writes, and returns its path. */
async function newTemporary(
  { path, old }: Target,
  fill: (file: Deno.FsFile) => Promise<void>,
): Promise<string> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    using file = await openNew(temporary, old?.mode ?? null);
    await fill(file);
    return temporary;
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function openNew(path: string, mode: number | null): Promise<Deno.FsFile> {
  const options = { write: true, createNew: true };
  if (mode === null) return await Deno.open(path, options); // or the system has no modes
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
