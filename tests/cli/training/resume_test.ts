/** `--save`, `--save-every` and `--resume`: a run that was interrupted, and one that was not. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeCheckpoint } from "../../../lib/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import type { Option } from "../../../lib/cli/options/options.ts";
import { COMMAND_OPTIONS } from "../../../lib/cli/options/tables.ts";
import { assembleRun } from "../../../lib/cli/training/run.ts";
import { train } from "../../../lib/trainer.ts";
import { quote } from "../../../lib/text/quote.ts";
import { changed } from "../../helpers/checkpoints.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { entries, ROOT, withTempDir } from "../../helpers/paths.ts";
import type { Terminal } from "../../helpers/terminal.ts";
import { BETTER, TINY } from "../../helpers/tiny.ts";
import { outputAfter, resultsOf, runMain, runProcess, trainUntil } from "../../helpers/tool.ts";

const ENGLISH = `${ROOT}/datasets/english_names.txt`;
const KOREAN = `${ROOT}/datasets/korean_names.txt`;

const NUM_STEPS = 12;

/** A run that takes no time. */
const RUN = [...TINY, "--num-steps", `${NUM_STEPS}`];

/** Shows every loss. */
const LOG = ["--log-every", "1"];

const HINT = "Run microgpt --help for all the options\n";

const RUNS: readonly [string, string, string[]][] = [
  ["wasm", ENGLISH, []],
  ["wasm, f32", ENGLISH, ["--dtype", "f32"]],
  ["wasm, batches", ENGLISH, ["--batch-size", "4"]],
  ["wasm, f32, batches, two layers", ENGLISH, [
    "--dtype",
    "f32",
    "--batch-size",
    "3",
    "--n-layer",
    "2",
  ]],
  ["wasm, an average", ENGLISH, ["--ema", "0.5"]],
  ["wasm, three passes, options for better models", KOREAN, ["--batch-size", "110", ...BETTER]],
  ["wasm, f32, threads, options for better models", KOREAN, [
    ...["--dtype", "f32", "--threads", "2", "--batch-size", "110"],
    ...BETTER,
  ]],
  ["scalar, options for better models", KOREAN, [
    ...["--engine", "scalar", "--batch-size", "3"],
    ...BETTER,
  ]],
  ["scalar", ENGLISH, ["--engine", "scalar"]],
  ["scalar, batches", KOREAN, ["--engine", "scalar", "--batch-size", "3"]],
  ["bytes as tokens", KOREAN, ["--tokenizer", "byte"]],
  ["another seed, another rate", KOREAN, [
    "--seed",
    "18446744073709551617",
    "--learning-rate",
    "1e-3",
  ]],
  ["samples that are steered", ENGLISH, [
    ...["--num-samples", "4", "--temperature", "0.9", "--top-k", "20", "--top-p", "0.95"],
    ...["--starts-with", "a", "--min-length", "3", "--unique", "--new", "--exclude", KOREAN],
  ]],
];

for (const [name, dataset, options] of RUNS) {
  Deno.test(`microgpt --resume prints and saves what an uninterrupted run does: ${name}`, async () => {
    await withTempDir(async (dir) => {
      const engine = options[0] === "--engine" ? options.slice(0, 2) : []; // chosen anew each time
      const argv = [...RUN, ...options, dataset];
      for (const json of [[], ["--json"]]) { // JSON has all digits
        const show = [...LOG, ...json];
        const whole = await resultsOf([...argv, ...show, "--save", `${dir}/whole`]);
        for (const step of [1, 7, NUM_STEPS]) {
          await trainUntil(step, [...argv, "--save", `${dir}/part`]);
          const rest = await resultsOf(["--resume", `${dir}/part`, ...engine, ...show]);
          assertEquals(rest, outputAfter(step, whole));
          assertEquals(await Deno.readFile(`${dir}/part`), await Deno.readFile(`${dir}/whole`));
        }
      }
    });
  });
}

Deno.test("microgpt --resume goes on with a run that was interrupted again and again", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/part`;
    const whole = await resultsOf([...RUN, ...LOG, ENGLISH, "--save", `${dir}/whole`]);
    await trainUntil(2, [...RUN, ENGLISH, "--save", path]);
    for (const step of [3, 5, 9]) await trainUntil(step, ["--resume", path]);
    assertEquals(await resultsOf(["--resume", path, ...LOG]), outputAfter(9, whole));
    assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`));
  });
});

for (const [first, second] of [["wasm", "scalar"], ["scalar", "wasm"]] as const) {
  Deno.test(`microgpt --resume prints the same after a change from ${first} to ${second}`, async () => {
    await withTempDir(async (dir) => {
      const argv = [...RUN, "--batch-size", "2", ENGLISH];
      const whole = await resultsOf([...argv, ...LOG, "--engine", first]);
      await trainUntil(5, [...argv, "--engine", first, "--save", `${dir}/part`]);
      const rest = await resultsOf(["--resume", `${dir}/part`, ...LOG, "--engine", second]);
      assertEquals(rest, outputAfter(5, whole));
    });
  });
}

Deno.test("microgpt --resume takes another --num-steps: the total", async () => {
  await withTempDir(async (dir) => {
    const argv = [...RUN, ENGLISH];
    await trainUntil(NUM_STEPS, [...argv, "--save", `${dir}/model`]);
    const resumed = await resultsOf(["--resume", `${dir}/model`, ...LOG, "--num-steps", "20"]);

    const command = parseCommand(argv);
    assert(command.kind === "train");
    const { tokenizer, docs, newEngine } = await assembleRun(command, {
      note: () => {},
      warn: () => {},
    });
    const engine = await newEngine();
    for (const _ of train(engine, tokenizer, docs, { numSteps: NUM_STEPS }));
    const options = { numSteps: 20, stepsDone: NUM_STEPS };
    const lines = Array.from(
      train(engine, tokenizer, docs, options),
      ({ step, loss }) => `step   ${step} /   20 | loss ${loss.toFixed(4)}`,
    );
    assertEquals(resumed.split("\n").slice(3, 3 + lines.length + 1), [...lines, ""]);
    const { run } = await loadCheckpoint(`${dir}/model`);
    assertEquals(run?.settings.get("num-steps"), "20", "it is what counts from now on");
  });
});

Deno.test("microgpt --resume takes other samples, and the same data set from another place", async () => {
  await withTempDir(async (dir) => {
    await Deno.copyFile(ENGLISH, `${dir}/names.txt`);
    const path = `${dir}/model`;
    const whole = await resultsOf([...RUN, ...LOG, ENGLISH, "--num-samples", "3"]);
    await trainUntil(5, [...RUN, `${dir}/names.txt`, "--save", path]);
    await Deno.rename(`${dir}/names.txt`, `${dir}/moved.txt`);
    const rest = await resultsOf([
      "--resume",
      path,
      ...LOG,
      "--num-samples",
      "3",
      `${dir}/moved.txt`,
    ]);
    assertEquals(rest, outputAfter(5, whole));
    assertEquals((await loadCheckpoint(path)).run?.dataset.path, `${dir}/moved.txt`);
  });
});

Deno.test("microgpt --resume saves where --save says, and leaves what it came from", async () => {
  await withTempDir(async (dir) => {
    await trainUntil(5, [...RUN, ENGLISH, "--save", `${dir}/part`]);
    const part = await Deno.readFile(`${dir}/part`);
    await resultsOf(["--resume", `${dir}/part`, "--save", `${dir}/whole`]);
    assertEquals(await Deno.readFile(`${dir}/part`), part);
    await resultsOf([...RUN, ENGLISH, "--save", `${dir}/other`]);
    assertEquals(await Deno.readFile(`${dir}/whole`), await Deno.readFile(`${dir}/other`));
  });
});

Deno.test("microgpt --resume --save-every saves at those steps, and at the end", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`, steps: number[] = [];
    const rename = Deno.rename;
    try {
      Deno.rename = async (from, to) => {
        steps.push((await loadCheckpoint(`${from}`)).run!.state.steps); // a run is saved
        await rename(from, to);
      };
      await resultsOf([...RUN, ENGLISH, "--save", path, "--save-every", "5"]);
      await resultsOf(["--resume", path, "--save-every", "4", "--num-steps", "17"]);
    } finally {
      Deno.rename = rename;
    }
    const copied = NUM_STEPS; // the second run tries if the file can be replaced, by itself
    assertEquals(steps, [5, 10, NUM_STEPS, copied, 16, 17]);
    assertEquals(entries(dir), ["model"]);
  });
});

Deno.test("microgpt sample writes what the run that saved the model wrote", async () => {
  await withTempDir(async (dir) => {
    for (const [dtype, engines] of [["f64", ["wasm", "scalar"]], ["f32", ["wasm"]]] as const) {
      const options = ["--dtype", dtype, "--temperature", "0.8", "--top-k", "9"];
      const better = dtype === "f32" ? BETTER : []; // the samples are those of the average
      const argv = [...RUN, "--num-samples", "20", ...options, ...better];
      const stdout = await resultsOf([...argv, ENGLISH, "--save", `${dir}/model`]);
      const samples = [...stdout.matchAll(/^sample ..: (.*)$/gm)].map(([, text]) => `${text}\n`);
      assertEquals(samples.length, 20);
      for (const engine of engines) {
        const again = await resultsOf(["sample", `${dir}/model`, "--engine", engine]);
        assertEquals(again, samples.join(""));
      }
    }
  });
});

/** Fails unless the tool stops before it writes anything. */
async function assertStops(argv: readonly string[], code: 1 | 2, message: string): Promise<void> {
  const stderr = `microgpt: ${message}\n${code === 2 ? HINT : ""}`;
  assertEquals(await runMain([...argv, "--quiet"]), { code, stdout: "", stderr }, argv.join(" "));
}

Deno.test("microgpt --resume refuses what cannot be changed in the middle of a run", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, "--seed", "18446744073709551617", ENGLISH, "--save", path]);
    const before = await Deno.readFile(path);
    const table: [string, string, string][] = [
      ["preset", "none", "birds"],
      ["column", "none", "2"],
      ["normalize", "none", "nfc"],
      ["lowercase", "false", "true"],
      ["val-fraction", "none", "0.5"],
      ["n-layer", "1", "2"],
      ["n-embd", "4", "16"],
      ["n-head", "2", "1"],
      ["block-size", "16", "7"],
      ["tokenizer", "char", "byte"],
      ["batch-size", "1", "2"],
      ["learning-rate", "0.01", "0.02"],
      ["schedule", "linear", "cosine"],
      ["warmup", "0", "1"],
      ["weight-decay", "0", "0.1"],
      ["loss-mean", "document", "token"],
      ["reshuffle", "false", "true"],
      ["ema", "none", "0.9"],
      ["seed", "18446744073709551617", "18446744073709551616"],
      ["dtype", "f64", "f32"],
    ];
    const isFixed = ([, { saved }]: [string, Option]) => saved === "fixed";
    const fixed = Object.entries<Option>(COMMAND_OPTIONS.train).filter(isFixed);
    assertEquals(table.map(([name]) => name), fixed.map(([name]) => name), "none is left out");
    for (const [name, saved, given] of table) {
      await assertStops(
        ["--resume", path, `--${name}`, ...(given === "true" ? [] : [given])],
        2,
        `--${name} cannot be changed in the middle of a run: ${path} has ${saved}, given is ${given}`,
      );
    }
    await assertStops(
      ["--resume", path, "--num-steps", "4"],
      2,
      `${path} has taken 5 steps already: --num-steps is 4: give more than 5`,
    );
    const sha256 = (await loadCheckpoint(path)).run!.dataset.sha256; // it is there
    const { code, stdout, stderr } = await runMain(["--resume", path, KOREAN]);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith(
      `microgpt: Cannot resume "${path}": "${KOREAN}" is not the data set that it was trained on, ` +
        `"${ENGLISH}": its SHA-256 is `,
    ));
    assert(stderr.endsWith(`, ${sha256} is expected: restore that file, or train again\n`));
    assertEquals(await Deno.readFile(path), before, "and nothing is saved");
  });
});

Deno.test("microgpt --resume says that all steps are done, and writes the samples again", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    const first = await resultsOf([...RUN, ENGLISH, "--save", path]);
    const done = "All 12 steps of this run are done: give a larger --num-steps to train on\n";
    for (const same of [[], ["--num-steps", "12"]]) {
      const { code, stdout, stderr } = await runMain(["--resume", path, ...same]);
      assertEquals([code, stdout, stderr], [0, outputAfter(NUM_STEPS, first), done]);
    }
    const { stderr } = await runMain(["--resume", path, "--num-steps", "13"]);
    assertEquals(stderr, "");
  });
});

Deno.test("microgpt --resume takes settings that mean the same", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
    const same = ["--learning-rate", "1e-2", "--seed", "042", "--n-embd", "4.0", "--n-head", "+2"];
    await resultsOf(["--resume", path, ...same, ENGLISH]);
  });
});

Deno.test("microgpt --resume says what is wrong with the file", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await assertStops(
      ["--resume", path],
      1,
      `Cannot read "${path}": there is no such file: check the path`,
    );
    await assertStops(
      ["--resume", ENGLISH],
      1,
      `Cannot load "${ENGLISH}": it is not a model: name a file written by --save`,
    );
    await trainUntil(5, [...RUN, `${ENGLISH}`, "--save", path]);
    const checkpoint = decodeCheckpoint(await Deno.readFile(path));
    await Deno.writeFile(
      path,
      changed(() => {}, { ...checkpoint, run: undefined }),
    );
    await assertStops(
      ["--resume", path],
      1,
      `Cannot resume "${path}": it has a model, but no state of training: ` +
        `use it with microgpt sample ${path}, or go on from it with --from`,
    );
    assertEquals((await resultsOf(["sample", path])).split("\n").length, 21);
    const run = { ...checkpoint.run!, dataset: { path: `${dir}/none`, sha256: "0".repeat(64) } };
    await Deno.writeFile(path, changed(() => {}, { ...checkpoint, run }));
    await assertStops(
      ["--resume", path],
      1,
      `The data set of ${path} is needed: name it if it has moved: ` +
        `Cannot read "${dir}/none": there is no such file: check the path`,
    );
  });
});

Deno.test("microgpt says how to resume a run that has read stdin", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`, stdin = new TextEncoder().encode("emma\nava\n");
    const prepare = (terminal: Terminal) => {
      terminal.tick = 200; // ms, so that each line is written at once
      terminal.accept = (bytes) => {
        if (new TextDecoder().decode(bytes).includes("step    5 ")) {
          throw new Deno.errors.BrokenPipe();
        }
        return bytes.length;
      };
    };
    const table: [string[], string[]][] = [
      [["-"], ["-"]],
      [["--prompt", "-", ENGLISH], ["--prompt", "-"]],
      [["--exclude", "-", ENGLISH], ["--exclude", "-"]],
      [[ENGLISH], []],
    ];
    for (const [sources, again] of table) {
      const argv = [...RUN, "--log-every", "1", "--save", path, ...sources];
      const { stderr } = await runMain(argv, { prepare, stdin });
      const hint = ["--resume", path, ...again];
      assertMatch(stderr, new RegExp(`: microgpt ${RegExp.escape(hint.join(" "))} goes on\n$`));
      const resumed = await runMain(hint, { stdin });
      assertEquals(resumed.code, 0, `${sources}: ${resumed.stderr}`);
    }
  });
});

Deno.test("microgpt --resume does not do all that a file says", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
    const checkpoint = decodeCheckpoint(await Deno.readFile(path));
    const saved = checkpoint.run!; // it is there
    const cannot = `Cannot use the settings of "${path}": `;
    const stdin = (what: string, how: string) => `The ${what} of ${path} came from stdin: ${how}`;
    const table: [Record<string, string>, 1 | 2, string][] = [
      [{ save: `${dir}/evil` }, 1, `${cannot}save is not a setting`],
      [{ resume: ENGLISH }, 1, `${cannot}resume is not a setting`],
      [{ "save-every": "1" }, 1, `${cannot}save-every is not a setting`],
      [{ help: "" }, 1, `${cannot}help is not a setting`],
      [{ "\x1b[2J": "x" }, 1, `${cannot}"\\u001b[2J" is not a setting`],
      [{ __proto__x: "x" }, 1, `${cannot}__proto__x is not a setting`],
      [
        { temperature: "x".repeat(1e5) },
        1,
        `${cannot}--temperature must be a number from 0 on: it is ${quote("x".repeat(1e5))}`,
      ],
      [
        { match: "(" },
        1,
        `${cannot}--match must be a JavaScript regular expression: /(/u: Unterminated group`,
      ],
      ...Object.entries({
        "n-layer": "2",
        "n-embd": "8",
        "n-head": "1",
        "block-size": "8",
        "tokenizer": "byte",
        "dtype": "f32",
      }).map(([name, value]): [Record<string, string>, 1, string] => [
        { [name]: value },
        1,
        `Cannot resume "${path}": its settings do not match its model`,
      ]),
      [
        { match: "\x1b[31m(" }, // shown, not obeyed
        1,
        `${cannot}--match must be a JavaScript regular expression: /␛[31m(/u: ` +
        "Unterminated character class",
      ],
      [{ prompt: "-" }, 2, stdin("prompts", "give --prompt - again")],
      [
        { exclude: "-" },
        2,
        `The --exclude list of ${path} came from stdin: give --exclude - again`,
      ],
      [
        { exclude: `${dir}/none` },
        1,
        `Cannot read "${dir}/none": there is no such file: check the path`,
      ],
    ];
    for (const [settings, code, message] of table) {
      const map = new Map([...saved.settings, ...Object.entries(settings)]);
      const file = changed(() => {}, { ...checkpoint, run: { ...saved, settings: map } });
      await Deno.writeFile(path, file);
      const { code: found, stderr } = await runMain(["--resume", path, "--quiet"]);
      assertEquals(stderr, `microgpt: ${message}\n${code === 2 ? HINT : ""}`);
      assertEquals(found, code);
      assertEquals(entries(dir), ["model"]);
    }
    const dataset = { ...saved.dataset, path: "-" };
    await Deno.writeFile(path, changed(() => {}, { ...checkpoint, run: { ...saved, dataset } }));
    await assertStops(["--resume", path], 2, stdin("data set", "give it again, as - or a file"));
    await resultsOf(["--resume", path, ENGLISH]);
  });
});

Deno.test("microgpt sample does not use settings that are wrong", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
    const checkpoint = decodeCheckpoint(await Deno.readFile(path));
    const run = { ...checkpoint.run!, settings: new Map([["top-k", "0"]]) };
    await Deno.writeFile(path, changed(() => {}, { ...checkpoint, run }));
    await assertStops(
      ["sample", path],
      1,
      `Cannot use the settings of "${path}": --top-k must be an integer from 1 on: it is "0"`,
    );
  });
});

Deno.test("microgpt --save refuses a place that it cannot or should not write to", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/names.txt`, "anna\nbob\n");
    await Deno.writeTextFile(`${dir}/others.txt`, "carl\n");
    const table: [string, string][] = [
      [
        `${dir}/none/model`,
        `Cannot write "${dir}/none/model": there is no such folder: make it first: mkdir -p ${dir}/none`,
      ],
      [dir, `Cannot write "${dir}": it is a directory: name a file`],
      [
        `${dir}/others.txt`,
        `Cannot save to "${dir}/others.txt": there is a file that is not a model: ` +
        `choose another name, or remove it`,
      ],
    ];
    for (const [path, message] of table) {
      const { code, stderr } = await runMain([...RUN, `${dir}/names.txt`, "--save", path]);
      assertEquals([code, stderr], [1, `microgpt: ${message}\n`]);
    }
    assertEquals(await Deno.readTextFile(`${dir}/others.txt`), "carl\n");
    assertEquals(entries(dir).sort(), ["names.txt", "others.txt"]);
    const argv = [...RUN, `${dir}/names.txt`];
    await assertStops([...argv, "--save", ""], 2, "--save must not be empty");
    await assertStops([...argv, "--resume", ""], 2, "--resume must not be empty");
    await assertStops(
      [...argv, "--save-every", "3"],
      2,
      "--save-every needs --save FILE, which says where to save to",
    );
  });
});

Deno.test(
  needing(
    POSIX,
    "microgpt --resume leaves a model that is write-protected, and says so before training",
  ),
  async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/model`;
      await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
      const before = await Deno.readFile(path);
      await Deno.chmod(path, 0o444);
      const { code, stderr } = await runMain(["--resume", path, "--quiet"]);
      const message = `Cannot write "${path}": it is write-protected: choose another name`;
      assertEquals([code, stderr], [1, `microgpt: ${message}\n`]);
      assertEquals(await Deno.readFile(path), before);
      await resultsOf(["--resume", path, "--save", `${dir}/other`]);
      assertEquals(entries(dir), ["model", "other"]);
    });
  },
);

Deno.test("microgpt --resume names the permission that it lacks", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
    const { code, stderr } = await runProcess(["--resume", path, "--quiet"], {
      flags: ["--allow-read"],
    });
    const message = `Cannot write "${path}": Deno may not write there: run with --allow-write`;
    assertEquals([code, stderr], [1, `microgpt: ${message}\n`]);
  });
});

Deno.test("microgpt --resume uses the bundled names again where names.txt could not be had", async () => {
  await withTempDir(async (dir) => {
    const options = { cwd: dir, flags: ["--allow-read", `--allow-write=${dir}`] };
    const first = await runProcess([...RUN, "--save", "model"], options); // no network
    assertEquals(first.code, 0, first.stderr);
    await Deno.mkdir(`${dir}/datasets`);
    await Deno.writeTextFile(`${dir}/datasets/names.txt`, "anna\n");
    const { code, stdout, stderr } = await runProcess(["--resume", "model", "--quiet"], options);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, outputAfter(NUM_STEPS, first.stdout));
    const { run } = await loadCheckpoint(`${dir}/model`);
    assertEquals(run?.dataset.path, "datasets/names.txt");
  });
});

Deno.test("microgpt --resume blames no file where names.txt is missing and cannot be fetched", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/model`;
    await trainUntil(5, [...RUN, ENGLISH, "--save", path]);
    const checkpoint = decodeCheckpoint(await Deno.readFile(path));
    const run = {
      ...checkpoint.run!, // it is there
      dataset: { path: "datasets/names.txt", sha256: "0".repeat(64) },
    };
    await Deno.writeFile(path, changed(() => {}, { ...checkpoint, run }));
    const options = { cwd: dir, flags: ["--allow-read", "--allow-write"] }; // no network
    const why = `"datasets/names.txt" is not there, and cannot be fetched: ` +
      "Deno may not use the network: allow raw.githubusercontent.com";
    const message = `The data set of ${path} is needed: name it if it has moved: ${why}`;
    for (const argv of [["--resume", path], ["eval", path]]) {
      const expected = { code: 1, stdout: "", stderr: `microgpt: ${message}\n` };
      assertEquals(await runProcess([...argv, "--quiet"], options), expected);
    }
    assertEquals(entries(dir), ["model"]);
  });
});

Deno.test("microgpt --resume says that a file of the same name may be another one", async () => {
  await withTempDir(async (dir) => {
    for (const folder of ["a", "b"]) {
      await Deno.mkdir(`${dir}/${folder}`);
      await Deno.writeTextFile(`${dir}/${folder}/list.txt`, `anna\nbob\n${folder}\n`);
    }
    const flags = ["--allow-read", "--allow-write"];
    await runProcess([...RUN, "list.txt", "--save", "../model"], { cwd: `${dir}/a`, flags });
    const { stderr } = await runProcess(["--resume", "../model"], { cwd: `${dir}/b`, flags });
    const start = 'Cannot resume "../model": "list.txt" has changed since it was trained on, ' +
      "or is another file of that name: its SHA-256 is ";
    assert(stderr.startsWith(`microgpt: ${start}`), stderr);
  });
});
