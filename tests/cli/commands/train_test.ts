/** The output of training, in this process. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../helpers/paths.ts";
import { TINY, withNames } from "../../helpers/tiny.ts";
import { runMain } from "../../helpers/tool.ts";
import fixture from "../../testdata/docs.json" with { type: "json" };

/** The pattern of stdout, with the step lines and the samples left open. */
function outputOf(numDocs: number, vocabSize: number, numParams: number, samples: number): RegExp {
  return new RegExp(
    `^num docs: ${numDocs}\nvocab size: ${vocabSize}\nnum params: ${numParams}\n` +
      `(step +\\d+ / +\\d+ \\| loss \\d+\\.\\d{4}\n)+` +
      `\n--- inference \\(new, hallucinated names\\) ---\n` +
      `(sample [ \\d]\\d: .*\n){${samples}}$`,
    "u",
  );
}

/** The number of parameters of the tiny model, whose block is 16. */
const tinyParams = (vocabSize: number) => (2 * vocabSize + 16) * 4 + 12 * 16;

Deno.test("microgpt exits with 1 if the data set has no documents", async () => {
  await withNames(async (_, path) => {
    const why = "it has only blank lines: expected one document per line";
    const stderr = `microgpt: Cannot use "${path}": ${why}\n`;
    assertEquals(await runMain([...TINY, path]), { code: 1, stdout: "", stderr });
  }, " \n\n");
});

Deno.test("microgpt refuses text that is not UTF-8 by character, and takes it by byte", async () => {
  await withNames(async (_, path) => {
    assertEquals(await runMain([...TINY, path]), {
      code: 1,
      stdout: "",
      stderr: `microgpt: Cannot read line 2 of "${path}" as text: it is not UTF-8, ` +
        `but perhaps Latin-1: convert it: iconv -f LATIN1 -t UTF-8 < ${path} > NEW.txt, ` +
        "or take bytes as tokens: --tokenizer byte\n",
    });

    const bytes = await runMain([...TINY, "--tokenizer", "byte", path]);
    assertEquals([bytes.code, bytes.stderr], [0, ""]);
    assertMatch(bytes.stdout, outputOf(2, 4, tinyParams(4), 2));
  }, Uint8Array.of(0x61, 0x0a, 0x62, 0xff, 0x0a));
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
    await withNames(async (_, path) => {
      const { code, stdout, stderr } = await runMain([...TINY, path]);
      assertEquals([code, stderr], [0, ""], name);
      assertMatch(stdout, outputOf(numDocs, vocabSize, tinyParams(vocabSize), 2));
      outputs.add(stdout);
    }, content);
  }
  assertEquals(outputs.size, 1, "all are the same documents");
});

Deno.test("microgpt takes one document, one letter, emoji and documents as long as the block", async () => {
  const table: [string, string, number, number][] = [
    ["one document", "anna", 1, 3],
    ["one letter", "a", 1, 2],
    ["emoji", "😀🚀\n😀\n", 2, 3],
    ["as long as the block", "abcdefghijklmno\n", 1, 16],
  ];
  for (const [name, content, numDocs, vocabSize] of table) {
    await withNames(async (_, path) => {
      const { code, stdout, stderr } = await runMain([...TINY, path]);
      assertEquals([code, stderr], [0, ""], name);
      assertMatch(stdout, outputOf(numDocs, vocabSize, tinyParams(vocabSize), 2));
    }, content);
  }
});

Deno.test("microgpt notes documents that are longer than the block, and trains on their start", async () => {
  const note = "2 of 4 documents are longer than --block-size 4 can hold: " +
    "the rest is truncated; 8 would hold all\n";
  await withNames(async (_, path) => {
    const argv = [...TINY, "--block-size", "4", path];
    const { code, stdout, stderr } = await runMain(argv);
    assertEquals([code, stderr], [0, note]);
    assertMatch(stdout, /^step +3 \/ +3 \| loss \d+\.\d{4}$/m);
    assertEquals(await runMain([...argv, "--quiet"]), { code: 0, stdout, stderr: "" });
  }, "abc\nabcd\nab\nabcdefg\n");
});

Deno.test("microgpt notes composed beside decomposed characters, and trains on both", async () => {
  await withNames(async (_, path) => {
    const { code, stdout, stderr } = await runMain([...TINY, path]);
    assertEquals(code, 0);
    assertMatch(stderr, /^The data set may write "é" in two ways, .*NFC.*NFD.*\n$/);
    assertMatch(stdout, outputOf(2, 4, tinyParams(4), 2));
    const quiet = await runMain([...TINY, "--quiet", path]);
    assertEquals(quiet, { code: 0, stdout, stderr: "" });
  }, "é\ne\u0301\n");
});

Deno.test("microgpt at temperature 0 writes the same sample again and again", async () => {
  await withNames(async (_, path) => {
    const { code, stdout } = await runMain([
      ...TINY,
      "--num-samples",
      "20",
      "--temperature",
      "0",
      path,
    ]);
    assertEquals(code, 0);
    const samples = stdout.split("\n").filter((line) => line.startsWith("sample"));
    assertEquals(samples.length, 20);
    assertEquals(new Set(samples.map((line) => line.slice("sample 20: ".length))).size, 1);
  }, "anna\nbob\nhannah\n");
});

Deno.test("microgpt --log-every prints the loss every N steps and at the last", async () => {
  const table: [string[], number[]][] = [
    [[], [10]],
    [["--log-every", "1"], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [["--log-every", "4"], [4, 8, 10]],
    [["--log-every", "5"], [5, 10]],
    [["--log-every", "100"], [10]],
  ];
  await withNames(async (_, path) => {
    for (const [option, expected] of table) {
      const { stdout } = await runMain([...TINY, "--num-steps", "10", ...option, path]);
      const steps = Array.from(stdout.matchAll(/^step +(\d+) \/ {3}10 \| loss /gm), (m) => +m[1]!);
      assertEquals(steps, expected, option.join(" "));
    }
  }, "anna\nbob\n");
});

Deno.test("microgpt --preset notes the settings in force, given ones among them", async () => {
  const table: [string, string][] = [
    ["dinosaurs", "--block-size 20 --n-embd 32 --batch-size 8 --num-steps 2 --temperature 0.5"],
    [
      "dinosaurs --n-embd 64",
      "--block-size 20 --n-embd 64 --batch-size 8 --num-steps 2 --temperature 0.5",
    ],
    [
      "korean --temperature=1 --normalize none --batch-size 3 --seed 7",
      "--block-size 8 --n-embd 16 --batch-size 3 --num-steps 2 --temperature 1 --normalize none",
    ],
    [
      "russian --block-size 9",
      "--block-size 9 --n-embd 32 --batch-size 8 --num-steps 2 --temperature 0.5 --learning-rate 0.02",
    ],
  ];
  for (const [words, settings] of table) {
    const argv = ["--num-samples", "0", "--num-steps", "2", "--preset", ...words.split(" ")];
    const { code, stderr } = await runMain(argv);
    const [preset] = words.split(" ");
    const [note] = stderr.split("\n");
    assertEquals([code, note], [0, `--preset ${preset}: ${settings}`]);
    // What is noted is all that it takes to get the same from the options alone.
    const same = [
      "--num-samples",
      "0",
      "--preset",
      `${preset}`,
      "--seed",
      /seed (7)/.exec(words)?.[1] ?? "42",
    ];
    assertEquals(await runMain(argv), await runMain([...same, ...settings.split(" ")]));
  }
});

Deno.test("microgpt --num-samples 0 writes no samples, and does not announce any", async () => {
  await withNames(async (_, path) => {
    const { code, stdout } = await runMain([...TINY, "--num-samples", "0", path]);
    assertEquals(code, 0);
    const heading = "\n--- inference (new, hallucinated names) ---\n";
    assertMatch(stdout + heading, outputOf(2, 5, tinyParams(5), 0));
  }, "anna\nbob\n");
});

Deno.test("microgpt gives the same output for the same seed, another for another", async () => {
  await withNames(async (_, path) => {
    const run = async (seed: string) => (await runMain([...TINY, "--seed", seed, path])).stdout;
    const [one, again, other] = [await run("5"), await run("5"), await run("6")];
    assertEquals(one, again);
    assert(one !== other);
  }, "anna\nbob\nhannah\n");
});

Deno.test("microgpt counts characters or bytes of the Korean names", async () => {
  const path = `${ROOT}/datasets/korean_names.txt`;
  const table = [["char", fixture.numChars + 1], ["byte", fixture.numBytes + 1]] as const;
  for (const [tokenizer, vocabSize] of table) {
    const run = await runMain([...TINY, "--tokenizer", tokenizer, path]);
    assertEquals([run.code, run.stderr], [0, ""]);
    assertMatch(run.stdout, outputOf(fixture.numDocs, vocabSize, tinyParams(vocabSize), 2));
  }
});

for (const engine of [["wasm"], ["wasm", "--dtype", "f32"], ["scalar"]]) {
  Deno.test(`microgpt stops with the step lines so far if training diverges: ${engine.join(" ")}`, async () => {
    await withNames(async (_, path) => {
      // ln 0 is -Infinity: the probability of a target has become 0.
      const argv = [
        "--engine",
        ...engine,
        "--learning-rate",
        "10",
        "--log-every",
        "1",
        "--quiet",
        path,
      ];
      const { code, stdout, stderr } = await runMain(argv);
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
    }, "anna\nbob\n");
  });
}

Deno.test("microgpt says what is too large, before memory is taken", async () => {
  const addressed = "at most 4 GB can be addressed";
  const held = "the scalar engine can hold at most 1000000: lower nEmbd, nLayer or blockSize";
  const [lower, context] = ["lower nEmbd or nLayer", "lower blockSize"];
  // The memory: four numbers a parameter (its value, moments and gradient), and activations.
  const table: [string[], string][] = [
    [["--n-embd", "4096"], `it needs 6.2 GB: ${addressed}: ${lower}, or take f32`],
    [["--n-embd", "65536"], `it needs 1539.2 GB: ${addressed}: ${lower}`],
    [["--n-embd", "65536", "--n-layer", "1000"], `it needs 1537507.8 GB: ${addressed}: ${lower}`],
    [
      ["--n-embd", "2048", "--n-layer", "1000", "--dtype", "f32"],
      `it needs 773.7 GB: ${addressed}: ${lower}`,
    ],
    [["--block-size", "1000000"], `it needs 29806.2 GB: ${addressed}: ${context}`],
    [["--engine", "scalar", "--n-embd", "2048"], `it has 50384896 parameters: ${held}`],
    [["--engine", "scalar", "--n-embd", "65536"], `it has 51541311488 parameters: ${held}`],
    [["--engine", "scalar", "--block-size", "1000000"], `it has 16003232 parameters: ${held}`],
  ];
  await withNames(async (_, path) => {
    for (const [sizes, what] of table) {
      const { code, stderr } = await runMain([...sizes, path]);
      assertEquals(stderr, `microgpt: Cannot create the model: ${what}\n`);
      assertEquals(code, 1);
    }
  }, "anna\nbob\n");
});

Deno.test("microgpt --batch-size takes several documents a step", async () => {
  await withNames(async (_, path) => {
    const losses = async (...argv: string[]) => {
      const run = await runMain([...TINY, "--log-every", "1", ...argv, path]);
      assertEquals([run.code, run.stderr], [0, ""]);
      return Array.from(run.stdout.matchAll(/loss (\d+\.\d{4})$/gm), (match) => match[1]);
    };
    const [one, three] = [await losses(), await losses("--batch-size", "3")];
    assertEquals([one.length, three.length], [3, 3]);
    assertEquals(await losses("--batch-size", "1"), one);
    assert(one[0] !== three[0]);
    assertEquals(await losses("--batch-size", "3", "--engine", "scalar"), three);
  }, "anna\nbob\nhannah\n");
});

Deno.test("microgpt --engine and --dtype print the same for a small model", async () => {
  await withNames(async (_, path) => {
    const run = (...argv: string[]) => runMain([...TINY, "--num-samples", "20", ...argv, path]);
    const expected = await run();
    assertEquals(expected.code, 0);
    for (const argv of [["--engine", "wasm"], ["--engine", "scalar"], ["--dtype", "f32"]]) {
      assertEquals(await run(...argv), expected, argv.join(" "));
    }
  }, "anna\nbob\nhannah\n");
});
