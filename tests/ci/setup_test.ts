/** `deno task setup` in a copy of the project, with registries that a test makes up. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ensureDir } from "@std/fs/ensure-dir";
import { dirname } from "@std/path/dirname";
import { npmModules, readPins } from "../../.ci/npm_std.ts";
import config from "../../deno.json" with { type: "json" };
import { entries, ROOT, withTempDir } from "../helpers/paths.ts";
import { type PackageFiles, withNpmRegistry } from "../helpers/npm_registry.ts";

/** Nobody listens on this port. */
const SILENT = "http://127.0.0.1:4/";

/** The files of the project that setup needs. */
const FILES = [
  "deno.json",
  ".ci/setup.ts",
  ".ci/npm_std.ts",
  ".ci/stand_ins.ts",
  ".ci/std.sha256",
  "lib/cli/deno_version.ts",
];

/** A small std. */
const STD: PackageFiles = {
  "assert/mod.js": 'export * from "./assert.js";\n',
  "assert/assert.js": 'export function assert(expr) {\n  if (!expr) throw new Error("no");\n}\n',
  "cli/parse_args.js": "export function parseArgs() {\n  return { cli: 1 };\n}\n",
  "fs/walk.js":
    'import { join } from "../path/join.js";\nexport async function* walk() {\n  yield join("a", "b");\n}\n',
  "internal/os.js": 'export const os = "internal";\n',
  "path/join.js": 'import { os } from "../internal/os.js";\n' +
    'export function join(...parts) {\n  return [os, ...parts].join("/");\n}\n',
  "path/posix/is_glob.js": 'export { isGlob } from "../is_glob.js";\n',
  "path/is_glob.js": "export function isGlob(str) {\n  return str.length > 1;\n}\n",
};

const PROGRAM = `
import { assert } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { walk } from "@std/fs/walk";
import { isGlob } from "@std/path/posix/is-glob";
assert(isGlob("**"));
console.log(await Array.fromAsync(walk("")), parseArgs([]));
`;

/** Runs Deno in a copy of the project. */
async function deno(dir: string, npm: string, ...args: string[]) {
  const env = {
    DENO_DIR: `${dir}/cache`,
    JSR_URL: SILENT,
    NPM_CONFIG_REGISTRY: npm,
    NO_COLOR: "1",
  };
  const command = new Deno.Command(Deno.execPath(), { args, cwd: `${dir}/project`, env });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Calls `body` with a folder that has a copy of the project, without `vendor/`. */
async function withProject(body: (dir: string) => Promise<void>): Promise<void> {
  await withTempDir(async (dir) => {
    for (const path of FILES) {
      const copy = `${dir}/project/${path}`;
      await ensureDir(dirname(copy));
      await Deno.copyFile(`${ROOT}/${path}`, copy);
    }
    await body(dir);
  });
}

/** The lines that pin files of a version. */
async function pins(version: string, files: PackageFiles): Promise<string> {
  const lines = Object.entries(files).map(async ([path, text]) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `${new Uint8Array(digest).toHex()}  deno-std@${version}/${path}\n`;
  });
  return (await Promise.all(lines)).join("");
}

Deno.test("setup makes stand-ins of the pinned files where JSR does not answer", async () => {
  await withProject(async (dir) => {
    const { "fs/walk.js": walk = "", ...others } = STD;
    const list = await pins("1.0.0", { "fs/walk.js": walk }) + await pins("2.0.0", others);
    await Deno.writeTextFile(`${dir}/project/.ci/std.sha256`, list);
    await Deno.writeTextFile(`${dir}/project/program.ts`, PROGRAM);
    const versions = { "1.0.0": { "fs/walk.js": walk }, "2.0.0": others };
    await withNpmRegistry("deno-std", versions, async (npm) => {
      const { code, stdout, stderr } = await deno(dir, npm, "task", "setup");
      assertEquals([code, stdout], [0, ""], stderr);
      const line = "Setting up @std in vendor/ (from npm: JSR does not answer)\n";
      assertEquals(stderr.replace(/^.*Task .*\n/, ""), line);
    });
    assertEquals(entries(`${dir}/project/vendor`), ["http_127.0.0.1_4", "setup.json"]);
    const { stdout, stderr } = await deno(dir, SILENT, "run", "--check", "program.ts");
    assertEquals(stdout, '[ "internal/a/b" ] { cli: 1 }\n', stderr);
    const again = await deno(dir, SILENT, "task", "setup");
    assert(!again.stderr.includes("Setting up"), again.stderr);
  });
});

/** A module that says so if it is run. */
const HOSTILE = 'console.error("THE MODULE RUNS");\nexport const join = 1;\n';

const REFUSED: [name: string, files: PackageFiles, message: RegExp][] = [
  [
    "changed",
    { ...STD, "path/join.js": HOSTILE },
    /^error: Cannot use deno-std@2\.0\.0\/path\/join\.js from npm: it is not the file that \.ci\/std\.sha256 pins: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}: connect to JSR instead$/m,
  ],
  [
    "missing",
    Object.fromEntries(Object.entries(STD).filter(([path]) => path !== "path/join.js")),
    /^error: Cannot use deno-std@2\.0\.0\/path\/join\.js from npm: .+/m,
  ],
];

for (const [name, files, message] of REFUSED) {
  Deno.test(`setup refuses a package with a ${name} file, and runs none of it`, async () => {
    await withProject(async (dir) => {
      await Deno.writeTextFile(`${dir}/project/.ci/std.sha256`, await pins("2.0.0", STD));
      await withNpmRegistry("deno-std", { "2.0.0": files }, async (npm) => {
        const { code, stdout, stderr } = await deno(dir, npm, "task", "setup");
        assertEquals([code, stdout], [1, ""]);
        assertMatch(stderr, message);
        assert(!stderr.includes("THE MODULE RUNS"), stderr);
        assertEquals(entries(`${dir}/project/vendor`), []);
      });
    });
  });
}

Deno.test("setup says why neither JSR nor npm answers", async () => {
  await withProject(async (dir) => {
    const { code, stderr } = await deno(dir, SILENT, "task", "setup");
    assertEquals(code, 1);
    assertMatch(stderr, /^Setting up @std in vendor\/ \(from npm: JSR does not answer\)$/m);
    assertMatch(stderr, /^error: Cannot fill vendor\/: neither JSR nor npm answers: .*refused/mi);
    assertMatch(stderr, /^hint: .*NPM_CONFIG_REGISTRY are heeded/m);
    assertEquals(entries(`${dir}/project/vendor`), []);
  });
});

Deno.test("std.sha256 pins files of each @std package in deno.json, each once", () => {
  const paths = readPins().map(({ path }) => path);
  assertEquals(paths, [...new Set(paths)]);
  for (const specifier of Object.values(config.imports)) {
    const name = specifier.replace(/^jsr:@std\/(\w+)@.*/, "$1");
    assert(paths.some((path) => path.startsWith(`${name}/`)), specifier);
  }
  for (const specifier of npmModules()) {
    assertMatch(specifier, /^npm:deno-std@\d+\.\d+\.\d+\//, "one exact version");
  }
});
