import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists, ROOT, withTempDir } from "../helpers/paths.ts";
import { needing, POSIX } from "../helpers/needs.ts";

Deno.test({
  ...needing(
    POSIX,
    "deno task install makes a command that works in any folder",
  ),
  fn: async () => {
    await withTempDir(async (dir) => {
      const env = { DENO_INSTALL_ROOT: dir, NO_COLOR: "1" };
      const script = ["run", "-A", `${ROOT}/.ci/install.ts`];
      const run = (command: string, args: string[]) =>
        new Deno.Command(command, { args, env, cwd: dir }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const installed = await run(Deno.execPath(), script);
      assertEquals(installed.code, 0, text(installed.stderr));
      assertStringIncludes(text(installed.stdout), `The command microgpt is in ${dir}/bin`);
      // The command looks for Deno on the PATH.
      const path = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`;
      const command = `PATH='${path}' bin/microgpt`;
      const args = "--preset birds --num-steps 3 --num-samples 1 --save a.safetensors";
      const used = await run("sh", ["-c", `${command} ${args}`]);
      assertEquals(used.code, 0, text(used.stderr));
      assertStringIncludes(text(used.stdout), "num docs: 677\n");
      assert(exists(`${dir}/a.safetensors`));
      const wrong = await run("sh", ["-c", `${command} --nope`]);
      assertStringIncludes(text(wrong.stderr), "\nRun microgpt --help for all the options\n");
    });
  },
});
