/**
 * A second chance for a file that cannot be written where it should be, and that would be lost.
 *
 * @module
 */

import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { writeAtomically } from "../../files/atomic_file.ts";

/**
 * Writes a file under a new name: beside its place, in the working directory, or in a temporary
 * folder.
 *
 * @param path Its place.
 * @returns Its new place; `undefined` if no place takes it.
 */
export async function rescue(path: string, bytes: Uint8Array): Promise<string | undefined> {
  const name = `rescued-${crypto.randomUUID().slice(0, 8)}-${basename(path)}`;
  for (const folder of [dirname(path), "."]) {
    const place = join(folder, name);
    if (await isWritten(place, bytes)) return place;
  }
  const folder = await Deno.makeTempDir({ prefix: "microgpt_" }).catch(() => undefined);
  if (folder === undefined) return undefined;
  const place = join(folder, name);
  if (await isWritten(place, bytes)) return place;
  await Deno.remove(folder).catch(() => {});
  return undefined;
}

async function isWritten(path: string, bytes: Uint8Array): Promise<boolean> {
  return await writeAtomically(path, bytes).then(() => true, () => false);
}
