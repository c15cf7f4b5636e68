import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Checkpoint } from "../../../lib/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { Docs } from "../../../lib/docs.ts";
import { baselines, evaluate } from "../../../lib/evaluate/evaluate.ts";
import { score } from "../../../lib/evaluate/score.ts";
import { splitDocs } from "../../../lib/evaluate/split.ts";
import { assertClose } from "../../helpers/assert.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";
import { NAMES, withNames } from "../../helpers/tiny.ts";
import { jsonOf, runMain, runProcess } from "../../helpers/tool.ts";

const TRAINING = ["--n-embd", "8", "--num-steps", "50", "--num-samples", "0", "--quiet"];

/** The files of a test. */
interface Files {
  readonly dir: string;
  readonly names: string;
  readonly model: string;
}

/** Calls `body` with a model that was trained on some names, as the options say. */
async function withModel(
  options: readonly string[],
  body: (files: Files) => Promise<void>,
  list?: string | Uint8Array,
): Promise<void> {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.safetensors`;
    const { code, stderr } = await runMain([...TRAINING, ...options, "--save", model, names]);
    assertEquals([code, stderr], [0, ""]);
    await body({ dir, names, model });
  }, list);
}

function engineOf({ config, weights, best }: Checkpoint) {
  return createEngine("wasm", config, best?.weights ?? weights);
}

const HELD_OUT = ["--val-fraction", "0.25"];

Deno.test("microgpt eval tells the loss of the model and of the baselines on what was held out", async () => {
  await withModel(HELD_OUT, async ({ model }) => {
    const checkpoint = await loadCheckpoint(model);
    const { tokenizer, config } = checkpoint;
    const { trainDocs, valDocs } = splitDocs(Docs.from(NAMES), 0.25, 42);
    const { loss, perplexity, bitsPerCharacter, numTokens, numDocs } = evaluate(
      engineOf(checkpoint),
      tokenizer,
      valDocs,
    );
    const [data, first, ...others] = jsonOf(await runMain(["eval", "--json", model]));
    assertEquals(data, { type: "data", numDocs, numTokens, numCut: 0 });
    assertEquals(numDocs, 3);
    const close = (actual: unknown, expected: number) =>
      assertClose(actual as number, expected, 1e-12, "value"); // or it is NaN, which is not close
    assertEquals(first!["name"], "model"); // there are seven
    close(first!["loss"], loss);
    close(first!["perplexity"], perplexity);
    close(first!["bitsPerCharacter"], bitsPerCharacter);
    const expected = baselines(trainDocs, valDocs, tokenizer, config.blockSize);
    assertEquals(others.map(({ name }) => name), expected.map(({ name }) => name));
    expected.forEach(({ loss }, i) => {
      close(others[i]!["loss"], loss); // as many
      close(others[i]!["perplexity"], Math.exp(loss));
      close(others[i]!["bitsPerCharacter"], loss / Math.LN2);
    });
  });
});

Deno.test("microgpt eval prints a table with the numbers of --json", async () => {
  await withModel([...HELD_OUT, "--block-size", "3"], async ({ model }) => {
    const { code, stdout, stderr } = await runMain(["eval", model]);
    assertEquals([code, stderr], [0, ""]);
    const [head, titles, ...rows] = stdout.trimEnd().split("\n");
    const [data, ...evaluations] = jsonOf(await runMain(["eval", "--json", model]));
    const { numTokens, numCut } = data!; // there are eight lines
    assertEquals(numCut, 3, "names of three letters have no room for their end");
    assertEquals(
      head,
      `not trained on: 3 documents, 3 of them only to token 3, ${numTokens} tokens`,
    );
    assertEquals(titles, "          nats/token  bits/char  perplexity");
    const shown = evaluations.map(({ name, loss, bitsPerCharacter, perplexity }) =>
      [
        String(name).padEnd(8),
        Number(loss).toFixed(4).padStart(10),
        Number(bitsPerCharacter).toFixed(4).padStart(9),
        Number(perplexity).toFixed(2).padStart(10),
      ].join("  ")
    );
    assertEquals(rows, shown);
  });
});

Deno.test("microgpt eval takes a token of bytes for a part of a character", async () => {
  const list = NAMES.map((name) => name.replaceAll("a", "ä")).join("\n");
  await withModel([...HELD_OUT, "--tokenizer", "byte"], async ({ model }) => {
    const checkpoint = await loadCheckpoint(model);
    const { valDocs } = splitDocs(Docs.from(list.split("\n")), 0.25, 42);
    const expected = evaluate(engineOf(checkpoint), checkpoint.tokenizer, valDocs);
    assert(expected.numCharacters < expected.numTokens);
    const [, row, uniform] = jsonOf(await runMain(["eval", "--json", model]));
    assertClose(Number(row!["bitsPerCharacter"]), expected.bitsPerCharacter, 1e-12, "model"); // it is there
    const bits = Math.log2(checkpoint.config.vocabSize) * expected.numTokens /
      expected.numCharacters;
    assertClose(Number(uniform!["bitsPerCharacter"]), bits, 1e-12, "uniform"); // as above
  }, list);
});

Deno.test("microgpt eval gives the same with both engines, after resuming, and from elsewhere", async () => {
  await withModel(HELD_OUT, async ({ dir, names, model }) => {
    const expected = await runMain(["eval", model]);
    assertEquals(await runMain(["eval", "--engine", "scalar", model]), expected);
    await Deno.copyFile(names, `${dir}/moved.txt`);
    await Deno.remove(names);
    assertEquals(await runMain(["eval", model, `${dir}/moved.txt`]), expected);
    const { code, stderr } = await runMain(["eval", model]);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^microgpt: The data set of .* is needed: .*names.txt": there is no such file: /,
    );
  });
});

Deno.test("microgpt eval leaves out of another list what was trained on, in whatever form", async () => {
  for (const options of [HELD_OUT, []]) {
    await withModel(options, async ({ dir, model }) => {
      const valFraction = options.length > 0 ? 0.25 : 0;
      const { trainDocs, valDocs } = valFraction > 0
        ? splitDocs(Docs.from(NAMES), valFraction, 42)
        : { trainDocs: Docs.from(NAMES), valDocs: Docs.from([]) };
      const strangers = ["abba", "hanna", "nadia"];
      const seen = [...trainDocs].map((name) => ` ${name} `);
      const variants = [...trainDocs].map((name) => name.toUpperCase());
      const other = `${dir}/other.txt`;
      const list = [...seen, ...strangers, ...valDocs, ...strangers, ...variants];
      await Deno.writeTextFile(other, list.join("\n"));
      const { code, stdout, stderr } = await runMain(["eval", "--json", model, other]);
      const [numSeen, numNew] = [trainDocs.length, strangers.length + valDocs.length];
      const note = `${numSeen} of ${
        numSeen + numNew
      } documents were in the training data: they are skipped\n`;
      assertEquals([code, stderr], [0, note]);
      assertEquals(JSON.parse(stdout.split("\n")[0]!).numDocs, numNew); // a text has a first line
      assertEquals((await runMain(["eval", "--quiet", model, other])).stderr, "");

      const { tokenizer, config } = await loadCheckpoint(model);
      const expected = baselines(
        trainDocs,
        Docs.from([...strangers, ...valDocs]),
        tokenizer,
        config.blockSize,
      );
      const losses = stdout.trimEnd().split("\n").slice(2).map((line) => JSON.parse(line).loss);
      expected.forEach(({ loss, name }, i) => assertClose(losses[i], loss, 1e-12, name));

      await Deno.writeTextFile(other, [...seen, ...variants].join("\n"));
      const nothing = await runMain(["eval", model, other]);
      const message =
        `microgpt: Cannot evaluate the model on "${other}": it was trained on all of it\n`;
      assertEquals([nothing.code, nothing.stderr], [1, message]);
    });
  }
});

Deno.test("microgpt eval says why it cannot judge a model", async () => {
  await withModel([], async ({ dir, names, model }) => {
    const other = `${dir}/other.txt`;
    await Deno.writeTextFile(other, "anna\nJosé\n");
    const bare = await saveTinyModel(dir);
    const usage = "Run microgpt eval --help for all the options\n";
    const table: [string[], number, string][] = [
      [
        [model],
        1,
        `Cannot evaluate "${model}" by "${names}": it was trained on all of it: ` +
        "train with --val-fraction 0.1, or name other documents\n",
      ],
      [
        [bare],
        1,
        `Cannot evaluate "${bare}": it has no record of its training data: score lines with --per-line\n`,
      ],
      [
        ["--quiet", model, other],
        1,
        `Cannot evaluate the model on "${other}": Cannot encode "José": character "J" is not in the ` +
        "vocabulary: remove such documents, or score each line with --per-line\n",
      ],
      [
        [names],
        1,
        `Cannot load "${names}": it is not a model: name a file written by --save\n`,
      ],
      [["-"], 2, `The command eval needs a file: it cannot read a model from stdin\n${usage}`],
    ];
    for (const [argv, code, message] of table) {
      const expected = { code, stdout: "", stderr: `microgpt: ${message}` };
      assertEquals(await runMain(["eval", ...argv]), expected, argv.join(" "));
    }
  });
  await withModel(HELD_OUT, async ({ names, model }) => {
    await Deno.writeTextFile(names, NAMES.slice(1).join("\n"));
    const { code, stderr } = await runMain(["eval", model]);
    const message =
      `microgpt: Cannot evaluate "${model}": "${names}" has changed since training: ` +
      "name a data set\n";
    assertEquals([code, stderr], [1, message]);
  });
});

Deno.test("microgpt eval --per-line scores each line, known or not", async () => {
  await withModel([], async ({ dir, model }) => {
    const candidates = `${dir}/candidates.txt`;
    await Deno.writeTextFile(candidates, "anna\n\n  José\nnana \nanna\nhannahannahannahannah\n");
    const checkpoint = await loadCheckpoint(model);
    const engine = engineOf(checkpoint);
    const texts = ["anna", "José", "nana", "anna", "hannahannahannahannah"];
    const scores = texts.map((text) =>
      text === "José" ? undefined : score(engine, checkpoint.tokenizer, text)
    );
    const note = "1 of 5 lines have a character that the model does not know\n";

    const { code, stdout, stderr } = await runMain(["eval", "--per-line", model, candidates]);
    assertEquals([code, stderr], [0, note]);
    const lines = texts.map((text, i) => {
      const loss = scores[i] === undefined ? Infinity : Math.log(scores[i].perplexity);
      return `${loss.toFixed(4)}\t${text}\n`;
    });
    assertEquals(stdout, lines.join(""));

    const json = await runMain(["eval", "--per-line", "--json", "--quiet", model, candidates]);
    const unknown = { logProb: null, numTokens: 0, perplexity: null };
    const expected = texts.map((text, i) => ({ type: "line", text, ...(scores[i] ?? unknown) }));
    assertEquals(jsonOf(json), expected);
  });
});

Deno.test("microgpt eval --per-line needs nothing but a model", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir);
    await Deno.writeTextFile(`${dir}/a.txt`, "ab\nba\n");
    const { code, stdout, stderr } = await runMain(["eval", "--per-line", model, `${dir}/a.txt`]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^\d\.\d{4}\tab\n\d\.\d{4}\tba\n$/);
  });
});

Deno.test("microgpt eval --per-line takes lines in the form of the model, and shows them as they are", async () => {
  await withModel(["--normalize", "nfd", "--lowercase"], async ({ dir, model }) => {
    const texts = ["JOS\u00c9", "Jose\u0301", "jos\u00e9"];
    await Deno.writeTextFile(`${dir}/a.txt`, texts.join("\n"));
    const lines = jsonOf(await runMain(["eval", "--per-line", "--json", model, `${dir}/a.txt`]));
    assertEquals(lines.map(({ text }) => text), texts);
    assertEquals(new Set(lines.map(({ logProb }) => logProb)).size, 1);
    assertEquals(lines[0]!["numTokens"], 6); // j o s e, the accent, and the end
  }, [...NAMES, "jos\u00e9"].join("\n"));
});

Deno.test("microgpt eval --per-line takes bytes for what they are", async () => {
  const list = Uint8Array.of(...new TextEncoder().encode("anna\nbob\n"), 0x6f, 0xff, 0x6f);
  await withModel(["--tokenizer", "byte"], async ({ dir, model }) => {
    const a = `${dir}/a.txt`;
    await Deno.writeFile(a, Uint8Array.of(0x6f, 0xff, 0x6f, 0x0a, 0x6f, 0xfe, 0x6f));
    const { stdout, stderr } = await runMain(["eval", "--per-line", "--json", model, a]);
    const [known, unknown] = stdout.split("\n").map((line) => line && JSON.parse(line));
    assertEquals([known.numTokens, unknown.numTokens], [4, 0], "FF was seen, FE was not");
    assertEquals(stderr, "1 of 2 lines have a character that the model does not know\n");
  }, list);
});

Deno.test("microgpt eval judges a preset, and needs the right to read the model alone", async () => {
  await withTempDir(async (dir) => {
    const model = `${dir}/m.safetensors`;
    const flags = [`--allow-read=${dir}`, `--allow-write=${dir}`];
    const argv = ["--preset", "korean", "--num-steps", "50", ...HELD_OUT, "--save", model];
    const trained = await runProcess([...argv, "--quiet"], { flags });
    assertEquals([trained.code, trained.stderr], [0, ""]);
    const best = Math.min(
      ...trained.stdout.matchAll(/validation (.*)$/gm).map(([, loss]) => Number(loss)),
    );
    const [flag] = flags;
    const evaluated = await runProcess(["eval", model], { flags: [flag!] }); // there are two
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertMatch(evaluated.stdout, new RegExp(`^model +${best.toFixed(4)} `, "m"));
    const stdin = await runProcess(["eval", "--per-line", model, "-"], {
      flags: [flag!], // as above
      stdin: "지우\n민수\n",
    });
    assertEquals([stdin.code, stdin.stderr], [0, ""]);
    assertMatch(stdin.stdout, /^\d\.\d{4}\t지우\n\d\.\d{4}\t민수\n$/);
  });
});
