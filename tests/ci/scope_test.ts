import { assertEquals } from "@std/assert";
import { ensureDir } from "@std/fs/ensure-dir";
import { walk } from "@std/fs/walk";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { filesToRename, rename, ROOT, scopeFault } from "../../.ci/scope.ts";
import config from "../../deno.json" with { type: "json" };
import { withTempDir } from "../helpers/paths.ts";

Deno.test("scopeFault() accepts what the registry accepts", () => {
  for (const name of ["ab", "std", "a1", "42", "my-name", "a-b-c", "a".repeat(20)]) {
    assertEquals(scopeFault(`@${name}`), undefined, name);
  }
});

Deno.test("scopeFault() refuses other scopes, and says why", () => {
  const hyphen = "a hyphen in it does not stand between two other characters";
  const character = "it has other characters than a-z, 0-9 and -";
  for (
    const [scope, fault] of [
      ["@x", "it has 1 character, not 2 to 20"],
      ["@", "it has 0 characters, not 2 to 20"],
      [`@${"a".repeat(21)}`, "it has 21 characters, not 2 to 20"],
      ["", "it does not begin with @"],
      ["std", "it does not begin with @"],
      ["@Std", character],
      ["@my_name", character],
      ["@my.name", character],
      ["@größe", character],
      ["@my/name", character],
      ["@name ", character],
      ["@-name", hyphen],
      ["@name-", hyphen],
      ["@my--name", hyphen],
    ] as const
  ) assertEquals(scopeFault(scope), fault, scope);
});

Deno.test("rename() changes the scope of one package, and nothing else", () => {
  for (
    const [text, expected] of [
      ["jsr:@old/parts", "jsr:@new-1/parts"],
      ['from "@old/parts/value";', 'from "@new-1/parts/value";'],
      ["`@old-er/parts@0.1.0`, @new-1/parts", "`@new-1/parts@0.1.0`, @new-1/parts"],
      ["@std/parts-zig, @old/part, old/parts", "@std/parts-zig, @old/part, old/parts"],
    ] as const
  ) assertEquals(rename(text, "@new-1/parts"), expected);
});

Deno.test("filesToRename() finds each text of the project, and none from elsewhere", async () => {
  const own = ["README.md", "deno.json", ".ci/a.ts", ".github/workflows/a.yml", "lib/a/b.ts"];
  const foreign = ["vendor/a.ts", "node_modules/b/README.md", ".git/a.json", "dist/a.md", "a.txt"];
  await withTempDir(async (dir) => {
    for (const path of [...own, ...foreign]) {
      await ensureDir(dirname(join(dir, path)));
      await Deno.writeTextFile(join(dir, path), "import @old/parts");
    }
    const files = await filesToRename(dir, "@new/parts");
    assertEquals(files.map(({ path }) => path.replaceAll("\\", "/")).sort(), own.toSorted());
    assertEquals(new Set(files.map(({ text }) => text)), new Set(["import @new/parts"]));
    const paths = await Array.fromAsync(walk(dir, { includeDirs: false }));
    assertEquals(paths.length, own.length + foreign.length, "it writes nothing");
    assertEquals(await filesToRename(dir, "@old/parts"), []);
  });
});

Deno.test("the package has the scope of deno.json wherever it is named", async () => {
  const files = await filesToRename(ROOT, config.name);
  assertEquals(files.map(({ path }) => path), [], "run `deno task scope`");
});
