/** `--save` where the last save fails: a second chance. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { rescue } from "../../../lib/cli/training/rescue.ts";
import { makeReadOnly, MOUNT, withMount } from "../../helpers/mount.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { entries, exists, ROOT, withTempDir } from "../../helpers/paths.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { outputAfter, resultsOf, runMain, runProcess } from "../../helpers/tool.ts";

const BYTES = Uint8Array.of(1, 2, 3);

/** Calls `body` in a working directory. */
async function inFolder(folder: string, body: () => Promise<void>): Promise<void> {
  const cwd = Deno.cwd();
  try {
    Deno.chdir(folder);
    await body();
  } finally {
    Deno.chdir(cwd);
  }
}

Deno.test("rescue() writes beside the file, else into the working directory, else elsewhere", async () => {
  await withTempDir(async (dir) => {
    await inFolder(dir, async () => {
      await Deno.mkdir("folder");
      const name = "rescued-[0-9a-f]{8}-m\\.safetensors";
      const table: [string, RegExp][] = [
        ["folder/m.safetensors", new RegExp(`^folder/${name}$`)],
        ["m.safetensors", new RegExp(`^${name}$`)],
        ["none/m.safetensors", new RegExp(`^${name}$`)],
      ];
      for (const [path, expected] of table) {
        const place = await rescue(path, BYTES);
        assertMatch(`${place}`, expected);
        assertEquals(await Deno.readFile(`${place}`), BYTES);
        assertEquals(exists(path), false);
      }
      assertEquals(entries("folder").length, 1);
    });
  });
});

Deno.test(
  needing(MOUNT, "rescue() writes to the temporary folder where nothing else takes it"),
  async () => {
    await withMount("size=16k", async (dir) => {
      await inFolder(dir, async () => {
        await makeReadOnly(dir);
        const place = await rescue(`${dir}/m`, BYTES);
        assert(place !== undefined && !place.startsWith(dir));
        assertEquals(await Deno.readFile(place), BYTES);
        await Deno.remove(place.slice(0, place.lastIndexOf("/")), { recursive: true });

        const { makeTempDir } = Deno;
        try {
          Deno.makeTempDir = () => Promise.reject(new Deno.errors.PermissionDenied());
          assertEquals(await rescue(`${dir}/m`, BYTES), undefined);
          Deno.makeTempDir = () => Promise.resolve(dir);
          assertEquals(await rescue(`${dir}/m`, BYTES), undefined);
        } finally {
          Deno.makeTempDir = makeTempDir;
        }
      });
    });
  },
);

const RUN = [...TINY, "--num-steps", "8"];

Deno.test(
  needing(
    POSIX,
    "microgpt --save keeps the model elsewhere if its place has gone, and writes its samples",
  ),
  async () => {
    await withNames(async (dir, names) => {
      const path = `${dir}/model`;
      const whole = await resultsOf([...RUN, "--save", `${dir}/whole`, names]);
      const { sync } = Deno.FsFile.prototype;
      let outcome, place = "";
      try {
        Deno.FsFile.prototype.sync = () => {
          Deno.FsFile.prototype.sync = sync; // the next one will do
          return Promise.reject(new Error("No space left on device (os error 28)"));
        };
        outcome = await runMain([...RUN, "--save", path, names], { keepsSummary: true });
      } finally {
        Deno.FsFile.prototype.sync = sync;
      }
      place = `${dir}/${entries(dir).find((name) => name.startsWith("rescued-"))}`;
      assertEquals(outcome.stdout, whole, "the samples as well");
      const lines = outcome.stderr.split("\n");
      assertEquals(
        lines[0],
        `Cannot write "${path}": no space is left on the disk: make some first: it is in "${place}"`,
      );
      assertMatch(`${lines[1]}`, /^8 steps in /);
      assert(lines[1]?.endsWith(`: saved in ${place}: microgpt sample ${place}`), lines[1]);
      assertEquals(lines[2], `microgpt: The model is not in ${path}: see the error above`);
      assertEquals(outcome.code, 1);
      assertEquals(await Deno.readFile(place), await Deno.readFile(`${dir}/whole`));
      assertEquals(await resultsOf(["--resume", place]), outputAfter(8, whole));
    }, NAMES.join("\n"));
  },
);

Deno.test(
  needing(MOUNT, "microgpt --save writes the samples even if no place takes the model"),
  async () => {
    await withNames(async (_, names) => {
      await withMount("size=16k", async (dir) => {
        await inFolder(dir, async () => {
          await Deno.writeFile("other", new Uint8Array(8192));
          const { makeTempDir } = Deno;
          try {
            Deno.makeTempDir = () => Promise.reject(new Deno.errors.PermissionDenied());
            const list = `${ROOT}/datasets/english_names.txt`;
            const argv = ["--num-steps", "3", "--num-samples", "2", "--save", "model", list];
            const { code, stdout, stderr } = await runMain(argv, { keepsSummary: true });
            assertMatch(stdout, /sample {2}2: /);
            const why =
              "no space is left on the disk: make some first: it could not be saved elsewhere";
            assertMatch(
              stderr.replace(/^3 steps in .*?:/m, "3 steps:"),
              new RegExp(
                `^Cannot write "model": ${why}\n3 steps: the model is not saved\n` +
                  "microgpt: The model is not in model: see the error above\n$",
              ),
            );
            assertEquals(code, 1);
          } finally {
            Deno.makeTempDir = makeTempDir;
          }
          assertEquals(entries("."), ["other"]);
        });
      });
      assert(exists(names));
    });
  },
);

Deno.test("microgpt --save names the new file that could not take the place of the old one", async () => {
  await withNames(async (dir, names) => {
    const path = `${dir}/model`;
    const whole = await resultsOf([...RUN, "--save", `${dir}/whole`, names]);
    const { rename } = Deno;
    try {
      Deno.rename = (from, to) => {
        if (to !== path) return rename(from, to);
        throw new Error("Device or resource busy (os error 16)");
      };
      const { code, stdout, stderr } = await runMain([...RUN, "--save", path, names]);
      const kept = `${dir}/${entries(dir).find((name) => name.endsWith(".new"))}`;
      assertEquals([code, stdout], [1, whole]);
      const [first, last] = stderr.split("\n");
      assert(first?.endsWith(`: the new one is kept as "${kept}"`), first);
      assertEquals(last, `microgpt: The model is not in ${path}: see the error above`);
      assertEquals(await Deno.readFile(kept), await Deno.readFile(`${dir}/whole`));
      assertEquals(entries(dir).length, 3, "names, the whole run, and this one");
    } finally {
      Deno.rename = rename;
    }
  });
});

Deno.test(
  needing(POSIX, "microgpt goes on where ulimit -f allows no file as large as the model"),
  async () => {
    await withNames(async (dir, path) => {
      // Deno's own caches are to stay below the limit, of 6 or 12 MB: shells count differently.
      const through = ["sh", "-c", 'ulimit -f 12000; exec "$@"', "sh"];
      const flags = ["-A", "--no-code-cache"], env = { DENO_DIR: `${dir}/deno` };
      const argv = [...TINY, "--n-embd", "320", "--quiet", "--save", `${dir}/m`, path];
      const { code, stdout, stderr } = await runProcess(argv, { flags, through, env, cwd: dir });
      assertEquals(code, 1, stderr);
      const why = "the file would be too large: raise the limit of the shell, ulimit -f, or " +
        "choose another file system: it could not be saved elsewhere";
      assertStringIncludes(stderr, `Cannot write "${dir}/m": ${why}`);
      assertMatch(stdout, /^sample +1: /m);
      assertEquals(entries(dir).filter((name) => /tmp$|^m$|^rescued/.test(name)), []);
    });
  },
);
