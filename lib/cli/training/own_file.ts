/**
 * Files that are going to be overwritten: what somebody else has made, such as a
 * data set, must not be lost because its name stands in the wrong place.
 *
 * @module
 */

import { whyUnreadable, whyUnwritable } from "../../files/file_errors.ts";
import { quote } from "../../text/quote.ts";

/**
 * Checks that there is nothing at a path, or something that may be replaced: an
 * empty file, a file of the same kind, or no regular file, such as a pipe.
 *
 * @param kind The kind of file that may be replaced, with its article.
 * @param start The beginning of such files, in ASCII.
 * @returns True if there is something.
 * @throws {Error} If there is something else, or the program may not look.
 */
export function assertReplaceable(path: string, kind: string, start: string): boolean {
  const info = statOf(path);
  if (info === undefined) return false;
  if (info.isDirectory) throw cannotWrite(path, "it is a directory: name a file");
  const found = info.isFile ? beginning(path, start.length) : "";
  if (found === "" || found === start) return true;
  throw cannotWrite(path, `there is a file that is not ${kind}: choose another name, or remove it`);
}

/**
 * Looks what is at a path.
 *
 * @returns `undefined` if there is nothing.
 * @throws {Error} If that cannot be known, or it is a broken link.
 */
export function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannotWrite(path, whyUnwritable(error));
    if (isLink(path)) throw cannotWrite(path, "it is a broken link: choose another name");
    return undefined;
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false; // there is nothing, or its folder is missing
  }
}

function cannotWrite(path: string, why: string): Error {
  return new Error(`Cannot write ${quote(path)}: ${why}`);
}

/**
 * Reads the first bytes of a regular file.
 *
 * @returns Each as a character.
 * @throws {Error} If it cannot be read.
 */
export function beginning(path: string, length: number): string {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(length);
    return new TextDecoder("latin1").decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch (error) {
    throw new Error(`Cannot read ${quote(path)}: ${whyUnreadable(error)}`);
  }
}
