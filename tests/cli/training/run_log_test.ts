import { assertEquals, assertMatch } from "@std/assert";
import { RunLog } from "../../../lib/cli/training/run_log.ts";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { evaluate } from "../../../lib/evaluate/evaluate.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { Docs } from "../../../lib/docs.ts";
import { DEFAULT_SIZES, initWeights } from "../../../lib/config.ts";
import { Random } from "../../../lib/random.ts";
import { splitDocs } from "../../../lib/evaluate/split.ts";
import { Tokenizer } from "../../../lib/tokenizer.ts";
import { train } from "../../../lib/trainer.ts";
import { assertFails } from "../../helpers/assert.ts";
import { fileNeed, needing, POSIX } from "../../helpers/needs.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { exists, withTempDir } from "../../helpers/paths.ts";
import { withTerminal, type Write, writtenTo } from "../../helpers/terminal.ts";
import { resultsOf, runMain, runProcess, trainUntil } from "../../helpers/tool.ts";

/** Nothing is to be said, and nothing to fail. */
const warn = (message: string) => {
  throw new Error(message);
};
const fail = (error: Error) => {
  throw error;
};

Deno.test("RunLog writes a line of JSON for each call", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a.jsonl`;
    const log = new RunLog(path, 0, warn, fail);
    assertEquals(await Deno.readTextFile(path), "");
    log.line({ step: 1, loss: 0.1 });
    log.line({ step: 2, loss: NaN, gradNorm: 1e-300 });
    log.close();
    log.close(); // does nothing
    const expected = '{"step":1,"loss":0.1}\n{"step":2,"loss":null,"gradNorm":1e-300}\n';
    assertEquals(await Deno.readTextFile(path), expected);

    new RunLog(path, 0, warn, fail).close();
    assertEquals(await Deno.readTextFile(path), "", "another run");
  });
});

Deno.test("RunLog writes what is older than a second, or too much", async () => {
  await withTempDir(async (dir) => {
    await withTerminal((terminal) => {
      const path = `${dir}/a.jsonl`;
      const size = () => Deno.readTextFileSync(path).length;
      const log = new RunLog(path, 0, warn, fail);
      const line = '{"step":1}\n';
      log.line({ step: 1 });
      terminal.now += 1000;
      log.line({ step: 1 });
      assertEquals(size(), 0);
      terminal.now += 1;
      log.line({ step: 1 });
      assertEquals(size(), 3 * line.length);
      for (let i = 0; i < 10_000; i++) log.line({ step: 1 });
      assertEquals(size() > 65_000, true);
      log.close();
      assertEquals(size(), 10_003 * line.length);
    });
  });
});

Deno.test("RunLog goes on behind the steps that a saved run has taken", async () => {
  const line = (step: number) => `{"step":${step},"loss":${step}}\n`;
  const validation = (step: number) => `{"step":${step},"validationLoss":2}\n`;
  const lines = [line(1), line(2), validation(2), line(3), line(4), validation(4), line(5)];
  const table: [string, string, number, string, string?][] = [
    ["saved at the end", lines.join(""), 5, lines.join("")],
    ["killed later", lines.join(""), 4, lines.slice(0, 6).join("")],
    ["validated when it was saved", lines.join(""), 2, lines.slice(0, 3).join("")],
    ["cut off in a line", lines.join("").slice(0, -4), 5, lines.slice(0, 6).join(""), "step 5"],
    ["not logged for a while", lines.join(""), 8, lines.join(""), "steps 6 to 8"],
    ["not logged before", "", 5, "", "steps 1 to 5"],
    ["broken", `${line(1)}${line(2)}{"st\n${line(3)}`, 5, line(1) + line(2), "steps 3 to 5"],
    ["longer numbers", line(9) + line(10), 9, line(9)],
  ];
  await withTempDir(async (dir) => {
    for (const [name, before, step, kept, gap] of table) {
      const path = `${dir}/a.jsonl`;
      await Deno.writeTextFile(path, before);
      const warnings: string[] = [];
      const log = new RunLog(path, step, (message) => warnings.push(message), fail);
      log.line({ step: step + 1 });
      log.close();
      assertEquals(await Deno.readTextFile(path), `${kept}{"step":${step + 1}}\n`, name);
      assertEquals(warnings, gap === undefined ? [] : [`"${path}" has no ${gap}`], name);
    }
    const log = new RunLog(`${dir}/new.jsonl`, 5, warn, fail);
    log.close();
    assertEquals(exists(`${dir}/new.jsonl`), true, "there was none");
  });
});

Deno.test("RunLog.sync() writes all lines, and brings them to the disk", async () => {
  await withTempDir((dir) => {
    const path = `${dir}/a.jsonl`;
    const log = new RunLog(path, 0, warn, fail);
    const { syncDataSync } = Deno.FsFile.prototype;
    let synced = "";
    try {
      Deno.FsFile.prototype.syncDataSync = function () {
        syncDataSync.call(this);
        synced = Deno.readTextFileSync(path);
      };
      log.line({ step: 1 });
      log.sync();
    } finally {
      Deno.FsFile.prototype.syncDataSync = syncDataSync;
    }
    log.close();
    assertEquals(synced, '{"step":1}\n');
    log.sync(); // does nothing
    return Promise.resolve();
  });
});

Deno.test("RunLog refuses what is not a log", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/names.txt`;
    const open = (stepsDone: number) => new RunLog(path, stepsDone, warn, fail);
    for (const content of ["anna\nbob\n", "{}\n", ' {"step":1}', '{"step"']) {
      await Deno.writeTextFile(path, content);
      for (const stepsDone of [0, 3]) {
        const message = `Cannot write "${path}": there is a file that is not a log: ` +
          "choose another name, or remove it";
        assertFails(() => open(stepsDone), Error, message);
      }
      assertEquals(await Deno.readTextFile(path), content);
    }
    const directory = `Cannot write "${dir}": it is a directory: name a file`;
    assertFails(() => new RunLog(dir, 0, warn, fail), Error, directory);
    const none = `${dir}/none/a.jsonl`;
    const missing = `Cannot write "${none}": there is no such folder: make it first`;
    assertFails(() => new RunLog(none, 0, warn, fail), Error, missing);
  });
});

const FULL = "/dev/full"; // a disk that is always full

Deno.test(
  needing(fileNeed(FULL), "RunLog tells that it cannot be written, and then does nothing"),
  async () => {
    // A process of its own: Deno lets no test open a device.
    await withNames(async (_, names) => {
      const flags = ["--allow-all"];
      const argv = [...TINY, "--log", FULL, names];
      const { code, stdout, stderr } = await runProcess(argv, { flags });
      assertMatch(stdout, /sample {2}2: /, "the samples are there all the same");
      const reason = `Cannot write "${FULL}": no space is left on the disk: make some first`;
      const end = "The log or the plot is not complete: see the error above";
      assertEquals(stderr, `${reason}: training continues without it\nmicrogpt: ${end}\n`);
      assertEquals(code, 1);
    });
  },
);

/** The content of a log. */
function linesOf(path: string): Record<string, number>[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("microgpt --log has what happened at each step", async () => {
  await withNames(async (dir, names) => {
    const [path, numSteps] = [`${dir}/a.jsonl`, 25];
    const argv = ["--num-steps", `${numSteps}`, "--num-samples", "0", "--val-fraction", "0.25"];
    const { code, stdout, stderr } = await runMain([...argv, "--quiet", "--log", path, names]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, (await runMain([...argv, "--quiet", names])).stdout, "nothing on stdout");

    const random = new Random(42), all = Docs.from(NAMES);
    all.shuffle(random);
    const { trainDocs, valDocs } = splitDocs(all, 0.25, 42);
    const tokenizer = Tokenizer.fromDocs(all);
    const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
    const engine = createEngine("wasm", config, initWeights(config, random));
    const expected: Record<string, number>[] = [];
    const details = { gradNorm: 0 };
    for (const report of train(engine, tokenizer, trainDocs, { numSteps }, details)) {
      const { step, loss, learningRate } = report;
      expected.push({ step, loss, learningRate, ...details });
      if (step % 3 !== 0 && step !== numSteps) continue;
      const { loss: validationLoss, documentLoss } = evaluate(engine, tokenizer, valDocs);
      expected.push({ step, validationLoss, validationDocumentLoss: documentLoss });
    }
    assertEquals(linesOf(path), expected);
  });
});

Deno.test("microgpt --log is the same for a run that was interrupted and resumed", async () => {
  await withNames(async (dir, names) => {
    const [whole, parts, model] = [`${dir}/a.jsonl`, `${dir}/b.jsonl`, `${dir}/m.safetensors`];
    const argv = [
      ...TINY,
      "--num-steps",
      "40",
      "--val-fraction",
      "0.25",
      "--log-every",
      "1",
      names,
    ];
    await runMain([...argv, "--log", whole]);
    await trainUntil(17, [...argv, "--log", parts, "--save", model]);
    assertEquals(linesOf(parts).at(-1)?.["step"], 17);
    assertEquals(linesOf(parts), linesOf(whole).slice(0, linesOf(parts).length));
    const { code, stderr } = await runMain(["--resume", model, "--log", parts, "--quiet"]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await Deno.readTextFile(parts), await Deno.readTextFile(whole));
  });
});

Deno.test("microgpt --log is on the disk before a checkpoint that speaks of its steps", async () => {
  await withNames(async (dir, names) => {
    const [log, model] = [`${dir}/a.jsonl`, `${dir}/model`];
    const { rename } = Deno, seen: [number, number][] = [];
    const lastStep = () => linesOf(log).at(-1)?.["step"] ?? NaN;
    const options = ["--num-steps", "20", "--save", model, "--save-every", "7", "--log", log];
    try {
      Deno.rename = async (from, to) => {
        seen.push([(await loadCheckpoint(`${from}`)).run!.state.steps, lastStep()]); // it is saved
        await rename(from, to);
      };
      await resultsOf([...TINY, ...options, "--val-fraction", "0.25", names]);
      await resultsOf(["--resume", model, "--num-steps", "22", "--log", log]);
    } finally {
      Deno.rename = rename;
    }
    assertEquals(
      seen,
      [[7, 7], [14, 14], [20, 20], [20, 20], [22, 22]],
      "once more, as a check, to resume",
    );
  });
});

Deno.test("microgpt writes its results before a checkpoint that speaks of their steps", async () => {
  await withNames(async (dir, names) => {
    const { rename } = Deno, seen: string[] = [];
    let writes: readonly Write[] = [];
    try {
      Deno.rename = (from, to) => {
        seen.push(writtenTo("stdout", writes).trimEnd().split("\n").at(-1) ?? "");
        return rename(from, to);
      };
      const options = ["--num-steps", "9", "--save", `${dir}/model`, "--save-every", "4"];
      const argv = [...TINY, ...options, "--log-every", "1", "--quiet", names];
      await runMain(argv, { prepare: (terminal) => ({ writes } = terminal) });
    } finally {
      Deno.rename = rename;
    }
    assertEquals(seen.slice(0, 2).map((line) => line.slice(0, 13)), [
      "step    4 /  ",
      "step    8 /  ",
    ]);
  });
});

Deno.test(
  needing(
    POSIX,
    "microgpt --log follows no link to nothing, and never writes where it may not look",
  ),
  async () => {
    await withNames(async (dir, names) => {
      await Deno.symlink(`${dir}/target`, `${dir}/link`);
      const { code, stderr } = await runMain([...TINY, "--log", `${dir}/link`, names]);
      const message = `Cannot write "${dir}/link": it is a broken link: choose another name`;
      assertEquals([code, stderr], [1, `microgpt: ${message}\n`]);
      assertEquals(exists(`${dir}/target`), false);

      const path = `${dir}/precious.txt`;
      await Deno.writeTextFile(path, "precious\n");
      const flags = ["--no-prompt", "--allow-write"];
      for (const option of ["--log", "--plot", "--save"]) {
        const argv = [...TINY, "--preset", "birds", "--quiet", option, path];
        const { code, stderr } = await runProcess(argv, { flags });
        const why = "Deno may not read there: run with --allow-read";
        assertEquals([code, stderr], [1, `microgpt: Cannot write "${path}": ${why}\n`]);
        assertEquals(await Deno.readTextFile(path), "precious\n");
      }
    });
  },
);
