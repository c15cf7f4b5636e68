/** `--threads`: the same results and files, whatever the number. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { exists, ROOT, withTempDir } from "../../helpers/paths.ts";
import { BETTER, TINY } from "../../helpers/tiny.ts";
import { outputAfter, resultsOf, runMain, startProcess, trainUntil } from "../../helpers/tool.ts";

const ENGLISH = `${ROOT}/datasets/english_names.txt`;

const SIZES = ["--n-embd", "20", "--n-head", "5", "--n-layer", "2", "--batch-size", "40"];

const RUN = [...SIZES, "--val-fraction", "0.3", "--num-samples", "3", "--log-every", "1", ENGLISH];

for (const options of [[], BETTER]) {
  Deno.test(`any number of threads prints, logs and saves what one does: ${options.join(" ")}`, async () => {
    await withTempDir(async (dir) => {
      const run = async (threads: string) => {
        const [model, log] = [`${dir}/${threads}.safetensors`, `${dir}/${threads}.jsonl`];
        const files = ["--save", model, "--log", log, "--save-every", "4"];
        const argv = [...RUN, ...options, "--num-steps", "10", "--threads", threads, ...files];
        const stdout = await resultsOf(argv);
        return { stdout, model: await Deno.readFile(model), log: await Deno.readTextFile(log) };
      };
      const one = await run("1");
      for (const threads of ["2", "3", "auto"]) assertEquals(await run(threads), one, threads);
    });
  });
}

Deno.test("a saved run goes on with any number of threads", async () => {
  await withTempDir(async (dir) => {
    const argv = [...RUN, "--num-steps", "9"], path = `${dir}/part`;
    const whole = await resultsOf([...argv, "--save", `${dir}/whole`]);
    await trainUntil(3, [...argv, "--save", path, "--threads", "2"]);
    await trainUntil(5, ["--resume", path]);
    await trainUntil(7, ["--resume", path, "--threads", "auto"]);
    const rest = await resultsOf(["--resume", path, "--log-every", "1", "--threads", "3"]);
    assertEquals(rest, outputAfter(7, whole));
    assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`));
  });
});

Deno.test("--engine scalar notes that it has one thread", async () => {
  const argv = [...TINY, "--engine", "scalar", ENGLISH];
  const plain = await runMain(argv);
  const note = "--engine scalar has one thread: --threads does nothing\n";
  for (const threads of ["2", "auto"]) {
    const { code, stdout, stderr } = await runMain([...argv, "--threads", threads]);
    assertEquals([code, stdout, stderr], [0, plain.stdout, note]);
  }
});

Deno.test(
  needing(POSIX, "Ctrl-C ends a run of several threads, which is saved and goes on with one"),
  async () => {
    await withTempDir(async (dir) => {
      const model = `${dir}/m.safetensors`;
      const argv = [...SIZES, "--num-steps", "1000000", "--save-every", "5", "--threads", "3"];
      const child = startProcess([...argv, "--save", model, ENGLISH], { flags: ["-A"] });
      let hasEnded = false;
      const ended = child.output().finally(() => hasEnded = true);
      while (!hasEnded && !exists(model)) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill("SIGINT");
      const { code, stderr } = await ended;
      assertEquals(code, 130);
      const hint = ` --resume ${model} --threads 3 goes on\n`;
      assertStringIncludes(new TextDecoder().decode(stderr), hint);
      const { run } = await loadCheckpoint(model);
      const steps = run?.state.steps ?? 0;
      assert(steps >= 5 && steps < 1e6, `${steps} steps`);
      const more = ["--num-samples", "2", "--log-every", "1"];
      const resume = ["--resume", model, "--save", `${dir}/more`, ...more];
      const next = (threads: string) =>
        resultsOf([...resume, "--num-steps", String(steps + 2), "--threads", threads]);
      assertEquals(await next("1"), await next("4"));
    });
  },
);
