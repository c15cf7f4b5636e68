/**
 * The file that somebody may have meant whose path leads nowhere. Only loaded where it is needed.
 *
 * @module
 */

import { editDistance } from "../text/edit_distance.ts";

/** The maximum number of letters that somebody gets wrong in a long name. */
const MAX_WRONG = 2;

/** A folder of more entries is not looked through. */
const MAX_ENTRIES = 10_000;

/**
 * Finds a file in the folder of a path whose name is nearly the same, or the same without its
 * extension.
 *
 * @returns Its path; `undefined` if there is none, or the program may not look.
 */
export function nearFile(path: string): string | undefined {
  const [, folder = "", name = ""] = /^(.*[\\/])?(.*)$/s.exec(path) ?? [];
  const names = filesIn(folder === "" ? "." : folder);
  const longer = names.filter((other) => other.startsWith(`${name}.`));
  if (name !== "" && longer.length === 1) return `${folder}${longer[0]}`;
  const stem = stemOf(name);
  const max = Math.min(MAX_WRONG, Math.floor(stem.length / 3));
  const maxFor = (other: string) => stemOf(other) === stem ? MAX_WRONG : max;
  const ranked = names.map((other) => ({ other, wrong: editDistance(name, other) }))
    .filter(({ other, wrong }) => wrong <= maxFor(other))
    .sort((a, b) => a.wrong - b.wrong);
  const [best, second] = ranked;
  return best === undefined || best.wrong === second?.wrong ? undefined : folder + best.other;
}

/** Takes the extension off a name. */
function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}

/** Lists the files in a folder that do not hide; none if it cannot be read without asking. */
function filesIn(folder: string): string[] {
  if (Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") return [];
  const names: string[] = [];
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (!isDirectory && !name.startsWith(".")) names.push(name);
      if (names.length > MAX_ENTRIES) return [];
    }
  } catch {
    return []; // there is no such folder
  }
  return names;
}
