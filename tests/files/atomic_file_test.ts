import { assert, assertEquals } from "@std/assert";
import { assertWritable, writeAtomically } from "../../lib/files/atomic_file.ts";
import { assertFailsLater } from "../helpers/assert.ts";
import { makeReadOnly, MOUNT, withBindMount, withMount } from "../helpers/mount.ts";
import { needing, POSIX } from "../helpers/needs.ts";
import { entries, withTempDir } from "../helpers/paths.ts";

const OLD = Uint8Array.of(1, 2, 3), NEW = new Uint8Array(20_000).fill(7);

const isWindows = Deno.build.os === "windows";

/** Fails unless neither writing nor the question whether one can is possible, and nothing changes. */
async function assertRefused(path: string, dir: string, why: string): Promise<void> {
  const before = entries(dir);
  const message = `Cannot write ${JSON.stringify(path)}: ${why}`;
  await assertFailsLater(() => assertWritable(path), Error, message);
  await assertFailsLater(() => writeAtomically(path, NEW), Error, message);
  assertEquals(entries(dir), before);
}

Deno.test("writeAtomically() writes a file, and leaves no other", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a file`;
    for (const bytes of [NEW, OLD, new Uint8Array(), NEW]) {
      await assertWritable(path);
      await writeAtomically(path, bytes);
      assertEquals(await Deno.readFile(path), bytes);
      assertEquals(entries(dir), ["a file"]);
    }
  });
});

Deno.test("assertWritable() leaves a file as it was, and makes none", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/file`;
    await assertWritable(path);
    assertEquals(entries(dir), []);
    await Deno.writeFile(path, NEW);
    if (!isWindows) await Deno.chmod(path, 0o640);
    const long = new Date(1e12);
    await Deno.utime(path, long, long);
    const { mode, mtime } = await Deno.stat(path);
    await assertWritable(path);
    assertEquals(await Deno.readFile(path), NEW);
    const after = await Deno.stat(path);
    assertEquals([after.mode, after.mtime], [mode, mtime]);
    assertEquals(entries(dir), ["file"]);
  });
});

Deno.test("writeAtomically() replaces the file: who reads the old one reads it to its end", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeFile(`${dir}/file`, OLD);
    using reader = await Deno.open(`${dir}/file`);
    await writeAtomically(`${dir}/file`, NEW);
    const bytes = new Uint8Array(10);
    assertEquals(await reader.read(bytes), 3);
    assertEquals(bytes.subarray(0, 3), OLD);
  });
});

Deno.test("writeAtomically() has the bytes on the disk before the file gets its name", async () => {
  await withTempDir(async (dir) => {
    const { rename } = Deno, { sync } = Deno.FsFile.prototype;
    const calls: [string, number][] = [];
    try {
      Deno.FsFile.prototype.sync = async function () {
        calls.push(["sync", (await this.stat()).size]);
        await sync.call(this);
      };
      Deno.rename = async (from, to) => {
        calls.push(["rename", (await Deno.stat(from)).size]);
        await rename(from, to);
      };
      await writeAtomically(`${dir}/file`, NEW);
    } finally {
      Object.assign(Deno.FsFile.prototype, { sync });
      Deno.rename = rename;
    }
    assertEquals(calls, [["sync", NEW.length], ["rename", NEW.length]]);
  });
});

Deno.test(needing(POSIX, "writeAtomically() keeps the mode of the file"), async () => {
  await withTempDir(async (dir) => {
    for (const mode of [0o600, 0o640, 0o666, 0o755]) {
      await Deno.writeFile(`${dir}/file`, OLD);
      await Deno.chmod(`${dir}/file`, mode);
      await writeAtomically(`${dir}/file`, NEW);
      assertEquals((await Deno.stat(`${dir}/file`)).mode! & 0o777, mode); // not on Windows
      assertEquals(await Deno.readFile(`${dir}/file`), NEW);
    }
  });
});

Deno.test(needing(POSIX, "writeAtomically() follows symbolic links, and leaves them"), async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    await Deno.writeFile(`${dir}/folder/file`, OLD);
    await Deno.symlink("folder/file", `${dir}/link`);
    await Deno.symlink("link", `${dir}/link to link`);
    await writeAtomically(`${dir}/link to link`, NEW);
    assertEquals(await Deno.readFile(`${dir}/folder/file`), NEW);
    assertEquals(await Deno.readLink(`${dir}/link`), "folder/file");
    assertEquals(await Deno.readLink(`${dir}/link to link`), "link");
    assertEquals(entries(`${dir}/folder`), ["file"]);
  });
});

Deno.test(
  needing(POSIX, "writeAtomically() refuses a symbolic link that leads nowhere"),
  async () => {
    await withTempDir(async (dir) => {
      await Deno.symlink("none", `${dir}/link`);
      await assertRefused(`${dir}/link`, dir, "it is a broken link: choose another name");
      assertEquals(await Deno.readLink(`${dir}/link`), "none");
    });
  },
);

Deno.test("writeAtomically() throws where there is no folder, or a folder", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeFile(`${dir}/file`, OLD);
    await Deno.mkdir(`${dir}/folder`);
    const table: [string, string][] = [
      [`${dir}/none/file`, "there is no such folder: make it first"],
      [`${dir}/folder`, "it is a directory: name a file"],
    ];
    if (!isWindows) {
      table.push([`${dir}/file/x`, "a file is where a folder should be: check the path"]);
    }
    for (const [path, why] of table) await assertRefused(path, dir, why);
  });
});

Deno.test(
  needing(POSIX, "writeAtomically() throws on what is neither file nor folder"),
  async () => {
    await withTempDir(async (dir) => {
      const { success } = await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output();
      assert(success);
      await Deno.symlink("pipe", `${dir}/link`);
      const why = "it is not a regular file: choose another name";
      for (const name of ["pipe", "link"]) await assertRefused(`${dir}/${name}`, dir, why);
      assert((await Deno.stat(`${dir}/pipe`)).isFifo);
    });
  },
);

Deno.test(
  needing(POSIX, "writeAtomically() throws on a file that is write-protected"),
  async () => {
    await withTempDir(async (dir) => {
      await Deno.writeFile(`${dir}/file`, OLD);
      await Deno.chmod(`${dir}/file`, 0o444);
      await assertRefused(`${dir}/file`, dir, "it is write-protected: choose another name");
      assertEquals(await Deno.readFile(`${dir}/file`), OLD);
    });
  },
);

Deno.test(
  needing(MOUNT, "writeAtomically() throws on a disk that is full; the old file stays"),
  async () => {
    await withMount("size=16k", async (dir) => {
      await Deno.writeFile(`${dir}/file`, OLD);
      assert(NEW.length > 16_384);
      await assertWritable(`${dir}/file`); // as far as one can tell
      await assertFailsLater(
        () => writeAtomically(`${dir}/file`, NEW),
        Error,
        `Cannot write "${dir}/file": no space is left on the disk: make some first`,
      );
      assertEquals(entries(dir), ["file"]);
      assertEquals(await Deno.readFile(`${dir}/file`), OLD);
    });
  },
);

Deno.test(
  needing(MOUNT, "writeAtomically() throws in a read-only folder; the old file stays"),
  async () => {
    await withMount("size=16k", async (dir) => {
      await Deno.writeFile(`${dir}/file`, OLD);
      await makeReadOnly(dir);
      const why = "the file system is read-only: choose another place";
      for (const name of ["file", "other"]) await assertRefused(`${dir}/${name}`, dir, why);
      assertEquals(await Deno.readFile(`${dir}/file`), OLD);
    });
  },
);

Deno.test(
  needing(MOUNT, "writeAtomically() keeps the last new file where it cannot replace the old"),
  async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/file`;
      const why = `Cannot write "${path}": the old file cannot be replaced: ` +
        "it is in use, or mounted: choose another name";
      for (const name of ["file", "other"]) await Deno.writeFile(`${dir}/${name}`, OLD);
      await withBindMount(`${dir}/other`, path, async () => {
        await assertFailsLater(() => assertWritable(path), Error, why);
        assertEquals(entries(dir), ["file", "other"]);
        for (const bytes of [NEW, OLD, NEW.subarray(1)]) {
          const error = await writeAtomically(path, bytes).then(() => undefined, (error) => error);
          const [, kept, ...more] = entries(dir);
          assertEquals(error?.message, `${why}: the new one is kept as "${dir}/${kept}"`);
          assertEquals([more, kept?.endsWith(".new")], [["other"], true]);
          assertEquals(await Deno.readFile(`${dir}/${kept}`), bytes);
        }
      });
      assertEquals(await Deno.readFile(path), OLD);
    });
  },
);

Deno.test("assertWritable() removes what killed programs left an hour ago, and nothing else", async () => {
  await withTempDir(async (dir) => {
    const id = () => crypto.randomUUID();
    const old = [`file.${id()}.tmp`, `file.${id()}.tmp`];
    const others = [
      "file",
      `file.${id()}.tmp.txt`,
      `file.${id()}`,
      `file.x${id()}.tmp`,
      `file.tmp`,
      `file2.${id()}.tmp`,
      `other.${id()}.tmp`,
    ];
    const young = `file.${id()}.tmp`;
    for (const name of [...old, ...others, young]) await Deno.writeFile(`${dir}/${name}`, OLD);
    const time = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    for (const name of [...old, ...others]) {
      await Deno.utime(`${dir}/${name}`, time(1.1), time(1.1));
    }
    await Deno.utime(`${dir}/${young}`, time(0.9), time(0.9));
    await writeAtomically(`${dir}/other file`, NEW);
    await assertWritable(`${dir}/file`);
    assertEquals(entries(dir), [...others, young, "other file"].sort());
  });
});
