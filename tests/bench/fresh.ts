/** Programs in processes of their own: what one has compiled must not help or hinder another. */

import { fromFileUrl } from "@std/path/from-file-url";

/** Runs a script of this folder, and returns the JSON that it prints. */
export async function runScript<T>(script: string, args: readonly (string | number)[]): Promise<T> {
  const path = new URL(script, import.meta.url).href;
  const stdout = await run(Deno.execPath(), ["run", "-A", path, ...args.map(String)]);
  return JSON.parse(stdout) as T; // what the script says it prints
}

/** Runs a program, and returns what it prints. */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) {
    const why = new TextDecoder().decode(stderr);
    throw new Error(`Cannot measure ${program} ${args.join(" ")}: its process failed: ${why}`);
  }
  return new TextDecoder().decode(stdout);
}

/** Runs a program, and returns how many milliseconds that takes. */
export async function timeOf(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  await run(program, args);
  return performance.now() - start;
}

const TOOL = new URL("../../main.ts", import.meta.url);

/** The arguments for Deno to run the tool on a data set. */
export function toolArgs(dataset: URL, options: readonly string[]): string[] {
  return ["run", "--allow-read", fromFileUrl(TOOL), ...options, fromFileUrl(dataset)];
}
