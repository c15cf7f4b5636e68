/**
 * Installs the command `microgpt`, which runs the program of this clone in any folder:
 * `deno task install`.
 *
 * `deno install` copies deno.json to a folder beside the command. What setup has put into `vendor/`
 * is copied there, too, so that it needs no network. The program learns its name from the end of its
 * address: see `programName()`.
 *
 * @module
 */

import { copy } from "@std/fs/copy";
import { join } from "@std/path/join";
import { toFileUrl } from "@std/path/to-file-url";
import { PERMISSIONS } from "./permissions.ts";
import { ROOT } from "./scope.ts";

/** The folder of commands that `deno install` uses. */
function folder(): string {
  const { DENO_INSTALL_ROOT: root, HOME, USERPROFILE } = Deno.env.toObject();
  return join(root ?? join(HOME ?? USERPROFILE ?? "", ".deno"), "bin");
}

async function install(): Promise<number> {
  const name = "microgpt";
  const main = `${toFileUrl(join(ROOT, "main.ts"))}#${name}`;
  const what = ["--force", "--name", name, "--config", "deno.json", main];
  const args = ["install", "--global", "--quiet", ...PERMISSIONS, ...what];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
  if (code !== 0) return code;
  const to = folder();
  await copy(join(ROOT, "vendor"), join(to, `.${name}`, "vendor"), { overwrite: true });
  console.log(`The command ${name} is in ${to}: that folder has to be on your PATH`);
  return 0;
}

if (import.meta.main) Deno.exit(await install());
