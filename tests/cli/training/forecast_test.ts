/** What training will take: said before it is taken, where it is much, and only there. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import { Forecast, largeModel } from "../../../lib/cli/training/forecast.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { initWeights } from "../../../lib/config.ts";
import { Random } from "../../../lib/random.ts";
import { memoryNeed } from "../../../lib/wasm/memory_need.ts";
import { type Terminal, withTerminal } from "../../helpers/terminal.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { runMain } from "../../helpers/tool.ts";

/** The settings of a command line, and the model that it trains. */
function planOf(line: string) {
  const command = parseCommand(line.split(" "));
  if (command.kind !== "train") throw new Error(command.kind);
  return { settings: command.settings, config: { ...command.settings, vocabSize: 27 } };
}

/** The forecasts of a run whose n-th step takes the n-th of some seconds, the last one repeated. */
async function forecastsOf(line: string, seconds: readonly number[], stepsDone = 0) {
  const { settings, config } = planOf(line);
  const said: [step: number, text: string][] = [];
  await withTerminal((terminal) => {
    const forecast = new Forecast(config, settings, stepsDone);
    for (let step = stepsDone + 1; step <= settings.numSteps; step++) {
      terminal.now += 1000 * seconds[Math.min(step - stepsDone, seconds.length) - 1]!; // in bounds
      const text = forecast.after(step);
      if (text !== undefined) said.push([step, text]);
    }
  });
  return said;
}

Deno.test("Forecast.after() says once how long all steps take, without the first ones", async () => {
  const model = "; the model takes 0.6 MB of memory";
  const table: [line: string, seconds: number[], said: [number, string][]][] = [
    ["--num-steps 1000 --dtype f32", [0.2, 0.2, 0.1], [[9, "about 1 min 40 s"]]],
    ["--num-steps 100000 --dtype f32", [0.001], [[1000, "about 1 min 40 s"]]],
    ["--num-steps 60 --dtype f32", [60], [[1, "about 1 h 0 min"]]], // too slow to wait for another
    ["--num-steps 12 --dtype f32 --val-fraction 0.1 --patience 3", [1], [[2, "up to about 12 s"]]],
    ["--num-steps 99 --dtype f32", [0.1], []], // it takes 9.9 s
    ["--num-steps 1 --dtype f32", [60], []], // it is over
    ["--num-steps 10", [0.01], []],
  ];
  for (const [line, seconds, said] of table) {
    const expected = said.map(([step, time]) => [step, `Training will take ${time}${model}`]);
    assertEquals(await forecastsOf(line, seconds), expected as [number, string][], line);
  }
});

Deno.test("Forecast.after() counts the steps of this program alone in a run that goes on", async () => {
  const [[step, text] = []] = await forecastsOf("--num-steps 1000", [0.1], 800);
  assertEquals(step, 810);
  assertMatch(text ?? "", /^Training will take about 20 s; /);
  const [[, slow] = []] = await forecastsOf("--num-steps 1000", [60], 800);
  assertMatch(slow ?? "", /^Training will take about 3 h 20 min; /);
});

Deno.test("Forecast.after() says nothing about the memory of the scalar engine", async () => {
  const said = await forecastsOf("--engine scalar --num-steps 100", [1]);
  assertEquals(said, [[2, "Training will take about 1 min 40 s"]]);
});

Deno.test("largeModel() says what a model of more than 500 MB takes", () => {
  const table: [line: string, text: string | undefined][] = [
    ["--n-embd 64", undefined],
    ["--n-embd 960", undefined],
    ["--n-embd 1024", "The model takes 534 MB of memory"],
    ["--n-embd 1536 --num-steps 1", "The model takes 1.1 GB of memory"],
    ["--block-size 4000", "The model takes 505 MB of memory"],
    ["--engine scalar --n-embd 128", undefined],
  ];
  for (const [line, text] of table) {
    const { config, settings } = planOf(line);
    assertEquals(largeModel(config, settings), text, line);
  }
});

Deno.test("memoryNeed() is what an engine and its weights take", () => {
  const { config } = planOf("--n-embd 96 --n-layer 2");
  const random = new Random(1);
  for (const dtype of ["f64", "f32"] as const) {
    const weights = initWeights(config, random);
    const buffers = new Set<ArrayBufferLike>();
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        const { memory } = this.exports;
        if (memory instanceof WebAssembly.Memory) buffers.add(memory.buffer);
      }
    };
    try {
      const step = { weightDecay: 0.1, ema: 0.9 };
      for (const options of [{}, step]) {
        buffers.clear();
        createEngine("wasm", config, weights, dtype).step(
          [[26, 1, 26]],
          0.01,
          undefined,
          undefined,
          options,
        );
        const taken = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
        const need = memoryNeed(config, dtype, 1, options) - weights.byteLength;
        assert(taken - need >= 0 && taken - need < buffers.size * 65_536, `${taken}, ${need}`);
      }
    } finally {
      WebAssembly.Instance = Instance;
    }
    assert(memoryNeed(config, dtype, 2, {}) > memoryNeed(config, dtype, 1, {}));
  }
});

/** Makes each step of a run take a while, by its clock. */
const slowly = (terminal: Terminal) => {
  terminal.tick = 500;
};

Deno.test("microgpt says how long a run will take, but not with --quiet nor beside a bar", async () => {
  const argv = ["--n-embd", "64", "--batch-size", "64", "--num-steps", "32", "--num-samples", "0"];
  await withNames(async (_, path) => {
    const run = [...argv, "--learning-rate", "0.001", path];
    const { code, stderr } = await runMain(run, { prepare: slowly });
    assertEquals(code, 0);
    assertMatch(stderr, /^Training will take about .* s; the model takes .* MB of memory\n$/);
    assertEquals((await runMain([...run, "--quiet"], { prepare: slowly })).stderr, "");
    const bar = await runMain(run, { prepare: slowly, isTerminal: true });
    assert(!bar.stderr.includes("Training will"), bar.stderr);
    const small = await runMain([...TINY, path], { prepare: slowly });
    assertEquals(small.stderr, "");
  }, Array.from({ length: 2000 }, (_, i) => `${NAMES[i % NAMES.length]}${i}`).join("\n"));
});
