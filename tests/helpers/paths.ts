/** Paths of things, and folders that go away again. */

const TESTS = `${import.meta.dirname}/..`;

/** The root of the project. */
export const ROOT = `${TESTS}/..`;

/** The data of the tests. */
export const TESTDATA = `${TESTS}/testdata`;

/** The list that is fetched at the first run; it may not be there. */
export const NAMES_TXT = `${ROOT}/datasets/names.txt`;

/** Tells if there is a file at a path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // Deno does not let tests look at some of the files that every Linux has, such as /dev/full.
    return error instanceof Deno.errors.NotCapable && Deno.build.os === "linux";
  }
}

/** Calls `body` with a new folder, which is removed afterwards. */
export async function withTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "microgpt_test_" });
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The names of the entries of a folder, sorted. */
export function entries(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
}
