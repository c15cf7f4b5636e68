/**
 * Files that a task does not find, or may not write: it runs in the root of the clone, and may write
 * there only; the user may be elsewhere.
 *
 * @module
 */

import { isAbsolute } from "@std/path/is-absolute";
import { join } from "@std/path/join";
import { asWord } from "../text/quote.ts";
import { isTask, typedIn } from "./program.ts";

/** A file that is not there. */
export interface Lookup {
  /** The folder that was searched, in words. */
  readonly where: string;
  /** The folder of the user that has the file, and the path from here; `undefined` if none has. */
  readonly found: { readonly folder: string; readonly path: string } | undefined;
}

/**
 * Looks for a file in the folder where a task was typed.
 *
 * @param path A path that leads nowhere from the working directory.
 * @returns `undefined` if no task has been typed elsewhere, or the path is absolute.
 */
export function lookWhereTyped(path: string): Lookup | undefined {
  const folder = isAbsolute(path) ? undefined : typedIn();
  if (folder === undefined) return undefined;
  const cwd = Deno.cwd(), there = join(folder, path);
  const where = `in ${asWord(cwd)}, where tasks run`;
  if (!isThere(there)) return { where, found: undefined };
  const isInside = there.startsWith(cwd) && /^[\\/]/.test(there.slice(cwd.length));
  return { where, found: { folder, path: isInside ? there.slice(cwd.length + 1) : there } };
}

/** Tells if there is something at a path that the program may look at. */
function isThere(path: string): boolean {
  try {
    return Deno.permissions.querySync({ name: "read", path }).state === "granted" &&
      Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Says where a task writes a file, if that may surprise.
 *
 * @param path The path as it was typed.
 * @returns `undefined` if no task has been typed elsewhere, or the path is absolute.
 */
export function whereWritten(path: string): string | undefined {
  const folder = isAbsolute(path) ? undefined : typedIn();
  return folder && `Tasks run in ${asWord(Deno.cwd())}: ${asWord(path)} is written there, ` +
      `not in ${asWord(folder)}`;
}

/**
 * Says why a task may not read a file, and what to do.
 *
 * @returns `undefined` if no task has been typed, or Deno is going to ask on the terminal.
 */
export function whyTaskCannotRead(): string | undefined {
  return !isTask() || isAsked() ? undefined : "this task may not read there: the task start may";
}

/**
 * Says why a task may not write outside of the clone, and what to do.
 *
 * @returns `undefined` if the reason is another one, or Deno is going to ask on the terminal.
 */
export function whyTaskCannotWrite(): string | undefined {
  const cwd = Deno.cwd();
  const { state } = Deno.permissions.querySync({ name: "write", path: cwd });
  if (!isTask() || state !== "granted" || isAsked()) return undefined;
  return `a task may write in ${asWord(cwd)} only: ` +
    "name a file there, or start the program with deno run -A main.ts";
}

/** Tells if Deno asks for a permission that is missing. */
function isAsked(): boolean {
  return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
}
