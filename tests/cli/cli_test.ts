/** The tool as a user sees it: a process with arguments, output and an exit code. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { helpText } from "../../lib/cli/options/help.ts";
import { bundledNames } from "../../lib/files/dataset.ts";
import { Docs } from "../../lib/docs.ts";
import {
  microgpt,
  microgptInto,
  microgptThrough,
  type RunOptions,
  startMicrogpt,
} from "../helpers/cli.ts";
import { saveTinyModel } from "../helpers/model_file.ts";
import { entries, exists, ROOT, withTempDir } from "../helpers/paths.ts";
import fixture from "../testdata/docs.json" with { type: "json" };

const HINT = "Run microgpt --help for all the options\n";

/** How long to wait for what takes a moment, in milliseconds: the machine may be busy. */
const PATIENCE = 60_000;

/** A model that is trained in no time. */
const TINY = ["--n-embd", "4", "--n-head", "2", "--block-size", "12", "--num-steps", "3"];
const FEW = [...TINY, "--num-samples", "2"];

/** What stdout looks like, with the step lines and the samples left open. */
function outputOf(numDocs: number, vocabSize: number, numParams: number, samples: number): RegExp {
  return new RegExp(
    `^num docs: ${numDocs}\nvocab size: ${vocabSize}\nnum params: ${numParams}\n` +
      `(step +\\d+ / +\\d+ \\| loss \\d+\\.\\d{4}\n)+` +
      `\n--- inference \\(new, hallucinated names\\) ---\n` +
      `(sample [ \\d]\\d: .*\n){${samples}}$`,
    "u",
  );
}

/** The number of parameters of the tiny model. */
const tinyParams = (vocabSize: number) => (2 * vocabSize + 12) * 4 + 12 * 16;

/** Calls `body` with a file of the given content. */
async function withFile(
  content: string | Uint8Array,
  body: (path: string, dir: string) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${dir}/data.txt`, bytes);
    await body(`${dir}/data.txt`, dir);
  });
}

Deno.test("microgpt --help prints the help to stdout", async () => {
  for (const flag of ["--help", "-h"]) {
    assertEquals(await microgpt([flag], { flags: [] }), {
      code: 0,
      stdout: helpText("train"),
      stderr: "",
    });
  }
});

Deno.test("microgpt --version prints the version of deno.json", async () => {
  assertEquals(await microgpt(["--version"], { flags: [] }), {
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
    assertEquals(await microgpt(argv, { flags: [] }), expected, argv.join(" "));
  }
});

/** Fails unless the tool stops before it prints anything, with exit code 1 and this message. */
async function assertStops(argv: string[], message: string, options?: RunOptions): Promise<void> {
  const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
  assertEquals(await microgpt([...FEW, ...argv], options), expected);
}

Deno.test("microgpt exits with 1 and says why if the data set cannot be read", async () => {
  await withFile("anna\n", async (path, dir) => {
    const table: [string, string][] = [
      [`${dir}/none.txt`, "there is no such file: check the path"],
      [`${path}/none.txt`, "a file is where a folder should be: check the path"],
      [dir, "it is a directory: name a text file with one document a line"],
      ["", "the path is empty: name a text file with one document a line"],
    ];
    for (const [path, why] of table) await assertStops([path], `Cannot read "${path}": ${why}`);
    for (const flags of [[], ["--allow-read=/nowhere"]]) {
      const why = "Deno may not read it: run with --allow-read";
      await assertStops([path], `Cannot read "${path}": ${why}`, { flags });
    }
  });
});

Deno.test({
  name: `microgpt does not read a device${exists("/dev/zero") ? "" : " (needs /dev/zero)"}`,
  ignore: !exists("/dev/zero"),
  fn: async () => {
    const why = "it is a device: name a text file with one document a line";
    await assertStops(["/dev/zero"], `Cannot read "/dev/zero": ${why}`, { flags: ["-A"] });
    await assertStops(["/dev/zero"], `Cannot read "/dev/zero": ${why}`);
  },
});

const ENVIRON = "/proc/self/environ"; // Deno wants more than --allow-read for it

Deno.test({
  name: `microgpt names the permission that it lacks${
    exists(ENVIRON) ? "" : ` (needs ${ENVIRON})`
  }`,
  ignore: !exists(ENVIRON),
  fn: async () => {
    const why = "Deno may not read it: run with --allow-all";
    await assertStops([ENVIRON], `Cannot read "${ENVIRON}": ${why}`);
  },
});

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

Deno.test({
  name: `microgpt says so if it has no right to read the file${
    isRoot ? " (root reads every file: run the tests as another user)" : ""
  }`,
  ignore: isRoot || Deno.build.os === "windows",
  fn: async () => {
    await withFile("anna\n", async (path) => {
      await Deno.chmod(path, 0o000);
      const why = "permission denied: check who may read the file";
      await assertStops([path], `Cannot read "${path}": ${why}`);
    });
  },
});

Deno.test("microgpt exits with 1 if the data set has no documents", async () => {
  await withFile(" \n\n", async (path) => {
    const why = "it has only blank lines: one document a line is wanted";
    await assertStops([path], `Cannot train on "${path}": ${why}`);
  });
});

Deno.test("microgpt refuses text that is not UTF-8 by character, and takes it by byte", async () => {
  await withFile(Uint8Array.of(0x61, 0x0a, 0x62, 0xff, 0x0a), async (path) => {
    assertEquals(await microgpt([...FEW, path]), {
      code: 1,
      stdout: "",
      stderr: `microgpt: "${path}": Cannot read line 2 as text: it is not UTF-8: ` +
        `save it as UTF-8, or use bytes as tokens: --tokenizer byte\n`,
    });

    const bytes = await microgpt([...FEW, "--tokenizer", "byte", path]);
    assertEquals([bytes.code, bytes.stderr], [0, ""]);
    assertMatch(bytes.stdout, outputOf(2, 4, tinyParams(4), 2));
  });
});

Deno.test("microgpt reads the lines of a text whichever way they are written", async () => {
  const table: [string, string, number, number][] = [
    ["LF", "anna\nbob\n", 2, 5],
    ["CRLF", "anna\r\nbob\r\n", 2, 5],
    ["a byte order mark", "\uFEFFanna\nbob\n", 2, 5],
    ["white space around", "\t anna \n\u3000bob\u00a0\n\n", 2, 5],
  ];
  const outputs = new Set<string>();
  for (const [name, content, numDocs, vocabSize] of table) {
    await withFile(content, async (path) => {
      const { code, stdout, stderr } = await microgpt([...FEW, path]);
      assertEquals([code, stderr], [0, ""], name);
      assertMatch(stdout, outputOf(numDocs, vocabSize, tinyParams(vocabSize), 2));
      outputs.add(stdout);
    });
  }
  assertEquals(outputs.size, 1, "all are the same documents");
});

Deno.test("microgpt takes one document, one letter, emoji and documents as long as the block", async () => {
  const table: [string, string, number, number][] = [
    ["one document", "anna", 1, 3],
    ["one letter", "a", 1, 2],
    ["emoji", "😀🚀\n😀\n", 2, 3],
    ["as long as the block", "abcdefghijk\n", 1, 12],
  ];
  for (const [name, content, numDocs, vocabSize] of table) {
    await withFile(content, async (path) => {
      const { code, stdout, stderr } = await microgpt([...FEW, path]);
      assertEquals([code, stderr], [0, ""], name);
      assertMatch(stdout, outputOf(numDocs, vocabSize, tinyParams(vocabSize), 2));
    });
  }
});

Deno.test("microgpt notes documents that are longer than the block, and trains on their start", async () => {
  const note = "2 of 4 documents are longer than --block-size 4 can hold: " +
    "the rest of them is left out; 8 would hold all\n";
  await withFile("abc\nabcd\nab\nabcdefg\n", async (path) => {
    const argv = [...FEW, "--block-size", "4", path];
    const { code, stdout, stderr } = await microgpt(argv);
    assertEquals([code, stderr], [0, note]);
    assertMatch(stdout, /^step +3 \/ +3 \| loss \d+\.\d{4}$/m);
    assertEquals(await microgpt([...argv, "--quiet"]), { code: 0, stdout, stderr: "" });
  });
});

Deno.test("microgpt notes composed beside decomposed characters, and trains on both", async () => {
  await withFile("é\ne\u0301\n", async (path) => {
    const { code, stdout, stderr } = await microgpt([...FEW, path]);
    assertEquals(code, 0);
    assertMatch(stderr, /^The data set may write "é" in two ways, .*NFC.*NFD.*\n$/);
    assertMatch(stdout, outputOf(2, 4, tinyParams(4), 2));
    const quiet = await microgpt([...FEW, "--quiet", path]);
    assertEquals(quiet, { code: 0, stdout, stderr: "" });
  });
});

Deno.test("microgpt at temperature 0 writes the same sample again and again", async () => {
  await withFile("anna\nbob\nhannah\n", async (path) => {
    const { code, stdout } = await microgpt([...TINY, "--temperature", "0", path]);
    assertEquals(code, 0);
    const samples = stdout.split("\n").filter((line) => line.startsWith("sample"));
    assertEquals(samples.length, 20);
    assertEquals(new Set(samples.map((line) => line.slice("sample 20: ".length))).size, 1);
  });
});

Deno.test("microgpt --log-every prints the loss every N steps and at the last", async () => {
  const table: [string[], number[]][] = [
    [[], [10]],
    [["--log-every", "1"], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [["--log-every", "4"], [4, 8, 10]],
    [["--log-every", "5"], [5, 10]],
    [["--log-every", "100"], [10]],
  ];
  await withFile("anna\nbob\n", async (path) => {
    for (const [option, expected] of table) {
      const { stdout } = await microgpt([...FEW, "--num-steps", "10", ...option, path]);
      const steps = Array.from(stdout.matchAll(/^step +(\d+) \/ {3}10 \| loss /gm), (m) => +m[1]!);
      assertEquals(steps, expected, option.join(" "));
    }
  });
});

Deno.test("microgpt --num-samples 0 writes no samples", async () => {
  await withFile("anna\nbob\n", async (path) => {
    const { code, stdout } = await microgpt([...TINY, "--num-samples", "0", path]);
    assertEquals(code, 0);
    assertMatch(stdout, outputOf(2, 5, tinyParams(5), 0));
  });
});

Deno.test("microgpt gives the same output for the same seed, another for another", async () => {
  await withFile("anna\nbob\nhannah\n", async (path) => {
    const run = async (seed: string) => (await microgpt([...TINY, "--seed", seed, path])).stdout;
    const [one, again, other] = [await run("5"), await run("5"), await run("6")];
    assertEquals(one, again);
    assert(one !== other);
  });
});

Deno.test("microgpt counts characters or bytes of the Korean names", async () => {
  const path = `${ROOT}/datasets/korean_names.txt`;
  const table = [["char", fixture.numChars + 1], ["byte", fixture.numBytes + 1]] as const;
  for (const [tokenizer, vocabSize] of table) {
    const run = await microgpt([...FEW, "--tokenizer", tokenizer, path]);
    assertEquals([run.code, run.stderr], [0, ""]);
    assertMatch(run.stdout, outputOf(fixture.numDocs, vocabSize, tinyParams(vocabSize), 2));
  }
});

for (const engine of [["wasm"], ["wasm", "--dtype", "f32"], ["scalar"]]) {
  Deno.test(`microgpt stops with the step lines so far if training diverges: ${engine.join(" ")}`, async () => {
    await withFile("anna\nbob\n", async (path) => {
      // ln 0 is -Infinity: the probability of a target has become 0.
      const argv = ["--engine", ...engine, "--learning-rate", "10", "--log-every", "1", path];
      const { code, stdout, stderr } = await microgpt(argv);
      assertEquals(code, 1);
      const lines = stdout.split("\n");
      assertEquals(lines.slice(0, 3), ["num docs: 2", "vocab size: 5", "num params: 3488"]);
      const losses = lines.slice(3, -1).map((line) => line.split(" | loss ")[1] ?? line);
      assert(losses.length > 0 && losses.every((loss) => /^\d+\.\d{4}$/.test(loss)), stdout);
      assertEquals(
        stderr,
        `microgpt: Training diverged: the loss of step ${losses.length + 1} is Infinity, ` +
          `after ${losses.at(-1)} in the step before: lower the learning rate\n`,
      );
    });
  });
}

Deno.test("microgpt says what is too large, before memory is taken", async () => {
  const addressed = "at most 4 GB can be addressed";
  const held = "the scalar engine can hold at most 1000000";
  // The memory: four numbers a parameter (its value, moments and gradient), and activations.
  const table: [string[], string][] = [
    [["--n-embd", "4096"], `it needs 6.2 GB: ${addressed}`],
    [["--n-embd", "65536"], `it needs 1539.2 GB: ${addressed}`],
    [["--n-embd", "65536", "--n-layer", "1000"], `it needs 1537507.8 GB: ${addressed}`],
    [
      ["--n-embd", "2048", "--n-layer", "1000", "--dtype", "f32"],
      `it needs 773.7 GB: ${addressed}`,
    ],
    [["--block-size", "1000000"], `it needs 29806.1 GB: ${addressed}`],
    [["--engine", "scalar", "--n-embd", "2048"], `it has 50384896 parameters: ${held}`],
    [["--engine", "scalar", "--n-embd", "65536"], `it has 51541311488 parameters: ${held}`],
    [["--engine", "scalar", "--block-size", "1000000"], `it has 16003232 parameters: ${held}`],
  ];
  await withFile("anna\nbob\n", async (path) => {
    for (const [sizes, what] of table) {
      const { code, stderr } = await microgpt([...sizes, path], { timeout: PATIENCE });
      assertEquals(stderr, `microgpt: Cannot create the model: ${what}\n`);
      assertEquals(code, 1);
    }
  });
});

Deno.test("microgpt says so if the graph of a document is too large", async () => {
  await withFile("a".repeat(5000), async (path) => {
    const argv = ["--engine", "scalar", "--block-size", "5001", "--num-steps", "1", path];
    assertEquals(await microgpt(argv, { timeout: PATIENCE }), {
      code: 1,
      stdout: "num docs: 1\nvocab size: 2\nnum params: 83152\n",
      stderr: "microgpt: Cannot compute the loss of 5001 tokens: their graph takes 51.1 GB: " +
        "at most 1 GB are allowed: lower the block size\n",
    });
  });
});

Deno.test("microgpt --batch-size takes several documents a step", async () => {
  await withFile("anna\nbob\nhannah\n", async (path) => {
    const losses = async (...argv: string[]) => {
      const run = await microgpt([...TINY, "--log-every", "1", ...argv, path]);
      assertEquals([run.code, run.stderr], [0, ""]);
      return Array.from(run.stdout.matchAll(/loss (\d+\.\d{4})$/gm), (match) => match[1]);
    };
    const [one, three] = [await losses(), await losses("--batch-size", "3")];
    assertEquals([one.length, three.length], [3, 3]);
    assertEquals(await losses("--batch-size", "1"), one);
    assert(one[0] !== three[0]);
    assertEquals(await losses("--batch-size", "3", "--engine", "scalar"), three);
  });
});

Deno.test("microgpt --engine and --dtype print the same for a small model", async () => {
  await withFile("anna\nbob\nhannah\n", async (path) => {
    const run = (...argv: string[]) => microgpt([...TINY, ...argv, path]);
    const expected = await run();
    assertEquals(expected.code, 0);
    for (const argv of [["--engine", "wasm"], ["--engine", "scalar"], ["--dtype", "f32"]]) {
      assertEquals(await run(...argv), expected, argv.join(" "));
    }
  });
});

/** Makes V8 find no vector instructions on this platform. */
const NO_SIMD = ["--allow-read", "--v8-flags=--no-enable-ssse3"];
const isX64 = Deno.build.arch === "x86_64";

Deno.test({
  name: `microgpt warns where there is no SIMD, and takes the scalar engine${
    isX64 ? "" : " (needs an x86-64 processor, on which V8 can be told so)"
  }`,
  ignore: !isX64,
  fn: async () => {
    await withFile("anna\nbob\n", async (path) => {
      const { stdout } = await microgpt([...FEW, path]);
      const stderr =
        "This platform has no WebAssembly SIMD: using --engine scalar, in f64 and slowly\n";
      for (const argv of [[], ["--quiet"], ["--dtype", "f32"]]) {
        const run = await microgpt([...FEW, ...argv, path], { flags: NO_SIMD });
        assertEquals(run, { code: 0, stdout, stderr });
      }
      const scalar = await microgpt([...FEW, "--engine", "scalar", path], { flags: NO_SIMD });
      assertEquals(scalar, { code: 0, stdout, stderr: "" });
    });
  },
});

Deno.test("microgpt without a data set reads datasets/names.txt of the working directory", async () => {
  await withTempDir(async (cwd) => {
    await Deno.mkdir(`${cwd}/datasets`);
    await Deno.writeTextFile(`${cwd}/datasets/names.txt`, "anna\nbob\n");
    const { code, stdout, stderr } = await microgpt(FEW, { cwd, flags: ["--allow-read=datasets"] });
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, outputOf(2, 5, tinyParams(5), 2));
  });
});

Deno.test("microgpt without a data set or a network takes the bundled names, and says so", async () => {
  const numDocs = Docs.parse(await bundledNames()).length;
  await withTempDir(async (cwd) => {
    const flags = ["--allow-read=datasets", "--allow-write=datasets"];
    for (const net of [[], ["--deny-net"]]) {
      const { code, stdout, stderr } = await microgpt(FEW, { cwd, flags: [...flags, ...net] });
      assertEquals(code, 0);
      assertMatch(stdout, outputOf(numDocs, 27, tinyParams(27), 2));
      const warning =
        "Cannot fetch names.txt: Deno may not use the network: allow raw.githubusercontent.com: " +
        "using the English names that come with microgpt\n";
      assertEquals(
        stderr,
        "Fetching https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt\n" +
          warning,
      );
      assertEquals(entries(cwd), [], "nothing is left behind");

      const quiet = await microgpt([...FEW, "--quiet"], { cwd, flags: [...flags, ...net] });
      assertEquals(quiet, { code: 0, stdout, stderr: warning }, "other data than was asked for");
    }
  });
});

Deno.test("microgpt reads the data set from stdin", async () => {
  await withFile("anna\nbob\n", async (path) => {
    const expected = await microgpt([...FEW, path]);
    assertEquals(await microgpt([...FEW, "-"], { flags: [], stdin: "anna\nbob\n" }), expected);
  });
  const message = "microgpt: Cannot train on stdin: it is empty: one document a line is wanted\n";
  const empty = await microgpt([...FEW, "-"], { flags: [], stdin: "" });
  assertEquals(empty, { code: 1, stdout: "", stderr: message });
});

Deno.test("microgpt info reads a data set from stdin", async () => {
  const { code, stdout, stderr } = await microgpt(["info", "--json", "-"], { stdin: "a\nb\n" });
  assertEquals([code, stderr], [0, ""]);
  const { kind, numDocs, characters } = JSON.parse(stdout);
  assertEquals([kind, numDocs, characters], ["data set", 2, { a: 1, b: 1 }]);
});

Deno.test("microgpt reads prompts from stdin, after training and for a saved model", async () => {
  await withFile("anna\nbob\nhannah\n", async (path, dir) => {
    const flags = ["--allow-read", "--allow-write"];
    const model = `${dir}/a.st`;
    const prompts = { flags, stdin: "an\n\n  hob \n" };
    const trained = await microgpt([...FEW, "--prompt", "-", "--save", model, path], prompts);
    assertEquals([trained.code, trained.stderr], [0, ""]);
    const samples = trained.stdout.slice(trained.stdout.indexOf("sample  1: "));
    assertMatch(samples, /^(sample {2}[12]: an.*\n){2}(sample {2}[34]: hob.*\n){2}$/);
    const sample = ["sample", "--num-samples", "2", "--prompt", "-", model];
    const stdout = samples.replace(/^sample +\d: /gm, "");
    assertEquals(await microgpt(sample, prompts), { code: 0, stdout, stderr: "" });

    const table: [string, string][] = [
      ["", "Cannot read the prompts: stdin has none: one a line is wanted"],
      [
        "an\nax\n",
        'Cannot generate: no text can begin with the prompt "ax": ' +
        'character "x" is not in the vocabulary',
      ],
    ];
    for (const [stdin, message] of table) {
      const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
      assertEquals(await microgpt(sample, { flags, stdin }), expected);
      const training = [...FEW, "--prompt", "-", path];
      assertEquals(await microgpt(training, { flags, stdin }), expected, "before training");
    }
  });
});

Deno.test("microgpt excludes the lines of stdin, and exits with 1 after what it found", async () => {
  await withFile("a\nb\n", async (path) => {
    const argv = [...FEW, "--max-length", "1", "--unique", "--exclude", "-", path];
    const { code, stdout, stderr } = await microgpt(argv, { stdin: "a\n\nb\n" });
    assertEquals(code, 1);
    assertMatch(stdout, /^num docs: 2\n(.*\n)+sample {2}1: \n$/);
    assertMatch(
      stderr,
      /^microgpt: Found 1 of 2 samples after [\d,]+ tries: the last tries gave .*\n$/,
    );
  });
});

Deno.test("microgpt writes in colour with --color always, and not where NO_COLOR forbids it", async () => {
  const message = 'Cannot read "none": there is no such file: check the path\n';
  const table: [string[], string][] = [
    [["--color", "always"], "\x1b[1;31mmicrogpt:\x1b[m "],
    [["--color", "auto"], "microgpt: "],
  ];
  for (const [argv, name] of table) {
    const { stderr } = await microgpt([...argv, "none"], { env: { NO_COLOR: "1" } });
    assertEquals(stderr, name + message);
  }
  const piped = await microgpt(["none"], { env: { NO_COLOR: "" } });
  assertEquals(piped.stderr, `microgpt: ${message}`, "stderr is not a terminal");
});

/** Options of a run that would take hours. */
const ENDLESS = ["--num-steps", "1000000000", "--log-every", "1"];

/** Calls `body` with a run that has printed something; it is killed if it goes on for long. */
async function withEndlessRun(
  body: (
    child: Deno.ChildProcess,
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ) => Promise<void>,
): Promise<void> {
  await withFile("anna\nbob\n", async (path, dir) => {
    const child = startMicrogpt([...TINY, ...ENDLESS, path], { cwd: dir });
    const reader = child.stdout.getReader();
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    try {
      let text = "";
      while (!text.includes("step ")) {
        const { value, done } = await reader.read();
        assert(!done, `it ended by itself after ${JSON.stringify(text)}`);
        text += new TextDecoder().decode(value);
      }
      await body(child, reader);
    } finally {
      clearTimeout(timer);
      await child.status;
    }
    assertEquals(entries(dir), ["data.txt"], "nothing is left behind");
  });
}

const isWindows = Deno.build.os === "windows";
const noSignals = isWindows ? " (Windows has no such signals)" : "";

Deno.test({
  name: `microgpt stops at once on Ctrl-C, with exit code 130${noSignals}`,
  ignore: isWindows,
  fn: async () => {
    await withEndlessRun(async (child, reader) => {
      child.kill("SIGINT");
      const [{ code }, stderr] = await Promise.all([child.status, child.stderr.text()]);
      assertEquals(code, 130); // 137 if it had to be killed
      assertEquals(stderr, "");
      await reader.cancel();
    });
  },
});

Deno.test({
  name: `microgpt ends quietly when nobody reads its output any more${noSignals}`,
  ignore: isWindows,
  fn: async () => {
    await withEndlessRun(async (child, reader) => {
      await reader.cancel(); // closes the pipe, as head does after its last line
      const [{ code, signal }, stderr] = await Promise.all([child.status, child.stderr.text()]);
      assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    });
  },
});

Deno.test({
  name: `microgpt sample ends quietly when nobody reads its output any more${noSignals}`,
  ignore: isWindows,
  fn: async () => {
    await withTempDir(async (dir) => {
      const model = await saveTinyModel(dir);
      for (const json of [[], ["--json"]]) {
        const child = startMicrogpt(["sample", "--num-samples", "1e9", ...json, model]);
        const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
        const reader = child.stdout.getReader();
        await reader.read();
        await reader.cancel();
        const [{ code, signal }, stderr] = await Promise.all([child.status, child.stderr.text()]);
        clearTimeout(timer);
        assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
      }
    });
  },
});

/** Runs a program with stdout going into a pipe that does not wait, read late and slowly. */
const NON_BLOCKING = `
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
time.sleep(1)
left = 1000000
while left > 0 and (chunk := os.read(r, 5000)):
    sys.stdout.buffer.write(chunk)
    left -= len(chunk)
    time.sleep(0.001)
os.close(r)
sys.exit(child.wait())
`;

const hasPython = !isWindows &&
  await new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);

Deno.test({
  name: `microgpt waits for a pipe that is full and does not wait itself${
    hasPython ? "" : " (needs python3)"
  }`,
  ignore: !hasPython,
  fn: async () => {
    await withFile("anna\nbob\n", async (path) => {
      const argv = [...FEW, "--num-steps", "5000", "--log-every", "1", path];
      const expected = await microgpt(argv);
      assert(expected.stdout.length > 2 ** 17, "more than a pipe holds");
      const run = await microgptThrough("python3", ["-c", NON_BLOCKING], argv);
      assertEquals([run.code, run.stderr], [expected.code, expected.stderr]);
      const { length } = expected.stdout;
      const isSame = run.stdout === expected.stdout; // too long to be shown
      assert(isSame, `${run.stdout.length} characters came out, ${length} went in`);
    });
  },
});

const hasFull = exists("/dev/full");

Deno.test({
  name: `microgpt exits with 1 if its output cannot be written${
    hasFull ? "" : " (needs /dev/full)"
  }`,
  ignore: !hasFull,
  fn: async () => {
    await withFile("anna\nbob\n", async (path) => {
      for (const argv of [[...FEW, path], ["--help"], ["--version"]]) {
        const { code, stderr } = await microgptInto("/dev/full", argv);
        assertEquals(code, 1);
        assertEquals(
          stderr,
          "microgpt: Cannot write the results: No space left on device (os error 28)\n",
        );
      }
    });
  },
});

Deno.test("main.ts imported is the library, and runs nothing", async () => {
  const library = await import("../../main.ts");
  for (const name of ["Value", "Tokenizer", "Gpt", "Adam", "Random", "train", "sample", "Docs"]) {
    assert(name in library, name);
  }
});
