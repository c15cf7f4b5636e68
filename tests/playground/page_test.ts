/** The page in a real browser, where there is one: see `browser/all.ts`. */

import { assert } from "@std/assert";
import { exists, ROOT } from "../helpers/paths.ts";
import { PLACES } from "./browser/places.ts";

const isThere = PLACES.some(exists);

Deno.test({
  name: `the playground in a browser${isThere ? "" : " (skipped: there is no Chromium)"}`,
  ignore: !isThere,
  fn: async () => {
    const args = ["test", "-A", "--no-check", "tests/playground/browser/all.ts"];
    const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env: { NO_COLOR: "1" } });
    const { success, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    assert(success, text.decode(stdout) + text.decode(stderr));
  },
});
