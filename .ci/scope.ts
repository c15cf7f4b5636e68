/**
 * Gives the package a scope: `deno task scope @you`.
 *
 * deno.json decides the name of the package. The documentation repeats it for
 * readers to copy, and the examples import it as any other program would, which
 * `deno test --doc` tries. This tool writes the scope into all of them; without
 * an argument it takes the scope from deno.json. A test fails if a mention
 * disagrees with deno.json.
 *
 * @module
 */

import { expandGlob } from "@std/fs/expand-glob";
import { fromFileUrl } from "@std/path/from-file-url";
import { relative } from "@std/path/relative";
import config from "../deno.json" with { type: "json" };

/** The folder of the project. */
export const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** The files that may speak of the package. */
const FILES = "**/*.{html,js,json,md,ts,yml}";

/** Folders whose files come from elsewhere, or are made. */
const EXCLUDED = [".git", "coverage", "dist", "node_modules", "vendor"];

/**
 * Returns what the registry has against a scope, or `undefined`.
 *
 * @param scope Such as `@std`
 */
export function scopeFault(scope: string): string | undefined {
  const name = scope.slice(1);
  if (!scope.startsWith("@")) return "it does not begin with @";
  if (name.length < 2 || name.length > 20) {
    return `it has ${name.length} ${name.length === 1 ? "character" : "characters"}, not 2 to 20`;
  }
  if (!/^[a-z0-9-]+$/.test(name)) return "it has other characters than a-z, 0-9 and -";
  if (/^-|--|-$/.test(name)) return "a hyphen in it does not stand between two other characters";
  return undefined;
}

/** Writes the name of a package wherever it has another scope. */
export function rename(text: string, name: string): string {
  const [, packageName] = name.split("/");
  return text.replaceAll(new RegExp(`@[\\w-]+/${packageName}(?![\\w-])`, "g"), name);
}

/** Returns the files in which the package has another scope, with what they should be. */
export async function filesToRename(
  root: string,
  name: string,
): Promise<{ path: string; text: string }[]> {
  const files: { path: string; text: string }[] = [];
  for await (
    const { path } of expandGlob(FILES, { root, exclude: EXCLUDED, includeDirs: false })
  ) {
    const before = await Deno.readTextFile(path);
    const text = rename(before, name);
    if (text !== before) files.push({ path: relative(root, path), text });
  }
  return files;
}

async function main([argument]: string[]): Promise<number> {
  const [ownScope = "", packageName] = config.name.split("/");
  const scope = argument ?? ownScope;
  const fault = argument === undefined ? undefined : scopeFault(scope);
  if (fault !== undefined) {
    console.error(`error: Cannot take ${scope} as the scope: ${fault}`);
    return 2;
  }
  const files = await filesToRename(ROOT, `${scope}/${packageName}`);
  for (const { path, text } of files) {
    console.log(path);
    await Deno.writeTextFile(`${ROOT}/${path}`, text);
  }
  console.log(`${files.length} files changed: the package is ${scope}/${packageName}`);
  if (files.length === 0) return 0;
  const args = ["fmt", "--quiet", ...files.map(({ path }) => path)];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
