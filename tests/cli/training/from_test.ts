/** `--from`: a saved model goes on with another list. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { Docs } from "../../../lib/docs.ts";
import { Microgpt } from "../../../lib/microgpt.ts";
import { Random } from "../../../lib/random.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";
import { outputAfter, resultsOf, runMain, trainUntil } from "../../helpers/tool.ts";

const OLD = "anna\nbob\nhannah\nnoah\nada\nava\nhana\nnan\nbana\nhob\nabba\n";
const NEW = "zoé\nana\ncécé\nhans\n";

const RUN = ["--num-steps", "12", "--num-samples", "3", "--batch-size", "2"];

/** The files of a test. */
interface Files {
  readonly dir: string;
  readonly model: string;
  readonly list: string;
}

/** Calls `body` with a model of the old list, and the new list. */
async function withModel(
  options: readonly string[],
  body: (files: Files) => Promise<void>,
  texts = [OLD, NEW],
): Promise<void> {
  await withTempDir(async (dir) => {
    const files = { dir, model: `${dir}/old.st`, list: `${dir}/new.txt` };
    const [old = "", list = ""] = texts;
    await Deno.writeTextFile(`${dir}/old.txt`, old);
    await Deno.writeTextFile(files.list, list);
    const sizes = ["--n-layer", "2", "--n-embd", "8", "--n-head", "2", "--block-size", "8"];
    const argv = [...RUN, ...sizes, ...options, "--save", files.model, `${dir}/old.txt`];
    const { code, stderr } = await runMain([...argv, "--quiet"]);
    assertEquals([code, stderr], [0, ""]);
    await body(files);
  });
}

Deno.test("microgpt --from goes on from the best weights, with the sizes of the model", async () => {
  const options = ["--val-fraction", "0.2", "--num-steps", "300"]; // too many
  await withModel(options, async ({ model, dir }) => {
    const { config, weights, best, tokenizer } = await loadCheckpoint(model);
    assert(best !== undefined && String(best.weights) !== String(weights));
    const out = await resultsOf([
      ...["--from", model, "--num-steps", "1", "--num-samples", "0", "--log-every", "1"],
      `${dir}/old.txt`,
    ]);
    const docs = Docs.parse(await Deno.readFile(`${dir}/old.txt`));
    docs.shuffle(new Random(42));
    const tokens = tokenizer.encodeDocument(docs.bytesAt(0));
    const loss = createEngine("wasm", config, best.weights).loss(tokens);
    assertStringIncludes(out, `vocab size: ${config.vocabSize}\n`);
    assertStringIncludes(out, `step    1 /    1 | loss ${loss.toFixed(4)}\n`);
  });
});

const SETTINGS = [
  [[], {}],
  [["--normalize", "nfd"], {}],
  [["--dtype", "f32", "--lowercase"], { dtype: "f32" }],
  [["--tokenizer", "byte"], { blockSize: 11, seed: 7 }],
] as const;

for (const [options, changed] of SETTINGS) {
  Deno.test(`microgpt --from does what Microgpt.train() does: ${JSON.stringify([options, changed])}`, async () => {
    await withModel(options, async ({ model, list, dir }) => {
      const flags = Object.entries(changed).flatMap(([name, value]) => [
        `--${name.replace("S", "-s")}`,
        `${value}`,
      ]);
      const path = `${dir}/tuned.st`;
      const argv = [...RUN, "--from", model, ...flags, "--save", path, list];
      const first = await resultsOf(argv), bytes = await Deno.readFile(path);
      assertEquals([await resultsOf(argv), await Deno.readFile(path)], [first, bytes], "each time");
      const theirs = await loadCheckpoint(path);

      const from = Microgpt.fromBytes(await Deno.readFile(model));
      const training = { numSteps: 12, batchSize: 2 };
      const gpt = await Microgpt.train(NEW, { from, ...training, ...changed });
      await Deno.writeFile(`${dir}/ours.st`, gpt.toBytes());
      const ours = await loadCheckpoint(`${dir}/ours.st`);
      for (const name of ["config", "dtype", "tokenizer", "weights", "trainingList"] as const) {
        assertEquals(ours[name], theirs[name], name);
      }
      const { settings, dataset, from: none, ...run } = ours.run!; // it has one
      const { settings: given, dataset: file, from: old, ...theirRun } = theirs.run!; // likewise
      assertEquals(run, theirRun);
      assertEquals([none, old], ["-", model], "where it is from");
      assertEquals(dataset.sha256, file.sha256);
      const kept = [...given].filter(([name]) => name !== "num-samples").sort();
      assertEquals([...settings].sort(), kept);
      const samples = Array.from(gpt.generate({ numSamples: 3 }), ({ text }) => text);
      assertEquals(samples, Array.from(first.matchAll(/^sample +\d: (.*)$/gm), ([, text]) => text));
    });
  });
}

Deno.test("microgpt --resume goes on with a run that --from has begun", async () => {
  await withModel(["--normalize", "nfd"], async ({ dir, model, list }) => {
    const argv = ["--from", model, ...RUN, "--block-size", "9", list];
    const log = ["--log-every", "1"];
    const whole = await resultsOf([...argv, ...log, "--save", `${dir}/whole`]);
    await trainUntil(5, [...argv, "--save", `${dir}/part`]);
    await Deno.remove(model); // it is not needed any more
    assertEquals(await resultsOf(["--resume", `${dir}/part`, ...log]), outputAfter(5, whole));
    assertEquals(await Deno.readFile(`${dir}/part`), await Deno.readFile(`${dir}/whole`));
    assertStringIncludes(await resultsOf(["info", `${dir}/part`]), `\nfrom: ${model}\n`);
    const sampled = await resultsOf(["sample", "--num-samples", "3", `${dir}/whole`]);
    assertEquals(sampled, whole.match(/(?<=^sample .\d: ).*\n/gm)!.join("")); // there are samples
  });
});

Deno.test("microgpt --from says what it takes over, and which characters are new", async () => {
  await withModel(["--normalize", "nfd"], async ({ model, list, dir }) => {
    const run = ["--from", model, "--num-steps", "1", "--num-samples", "0"];
    const options =
      "--n-layer 2 --n-embd 8 --n-head 2 --block-size 8 --tokenizer char --normalize nfd";
    const { code, stderr } = await runMain([...run, list]);
    assertEquals([code, stderr], [
      0,
      `--from ${model}: ${options}\n5 characters are new to the model: c e s z ◌\u0301\n`,
    ]);
    assertEquals((await runMain([...run, "--quiet", list])).stderr, "");
    const same = await runMain([...run, `${dir}/old.txt`]);
    assertEquals(same.stderr, `--from ${model}: ${options}\n`);
    const preset = await runMain([...run, "--preset", "korean"]); // whose normalization is that
    assertMatch(
      preset.stderr,
      /^--from .*\n36 characters are new to the model: (\S ){20}and \d+ more\n--preset korean: --batch-size 1 --num-steps 1 /,
    );
  });
});

Deno.test("microgpt --from: --new knows the new list, and --exclude the old one", async () => {
  await withModel(["--num-steps", "300"], async ({ model, list, dir }) => {
    const argv = ["--from", model, "--num-steps", "100", "--temperature", "1", "--seed", "3"];
    const many = ["--num-samples", "300", "--unique", list];
    const lines = async (options: string[]) =>
      (await resultsOf([...argv, ...options, ...many])).match(/(?<=^sample .*: ).*$/gm) ?? [];
    const old = OLD.trim().split("\n"), fresh = NEW.trim().split("\n");
    const has = (texts: readonly string[], some: readonly string[]) =>
      some.some((text) => texts.includes(text));
    const all = await lines([]);
    assert(has(all, old) && has(all, fresh), all.join());
    const isNew = await lines(["--new"]);
    assert(has(isNew, old) && !has(isNew, fresh), isNew.join());
    const neither = await lines(["--new", "--exclude", `${dir}/old.txt`]);
    assert(!has(neither, old) && !has(neither, fresh), neither.join());
  });
});

Deno.test("microgpt --from takes a model without a run behind it", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir); // a, b
    await Deno.writeTextFile(`${dir}/list.txt`, "abc\nCab\n");
    const out = await resultsOf([
      "--from",
      model,
      "--num-steps",
      "2",
      "--lowercase",
      `${dir}/list.txt`,
    ]);
    assertMatch(out, /^num docs: 2\nvocab size: 4\n/);
  });
});

Deno.test("microgpt --from refuses before training what cannot be", async () => {
  await withModel(["--normalize", "nfd", "--lowercase"], async ({ dir, model, list }) => {
    const damaged = `${dir}/damaged.st`, cut = `${dir}/cut.st`;
    const bytes = await Deno.readFile(model);
    await Deno.writeFile(damaged, bytes.map((byte, i) => i > 5000 ? 0xff : byte));
    await Deno.writeFile(cut, bytes.subarray(0, 5000));
    const differs = (why: string) => `Cannot go on from ${model}: ${why}`;
    const table: [string[], number, string | RegExp][] = [
      [
        ["--from", model, "--n-layer", "1"],
        2,
        differs("--n-layer is 1, the model has 2: leave it out"),
      ],
      [
        ["--from", model, "--n-embd", "12"],
        2,
        differs("--n-embd is 12, the model has 8: leave it out"),
      ],
      [
        ["--from", model, "--n-head", "3"],
        2,
        differs("--n-head is 3, the model has 2: leave it out"),
      ],
      [
        ["--from", model, "--block-size", "7"],
        2,
        differs("--block-size is 7, the model has 8: it can be longer, not shorter"),
      ],
      [
        ["--from", model, "--tokenizer", "byte"],
        2,
        differs("--tokenizer is byte, the model has char: leave it out"),
      ],
      [
        ["--from", model, "--normalize", "nfc"],
        2,
        differs("--normalize is nfc, the model has nfd: leave it out"),
      ],
      [
        ["--from", model, "--resume", model],
        2,
        "--resume continues a run, --from starts a new one: give only one of them",
      ],
      [
        ["--from", model, "--save", model],
        2,
        `--save must not be the same file as --from: both are ${model}`,
      ],
      [
        ["--from", list],
        1,
        `Cannot load "${list}": it is not a model: name a file written by --save`,
      ],
      [
        ["--from", `${dir}/no`],
        1,
        `Cannot read "${dir}/no": there is no such file: check the path`,
      ],
      [["--from", cut], 1, /^Cannot load ".*cut.st": /],
      [["--from", damaged], 1, /^Cannot load ".*damaged.st": /],
      [["--from", model, "--starts-with", "Q"], 1, /"q" is not in the vocabulary$/],
    ];
    for (const [argv, expectedCode, message] of table) {
      const { code, stdout, stderr } = await runMain([...argv, "--quiet", list]);
      const [line = "", ...hints] = stderr.split("\n");
      const found = line.replace(/^microgpt: /, "");
      if (typeof message === "string") assertEquals(found, message);
      else assertMatch(found, message);
      assertEquals([code, stdout, hints.length], [expectedCode, "", expectedCode], argv.join(" "));
    }
  });
});
