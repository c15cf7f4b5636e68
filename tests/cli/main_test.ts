/** main() in this process: what it writes where, and its exit codes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { helpText, presetsText } from "../../lib/cli/options/help.ts";
import { COMMAND_OPTIONS, type CommandName } from "../../lib/cli/options/tables.ts";
import { programName } from "../../lib/cli/program.ts";
import { TINY, withNames } from "../helpers/tiny.ts";
import { saveTinyModel } from "../helpers/checkpoints.ts";
import { resultsOf, runMain } from "../helpers/tool.ts";

Deno.test("main() prints help, version and the presets, and returns 0", async () => {
  const help = (topic: CommandName) => helpText(topic, programName());
  const table: [string[], string][] = [
    [["--help"], help("train")],
    [["-h"], help("train")],
    [["help"], help("train")],
    [["sample", "--help"], help("sample")],
    [["--help", "sample"], help("sample")],
    [["help", "sample"], help("sample")],
    [["info", "-h"], help("info")],
    [["--version"], `microgpt ${config.version}\n`],
    [["version"], `microgpt ${config.version}\n`],
    [["sample", "--version"], `microgpt ${config.version}\n`],
    [["--preset"], presetsText()],
    [["train", "--preset"], presetsText()],
  ];
  for (const [argv, stdout] of table) {
    assertEquals(await runMain(argv), { code: 0, stdout, stderr: "" }, argv.join(" "));
  }
});

Deno.test("main() returns 2 and hints at the help of the command, if the line is wrong", async () => {
  const table: [string[], string, string][] = [
    [["--num-step", "5"], "There is no option --num-step: did you mean --num-steps?", ""],
    [["--n-layer"], "The option --n-layer needs a value: there is none", ""],
    [["--n-layer", "x"], '--n-layer must be an integer from 1 to 1000: it is "x"', ""],
    [["--quiet=x"], "The option --quiet takes no value", ""],
    [["a.txt", "b.txt"], "Only one data set can be given: there are 2, the second is b.txt", ""],
    [
      ["sample", "a", "--top-p=2"],
      '--top-p must be a number above 0, at most 1: it is "2"',
      "sample ",
    ],
    [
      ["info"],
      "The command info needs a file, which is a model or a data set: there is none",
      "info ",
    ],
  ];
  for (const [argv, message, command] of table) {
    assertEquals(await runMain(argv), {
      code: 2,
      stdout: "",
      stderr: `microgpt: ${message}\nRun microgpt ${command}--help for all the options\n`,
    });
  }
});

Deno.test("main() lets no list and no model give orders to a terminal", async () => {
  const text = "\x1b[2Ja\x07\u009b1m\u202eb\x7f";
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    const training = [...TINY, "--num-steps", "300", "--block-size", "12", "--n-embd", "8"];
    await resultsOf([...training, "--save", model, names]);
    const lines = [
      [...training, names],
      ["sample", model],
      ["sample", "--json", model],
      ["eval", "--per-line", model, names],
      ["eval", "--per-line", "--json", model, names],
      ["info", names],
      ["info", model],
      ["info", "--json", model],
    ];
    for (const argv of lines) {
      const run = (isStdoutTerminal: boolean) =>
        runMain([...argv, "--quiet"], {
          prepare: (terminal) => terminal.isStdoutTerminal = isStdoutTerminal,
        });
      const shown = await run(true), piped = await run(false);
      assertEquals([shown.code, piped.code], [0, 0], argv.join(" "));
      assertEquals(shown.stdout.match(/[\p{Cc}\u202e]/gv)?.filter((x) => x !== "\n") ?? [], []);
      const isRaw = !argv.includes("--json") && argv[0] !== "info";
      assertEquals(piped.stdout.includes(text), isRaw, `${argv.join(" ")}: ${piped.stdout}`);
      if (argv.includes("--json")) assertEquals(shown, piped, "JSON is the same everywhere");
    }
  }, `${text}\n`.repeat(3));
});

Deno.test("main() repeats no long argument whole", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/a.st`;
    await resultsOf([...TINY, "--seed", "9".repeat(900), "--save", model, names]);
    for (const text of [`(${"9".repeat(99_999)}`, "\x1b[2J".repeat(25_000)]) {
      const lines: string[][] = [
        [text],
        [text, names],
        ["a", text],
        [`--${text}`],
        [`--${text}=1`],
        [`-${text}`],
        ["info", text],
        ["info", names, text],
        ["sample", text],
        ["sample", "a", text],
        ["eval", text],
        ["eval", model, text],
        ["eval", "a", "b", text],
        ["sample", "--prompt", text, "--ends-with", text, "--contains", text, model],
        ["--preset", "birds", text],
        ["--save", text, text],
        ["--resume", model, text],
        ["--resume", model, "--seed", "8".repeat(900)],
        ...Object.keys(COMMAND_OPTIONS.train).map((name) => [...TINY, `--${name}=${text}`, names]),
      ];
      for (const argv of lines) {
        const { stderr } = await runMain(argv);
        const [what] = argv.join(" ").split(text);
        assert(
          stderr.length < 1000,
          `${what}: ${stderr.length} characters: ${stderr.slice(0, 200)}`,
        );
      }
    }
  });
});

Deno.test("main() returns 1 and one line, if something fails", async () => {
  await withNames(async (dir, names) => {
    const model = await saveTinyModel(dir);
    const wanted = "name a text file with one document per line";
    const missing = "there is no such file: check the path";
    const table: [string[], string][] = [
      [[`${dir}/none`], `Cannot read "${dir}/none": ${missing}`],
      [["sample", `${dir}/none`], `Cannot read "${dir}/none": ${missing}`],
      [["info", `${dir}/none`], `Cannot read "${dir}/none": ${missing}`],
      [
        [`${names}/none.txt`],
        `Cannot read "${names}/none.txt": a file is where a folder should be: check the path`,
      ],
      [[""], `Cannot read "": the path is empty: ${wanted}`],
      [[dir], `Cannot read "${dir}": it is a directory: ${wanted}`],
      [["info", dir], `Cannot read "${dir}": it is a directory: ${wanted}`],
      [
        ["sample", dir],
        `Cannot read "${dir}": it is a directory: name a file written by --save`,
      ],
      [
        ["sample", names],
        `Cannot load "${names}": it is not a model: name a file written by --save`,
      ],
      [
        [model],
        `Cannot read "${model}" as text: it is a model: ` +
        `microgpt sample ${model} generates texts with it, --resume and --from train it further`,
      ],
      [
        ["sample", "--new", model],
        "Cannot tell what is new: the model has no training list: use --exclude FILE instead of --new",
      ],
    ];
    for (const [argv, message] of table) {
      const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
      assertEquals(await runMain(argv), expected, argv.join(" "));
    }
  });
});

Deno.test("main() writes in color where that is wanted and can be seen", async () => {
  const table: [string[], boolean, boolean, boolean][] = [
    // argv, whether stderr is a terminal, whether NO_COLOR is set, whether it is in color
    [[], true, false, true],
    [[], true, true, false],
    [[], false, false, false],
    [["--color", "auto"], true, false, true],
    [["--color", "auto"], false, false, false],
    [["--color", "always"], false, true, true],
    [["--color", "never"], true, false, false],
  ];
  const message = 'Cannot read "no such file": there is no such file: check the path';
  for (const [argv, isTerminal, noColor, isColored] of table) {
    for (const command of [[], ["sample"], ["info"]]) {
      const line = [...command, ...argv, "no such file"];
      const { stderr } = await runMain(line, { isTerminal, noColor });
      const name = isColored ? "\x1b[1;31mmicrogpt:\x1b[m" : "microgpt:";
      assertEquals(stderr, `${name} ${message}\n`, line.join(" "));
    }
  }
});

Deno.test("main() says before training what cannot be written after it", async () => {
  await withNames(async (dir, names) => {
    const cannot = "Cannot generate: no text can";
    const unknown = 'character "é" is not in the vocabulary';
    const table: [string[], string][] = [
      [["--prompt", "aé"], `${cannot} begin with the prompt "aé": ${unknown}`],
      [["--starts-with", "é"], `${cannot} start with "é": ${unknown}`],
      [["--contains", "é"], `${cannot} contain "é": ${unknown}`],
      [["--ends-with", "é"], `${cannot} end with "é": ${unknown}`],
      [
        ["--starts-with=a", "--prompt=b"],
        `${cannot} begin with the prompt "b" and start with "a"`,
      ],
      [
        ["--starts-with=ann", "--max-length=2"],
        `${cannot} start with "ann" and have at most 2 characters`,
      ],
      [
        ["--min-length", "17"],
        `${cannot} have at least 17 characters and fit the block of 16 tokens`,
      ],
      [
        ["--exclude", `${dir}/none`],
        `Cannot read "${dir}/none": there is no such file: check the path`,
      ],
    ];
    const model = `${dir}/a.st`;
    assertEquals((await runMain([...TINY, "--save", model, names])).code, 0);
    for (const [argv, message] of table) {
      const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
      assertEquals(await runMain([...TINY, ...argv, names]), expected, argv.join(" "));
      assertEquals(await runMain(["sample", ...argv, model]), expected, `sample ${argv.join(" ")}`);
    }
  });
});

Deno.test("main() with --json writes JSON lines with the fields that docs/reference.md names", async () => {
  await withNames(async (_, names) => {
    const argv = [...TINY, "--json", "--log-every", "2"];
    const { code, stdout, stderr } = await runMain([...argv, names]);
    assertEquals([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ type }) => type), ["data", "step", "step", "sample", "sample"]);
    const [data, first, last, ...samples] = lines;
    assertEquals(data, { type: "data", numDocs: 12, vocabSize: 20, numParams: 416 });
    assertEquals([first.step, last.step, last.numSteps], [2, 3, 3]);
    assertEquals(Object.keys(first), ["type", "step", "numSteps", "loss"]);

    const plain = await runMain([...TINY, "--log-every", "2", names]);
    for (const { step, loss } of [first, last]) {
      assertStringIncludes(plain.stdout, `step    ${step} /    3 | loss ${loss.toFixed(4)}\n`);
    }
    const fields = ["type", "text", "logProb", "perplexity", "length", "inTrainingList", "nearest"];
    for (const [i, sample] of samples.entries()) {
      assertEquals(Object.keys(sample), fields);
      assertStringIncludes(plain.stdout, `\nsample  ${i + 1}: ${sample.text}\n`);
    }
  });
});
