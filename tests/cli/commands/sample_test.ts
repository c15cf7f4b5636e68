/** `microgpt sample` with models that have been trained and saved. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { TINY, withNames } from "../../helpers/tiny.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";
import { runMain } from "../../helpers/tool.ts";

/** The samples that a run of training printed. */
const samplesOf = (stdout: string) =>
  Array.from(stdout.matchAll(/^sample +\d+: (.*)$/gm), ([, text]) => `${text}\n`).join("");

for (
  const options of [
    [],
    ["--seed", "7", "--temperature", "1"],
    ["--top-k", "3", "--top-p", "0.8", "--temperature", "2"],
    ["--dtype", "f32"],
    ["--engine", "scalar"],
    ["--tokenizer", "byte"],
    ["--num-samples", "100"],
  ]
) {
  Deno.test(`microgpt sample goes on as training did: ${options.join(" ") || "no options"}`, async () => {
    await withNames(async (dir, names) => {
      await Deno.writeTextFile(names, "anna\nbob\n민수\nhannah\n");
      const model = `${dir}/a.st`;
      const trained = await runMain([
        ...TINY,
        "--num-samples",
        "20",
        ...options,
        "--save",
        model,
        names,
      ]);
      assertEquals([trained.code, trained.stderr], [0, ""]);
      const expected = samplesOf(trained.stdout);
      const count = expected.split("\n").length - 1;
      assertEquals(count, options.includes("100") ? 100 : 20);
      const argv = ["sample", "--num-samples", `${count}`, model];
      assertEquals(await runMain(argv), { code: 0, stdout: expected, stderr: "" });
      assertEquals(await runMain(argv), { code: 0, stdout: expected, stderr: "" }, "each time");
      const scalar = await runMain([...argv, "--engine", "scalar"]);
      assertEquals(scalar, { code: 0, stdout: expected, stderr: "" });
      const seeded = await runMain([...argv, "--seed", "1"]);
      assert(seeded.stdout !== expected, "another seed");
      assertEquals(await runMain([...argv, "--seed", "1"]), seeded);
    });
  });
}

Deno.test("microgpt sample without a run behind the model begins with seed 42", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir);
    const [one, same, other] = [
      await runMain(["sample", model]),
      await runMain(["sample", "--seed", "42", model]),
      await runMain(["sample", "--seed", "43", model]),
    ];
    assertEquals(one, same);
    assert(one.stdout !== other.stdout);
  });
});

Deno.test("microgpt sample prefers what is given to what training was told", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await runMain([...TINY, "--temperature", "0", "--num-samples", "9", "--save", model, names]);
    const { stdout } = await runMain(["sample", model]);
    assertEquals(stdout.split("\n").length - 1, 20, "the number of samples is not taken over");
    assertEquals(new Set(stdout.split("\n")).size <= 2, true, "the temperature is");
    const warm = await runMain(["sample", "--temperature", "1", model]);
    assert(new Set(warm.stdout.split("\n")).size > 2, "unless another is given");
  });
});

Deno.test("microgpt sample writes what was asked for", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await runMain([...TINY, "--save", model, names]);
    const table: [string[], RegExp][] = [
      [["--prompt", "han"], /^(han.*\n){5}$/],
      [["--starts-with", "b", "--ends-with", "n"], /^(b.*n\n){5}$/],
      [["--contains", "oo"], /^(.*oo.*\n){5}$/],
      [["--min-length", "4", "--max-length", "5"], /^(.{4,5}\n){5}$/],
      [["--match", "^[^b]+$", "--unique"], /^([^b\n]+\n){5}$/],
      [["--max-length", "0"], /^\n{5}$/],
    ];
    for (const [argv, expected] of table) {
      const { code, stdout, stderr } = await runMain([
        "sample",
        "--num-samples",
        "5",
        ...argv,
        model,
      ]);
      assertEquals([code, stderr], [0, ""], argv.join(" "));
      assertMatch(stdout, expected);
    }
    for (const argv of [[], ["--json"], ["--new", "--unique", "--exclude", names]]) {
      const none = await runMain(["sample", "--num-samples", "0", ...argv, model]);
      assertEquals(none, { code: 0, stdout: "", stderr: "" });
    }
  });
});

Deno.test("microgpt sample leaves out the training list, and the lines of a file", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await Deno.writeTextFile(names, "a\nba\n");
    await runMain([...TINY, "--save", model, names]);
    const short = ["sample", "--max-length", "1", "--unique", "--num-samples", "3", model];
    assertEquals((await runMain(short)).stdout.split("\n").sort(), ["", "", "a", "b"]);
    await Deno.writeTextFile(`${dir}/old.txt`, " b \n");
    const table: [string[], string[]][] = [
      [["--new", "--num-samples", "1"], ["", "b"]],
      [["--new"], ["", "b"]], // not the empty text
      [["--new", "--exclude", `${dir}/old.txt`], [""]],
      [["--exclude", names, "--num-samples", "2"], ["", "", "b"]],
    ];
    for (const [argv, expected] of table) {
      const { stdout } = await runMain([...short, ...argv]);
      assertEquals(stdout.split("\n").sort(), expected, argv.join(" "));
    }
    const { code, stdout, stderr } = await runMain([...short, "--exclude", `${dir}/old.txt`]);
    assertEquals([code, stdout.split("\n").sort()], [1, ["", "", "a"]], "after the results");
    assertMatch(stderr, /^microgpt: Found 2 of 3 samples after [\d,]+ tries: /);
  });
});

Deno.test("microgpt sample with the byte tokenizer is steered by characters", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await Deno.writeTextFile(names, "민수\n서연\n");
    await runMain([...TINY, "--tokenizer", "byte", "--save", model, names]);
    const argv = [
      "sample",
      "--num-samples",
      "5",
      "--starts-with",
      "민",
      "--max-length",
      "3",
      model,
    ];
    const { code, stdout, stderr } = await runMain(argv);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^(민[^\uFFFD\n]{0,2}\n){5}$/);
    const unknown = await runMain(["sample", "--prompt", "민a", model]);
    assertEquals([unknown.code, unknown.stdout], [1, ""]);
    assertEquals(
      unknown.stderr,
      'microgpt: Cannot generate: no text can begin with the prompt "민a": ' +
        'character "a" is not in the vocabulary\n',
    );
  });
});

Deno.test("microgpt sample refuses settings in a file that cannot be", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await runMain([...TINY, "--temperature", "0.25", "--save", model, names]);
    const text = new TextDecoder("latin1").decode(await Deno.readFile(model));
    const forged = text.replace('\\"0.25\\"', '\\"-.25\\"');
    assert(forged !== text);
    await Deno.writeFile(model, Uint8Array.from(forged, (byte) => byte.charCodeAt(0)));
    const message = '--temperature must be a number from 0 on: it is "-.25"';
    assertEquals(await runMain(["sample", model]), {
      code: 1,
      stdout: "",
      stderr: `microgpt: Cannot use the settings of "${model}": ${message}\n`,
    });
  });
});
