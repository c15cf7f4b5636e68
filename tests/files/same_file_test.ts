import { assertEquals } from "@std/assert";
import { identityOf, isSameFile } from "../../lib/files/same_file.ts";
import { needing, POSIX } from "../helpers/needs.ts";
import { withTempDir } from "../helpers/paths.ts";

/** Fails unless the paths of each group lead to one file, and those of two groups do not. */
async function assertGroups(groups: readonly (readonly string[])[]): Promise<void> {
  const paths = groups.flatMap((group, i) => group.map((path) => [path, i] as const));
  for (const [a, i] of paths) {
    for (const [b, k] of paths) assertEquals(await isSameFile(a, b), i === k, `${a} and ${b}`);
  }
  const keys = new Set(await Promise.all(paths.map(([path]) => identityOf(path))));
  assertEquals(keys.size, groups.length);
}

Deno.test("isSameFile() compares files that are there, and files that are not", async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    await Deno.writeTextFile(`${dir}/a`, "");
    await Deno.writeTextFile(`${dir}/folder/a`, "");
    await assertGroups([
      ...["a", "folder/a", "new", "folder/new", "none/new", "none/none/new"].map((name) => [
        `${dir}/${name}`,
        `${dir}//./${name}`,
        `${dir}/folder/../${name}`,
      ]),
      [dir, `${dir}/`, `${dir}/.`, `${dir}/folder/..`],
    ]);
  });
});

Deno.test("isSameFile() knows relative paths", async () => {
  const cwd = Deno.cwd();
  await assertGroups([
    ["deno.json", "./deno.json", `${cwd}/deno.json`, "lib/../deno.json"],
    ["none.txt", "./none.txt", `${cwd}/none.txt`, "lib/../none.txt"],
    [".", cwd],
  ]);
});

Deno.test(needing(POSIX, "isSameFile() follows links, to nothing as well"), async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    await Deno.writeTextFile(`${dir}/a`, "");
    await Deno.link(`${dir}/a`, `${dir}/hard`);
    await Deno.symlink("folder", `${dir}/to folder`);
    await Deno.symlink("a", `${dir}/to a`);
    await Deno.symlink("../to a", `${dir}/folder/to link`);
    await Deno.symlink("folder/new", `${dir}/to new`);
    await Deno.symlink(`${dir}/to new`, `${dir}/folder/to link to new`);
    await Deno.symlink("loop", `${dir}/loop`);
    await assertGroups([
      ["a", "to a", "folder/to link", "to folder/to link", "hard"],
      ["folder/new", "to folder/new", "to new", "to folder/to link to new"],
      ["folder", "to folder"],
      ["loop", "./loop"],
    ].map((group) => group.map((name) => `${dir}/${name}`)));
  });
});

/** Runs `body` as if the file system took capitals for small letters. */
async function ignoringCase(body: () => Promise<void>): Promise<void> {
  const { lstat } = Deno;
  try {
    Deno.lstat = async (path) => {
      try {
        return await lstat(path);
      } catch {
        return await lstat(`${path}`.toLowerCase());
      }
    };
    await body();
  } finally {
    Deno.lstat = lstat;
  }
}

Deno.test("isSameFile() ignores case where the file system does", async () => {
  const folder = await Deno.makeTempDir({ prefix: "microgpt_" });
  const dir = await Deno.realPath(folder);
  try {
    const isIgnored = await Deno.stat(dir.toUpperCase()).then(() => true, () => false);
    const [a, b, ...others] = ["new", "NEW", "n\u00e9w", "ne\u0301w"].map((name) =>
      `${dir}/${name}`
    );
    await Deno.writeTextFile(`${dir}/a file`, "");
    assertEquals(await isSameFile(a!, b!), isIgnored); // there are four
    await ignoringCase(() => assertGroups([[a!, b!], others]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "isSameFile() compares what is written where Deno may not look",
  permissions: { read: false },
  fn: async () => {
    await assertGroups([["a//b", "./a/b", "a/c/../b"], ["a"], ["/a"]]);
  },
});
