/** What a run is made of, as far as people may be mistaken about it. */

import { assertEquals } from "@std/assert";
import { withTempDir } from "../../helpers/paths.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { runMain } from "../../helpers/tool.ts";

Deno.test("microgpt notes that it does not read stdin, to people who send something there", async () => {
  const note = "stdin is not read: to train on it, name - as the data set\n";
  const table: [argv: string[], isStdinTerminal: boolean, isTerminal: boolean, noted: boolean][] = [
    [[], false, true, true],
    [["--auto"], false, true, true],
    [[], true, true, false],
    [[], false, false, false], // no person sees it
    [["--quiet"], false, true, false],
    [["-"], false, true, false],
    [["--prompt", "-"], false, true, false],
    [["--exclude", "-"], false, true, false],
    [["--preset", "birds"], false, true, false],
    [["datasets/names.txt"], false, true, false],
  ];
  const cwd = Deno.cwd();
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/datasets`);
    await Deno.writeTextFile(`${dir}/datasets/names.txt`, `${NAMES.join("\n")}\n`);
    Deno.chdir(dir); // where it looks for names.txt
    try {
      for (const [argv, isStdinTerminal, isTerminal, expected] of table) {
        const stdin = new TextEncoder().encode("anna\nbob\n");
        const prepare = (terminal: object) => Object.assign(terminal, { isStdinTerminal });
        const { code, stderr } = await runMain([...TINY, ...argv], { isTerminal, stdin, prepare });
        assertEquals([code, stderr.includes(note)], [0, expected], `${argv} ${isStdinTerminal}`);
      }
    } finally {
      Deno.chdir(cwd);
    }
  });
});

Deno.test("microgpt notes that a long run may take several threads, to people who chose none", async () => {
  const note = "--threads auto may make this run faster, and gives the same results\n";
  const wide = ["--n-embd", "64", "--batch-size", "16", "--learning-rate", "10"]; // it diverges soon
  const long = [...wide, "--num-steps", "20000"];
  const table: [argv: string[], noted: boolean][] = [
    [long, navigator.hardwareConcurrency > 1],
    [[...long, "--quiet"], false],
    [[...long, "--threads", "1"], false],
    [[...long, "--threads", "auto"], false],
    [[...wide, "--num-steps", "200"], false],
    [["--num-steps", "1000000", "--n-embd", "32", "--learning-rate", "10"], false], // small steps
  ];
  await withNames(async (_, path) => {
    for (const [argv, expected] of table) {
      const { stderr } = await runMain([...argv, path]);
      assertEquals(
        [stderr.includes("diverged"), stderr.includes(note)],
        [true, expected],
        `${argv}`,
      );
    }
  });
});
