/**
 * Files that are going to be overwritten: what somebody else has made, such as a
 * data set, must not be lost because its name stands in the wrong place.
 *
 * @module
 */

import { whyUnreadable } from "../../files/file_errors.ts";
import { quote } from "../../text/quote.ts";

/**
 * Checks that there is nothing at a path, or something that may be replaced: an
 * empty file, a file of the same kind, or no regular file, such as a pipe.
 *
 * @param kind The kind of file that may be replaced, with its article.
 * @param start The beginning of such files, in ASCII.
 * @throws {Error} If there is something else.
 */
export function assertReplaceable(path: string, kind: string, start: string): void {
  const cannot = (why: string) => new Error(`Cannot write ${quote(path)}: ${why}`);
  if (statOf(path)?.isDirectory) throw cannot("it is a directory: name a file");
  const found = isFile(path) ? beginning(path, start.length) : "";
  if (found === "" || found === start) return;
  throw cannot(`there is a file that is not ${kind}: choose another name, or remove it`);
}

/** Tells if there is a regular file at a path, as far as the program may see. */
export function isFile(path: string): boolean {
  return statOf(path)?.isFile === true;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined; // the attempt to write there says why
  }
}

/** Reads the first characters of a file. */
function beginning(path: string, length: number): string {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(length);
    return new TextDecoder("latin1").decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch (error) {
    throw new Error(`Cannot read ${quote(path)}: ${whyUnreadable(error)}`);
  }
}
