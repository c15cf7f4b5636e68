/** The exercises of docs/from-python.md: what they ask for shows with the commands that they name. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { copy } from "@std/fs/copy";
import { ROOT, withTempDir } from "../helpers/paths.ts";

/** The output of a short run, step by step, with a line of `lib/` changed. */
async function lossesWith(file: string, before: string, after: string, engine: string) {
  let losses: number[] = [];
  await withTempDir(async (dir) => {
    await copy(`${ROOT}/lib`, `${dir}/lib`);
    for (const name of ["main.ts", "deno.json"]) {
      await Deno.copyFile(`${ROOT}/${name}`, `${dir}/${name}`);
    }
    const source = await Deno.readTextFile(`${dir}/lib/${file}`);
    assertEquals(source.split(before).length, 2, `${before} in ${file}`);
    await Deno.writeTextFile(`${dir}/lib/${file}`, source.replace(before, after));
    const list = `${ROOT}/datasets/english_names.txt`;
    const run = ["run", "--config", `${ROOT}/deno.json`, "--allow-read", `${dir}/main.ts`];
    const args = [
      ...run,
      "--engine",
      engine,
      "--num-steps",
      "80",
      "--log-every",
      "1",
      "--num-samples",
      "0",
      list,
    ];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    const lines = new TextDecoder().decode(stdout).matchAll(/^step .* loss (.*)$/gm);
    losses = Array.from(lines, ([, loss]) => Number(loss));
  });
  assertEquals(losses.length, 80);
  return losses;
}

const unchanged = new Map<string, Promise<number[]>>();

/** The output of each step with nothing changed; it runs once for each engine. */
function same(engine: string): Promise<number[]> {
  const losses = unchanged.get(engine) ??
    lossesWith("optim.ts", "p.grad = 0;", "p.grad = 0;", engine);
  unchanged.set(engine, losses);
  return losses;
}

Deno.test("exercise 2: linear() of mul() and add() prints the same losses", async () => {
  const before = "return w.map((wo) => dot(wo, x));";
  const after =
    "return w.map((wo) => wo.map((wi, i) => wi.mul(x[i]!)).reduce((a, b) => a.add(b)));";
  assertEquals(await lossesWith("model.ts", before, after, "scalar"), await same("scalar"));
});

Deno.test("exercise 3: without p.grad = 0 the loss of the scalar engine grows, and of no other", async () => {
  const [expected, found] = [
    await same("scalar"),
    await lossesWith("optim.ts", "p.grad = 0;", "", "scalar"),
  ];
  assertEquals(found.slice(0, 2), expected.slice(0, 2)); // of the first weights, and after a step
  assertNotEquals(found[2], expected[2]);
  assert(Math.max(...expected.slice(40)) < 4, `${expected}`);
  assert(Math.max(...found.slice(40)) > 6, `${found}`);
  assertEquals(await lossesWith("optim.ts", "p.grad = 0;", "", "wasm"), await same("wasm"));
});

Deno.test("exercise 1: wrong gradients of mul() train, though worse", async () => {
  const before = "        other.data,\n        this.data,\n";
  const after = "        this.data,\n        other.data,\n";
  const losses = await lossesWith("value.ts", before, after, "scalar");
  assertNotEquals(losses, await same("scalar"));
  assert(Math.max(...losses.slice(40)) < 5, `${losses}`);
});

Deno.test("exercise 4: without a residual connection it learns, though worse", async () => {
  const expected = mean(await same("scalar"));
  const changes = [
    ["return add(x, xResidual);", "return x;"],
    [
      "return add(linear(xAttn, this.#matrix(`layer${layer}.attn_wo`)), xResidual);",
      "return linear(xAttn, this.#matrix(`layer${layer}.attn_wo`));",
    ],
  ] as const;
  for (const [before, after] of changes) {
    const found = mean(await lossesWith("model.ts", before, after, "scalar"));
    assert(found < Math.log(27) && found > expected - 0.05, `${found}, not about ${expected}`);
  }
});

Deno.test("exercise 6: from weights of 0 nothing is learned, whichever engine", async () => {
  const before = "INITIAL_SIGMA = 0.08;", after = "INITIAL_SIGMA = 0;";
  for (const engine of ["scalar", "wasm"]) {
    const losses = await lossesWith("config.ts", before, after, engine);
    assertEquals(new Set(losses), new Set([3.2958]));
  }
});

function mean(losses: readonly number[]): number {
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
