/**
 * Builds the executable: `deno task compile`, or for other systems
 * `deno task compile x86_64-pc-windows-msvc ...` or `deno task compile all`.
 *
 * @module
 */

import { PERMISSIONS } from "./permissions.ts";

/** The systems there is a Deno for. */
const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** Builds for a system, or for this one; tells whether that went well. */
async function compile(target: string | undefined): Promise<boolean> {
  const where = target === undefined
    ? ["--output", "microgpt"]
    : ["--target", target, "--output", `dist/microgpt-${target}`];
  const args = ["compile", ...PERMISSIONS, ...where, "main.ts"];
  console.log(`deno ${args.join(" ")}`);
  const { success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  return success;
}

const asked = Deno.args.length === 1 && Deno.args[0] === "all" ? TARGETS : Deno.args;
const unknown = asked.find((target) => !TARGETS.includes(target));
if (unknown !== undefined) {
  console.error(`There is no system ${unknown}: there are ${TARGETS.join(", ")}, and all`);
  Deno.exit(2);
}
for (const target of asked.length > 0 ? asked : [undefined]) {
  if (!await compile(target)) Deno.exit(1);
}
