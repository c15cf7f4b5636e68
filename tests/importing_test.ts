/** Programs of others that import the library: they have compiler options of their own. */

import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { ROOT, withTempDir } from "./helpers/paths.ts";

/** The modules that programs import: not the program itself, nor what is for Deno alone. */
const MODULES = Object.values(config.exports)
  .filter((path) => path.startsWith("./lib/") && !path.startsWith("./lib/files/mod"));

const url = (path: string) => new URL(path, import.meta.resolve("../")).href;

/** The program in the README. */
async function readmeProgram(): Promise<string> {
  const specifier = `jsr:${config.name}/lib`;
  const readme = await Deno.readTextFile(`${ROOT}/README.md`);
  const block = /^```ts\n([^]*?)^```$/m.exec(readme)?.[1] ?? "";
  assert(block.includes(specifier), "the README has a program");
  return block.replace(specifier, url("lib/mod.ts"));
}

Deno.test("a program elsewhere that imports the library type-checks, whatever its options", async () => {
  assert(MODULES.length > 8, `${MODULES.length} modules`);
  const all = MODULES.map((path) => `import "${url(path)}";\n`).join("");
  const loose = { compilerOptions: { strict: false } };
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.ts`, all + await readmeProgram());
    await Deno.writeTextFile(`${dir}/loose.json`, JSON.stringify(loose));
    for (const options of [["--no-config"], ["--config", "loose.json"]]) {
      const args = ["check", ...options, "a.ts"];
      const env = { NO_COLOR: "1" };
      const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: dir, env })
        .output();
      assertEquals([success, options], [true, options], new TextDecoder().decode(stderr));
    }
  });
});
