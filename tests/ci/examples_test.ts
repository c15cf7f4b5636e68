/** The examples of the README and the guide: how they are found, run and compared. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { expandGlob } from "@std/fs/expand-glob";
import { difference, examplesOf } from "../../.ci/examples.ts";
import { ROOT, withTempDir } from "../helpers/paths.ts";

const PAGE = `# A page

\`\`\`sh
echo a # a comment
echo '#b' \\
  c
# all of it

echo d
\`\`\`

It prints, within 2.5 % of it:

\`\`\`text
a
d
\`\`\`

\`\`\`text
another
\`\`\`

\`\`\`sh
echo e
\`\`\`

\`\`\`ts
code();
\`\`\`

\`\`\`text
of the code
\`\`\`

\`\`\`sh
echo f
\`\`\`

## Another subject, within 9 %

\`\`\`text
of nothing
\`\`\`

\`\`\`sh
echo g
\`\`\`

\`\`\`text
g
\`\`\`
`;

Deno.test("examplesOf() finds commands, and what they print", () => {
  assertEquals(examplesOf(PAGE), [
    {
      commands: [
        { line: 4, text: "echo a" },
        { line: 6, text: "echo '#b' c" },
        { line: 9, text: "echo d" },
      ],
      printed: { line: 15, lines: ["a", "d"], tolerance: 0.025 },
    },
    { commands: [{ line: 24, text: "echo e" }] },
    { commands: [{ line: 36, text: "echo f" }] },
    {
      commands: [{ line: 46, text: "echo g" }],
      printed: { line: 50, lines: ["g"], tolerance: 0 },
    },
  ]);
});

Deno.test("examplesOf() finds each block of the README and the guide", async () => {
  const pages = [`${ROOT}/README.md`];
  for await (const { path } of expandGlob("docs/*.md", { root: ROOT })) pages.push(path);
  assert(pages.length > 5);
  let printed = 0;
  for (const path of pages) {
    const page = await Deno.readTextFile(path);
    const examples = examplesOf(page);
    assertEquals(examples.length, page.match(/^```(sh|bash)$/gm)?.length ?? 0, path);
    printed += examples.filter((example) => example.printed !== undefined).length;
  }
  assert(printed > 15, `${printed} outputs`);
});

Deno.test("difference() finds lines that stand one after the other in an output", () => {
  const printed = (lines: string[], tolerance = 0) => ({ line: 1, lines, tolerance });
  const output = "a\nstep 1 | loss 2.1000\nstep 2 | loss 2.0000\nb\nb\nc\n";
  for (const lines of [["a"], ["b", "b", "c"], ["step 2 | loss 2.0000", "b"], ["c", ""]]) {
    assertEquals(difference(printed(lines), output), undefined);
  }
  const table: [string[], string][] = [
    [["step 2 | loss 2.0001"], "the page has step 2 | loss 2.0001"],
    [["a", "step 2 | loss 2.0000"], "it prints step 1 | loss 2.1000"],
    [["b", "c", "b"], "the page has"],
    [["step 1 | loss 2.1"], "it prints"],
    [[..."abcdefgh"], "it prints less than the page: a / b"],
    [["b", "...", "a"], "the page has a"],
    [["a", "...", "step 2 ..."], "nothing"],
    [["a", "...", "step 3 ..."], "the page has step 3 ..."],
    [["...", "c", "...", "c"], "the page has c"],
    [["a", "...", "b", "...", "b", "c"], "nothing"],
    [["step 1 | loss 2.1000 | ..."], "the page has"],
  ];
  for (const [lines, what] of table) {
    assertStringIncludes(difference(printed(lines), output) ?? "nothing", what);
  }
});

Deno.test("difference() lets numbers be off as far as the page says", () => {
  const off = (expected: string, found: string, tolerance: number) =>
    difference({ line: 1, lines: [expected], tolerance }, `${found}\n`) !== undefined;
  assertEquals(off("model  2.0287  7.60", "model 2.0300 7.65", 0.01), false);
  assertEquals(off("model  2.0287  7.60", "model 2.0300 7.68", 0.01), true);
  assertEquals(off("loss 2.0000", "loss NaN", 0.01), true);
  assertEquals(off("loss 2.0000", "lass 2.0000", 0.01), true);
  assertEquals(off("loss -2.0", "loss 2.0", 0.01), true);
  assertEquals(off("loss 2.0000", "loss 2.0001", 0), true);
});

Deno.test("the runner of the examples names what fails, and has another exit code then", async () => {
  await withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/datasets`);
    await Deno.writeTextFile(`${dir}/datasets/names.txt`, "a\n");
    const page = (command: string, text: string) =>
      `\`\`\`sh\n${command}\ndeno task bench\n\`\`\`\n\nIt prints:\n\n\`\`\`text\n${text}\n\`\`\`\n`;
    const run = async (text: string) => {
      await Deno.writeTextFile(`${dir}/page.md`, text);
      const args = ["run", "-A", "--no-config", `${ROOT}/.ci/examples.ts`, "page.md"];
      const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: dir }).output();
      return { code, stdout: new TextDecoder().decode(stdout) };
    };
    const good = await run(page("printf 'a\\nb\\nc\\n'", "b\nc"));
    assertEquals(good.code, 0);
    assertMatch(
      good.stdout,
      /\na\nb\nc\n[^]*skipped: it takes long[^]*\nok \| 2 passed \| 0 failed \(\d+s\)\n$/,
    );
    const stale = await run(page("printf 'a\\nb\\nc\\n'", "b\nd"));
    assertEquals(stale.code, 1);
    assertStringIncludes(stale.stdout, "error: page.md:9: the page has d\n     it prints c\n");
    assertMatch(stale.stdout, /\nFAILED \| 1 passed \| 1 failed \(\d+s\)\n$/);
    const broken = await run(page("false", ""));
    assertEquals(broken.code, 1);
    assertStringIncludes(broken.stdout, "error: page.md:2: exit code 1\n");

    await Deno.remove(`${dir}/datasets`, { recursive: true });
    const without = await run(page("cat datasets/names.txt", "a"));
    assertEquals(without.code, 0);
    assertStringIncludes(
      without.stdout,
      "skipped: there is no datasets/names.txt, and no network\n",
    );
    assertStringIncludes(
      without.stdout,
      "skipped: without datasets/names.txt no output is compared",
    );
  });
});
