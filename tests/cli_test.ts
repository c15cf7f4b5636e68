/** The tool as a user sees it: a process with arguments, output and an exit code. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { helpText } from "../lib/cli/help.ts";
import { bundledNames } from "../lib/dataset.ts";
import { Docs } from "../lib/docs.ts";
import { microgpt, microgptInto, type RunOptions, startMicrogpt } from "./_cli.ts";
import { entries, exists, ROOT, withTempDir } from "./_paths.ts";
import fixture from "./testdata/docs.json" with { type: "json" };

const HINT = "Run microgpt --help for all the options\n";

/** A model that is trained in no time. */
const TINY = ["--n-embd", "4", "--n-head", "2", "--block-size", "4", "--num-steps", "3"];
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
const tinyParams = (vocabSize: number) => (2 * vocabSize + 4) * 4 + 12 * 16;

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
      stdout: helpText(),
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
  const table: [string[], string][] = [
    [["--num-step", "5"], "There is no option --num-step: did you mean --num-steps?"],
    [["--n-layer"], "The option --n-layer needs a value: there is none"],
    [["--n-layer", "x"], '--n-layer must be an integer from 1 to 1000: it is "x"'],
    [["--n-layer", "0"], '--n-layer must be an integer from 1 to 1000: it is "0"'],
    [["--num-steps", "-5"], '--num-steps must be an integer from 1 to 1000000000: it is "-5"'],
    [
      ["--learning-rate", "NaN"],
      '--learning-rate must be a number above 0, at most 10: it is "NaN"',
    ],
    [["--block-size", "1e9"], '--block-size must be an integer from 1 to 1000000: it is "1e9"'],
    [["--temperature", "-1"], '--temperature must be a number from 0 to 1000: it is "-1"'],
    [
      ["--n-embd", "10", "--n-head", "4"],
      "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 10, nHead is 4",
    ],
    [["a.txt", "b.txt"], "One data set is enough: there are 2: a.txt, b.txt"],
  ];
  for (const [argv, message] of table) {
    const expected = { code: 2, stdout: "", stderr: `microgpt: ${message}\n${HINT}` };
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
      [dir, "it is a directory: name a text file with one document a line"],
    ];
    for (const [path, why] of table) await assertStops([path], `Cannot read "${path}": ${why}`);
    await assertStops(
      [path],
      `Cannot read "${path}": Deno may not read it: run with --allow-read=${path}`,
      {
        flags: [],
      },
    );
  });
});

Deno.test({
  name: `microgpt does not read a device${exists("/dev/zero") ? "" : " (needs /dev/zero)"}`,
  ignore: !exists("/dev/zero"),
  fn: async () => {
    const why = "it is a device: name a text file with one document a line";
    await assertStops(["/dev/zero"], `Cannot read "/dev/zero": ${why}`, { flags: ["-A"] });
    const denied = await microgpt(["/dev/zero"]);
    assertEquals([denied.code, denied.stdout], [1, ""]);
    assertMatch(denied.stderr, /^microgpt: Cannot read "\/dev\/zero": .*\n$/);
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
  const table: [string, string][] = [
    ["", "it is empty"],
    ["\n", "it has only blank lines"],
    [" \n\t\r\n\u3000\n\n", "it has only blank lines"],
    ["\uFEFF\r\n", "it has only blank lines"],
  ];
  for (const [content, why] of table) {
    await withFile(content, async (path) => {
      await assertStops([path], `Cannot train on "${path}": ${why}: one document a line is wanted`);
    });
  }
});

Deno.test("microgpt refuses text that is not UTF-8 by character, and takes it by byte", async () => {
  await withFile(Uint8Array.of(0x61, 0x0a, 0x62, 0xff, 0x0a), async (path) => {
    const { code, stdout, stderr } = await microgpt([...FEW, path]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Cannot read line 2 as text: it is not UTF-8");
    assert(!stdout.includes("step"), stdout);

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

Deno.test("microgpt takes one document, one letter, emoji and documents longer than the block", async () => {
  const table: [string, string, number, number][] = [
    ["one document", "anna", 1, 3],
    ["one letter", "a", 1, 2],
    ["emoji", "😀🚀\n😀\n", 2, 3],
    ["longer than the block", "abcdefghij\n", 1, 11],
  ];
  for (const [name, content, numDocs, vocabSize] of table) {
    await withFile(content, async (path) => {
      const { code, stdout, stderr } = await microgpt([...FEW, path]);
      assertEquals([code, stderr], [0, ""], name);
      assertMatch(stdout, outputOf(numDocs, vocabSize, tinyParams(vocabSize), 2));
    });
  }
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

Deno.test("microgpt prints all the steps it took even if it cannot write samples", async () => {
  await withFile("anna\nbob\n", async (path) => {
    const argv = ["--learning-rate", "10", "--num-steps", "40", "--log-every", "1", path];
    const { code, stdout, stderr } = await microgpt(argv);
    assertEquals(code, 1);
    assertMatch(stderr, /^microgpt: Cannot choose a token: the logit of token \d+ is NaN\n$/);
    assertMatch(stdout, /^step {3}40 \/ {3}40 \| loss NaN$/m);
  });
});

Deno.test("microgpt says what is too large if there is no memory for the model", async () => {
  await withFile("anna\nbob\n", async (path) => {
    const sizes = [
      ["--n-embd", "2048"], // 50 million parameters, each an object
      ["--n-embd", "65536"],
      ["--n-embd", "65536", "--n-layer", "1000"],
    ];
    for (const size of sizes) {
      const argv = ["--engine", "scalar", ...size, path];
      const { code, stderr } = await microgpt(argv, { timeout: 5000 });
      assert(code === 1 || code === 2, `exit code ${code} for ${size.join(" ")}`);
      assertMatch(stderr, /^microgpt: .*(model|n-embd|parameters).*\n/);
    }
  });
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
      assertEquals(
        stderr,
        "Fetching https://raw.githubusercontent.com/karpathy/makemore/988aa59/names.txt\n" +
          "Cannot fetch names.txt: Deno may not use the network: allow raw.githubusercontent.com: " +
          "using the English names that come with microgpt\n",
      );
      assertEquals(entries(cwd), [], "nothing is left behind");

      const quiet = await microgpt([...FEW, "--quiet"], { cwd, flags: [...flags, ...net] });
      assertEquals(quiet, { code: 0, stdout, stderr: "" });
    }
  });
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
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
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
      const start = performance.now();
      child.kill("SIGINT");
      const [{ code }, stderr] = await Promise.all([child.status, child.stderr.text()]);
      assertEquals(code, 130);
      assertEquals(stderr, "");
      const elapsed = performance.now() - start;
      assert(elapsed < 2000, `it took ${elapsed} ms`);
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
  const library = await import("../main.ts");
  for (const name of ["Value", "Tokenizer", "Gpt", "Adam", "Random", "train", "sample", "Docs"]) {
    assert(name in library, name);
  }
});
