/**
 * Files that are there whole or not at all, whatever happens while they are
 * written: the bytes go to another file in the same folder, are synced to the
 * disk, and that file takes the place of the old one.
 *
 * @module
 */

import { whyUnwritable } from "./file_errors.ts";

/**
 * Writes a file.
 *
 * @param path Where. Folders that are missing are not made.
 * @param bytes What.
 * @throws {Error} If it cannot be written; what was at `path` before is still there.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const { temporary, file } = await openBeside(path);
  try {
    try {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw cannotWrite(path, error);
  }
}

/**
 * Checks that a file can be written, before hours of work depend on it.
 *
 * @param path Where.
 * @throws {Error} If it cannot.
 */
export async function assertWritable(path: string): Promise<void> {
  const { isDirectory } = await Deno.stat(path).catch(() => ({ isDirectory: false }));
  if (isDirectory) throw cannotWrite(path, new Error("it is a directory: name a file"));
  const { temporary, file } = await openBeside(path);
  file.close();
  await Deno.remove(temporary);
}

async function openBeside(path: string): Promise<{ temporary: string; file: Deno.FsFile }> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    return { temporary, file: await Deno.open(temporary, { write: true, createNew: true }) };
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): Error {
  return new Error(`Cannot write ${JSON.stringify(path)}: ${whyUnwritable(error)}`, {
    cause: error,
  });
}
