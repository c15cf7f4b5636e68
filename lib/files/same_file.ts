/**
 * Compares files, not the spellings of their paths: `m`, `./m`, a link to `m`, and `M` where the
 * file system takes that for the same name. The files need not exist yet.
 *
 * @module
 */

import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { isAbsolute } from "@std/path/is-absolute";
import { join } from "@std/path/join";
import { normalize } from "@std/path/normalize";

/** The maximum number of links to nothing that are followed: they can lead to each other. */
const MAX_LINKS = 40;

/**
 * Tells if two paths lead to the same file, or would if it existed. Hard links count as the same.
 * Paths that Deno may not look at are compared as they are written.
 */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([identityOf(a), identityOf(b)]);
  return x === y;
}

/** Returns a text that all paths to a file share; to compare many of them. */
export async function identityOf(path: string, numLinks = 0): Promise<string> {
  try {
    const { dev, ino } = await Deno.stat(path);
    return Number.isSafeInteger(ino) ? `${dev}:${ino}` : await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return normalize(path);
  }
  const folder = dirname(path);
  const link = await Deno.readLink(path).catch(() => undefined);
  if (link !== undefined && numLinks < MAX_LINKS) {
    return await identityOf(isAbsolute(link) ? link : join(folder, link), numLinks + 1);
  }
  if (folder === path) return path;
  const name = basename(path);
  const key = await ignoresCase(folder) ? name.normalize("NFC").toLowerCase() : name;
  return join(await identityOf(folder, numLinks), key);
}

/** Tells if a folder takes names in capitals for the same, going by one that is there. */
async function ignoresCase(folder: string): Promise<boolean> {
  const idOf = (name: string) => Deno.lstat(join(folder, name)).then(({ ino }) => ino, () => -1);
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const other = name.replace(/[a-z]/g, (letter) => letter.toUpperCase());
      if (other !== name) return await idOf(other) === await idOf(name);
    }
  } catch {
    // It is not there, or Deno may not look.
  }
  return Deno.build.os === "windows" || Deno.build.os === "darwin";
}
