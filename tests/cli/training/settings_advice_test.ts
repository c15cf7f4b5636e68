import { assertEquals } from "@std/assert";
import { autoSettings } from "../../../lib/auto/settings.ts";
import { settingsAdvice } from "../../../lib/cli/training/settings_advice.ts";
import { DEFAULT_SIZES } from "../../../lib/config.ts";
import { PRESETS } from "../../../lib/files/presets.ts";
import { DEFAULT_TRAIN_OPTIONS } from "../../../lib/trainer.ts";
import { TINY, withNames } from "../../helpers/tiny.ts";
import { runMain } from "../../helpers/tool.ts";

const DEFAULTS = { ...DEFAULT_SIZES, ...DEFAULT_TRAIN_OPTIONS };

const high = (rate: number, nEmbd: number, better: number) =>
  `--learning-rate ${rate} is high for --n-embd ${nEmbd}, and may end worse than a narrow model: ` +
  `--learning-rate ${better} suits it`;

const seen = (numDocs: number, times: number) =>
  `Each of the ${numDocs} documents is seen ${times} times: the model memorizes them and repeats ` +
  "them: take fewer --num-steps, or --auto";

Deno.test("settingsAdvice() finds a rate that is too high for a wide model in a long run", () => {
  const table: [settings: Partial<typeof DEFAULTS>, advice: string[]][] = [
    [{}, []],
    [{ numSteps: 20_000 }, []], // the original's rate, at the original's width
    [{ numSteps: 20_000, nEmbd: 64 }, [high(0.01, 64, 0.001)]],
    [{ numSteps: 20_000, nEmbd: 32 }, [high(0.01, 32, 0.003)]],
    [{ numSteps: 20_000, nEmbd: 64, learningRate: 0.002 }, []],
    [{ numSteps: 5000, nEmbd: 64, batchSize: 8 }, [high(0.01, 64, 0.003)]],
    [{ numSteps: 5000, nEmbd: 32, batchSize: 8 }, []],
    [{ nEmbd: 64 }, [high(0.01, 64, 0.002)]],
    [{ numSteps: 900, nEmbd: 64 }, []], // too short to do harm
    [{ numSteps: 500, nEmbd: 64, batchSize: 8 }, []],
  ];
  for (const [changed, advice] of table) {
    assertEquals(settingsAdvice({ ...DEFAULTS, ...changed }, 32_033), advice);
  }
});

Deno.test("settingsAdvice() finds lists that are learned by heart", () => {
  const table: [numDocs: number, settings: Partial<typeof DEFAULTS>, advice: string[]][] = [
    [10, {}, [seen(10, 100)]],
    [10, { numSteps: 100 }, []],
    [100, {}, []],
    [100, { numSteps: 2000 }, [seen(100, 20)]],
    [100, { numSteps: 2000, nEmbd: 4 }, [seen(100, 20)]],
    [100, { numSteps: 200, batchSize: 8, nEmbd: 32 }, [seen(100, 16)]],
    [1001, { numSteps: 100_000, learningRate: 1e-4 }, []], // is not short
  ];
  for (const [numDocs, changed, advice] of table) {
    assertEquals(settingsAdvice({ ...DEFAULTS, ...changed }, numDocs), advice);
  }
  assertEquals(settingsAdvice(DEFAULTS, 1), [
    "The document is seen 1000 times: the model memorizes it and repeats it: " +
    "take fewer --num-steps, or --auto",
  ]);
});

Deno.test("settingsAdvice() finds steps that are too small for several threads", () => {
  const advice = [
    "--threads 2 makes steps as small as these slower: --threads auto takes several threads " +
    "only where they are faster",
  ];
  const table: [settings: Parameters<typeof settingsAdvice>[0], advice: string[]][] = [
    [{ ...DEFAULTS, threads: 2 }, advice],
    [{ ...DEFAULTS, threads: 2, batchSize: 8 }, advice],
    [{ ...DEFAULTS, threads: 2, nEmbd: 32, nLayer: 2, learningRate: 0.004 }, advice],
    [{ ...DEFAULTS, threads: 2, nEmbd: 32, nLayer: 4, learningRate: 0.004 }, []],
    [{ ...DEFAULTS, threads: 2, nEmbd: 64, learningRate: 0.002 }, []],
    [{ ...DEFAULTS, threads: 2, nEmbd: 64, batchSize: 8, learningRate: 0.005 }, []],
    [{ ...DEFAULTS, threads: 1 }, []],
    [{ ...DEFAULTS, threads: "auto" }, []],
    [{ ...DEFAULTS, threads: 2, engine: "scalar" }, []], // which has one
  ];
  for (const [settings, expected] of table) {
    assertEquals(settingsAdvice(settings, 32_033), expected);
  }
});

Deno.test("microgpt notes that several threads do not pay, where nothing else is to be noted", async () => {
  await withNames(async (_, path) => {
    const { stderr } = await runMain([...TINY, "--num-steps", "3", "--threads", "2", path]);
    assertEquals(stderr.split(":")[0], "--threads 2 makes steps as small as these slower");
  });
});

Deno.test("settingsAdvice() has nothing against what --auto or a preset chooses", async () => {
  for (const numDocs of [1, 2, 9, 10, 49, 50, 100, 199, 200, 500, 999, 1000, 30_000, 1e6]) {
    const facts = { numDocs, numDistinct: numDocs, longest: 9, meanLength: 6, vocabSize: 27 };
    for (const nEmbd of [16, 32, 64]) {
      assertEquals(settingsAdvice(autoSettings(facts, { nEmbd }), numDocs), [], `${numDocs}`);
    }
  }
  for (const [name, { load, settings }] of Object.entries(PRESETS)) {
    const numDocs = (await load()).trim().split("\n").length;
    assertEquals(settingsAdvice({ ...DEFAULTS, ...settings }, numDocs), [], name);
  }
});

Deno.test("microgpt notes what its settings lead to, once and not with --quiet", async () => {
  await withNames(async (dir, path) => {
    const argv = [...TINY, "--num-samples", "0", path, "--num-steps", "600"];
    const note = `${seen(12, 50)}\n`;
    const run = await runMain(argv);
    assertEquals([run.code, run.stderr], [0, note]);
    assertEquals(await runMain([...argv, "--quiet"]), { ...run, stderr: "" });
    const save = `${dir}/a.safetensors`;
    assertEquals((await runMain([...argv, "--save", save])).code, 0);
    const resumed = await runMain(["--resume", save, "--num-steps", "700"]);
    assertEquals([resumed.code, resumed.stderr.includes("memorizes")], [0, false]);
  });
});

Deno.test("microgpt notes how many samples are lines of the list, but not with --new or --json", async () => {
  await withNames(async (_, path) => {
    const argv = ["--num-steps", "400", "--n-embd", "8", path];
    const { code, stdout, stderr } = await runMain(argv);
    const samples = Array.from(stdout.matchAll(/^sample .{2}: (.*)$/gm), ([, text]) => text);
    const count = samples.filter((text) => text === "anna" || text === "bob").length;
    const note = `${count} of 20 samples are lines of the list: --new leaves them out`;
    assertEquals([code, count > 5], [0, true], stdout);
    assertEquals(stderr.split("\n").filter((line) => line.includes("samples")), [note]);
    for (const option of ["--quiet", "--json", "--new"]) {
      const other = await runMain([...argv, option, "--num-samples", "5", "--temperature", "1"]);
      assertEquals([other.code, /lines? of the list/.test(other.stderr)], [0, false], option);
    }
    const one = await runMain([
      ...argv,
      "--num-samples",
      "1",
      "--starts-with",
      "a",
      "--temperature",
      "0",
    ]);
    assertEquals(
      one.stderr.split("\n").filter((line) => line.includes("sample")),
      ["1 of 1 sample is a line of the list: --new leaves it out"],
    );
  }, "anna\nbob\n");
});
