/**
 * The versions of Deno that microgpt runs on.
 *
 * @module
 */

/** The oldest one, as major and minor version: the lists are text imports, stable since then. */
export const OLDEST_DENO = [2, 8] as const;

/**
 * Checks that this Deno is new enough.
 *
 * @param version The version, such as "2.9.6".
 * @throws {Error} If it is older than {@linkcode OLDEST_DENO}.
 */
export function checkDeno(version: string = Deno.version.deno): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `Cannot run on Deno ${version}: microgpt needs ${oldestMajor}.${oldestMinor} or later: ` +
      "run `deno upgrade`",
  );
}
