/** docs/troubleshooting.md: the program says what the page says. */

import { assert, assertEquals } from "@std/assert";
import { difference } from "../../.ci/examples.ts";
import { needing, POSIX } from "../helpers/needs.ts";
import { ROOT, withTempDir } from "../helpers/paths.ts";
import { asMicrogpt } from "../helpers/tool.ts";

/** A command, and lines of what it prints. */
interface Exchange {
  readonly command: string;
  readonly lines: string[];
}

/** The commands of the blocks `console`, in order. */
function exchangesOf(page: string): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const [, block = ""] of page.matchAll(/^```console\n([^]*?)^```$/gm)) {
    for (const line of block.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) exchanges.push({ command: line.slice(2), lines: [] });
      else exchanges.at(-1)?.lines.push(line); // a block begins with a command
    }
  }
  return exchanges;
}

Deno.test({
  ...needing(POSIX, "docs/troubleshooting.md has the messages that its commands give"),
  fn: async () => {
    const exchanges = exchangesOf(await Deno.readTextFile(`${ROOT}/docs/troubleshooting.md`));
    assert(exchanges.length >= 15, `${exchanges.length} commands`);
    await withTempDir(async (dir) => {
      for (const name of ["main.ts", "lib", "deno.json", "vendor"]) {
        await Deno.symlink(`${ROOT}/${name}`, `${dir}/${name}`);
      }
      await Deno.mkdir(`${dir}/datasets`); // without names.txt
      for (const name of ["birds", "german_towns", "english_names"]) {
        await Deno.symlink(`${ROOT}/datasets/${name}.txt`, `${dir}/datasets/${name}.txt`);
      }
      const deno = `'${Deno.execPath()}'`;
      const shell = `deno() { ${deno} "$@"; }; microgpt() { ${deno} run -A main.ts "$@"; }`;
      for (const { command, lines } of exchanges) {
        const script = `${shell}; { ${command}; } 2>&1`;
        const env = { NO_COLOR: "1", DENO_NO_PROMPT: "1" };
        const { stdout } = await new Deno.Command("bash", { args: ["-c", script], cwd: dir, env })
          .output();
        const output = asMicrogpt(new TextDecoder().decode(stdout));
        const wrong = difference({ line: 0, lines, tolerance: 0 }, output);
        assertEquals(wrong, undefined, `$ ${command}`);
      }
    });
  },
});
