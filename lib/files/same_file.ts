/**
 * One file under two names. Paths are compared by what they lead to, so links, `..`, hard links
 * and folders that are mounted twice are seen through, and so is a file system that takes `a` for
 * `A`.
 *
 * @module
 */

import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";

/**
 * Tells if two paths lead to one file, or would if it were there.
 *
 * Where the program may not look, the paths alone are compared.
 */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  if (resolve(a) === resolve(b)) return true;
  const [one, other] = [await identity(a), await identity(b)];
  if (one !== undefined || other !== undefined) return one === other;
  const [folder, otherFolder] = [await identity(dirname(a)), await identity(dirname(b))];
  if (folder === undefined || folder !== otherFolder) return false;
  return basename(a) === basename(b) || folded(a) === folded(b) && await isOneWhenMade(a, b);
}

/** Returns the same for all paths of a file; `undefined` if there is none that can be seen. */
async function identity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await Deno.stat(path);
    return ino ? `${dev}:${ino}` : await Deno.realPath(path); // Windows does not number its files
  } catch {
    return undefined;
  }
}

/** The name of a file without what some file systems ignore. */
function folded(path: string): string {
  return basename(path).normalize("NFC").toLowerCase();
}

/** Makes a file for a moment, which is the only way to know what the file system takes for one. */
async function isOneWhenMade(path: string, other: string): Promise<boolean> {
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
  } catch {
    return false; // nothing can be written there
  }
  const isOne = await identity(path) === await identity(other);
  await Deno.remove(path);
  return isOne;
}
