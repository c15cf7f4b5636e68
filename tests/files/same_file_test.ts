import { assertEquals } from "@std/assert";
import { isSameFile } from "../../lib/files/same_file.ts";
import { MOUNT, withMount } from "../helpers/mount.ts";
import { POSIX, testWith } from "../helpers/needs.ts";
import { entries, withTempDir } from "../helpers/paths.ts";

/** Fails unless each pair of paths below a folder is one file, or is not, in both orders. */
async function assertTable(
  dir: string,
  table: readonly (readonly [a: string, b: string, expected: boolean])[],
): Promise<void> {
  for (const [a, b, expected] of table) {
    assertEquals(await isSameFile(`${dir}/${a}`, `${dir}/${b}`), expected, `${a}, ${b}`);
    assertEquals(await isSameFile(`${dir}/${b}`, `${dir}/${a}`), expected, `${b}, ${a}`);
  }
}

Deno.test("isSameFile() compares what paths lead to, whether it is there or not", async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    for (const name of ["there", "other"]) await Deno.writeTextFile(`${dir}/${name}`, name);
    await assertTable(dir, [
      ["there", "there", true],
      ["there", "./folder/..//there", true],
      ["there", "other", false],
      ["there", "new", false],
      ["new", "./folder/../new", true],
      ["new", "newer", false],
      ["new", "folder/new", false],
      ["none/new", "none/../none/new", true],
      ["none/new", "none/newer", false],
      ["there", "folder", false],
    ]);
    const cwd = Deno.cwd();
    try {
      Deno.chdir(dir);
      assertEquals(await isSameFile("new", `${dir}/new`), true);
      assertEquals(await isSameFile("there", `${dir}/there`), true);
    } finally {
      Deno.chdir(cwd);
    }
    assertEquals(entries(dir), ["folder", "other", "there"]);
  });
});

testWith(POSIX, "isSameFile() sees through links", async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    for (const name of ["a", "b"]) await Deno.writeTextFile(`${dir}/folder/${name}`, name);
    await Deno.symlink("folder", `${dir}/link`);
    await Deno.symlink("folder/a", `${dir}/link to a`);
    await Deno.link(`${dir}/folder/a`, `${dir}/hard link to a`);
    await assertTable(dir, [
      ["folder/a", "link/a", true],
      ["folder/a", "link to a", true],
      ["folder/a", "hard link to a", true],
      ["link to a", "hard link to a", true],
      ["folder/b", "link to a", false],
      ["folder/new", "link/new", true],
      ["folder/new", "link/newer", false],
    ]);
  });
});

Deno.test("isSameFile() sees if the file system takes two names for one", async () => {
  await withTempDir(async (dir) => {
    const names = [["model", "Model"], ["caf\u00e9", "cafe\u0301"], ["model", "models"]] as const;
    const table = (isFolding: boolean) =>
      names.map(([a, b]) => [a, b, isFolding && b !== "models"] as const);
    const { stat } = Deno;
    const isDarwin = Deno.build.os === "darwin", isWindows = Deno.build.os === "windows";
    if (!isDarwin && !isWindows) await assertTable(dir, table(false));
    try { // none of the machine's own need fold names
      Deno.stat = (path) => {
        const folded = `${path}`.slice(dir.length).normalize("NFC").toLowerCase();
        return stat(dir + folded).catch(() => stat(dir + folded.normalize("NFD")));
      };
      await assertTable(dir, table(true));
    } finally {
      Deno.stat = stat;
    }
    assertEquals(entries(dir), [], "what was made to see is gone");
  });
});

testWith(MOUNT, "isSameFile() takes no file for another one of another file system", async () => {
  await withTempDir(async (dir) => {
    await withMount("size=16k", async (other) => {
      for (let i = 0; i < 4; i++) { // files are numbered from 1 on there
        await Deno.writeTextFile(`${dir}/${i}`, "");
        await Deno.writeTextFile(`${other}/${i}`, "");
        assertEquals(await isSameFile(`${dir}/${i}`, `${other}/${i}`), false);
      }
    });
  });
});
