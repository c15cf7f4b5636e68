/** The output of `deno task test`. */

import { assertEquals, assertMatch } from "@std/assert";
import { Digest } from "../../.ci/test.ts";
import { ROOT, withTempDir } from "../helpers/paths.ts";

/** The digest of the lines of `deno test`. */
function digestOf(lines: string): string {
  const digest = new Digest();
  return lines.trimEnd().split("\n").map((line) => digest.line(line)).join("");
}

Deno.test("Digest prints dots, the skipped tests by reason, and the summary as it is", () => {
  const lines = `running 3 tests from ./a_test.ts
a ... ok (1ms)
b (needs x: see y) ... ignored (0ms)
c: f(x) (needs z (or w)) ... ignored (0ms)
running 2 tests from ./b_test.ts
d ...
  step ... ok (1ms)
  another (needs z (or w)) ... ignored (0ms)
d ... ok (1ms)
e ...
------- output -------
seed 1
----- output end -----
e ... ok (1ms)
f ... ignored (0ms)

ok | 3 passed (1 step) | 0 failed | 3 ignored (1 step) (5ms)
`;
  assertEquals(
    digestOf(lines),
    `.,,..,

1 test skipped: needs x: see y
  b

2 tests skipped: needs z (or w)
  c: f(x)
  another

1 test skipped: no reason given
  f

ok | 3 passed (1 step) | 0 failed | 3 ignored (1 step) (5ms)
`,
  );
});

Deno.test("Digest prints what a file of a failing test has printed, and the errors", () => {
  const lines = `------- pre-test output -------
of another file
----- pre-test output end -----
running 1 test from ./a_test.ts
a ... ok (1ms)
------- post-test output -------
seed of the file
----- post-test output end -----
running 3 tests from ./b_test.ts
b ...
------- output -------
running 5 tests from ./nowhere
ok | 9 passed | 0 failed (1ms)----- output end -----
b ... ok (1ms)
c ...
  step ...
------- output -------

in a step----- output end -----
  step ... FAILED (1ms)
c ... FAILED (due to 1 failed step) (2ms)
d ... ok (1ms)
Uncaught error from ./c_test.ts FAILED

 ERRORS 

c ... step => ./b_test.ts:1:1
error: Error: x

 FAILURES 

c ... step => ./b_test.ts:1:1

FAILED | 3 passed | 2 failed (1 step) (5ms)
`;
  assertEquals(
    digestOf(lines),
    `..!
c
  seed of the file
  running 5 tests from ./nowhere
  ok | 9 passed | 0 failed (1ms)
  
  in a step
.!
Uncaught error from ./c_test.ts

 ERRORS 

c ... step => ./b_test.ts:1:1
error: Error: x

 FAILURES 

c ... step => ./b_test.ts:1:1

FAILED | 3 passed | 2 failed (1 step) (5ms)
`,
  );
});

Deno.test("Digest keeps lines that it does not know, and breaks lines of dots", () => {
  const ok = (n: number) => "a ... ok (1ms)\n".repeat(n);
  const dots = (n: number) => ".".repeat(n);
  assertEquals(
    digestOf(`${ok(81)}SIGINT The following tests were pending:\nb => ./b.ts:1:1\n`),
    `${dots(80)}
.
SIGINT The following tests were pending:
b => ./b.ts:1:1
`,
  );
  assertEquals(
    digestOf(`${ok(80)}\nok | 80 passed | 0 failed (1ms)\n`),
    `${dots(80)}

ok | 80 passed | 0 failed (1ms)
`,
  );
});

Deno.test("Digest reads lines with colors", () => {
  const lines = `\x1b[0m\x1b[38;5;245mrunning 1 test from ./a_test.ts\x1b[0m
a ... \x1b[0m\x1b[32mok\x1b[0m \x1b[0m\x1b[38;5;245m(1ms)\x1b[0m
b (why) ... \x1b[0m\x1b[33mignored\x1b[0m \x1b[0m\x1b[38;5;245m(0ms)\x1b[0m

\x1b[0m\x1b[32mok\x1b[0m | 1 passed\n`;
  assertEquals(
    digestOf(lines),
    ".,\n\n1 test skipped: why\n  b\n\n\x1b[0m\x1b[32mok\x1b[0m | 1 passed\n",
  );
});

Deno.test("the runner of the tests prints their digest and has their exit code", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/deno.json`, "{}");
    const files = {
      "good_test.ts": `Deno.test("a", () => console.log("unseen"));
        Deno.test({ name: "b (needs luck)", ignore: true, fn() {} });`,
      "bad_test.ts": `Deno.test("c", () => { console.log("seed 7"); throw new Error("of c"); });`,
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    const run = async (...args: string[]) => {
      const line = ["run", "--allow-run", `${ROOT}/.ci/test.ts`, "--no-check", ...args];
      const options = { args: line, cwd: dir, env: { NO_COLOR: "1" } };
      const { code, stdout } = await new Deno.Command(Deno.execPath(), options).output();
      return { code, stdout: new TextDecoder().decode(stdout) };
    };
    const good = await run("good_test.ts");
    assertEquals(good.code, 0);
    assertMatch(
      good.stdout,
      /^\.,\n\n1 test skipped: needs luck\n {2}b\n\nok \| 1 passed \| 0 failed \| 1 ignored \(\S+\)\n$/,
    );
    const bad = await run();
    assertEquals(bad.code, 1);
    assertMatch(bad.stdout, /^!\nc\n {2}seed 7\n\.,\n\n ERRORS \n\nc => [^]* of c\n/);
    assertMatch(
      bad.stdout,
      /\n1 test skipped: needs luck\n {2}b\n\nFAILED \| 1 passed \| 1 failed /,
    );
    assertEquals((await run("nowhere_test.ts")).code, 1);
  });
});
