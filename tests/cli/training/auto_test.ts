/** `--auto`: what it chooses, says and prints. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deepChoices } from "../../../lib/auto/deep.ts";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import { optionsOf, wordsOf } from "../../../lib/cli/training/auto.ts";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { WasmEngine } from "../../../lib/wasm/wasm_engine.ts";
import { ROOT, withTempDir } from "../../helpers/paths.ts";
import { NAMES, withNames } from "../../helpers/tiny.ts";
import type { Terminal } from "../../helpers/terminal.ts";
import { type Outcome, resultsOf, runMain, runProcess } from "../../helpers/tool.ts";

const BIRDS = `${ROOT}/datasets/birds.txt`;

/** The options that a run has chosen, as it says on stderr. */
function chosenBy({ stderr }: Outcome): string[] {
  const [, words] = /^--auto(?: \S+)?: (.*)$/m.exec(stderr) ?? [];
  assert(words !== undefined, stderr);
  return words.split(" ");
}

/** The value of an option among words. */
function valueOf(option: string, words: readonly string[]): string | undefined {
  return words[words.indexOf(option) + 1];
}

/** Words of three or four syllables, each another one: a part of all those there are. */
function words(count: number): string {
  const syllables = ["ba", "ne", "lo", "ri", "su", "ka", "mi", "to"];
  const word = (i: number) => i.toString(8).replace(/\d/g, (digit) => syllables[Number(digit)]!); // below 8
  return Array.from({ length: count }, (_, i) => word(64 + (1597 * i) % 4032)).join("\n");
}

Deno.test("microgpt --auto prints exactly what the options that it names print", async () => {
  const lists: [args: string[], content: string][] = [
    [[], words(230)],
    [["--seed", "7", "--json"], words(60)],
    [["--tokenizer", "byte"], "민수\n지훈\n서연\n민수\n지우\n하은\n도윤\n예린\n수아\n준서\n은우"],
    [
      ["--normalize", "nfd", "--num-samples", "3"],
      "민수\n지훈\n서연\n지우\n하은\n도윤\n예린\n수아",
    ],
    [["--lowercase", "--log-every", "10"], NAMES.join("\n").toUpperCase()],
    [["--column", "name"], `name,year\n${NAMES.map((name) => `${name},1990`).join("\n")}`],
    [["--engine", "scalar", "--num-steps", "3"], NAMES.join("\n")],
  ];
  for (const [args, content] of lists) {
    await withNames(async (_, path) => {
      const run = await runMain(["--auto", ...args, path]);
      assertEquals(run.code, 0, run.stderr);
      assertEquals(await resultsOf([...chosenBy(run), ...args, path]), run.stdout);
      assertEquals(await runMain(["--auto", "--quiet", ...args, path]), { ...run, stderr: "" });
    }, content);
  }
});

Deno.test("microgpt --auto chooses by the list", async () => {
  await withNames(async (_, path) => {
    const chosen = chosenBy(await runMain(["--auto", "--num-samples", "0", path]));
    assertEquals(
      chosen.join(" "),
      "--block-size 9 --n-layer 1 --n-embd 64 --n-head 4 --batch-size 8 --num-steps 87 " +
        "--learning-rate 0.005 --dtype f32 --threads auto --new --unique",
    );
  }, words(230));
  await withNames(async (_, path) => {
    const chosen = chosenBy(await runMain(["--auto", "--num-samples", "0", path]));
    assertEquals(
      chosen.join(" "),
      "--block-size 6 --n-layer 1 --n-embd 16 --n-head 4 --batch-size 2 --num-steps 48 " +
        "--learning-rate 0.005 --dtype f32 --threads auto --new --unique",
    );
  }, NAMES.join("\n").replace("kim", "kimmy"));
});

Deno.test("microgpt --auto uses threads, unless their number is given or there is one", async () => {
  const argv = ["--auto", "--n-embd", "32", "--batch-size", "20", "--num-steps", "3"];
  const table: [args: string[], threads: string | undefined][] = [
    [[], "auto"],
    [["--threads", "2"], undefined],
    [["--threads", "1"], undefined],
    [["--engine", "scalar"], undefined],
  ];
  await withTempDir(async (dir) => {
    const files = new Set<string>();
    for (const [args, threads] of table) {
      const path = `${dir}/${args.join("")}.safetensors`;
      const run = await runMain([...argv, ...args, "--save", path, BIRDS]);
      assertEquals(run.code, 0, run.stderr);
      const chosen = chosenBy(run);
      const found = chosen.includes("--threads") ? valueOf("--threads", chosen) : undefined;
      assertEquals(found, threads, args.join(" "));
      assert(!run.stderr.includes("has one thread"), run.stderr);
      if (!args.includes("scalar")) files.add((await Deno.readFile(path)).toHex());
      const settings = (await loadCheckpoint(path)).run?.settings;
      assertEquals([settings?.has("n-embd"), settings?.has("threads")], [true, false]);
    }
    assertEquals(files.size, 1, "threads leave no trace in a model");
  });
});

Deno.test("microgpt --auto leaves what is given, and fits the rest to it", async () => {
  const table: [args: string, chosen: [option: string, value: string][]][] = [
    ["--n-embd 10", [["--n-head", "2"], ["--learning-rate", "0.005"]]],
    ["--batch-size 4", [["--num-steps", "24"], ["--learning-rate", "0.005"]]],
    ["--num-steps 5 --block-size 4 --n-layer 2 --learning-rate 0.02 --new", [["--n-embd", "16"]]],
    ["--val-fraction 0.2", [["--patience", "3"]]],
    ["--patience 2", [["--val-fraction", "0.1"]]],
    ["--engine scalar --num-steps 2", [["--dtype", "f64"]]],
  ];
  await withNames(async (_, path) => {
    for (const [args, values] of table) {
      const run = await runMain(["--auto", ...args.split(" "), path, "--num-samples", "0"]);
      assertEquals(run.code, 0, run.stderr);
      const chosen = chosenBy(run);
      const given = args.split(" ").filter((word) => word.startsWith("--"));
      assertEquals(
        given.filter((option) => chosen.includes(option)),
        [],
        "what is given is not chosen",
      );
      for (const [option, value] of values) assertEquals(valueOf(option, chosen), value, args);
    }
  });
});

Deno.test("microgpt --auto takes the list of a preset, its form and its temperature", async () => {
  const args = ["--preset", "korean", "--num-steps", "3", "--num-samples", "2"];
  const run = await runMain(["--auto", ...args]);
  assertMatch(run.stderr, /^--preset korean: --num-steps 3 --temperature 0.6 --normalize nfd$/m);
  const chosen = chosenBy(run);
  assertEquals(valueOf("--block-size", chosen), "7"); // that of the preset is larger
  assertEquals(await resultsOf([...chosen, ...args]), run.stdout);
});

Deno.test("microgpt --auto refuses what contradicts its choice or the list", async () => {
  await withNames(async (_, path) => {
    const patience = await runMain(["--auto", "--patience", "3", path]);
    assertEquals(patience.code, 1);
    assertMatch(patience.stderr, /^microgpt: Cannot split the documents: at least 10/m);
  }, "anna\nbob");
  await withNames(async (_, path) => {
    const heads = await runMain(["--auto", "--n-head", "3", "--n-embd", "16", path]);
    assertEquals(heads.code, 2);
    assertMatch(heads.stderr, /^microgpt: --n-embd must be divisible by --n-head/m);
  });
});

Deno.test("microgpt --auto learns lists of 1, 9 and 10 lines", async () => {
  for (const count of [1, 9, 10]) {
    await withNames(async (_, path) => {
      const { code, stdout, stderr } = await runMain(["--auto", path]);
      assertEquals(code, 0, stderr);
      const samples = Array.from(stdout.matchAll(/^sample .{2}: (.*)$/gm), ([, text = ""]) => text);
      assertEquals(new Set(samples).size, 20, "each is another one");
      assertEquals(samples.filter((text) => NAMES.includes(text)), [], "and none of the list");
    }, NAMES.slice(0, count).join("\n"));
  }
});

Deno.test("microgpt --auto takes a list of a million lines, and holds out a small part", async () => {
  await withNames(async (_, path) => {
    const run = await runMain(["--auto", "--num-steps", "2", "--num-samples", "0", path]);
    assertEquals(run.code, 0, run.stderr);
    assertEquals(valueOf("--val-fraction", chosenBy(run)), "0.002");
    assertMatch(run.stdout, /^num docs: 998000\nnum docs held out: 2000$/m);
  }, Array.from({ length: 1_000_000 }, (_, i) => i.toString(36)).join("\n"));
});

Deno.test("the options of a deep model are its settings", () => {
  const numbers = { numDocs: 30_000, numDistinct: 30_000, longest: 15, meanLength: 6 };
  const settings = deepChoices({ ...numbers, vocabSize: 27 })[0]!.settings({}); // there are some
  const words = wordsOf(optionsOf(settings, new Map([["seed", "7"]]), { threads: 2 }));
  const command = parseCommand(words);
  if (command.kind !== "train") throw new Error(command.kind);
  assertEquals({ ...command.settings, ...settings, threads: 2 }, command.settings);
  const given = new Map([["schedule", "linear"], ["ema", "0.5"], ["reshuffle", ""]]);
  const others = optionsOf(settings, given, { threads: 1 });
  assertEquals([...given.keys(), "threads"].filter((name) => others.has(name)), []);
  assertEquals([others.get("loss-mean"), others.get("warmup")], ["token", "100"]);
});

Deno.test("microgpt --auto with a time chooses what the machine can do in it", async () => {
  const path = `${ROOT}/datasets/german_towns.txt`; // 1,708 towns
  const table: [time: string, step: number, chosen: string][] = [
    ["1ms", 1, "--n-embd 16 --num-steps 1"], // measuring alone takes longer
    ["300ms", 1, "--n-embd 16"],
    ["10s", 1, "--n-embd 64 --num-steps 930 --val-fraction 0.1"],
    ["1h", 1, "--n-embd 64 --num-steps 930 --val-fraction 0.1 --patience 3"],
  ];
  for (const [time, step, chosen] of table) {
    const prepare = (terminal: Terminal) => {
      terminal.tick = step; // ms each time that the clock is asked, after each step
    };
    const argv = ["--auto", time, "--num-samples", "0", path];
    const found = chosenBy(await runMain(argv, { prepare })).join(" ");
    for (const option of chosen.split(" --")) assertMatch(found, new RegExp(option), time);
    assertEquals(found.includes("--val-fraction"), chosen.includes("--val-fraction"), time);
  }
});

Deno.test("microgpt --auto with a time says if more of it would not help", async () => {
  await withNames(async (_, path) => {
    const saysSo = async (...args: string[]) => {
      const { stderr } = await runProcess(["--auto", ...args, "--num-samples", "0", path]);
      return stderr.includes("More time would not help");
    };
    assert(await saysSo("1h"));
    assert(!await saysSo("1ms"));
    assert(!await saysSo("1h", "--num-steps", "5")); // it is not the time that ends the run
    assert(!await saysSo()); // there is none
  }, words(230));
});

Deno.test("microgpt --auto with a time prints what the options that it names print", async () => {
  const args = ["--num-samples", "3", "--preset", "birds"];
  const run = await runProcess(["--auto", "100ms", ...args]);
  assertEquals(run.code, 0, run.stderr);
  assertEquals(await resultsOf([...chosenBy(run), ...args]), run.stdout);
});

Deno.test("microgpt --auto asks for no new and unique texts where only one can come", async () => {
  await withNames(async (_, path) => {
    for (const option of [["--temperature", "0"], ["--top-k", "1"]]) {
      const run = await runMain(["--auto", ...option, "--num-samples", "2", path]);
      assertEquals(run.code, 0, run.stderr);
      assertEquals(chosenBy(run).filter((word) => /new|unique/.test(word)), []);
      assertStringIncludes(run.stdout, "\nsample  2: ");
    }
  }, words(60));
});

/** Calls `body`, and returns the number of steps that engines take meanwhile. */
async function stepsOf(body: () => Promise<unknown>): Promise<number> {
  const { step } = WasmEngine.prototype;
  let numSteps = 0;
  WasmEngine.prototype.step = function (...args) {
    numSteps++;
    return step.apply(this, args);
  };
  try {
    await body();
  } finally {
    WasmEngine.prototype.step = step;
  }
  return numSteps;
}

/**
 * Runs `--auto 2s` by a clock that goes on by `tick` milliseconds with each look at it, and returns
 * the time that has passed by that clock.
 */
async function timeBy(tick: number, path: string, ...args: string[]): Promise<number> {
  let clock: Terminal | undefined, start = 0;
  const prepare = (terminal: Terminal) => {
    terminal.tick = tick;
    start = terminal.now;
    clock = terminal;
  };
  await runMain(["--auto", "2s", "--num-samples", "0", ...args, path], { prepare });
  return (clock?.now ?? NaN) - start;
}

Deno.test("microgpt --auto does not repeat slow steps to measure them", async () => {
  await withNames(async (_, path) => {
    const numSteps = await stepsOf(() => timeBy(300, path));
    assertEquals(numSteps, 2 + 1, "one each to warm up and to measure, and the run");
  }, words(20)); // for which one width is tried
});

Deno.test("microgpt --auto lets threads settle before it measures, where steps can be shared", async () => {
  await withNames(async (_, path) => {
    const settling = async (tick: number) => {
      const timeWith = (threads: string) =>
        timeBy(tick, path, "--num-steps", "1", "--threads", threads);
      return await timeWith("auto") - await timeWith("1");
    };
    for (const [tick, min, max] of [[0.02, -10, 10], [0.2, 70, 100]] as const) {
      const time = await settling(tick);
      assert(time >= min && time <= max, `${time} ms, with steps of ${tick} ms`);
    }
  }, words(20));
});

Deno.test("microgpt --auto with a rate that is too high says so in the run, not while it measures", async () => {
  const argv = ["--auto", "10s", "--learning-rate", "10", "--num-samples", "0", BIRDS];
  const prepare = (terminal: Terminal) => {
    terminal.tick = 10; // ms each time that the clock is asked, after each step
  };
  const run = await runMain(argv, { prepare });
  assertEquals([run.code, chosenBy(run).includes("--n-embd")], [1, true]);
  assertMatch(run.stderr, /^microgpt: Training diverged: .*: lower the learning rate$/m);
  assertStringIncludes(run.stdout, "num docs: 677\n");
});
