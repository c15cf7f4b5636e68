/** Models of the library, which takes more values of settings than the command line. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/checkpoint/mod.ts";
import { Microgpt, type MicrogptOptions } from "../../lib/microgpt.ts";
import { withNames } from "../helpers/tiny.ts";
import { runMain } from "../helpers/tool.ts";

const SMALL: MicrogptOptions = { numSteps: 3, nEmbd: 4, nHead: 2, valFraction: 0.2 };

/** Settings that the command line does not take. */
const UNUSUAL: readonly MicrogptOptions[] = [
  { numSteps: 0 },
  { learningRate: 0 },
  { learningRate: 10.5, numSteps: 1 },
  { temperature: 1001 },
  { temperature: 1e300 },
  { temperature: Infinity },
  { topK: 1e12 },
  { topK: Infinity },
  { topP: 0 },
  { seed: -1 },
  { seed: 10n ** 1001n },
  { patience: 1e12 },
  { patience: Infinity },
  { valFraction: 0 },
];

Deno.test("every command uses a model of the library, whatever its settings", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.safetensors`, other = `${dir}/other.txt`;
    await Deno.writeTextFile(other, "ana\nidal\n");
    const commands = [
      ["sample", "--num-samples", "2", model],
      ["sample", "--num-samples", "2", "--temperature", "0.5", model],
      ["info", model],
      ["eval", model, other],
      ["eval", "--per-line", model, other],
      ["explain", model, "anna"],
      ["--from", model, "--num-steps", "2", "--num-samples", "1", names],
      ["--resume", model, "--num-steps", "5", "--num-samples", "1", names],
      ["--resume", model, "--num-steps", "7", "--num-samples", "1", names], // as saved by this one
    ];
    const text = await Deno.readTextFile(names);
    for (const options of UNUSUAL) {
      const settings = { ...SMALL, ...options };
      await Deno.writeFile(model, (await Microgpt.train(text, settings)).toBytes());
      for (const argv of commands) {
        if (options.learningRate === 10.5 && /^--/.test(argv[0] ?? "")) continue; // it diverges
        const { code, stderr } = await runMain([...argv, "--quiet"]);
        assertEquals([code, stderr], [0, ""], `${argv.join(" ")} after ${Object.keys(options)}`);
      }
    }
  });
});

Deno.test("sample draws as the library does, by settings that the command line does not take", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.safetensors`, text = await Deno.readTextFile(names);
    const trained = await Microgpt.train(text, { ...SMALL, temperature: 1e9, topP: 0.5, seed: -7 });
    await Deno.writeFile(model, trained.toBytes());
    const expected = Array.from(trained.generate({ numSamples: 4 }), ({ text }) => text);
    const { stdout } = await runMain(["sample", "--num-samples", "4", model]);
    assertEquals(stdout.trimEnd().split("\n"), expected);
  });
});

Deno.test("a file whose settings have no sense is refused, and --resume checks their range", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.safetensors`, text = await Deno.readTextFile(names);
    const { run, ...checkpoint } = decodeCheckpoint((await Microgpt.train(text, SMALL)).toBytes());
    if (run === undefined) throw new Error("The model has no run");
    const saveWith = async (name: string, value: string) => {
      const settings = new Map([...run.settings, [name, value]]);
      await Deno.writeFile(model, encodeCheckpoint({ ...checkpoint, run: { ...run, settings } }));
    };
    for (const name of ["num-steps", "learning-rate", "seed", "top-k", "temperature"]) {
      for (const value of ["", " ", "x", "NaN", "1x", ...(name === "seed" ? [] : ["-1"])]) {
        await saveWith(name, value);
        const { code, stderr } = await runMain(["sample", model]);
        assertEquals(code, 1, `${name} ${value}`);
        assertStringIncludes(stderr, `Cannot use the settings of "${model}": --${name} must be a`);
      }
    }
    await saveWith("batch-size", "Infinity");
    const { code, stderr } = await runMain(["--resume", model, "--num-steps", "5", names]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Cannot train: batchSize must be");
  });
});
