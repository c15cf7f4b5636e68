/** The order of the rooms of `lib/`: imports go one way. */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./helpers/paths.ts";

/**
 * The rooms, folders and modules of `lib/`, from the ground up. A module imports from its own
 * folder, and from rooms that stand on an earlier line.
 */
const STOREYS: readonly (readonly string[])[] = [
  ["value", "random", "text"],
  ["config", "docs", "options"],
  ["model", "tokenizer", "optim"],
  ["engine", "fine_tuning"],
  ["wasm", "scalar_engine", "sample", "trainer"],
  ["create_engine"],
  ["checkpoint"],
  ["evaluate"],
  ["generate", "plot", "files", "auto"],
  ["microgpt", "parts"],
  ["mod", "cli", "playground"],
];

/** The rooms that may use `Deno.*`. */
const DENO_ROOMS = ["files", "cli"];

/** Imports against the order, as `from -> to`. Each is to go. */
const EXCEPTIONS: readonly string[] = [];

const LIB = `${ROOT}/lib/`;

/** The modules below a folder of `lib/`, as paths in it. */
function* modulesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(LIB + folder)) {
    if (isDirectory) yield* modulesIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

/** The source of a module without its comments. */
function sourceOf(module: string): string {
  return Deno.readTextFileSync(LIB + module).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

/** The modules of `lib/` that a module imports, types and what is loaded later included. */
function importsOf(module: string): string[] {
  const statements = sourceOf(module).matchAll(
    /^(?:import|export)\b[^;"]*?"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"/gm,
  );
  const base = new URL(module, "file:///lib/");
  return Array.from(statements, ([, first, later]) => new URL(first ?? later!, base).pathname)
    .filter((path) => path.startsWith("/lib/") && path.endsWith(".ts"))
    .map((path) => path.slice("/lib/".length));
}

const MODULES = [...modulesIn("")];
const IMPORTS = new Map(MODULES.map((module) => [module, importsOf(module)]));

/** The room of a module: its folder, or itself without the ending. */
const roomOf = (module: string) => /^[^/.]+/.exec(module)![0]; // no name begins with these

const storeyOf = (module: string) => STOREYS.findIndex((rooms) => rooms.includes(roomOf(module)));

Deno.test("the modules of lib/ and their imports are found", () => {
  assert(MODULES.length > 80, `${MODULES.length} modules`);
  assertEquals(MODULES.filter((module) => storeyOf(module) < 0), [], "rooms without a place");
  const all = [...IMPORTS.values()].flat();
  assert(all.length > 3 * MODULES.length, `${all.length} imports`);
  assertEquals(all.filter((path) => !IMPORTS.has(path)), [], "imports that lead nowhere");
  assert(IMPORTS.get("cli/main.ts")?.includes("cli/commands/train.ts"), "one that comes later");
  assert(IMPORTS.get("sample.ts")?.includes("tokenizer.ts"), "one of types alone");
});

Deno.test("imports in lib/ go one way", () => {
  const wrong = [...IMPORTS].flatMap(([module, imports]) =>
    imports
      .filter((other) => roomOf(other) !== roomOf(module) && storeyOf(other) >= storeyOf(module))
      .map((other) => `${module} -> ${other}`)
  );
  assertEquals(wrong, EXCEPTIONS);
});

Deno.test("imports in lib/wasm/ go one way, and its assembler knows nothing else", () => {
  const rooms = ["asm/", "memory/", "kernels/"]; // on them stands the engine
  const floorOf = (module: string) => rooms.findIndex((room) => module.startsWith(`wasm/${room}`));
  const wrong = (module: string, other: string) =>
    other.startsWith("wasm/")
      ? floorOf(module) >= 0 && !(floorOf(other) >= 0 && floorOf(other) <= floorOf(module))
      : floorOf(module) === 0;
  const found = [...IMPORTS].flatMap(([module, imports]) =>
    imports.filter((other) => module.startsWith("wasm/") && wrong(module, other))
      .map((other) => `${module} -> ${other}`)
  );
  assertEquals(found, []);
});

Deno.test("no imports in lib/ go in a circle", () => {
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]) => {
    assert(!path.includes(module), [...path, module].join(" -> "));
    if (done.has(module)) return;
    for (const other of IMPORTS.get(module) ?? []) visit(other, [...path, module]);
    done.add(module);
  };
  for (const module of MODULES) visit(module, []);
});

Deno.test("no command is imported by anything but main", () => {
  const users = [...IMPORTS].filter(([, imports]) =>
    imports.some((other) => other.startsWith("cli/commands/"))
  );
  assertEquals(users.map(([module]) => module), ["cli/main.ts"]);
});

Deno.test("lib/ uses Deno.* in its rooms for that only", () => {
  const users = MODULES.filter((module) => /\bDeno\./.test(sourceOf(module)));
  assert(users.length > DENO_ROOMS.length);
  assertEquals(users.filter((module) => !DENO_ROOMS.includes(roomOf(module))), []);
});
