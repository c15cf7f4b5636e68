/** The page in a real browser, where there is one, and what drives it: see `browser/all.ts`. */

import { assert } from "@std/assert";
import { exists, ROOT } from "../helpers/paths.ts";
import { PLACES } from "./browser/places.ts";

const ALL = "tests/playground/browser/all.ts";

/** Runs Deno in the project's folder. */
function runDeno(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env: { NO_COLOR: "1" } }).output();
}

/** Says why the page cannot be tried here. */
async function obstacle(): Promise<string | undefined> {
  if (!PLACES.some(exists)) return "there is no Chromium";
  const { success } = await runDeno("cache", ALL);
  return success ? undefined : "playwright-core and axe-core cannot be had from npm";
}

const why = await obstacle();

Deno.test({
  name: `the playground in a browser${why === undefined ? "" : ` (skipped: ${why})`}`,
  ignore: why !== undefined,
  fn: async () => {
    const { success, stdout, stderr } = await runDeno("test", "-A", "--no-check", ALL);
    const text = new TextDecoder();
    assert(success, text.decode(stdout) + text.decode(stderr));
  },
});
