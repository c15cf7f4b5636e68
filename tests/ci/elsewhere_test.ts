/** docs/elsewhere.py: PyTorch goes on with a model of ours, and we with what it has made of it. */

import { assert, assertEquals } from "@std/assert";
import type { Options } from "../../lib/cli/options/options.ts";
import { COMMAND_OPTIONS } from "../../lib/cli/options/tables.ts";
import { needing } from "../helpers/needs.ts";
import { ROOT, withTempDir } from "../helpers/paths.ts";
import { resultsOf } from "../helpers/tool.ts";

const SCRIPT = `${ROOT}/docs/elsewhere.py`;
const LIST = `${ROOT}/datasets/english_names.txt`;

/** A Python that has PyTorch; Debian's may not be the first on the PATH. */
const PYTHON = ["python3", "/usr/bin/python3"].find((python) => {
  const probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
  try {
    return new Deno.Command(python, { args: ["-c", probe] }).outputSync().success;
  } catch {
    return false;
  }
});

const PYTORCH = {
  isMet: PYTHON !== undefined,
  reason: "needs PyTorch, such as Debian's python3-torch",
};

/** After how many milliseconds Python is stopped, which fails a test: a machine may be busy. */
const PATIENCE = 120_000;

/** Runs Python; returns what it prints. */
async function python(...args: string[]): Promise<string> {
  const options = { args, env: { OMP_NUM_THREADS: "1" }, signal: AbortSignal.timeout(PATIENCE) };
  const { success, stdout, stderr } = await new Deno.Command(PYTHON!, options).output(); // it is there
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Trains, goes on here and there, and compares what both print and save. */
async function compare(batchSize: number, start: readonly string[]): Promise<void> {
  await withTempDir(async (dir) => {
    const here = `${dir}/here.safetensors`, there = `${dir}/there.safetensors`;
    const size = ["--batch-size", `${batchSize}`, "--num-steps", "30", "--num-samples", "0"];
    await resultsOf([...size, "--learning-rate", "0.02", "--save", here, LIST]);
    const printed = await python(...start, SCRIPT, here, LIST, "40", there);
    for (const name of ["emma", "olivia", "xqzt"]) {
      await Deno.writeTextFile(`${dir}/name.txt`, `${name}\n`);
      const [loss] = (await resultsOf(["eval", "--per-line", here, `${dir}/name.txt`])).split("\t");
      assert(printed.includes(`${loss}  ${name}\n`), `${loss} ${name}: ${printed}`);
    }
    const more = ["--num-steps", "40", "--log-every", "1", "--num-samples", "0"];
    const expected = await resultsOf(["--resume", here, ...more]);
    const steps = (text: string) => text.match(/^step .*$/gm) ?? [];
    assertEquals(steps(printed), steps(expected));
    assertEquals(steps(printed).length, 10);
    const write = ["--num-samples", "20"];
    assertEquals(
      await resultsOf(["sample", ...write, there]),
      await resultsOf(["sample", ...write, here]),
    );
    const longer = ["--num-steps", "60", ...more.slice(2)];
    assertEquals(
      await resultsOf(["--resume", there, ...longer]),
      await resultsOf(["--resume", here, ...longer]),
    );
  });
}

Deno.test({
  ...needing(PYTORCH, "docs/elsewhere.py goes on as --resume does, and back"),
  fn: async () => await compare(1, []),
});

/** Starts two processes with a batch for both, at a port that is free. */
function torchrun(): string[] {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  // PyTorch before 2.0 takes its own defaults for redirects and tee amiss with Python 3.11: 7 is no
  // process of these.
  const options = ["--redirects", "7:1", "--tee", "7:1", "--master_port", `${port}`];
  return ["-m", "torch.distributed.run", ...options, "--nproc_per_node", "2"];
}

Deno.test({
  ...needing(PYTORCH, "docs/elsewhere.py shares a batch among two processes, and back"),
  fn: async () => await compare(2, torchrun()),
});

Deno.test("docs/elsewhere.py rejects each option that fixes a run and that it does not follow", async () => {
  const script = await Deno.readTextFile(SCRIPT);
  const [, list = ""] = /^UNKNOWN = \(([^)]*)\)/m.exec(script) ?? [];
  const rejected = list.match(/[a-z-]+/g) ?? [];
  const sizes = ["n-layer", "n-embd", "n-head", "block-size", "dtype"]; // which the metadata have
  const followed = [...sizes, "tokenizer", "preset", "batch-size", "learning-rate", "seed"];
  const fixed = Object.entries<Options[string]>(COMMAND_OPTIONS.train)
    .filter(([, { saved }]) => saved === "fixed").map(([name]) => name);
  assertEquals([...rejected, ...followed].sort(), fixed.sort());
});

Deno.test("docs/elsewhere.md shows the model of docs/elsewhere.py as it is", async () => {
  const page = await Deno.readTextFile(`${ROOT}/docs/elsewhere.md`);
  const [, shown = ""] = /^```py\n(def gpt[^]*?)^```$/m.exec(page) ?? [];
  const script = (await Deno.readTextFile(SCRIPT)).replaceAll(/^ {4}/gm, "");
  assert(shown !== "" && script.includes(shown), shown);
});
