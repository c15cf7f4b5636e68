/** The tool as a user sees it: a process with arguments, output and an exit code. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { helpText } from "../../lib/cli/options/help.ts";
import { bundledNames } from "../../lib/files/dataset.ts";
import { fileNeed, type Need, needing, POSIX } from "../helpers/needs.ts";
import { entries, withTempDir } from "../helpers/paths.ts";
import { TINY, withNames } from "../helpers/tiny.ts";
import { DENO, type ProcessOptions, runMain, runProcess } from "../helpers/tool.ts";

const HINT = "Run microgpt --help for all the options\n";

Deno.test("microgpt --help prints the help to stdout", async () => {
  for (const flag of ["--help", "-h"]) {
    assertEquals(await runProcess([flag], { flags: [] }), {
      code: 0,
      stdout: helpText("train", `${DENO} run -A main.ts`),
      stderr: "",
    });
  }
});

Deno.test("microgpt --version prints the version of deno.json", async () => {
  assertEquals(await runProcess(["--version"], { flags: [] }), {
    code: 0,
    stdout: `microgpt ${config.version}\n`,
    stderr: "",
  });
});

Deno.test("microgpt exits with 2 and a hint if the command line is wrong", async () => {
  const table: [string[], string, string][] = [
    [["--num-step", "5"], "There is no option --num-step: did you mean --num-steps?", HINT],
    [
      ["sample", "--min-length", "x", "m"],
      '--min-length must be an integer from 0 to 1000000000: it is "x"',
      "Run microgpt sample --help for all the options\n",
    ],
  ];
  for (const [argv, message, hint] of table) {
    const expected = { code: 2, stdout: "", stderr: `microgpt: ${message}\n${hint}` };
    assertEquals(await runProcess(argv, { flags: [] }), expected, argv.join(" "));
  }
});

/** Fails unless the tool stops before it prints anything, with exit code 1 and this message. */
async function assertStops(
  argv: string[],
  message: string,
  options?: ProcessOptions,
): Promise<void> {
  const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
  assertEquals(await runProcess([...TINY, ...argv], options), expected);
}

Deno.test("microgpt exits with 1 and says so if it may not read the data set", async () => {
  await withNames(async (_, path) => {
    for (const flags of [[], ["--allow-read=/nowhere"]]) {
      const why = "Deno may not read it: run with --allow-read";
      await assertStops([path], `Cannot read "${path}": ${why}`, { flags });
    }
  });
});

Deno.test(needing(fileNeed("/dev/zero"), "microgpt does not read a device"), async () => {
  const why = "it is a device: name a text file with one document per line";
  await assertStops(["/dev/zero"], `Cannot read "/dev/zero": ${why}`, { flags: ["-A"] });
  await assertStops(["/dev/zero"], `Cannot read "/dev/zero": ${why}`);
});

const ENVIRON = "/proc/self/environ"; // Deno wants more than --allow-read for it

Deno.test(needing(fileNeed(ENVIRON), "microgpt names the permission that it lacks"), async () => {
  const why = "Deno may not read it: run with --allow-all";
  await assertStops([ENVIRON], `Cannot read "${ENVIRON}": ${why}`);
});

const NO_ROOT: Need = {
  isMet: POSIX.isMet && Deno.uid() !== 0,
  reason: "root reads every file: run the tests as another user",
};

Deno.test(needing(NO_ROOT, "microgpt says so if it has no right to read the file"), async () => {
  await withNames(async (_, path) => {
    await Deno.chmod(path, 0o000);
    const why = "permission denied: check who may read the file";
    await assertStops([path], `Cannot read "${path}": ${why}`);
  }, "anna\n");
});

Deno.test("microgpt says so if the graph of a document is too large", async () => {
  await withNames(async (_, path) => {
    const argv = ["--engine", "scalar", "--block-size", "5001", "--num-steps", "1", path];
    assertEquals(await runProcess(argv), {
      code: 1,
      stdout: "num docs: 1\nvocab size: 2\nnum params: 83152\n",
      stderr: "microgpt: Cannot compute the loss of 5001 tokens: their graph takes 51.1 GB: " +
        "at most 1 GB are allowed: lower the block size\n",
    });
  }, "a".repeat(5000));
});

/** Makes V8 find no vector instructions on this platform. */
const NO_SIMD = ["--allow-read", "--v8-flags=--no-enable-ssse3"];

const X64: Need = {
  isMet: Deno.build.arch === "x86_64",
  reason: "needs an x86-64 processor, on which V8 can be told so",
};

Deno.test(
  needing(X64, "microgpt warns where there is no SIMD, and takes the scalar engine"),
  async () => {
    await withNames(async (_, path) => {
      const { stdout } = await runProcess([...TINY, path]);
      const stderr =
        "This platform has no WebAssembly SIMD: using --engine scalar, which is slower and computes in f64\n";
      for (const argv of [[], ["--quiet"], ["--dtype", "f32"]]) {
        const run = await runProcess([...TINY, ...argv, path], { flags: NO_SIMD });
        assertEquals(run, { code: 0, stdout, stderr });
      }
      const scalar = await runProcess([...TINY, "--engine", "scalar", path], { flags: NO_SIMD });
      assertEquals(scalar, { code: 0, stdout, stderr: "" });
    }, "anna\nbob\n");
  },
);

Deno.test("microgpt without a data set reads datasets/names.txt of the working directory", async () => {
  await withTempDir(async (cwd) => {
    await Deno.mkdir(`${cwd}/datasets`);
    const path = `${cwd}/datasets/names.txt`;
    await Deno.writeTextFile(path, "anna\nbob\n");
    const run = await runProcess(TINY, { cwd, flags: ["--allow-read=datasets"] });
    const { code, stdout } = await runMain([...TINY, path]);
    const stderr = `"datasets/names.txt" differs from the list of microgpt.py: ` +
      "it has 9 bytes, not 228145: delete it to download the original\n";
    assertEquals(run, { code, stdout, stderr });
    assertEquals(code, 0);
  });
});

Deno.test("microgpt without a data set or a network takes the bundled names, and says so", async () => {
  await withNames(async (cwd, names) => {
    const { stdout } = await runMain([...TINY, names]);
    await Deno.remove(names);
    const warning =
      "Cannot fetch names.txt: Deno may not use the network: allow raw.githubusercontent.com: " +
      "using the English names that come with microgpt\n";
    const stderr =
      `Fetching https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt\n${warning}`;
    for (const net of [[], ["--deny-net"]]) {
      const flags = ["--allow-read=datasets", "--allow-write=datasets", ...net];
      assertEquals(await runProcess(TINY, { cwd, flags }), { code: 0, stdout, stderr });
      assertEquals(entries(cwd), [], "nothing is left behind");
      const quiet = await runProcess([...TINY, "--quiet"], { cwd, flags });
      assertEquals(quiet, { code: 0, stdout, stderr: warning }, "other data than was asked for");
    }
  }, await bundledNames());
});

Deno.test("microgpt reads the data set from stdin", async () => {
  await withNames(async (_, path) => {
    const expected = await runProcess([...TINY, path]);
    assertEquals(await runProcess([...TINY, "-"], { flags: [], stdin: "anna\nbob\n" }), expected);
  }, "anna\nbob\n");
  const message = "microgpt: Cannot use stdin: it is empty: expected one document per line\n";
  const empty = await runProcess([...TINY, "-"], { flags: [], stdin: "" });
  assertEquals(empty, { code: 1, stdout: "", stderr: message });
});

Deno.test(needing(POSIX, "microgpt says that stdin is a directory"), async () => {
  const through = ["sh", "-c", 'exec "$@" < .', "sh"];
  await withNames(async (_, path) => {
    for (const argv of [[...TINY, "-"], ["info", "-"], [...TINY, "--prompt", "-", path]]) {
      const stderr = "microgpt: Cannot read stdin: it is a directory: name a file\n";
      assertEquals(await runProcess(argv, { through }), { code: 1, stdout: "", stderr });
    }
  });
});

Deno.test("microgpt info reads a data set from stdin", async () => {
  const { code, stdout, stderr } = await runProcess(["info", "--json", "-"], { stdin: "a\nb\n" });
  assertEquals([code, stderr], [0, ""]);
  const { kind, numDocs, characters } = JSON.parse(stdout);
  assertEquals([kind, numDocs, characters], ["data set", 2, { a: 1, b: 1 }]);
});

Deno.test("microgpt reads prompts from stdin, after training and for a saved model", async () => {
  await withNames(async (dir, path) => {
    const flags = ["--allow-read", "--allow-write"];
    const model = `${dir}/a.st`;
    const prompts = { flags, stdin: "an\n\n  hob \n" };
    const trained = await runProcess([...TINY, "--prompt", "-", "--save", model, path], prompts);
    assertEquals([trained.code, trained.stderr], [0, ""]);
    const samples = trained.stdout.slice(trained.stdout.indexOf("sample  1: "));
    assertMatch(samples, /^(sample {2}[12]: an.*\n){2}(sample {2}[34]: hob.*\n){2}$/);
    const sample = ["sample", "--num-samples", "2", "--prompt", "-", model];
    const stdout = samples.replace(/^sample +\d: /gm, "");
    assertEquals(await runProcess(sample, prompts), { code: 0, stdout, stderr: "" });

    const table: [string, string][] = [
      ["", "Cannot read the prompts: stdin has none: expected one per line"],
      [
        "an\nax\n",
        'Cannot generate: no text can begin with the prompt "ax": ' +
        'character "x" is not in the vocabulary',
      ],
    ];
    for (const [stdin, message] of table) {
      const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
      assertEquals(await runProcess(sample, { flags, stdin }), expected);
      const training = [...TINY, "--prompt", "-", path];
      assertEquals(await runProcess(training, { flags, stdin }), expected, "before training");
    }
  }, "anna\nbob\nhannah\n");
});

Deno.test("microgpt excludes the lines of stdin, and exits with 1 after what it found", async () => {
  await withNames(async (_, path) => {
    const argv = [...TINY, "--max-length", "1", "--unique", "--exclude", "-", path];
    const { code, stdout, stderr } = await runProcess(argv, { stdin: "a\n\nb\n" });
    assertEquals(code, 1);
    assertMatch(stdout, /^num docs: 2\n(.*\n)+sample {2}1: \n$/);
    assertMatch(
      stderr,
      /^microgpt: Found 1 of 2 samples after [\d,]+ tries: none of the last tries matched.*\n$/,
    );
  }, "a\nb\n");
});

Deno.test("microgpt writes in color with --color always, and not where NO_COLOR forbids it", async () => {
  const message = 'Cannot read "none": there is no such file: check the path\n';
  const table: [string[], string][] = [
    [["--color", "always"], "\x1b[1;31mmicrogpt:\x1b[m "],
    [["--color", "auto"], "microgpt: "],
  ];
  for (const [argv, name] of table) {
    const { stderr } = await runProcess([...argv, "none"], { env: { NO_COLOR: "1" } });
    assertEquals(stderr, name + message);
  }
  const piped = await runProcess(["none"], { env: { NO_COLOR: "" } });
  assertEquals(piped.stderr, `microgpt: ${message}`, "stderr is not a terminal");
});

Deno.test("main.ts imported is the library, and runs nothing", async () => {
  const library = await import("../../main.ts");
  for (const name of ["Value", "Tokenizer", "Gpt", "Adam", "Random", "train", "sample", "Docs"]) {
    assert(name in library, name);
  }
});
