/** Which rooms of lib/wasm import from which. */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../helpers/paths.ts";

/** The rooms that each may import from, itself included; `lib` is all outside of lib/wasm. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  asm: ["asm"],
  memory: ["memory", "asm", "lib"],
  kernels: ["kernels", "memory", "asm", "lib"],
  wasm: ["wasm", "kernels", "memory", "asm", "lib"],
};

/** The imports of each file below lib/wasm, of types too, as paths from there. */
async function importsOf(): Promise<Map<string, string[]>> {
  const imports = new Map<string, string[]>();
  for (const folder of ["", "asm/", "memory/", "kernels/"]) {
    const base = new URL(`file://${ROOT}/lib/wasm/${folder}`);
    for await (const { name, isFile } of Deno.readDir(base)) {
      if (!isFile) continue;
      const source = await Deno.readTextFile(new URL(name, base));
      const found = source.matchAll(/^(?:import|export|\}) .*?from "(.+)";$/gm);
      const wasm = new URL(`file://${ROOT}/lib/wasm/`).href;
      const paths = Array.from(found, ([, path = ""]) => new URL(path, base).href);
      imports.set(folder + name, paths.map((path) => path.replace(wasm, "")));
    }
  }
  return imports;
}

const roomOf = (path: string) =>
  path.startsWith("file:") ? "lib" : path.includes("/") ? path.replace(/\/.*/, "") : "wasm";

Deno.test("lib/wasm: assembler, memory, kernels and engine import in this direction only", async () => {
  const imports = await importsOf();
  assert(imports.size > 15);
  for (const [file, paths] of imports) {
    for (const path of paths) {
      assert(ALLOWED[roomOf(file)]?.includes(roomOf(path)), `${file}: ${path}`);
    }
  }
});

Deno.test("lib/wasm: no file imports itself by way of others", async () => {
  const imports = await importsOf();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    assert(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  assertEquals(done.size, new Set([...imports.keys(), ...[...imports.values()].flat()]).size);
});
