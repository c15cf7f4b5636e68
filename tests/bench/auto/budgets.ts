/**
 * The table of docs/how-good.md: how good the models are that `--auto TIME` makes in some times, on
 * names that it does not see. A tenth of the distinct names is held out first, by `splitDocs()` with
 * the seed, as `--val-fraction 0.1 --seed S` does; the tool trains on a file with the rest.
 *
 *     deno run -A tests/bench/auto/budgets.ts
 *     deno run -A tests/bench/auto/budgets.ts --times 60s --seeds 1 --threads 1
 *
 * Needs a quiet machine: what fits into a time depends on what else it does.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path/from-file-url";
import { Docs } from "../../../lib/docs.ts";
import { splitDocs } from "../../../lib/evaluate/split.ts";
import { Random } from "../../../lib/random.ts";
import { datasetUrl } from "../dataset.ts";
import { markdown } from "../markdown.ts";
import { meanOf } from "../stats.ts";

const MAIN = fromFileUrl(new URL("../../../main.ts", import.meta.url));

/** A trained model. */
interface Outcome {
  /** The time of the whole program, in seconds. */
  readonly seconds: number;
  /** The options that `--auto` has chosen. */
  readonly chosen: ReadonlyMap<string, string>;
  /** The steps that it has taken. */
  readonly steps: number;
  /** The loss on the names held out, in nats per token. */
  readonly loss: number;
  /** The same of 5-grams of the other names. */
  readonly fiveGrams: number;
}

/** Runs the tool; returns what it has written to stdout and stderr. */
async function tool(args: readonly string[]): Promise<[stdout: string, stderr: string]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", MAIN, ...args] });
  const output = await command.output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (!output.success) throw new Error(`Cannot run ${args.join(" ")}: ${stderr}`);
  return [stdout!, stderr!]; // there are two
}

/** Reads `--name value --flag` as a map. */
function optionsOf(words: string): ReadonlyMap<string, string> {
  const options = words.split(/ ?--/).slice(1).map((option) => option.split(" "));
  return new Map(options.map(([name = "", value = ""]) => [name, value]));
}

/** Trains a model for a time on a file, and judges it by another one. */
async function train(
  dir: string,
  time: string,
  seed: number,
  threads: readonly string[],
): Promise<Outcome> {
  const [names, others, model] = [`${dir}/names.txt`, `${dir}/held_out.txt`, `${dir}/model`];
  const docs = Docs.parse(await Deno.readFile(datasetUrl()));
  docs.shuffle(new Random(seed));
  const { trainDocs, valDocs } = splitDocs(docs, 0.1, seed);
  await Deno.writeTextFile(names, [...trainDocs].join("\n"));
  await Deno.writeTextFile(others, [...valDocs].join("\n"));
  const options = ["--seed", `${seed}`, "--num-samples", "0", "--save", model, ...threads];
  const start = performance.now();
  const [, stderr] = await tool(["--auto", time, ...options, names]);
  const seconds = (performance.now() - start) / 1000;
  const [evaluation] = await tool(["eval", "--json", model, others]);
  const rows = evaluation.trim().split("\n").map((line) => JSON.parse(line));
  const lossOf = (name: string) => rows.find((row) => row.name === name)?.loss ?? NaN;
  return {
    seconds,
    chosen: optionsOf(/^--auto \S+: (.*)$/m.exec(stderr)?.[1] ?? ""),
    steps: Number(/^(\d+) steps? in /m.exec(stderr)?.[1]),
    loss: lossOf("model"),
    fiveGrams: lossOf("5-gram"),
  };
}

/** Writes the smallest and the largest of some numbers, or the one that all are. */
function range(values: readonly number[], digits: number): string {
  const texts = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(texts)].join("-");
}

/** Writes what all of some models have in common, or what each has. */
function sizes(outcomes: readonly Outcome[]): string {
  const texts = outcomes.map(({ chosen }) =>
    `${chosen.get("n-layer")} × ${chosen.get("n-embd")}, batch ${chosen.get("batch-size")}`
  );
  return [...new Set(texts)].join("; ");
}

/** The row of a time, over some seeds. */
function row(time: string, outcomes: readonly Outcome[]): string[] {
  const losses = outcomes.map(({ loss }) => loss), { mean } = meanOf(losses);
  return [
    time,
    sizes(outcomes),
    range(outcomes.map(({ steps }) => steps), 0),
    range(outcomes.map(({ seconds }) => seconds), 1),
    mean.toFixed(3),
    range(losses, 3),
    outcomes.map(({ loss, fiveGrams }) => (loss - fiveGrams).toFixed(3)).join(", "),
  ];
}

const HEADER = ["`--auto`", "layers × width", "steps", "wall time, s", "loss", "of the seeds"]
  .concat("minus 5-grams");

if (import.meta.main) {
  const { times, seeds, threads } = parseArgs(Deno.args, {
    string: ["times", "seeds", "threads"],
    default: { times: "1s,10s,60s", seeds: "1,2,3" },
  });
  const rows: string[][] = [];
  for (const time of times.split(",")) {
    const outcomes: Outcome[] = [];
    for (const seed of seeds.split(",").map(Number)) {
      const dir = await Deno.makeTempDir();
      try {
        const options = threads === undefined ? [] : ["--threads", threads];
        outcomes.push(await train(dir, time, seed, options));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
      const { chosen, loss } = outcomes.at(-1)!; // it has been added
      const words = [...chosen].map(([name, value]) => `--${name} ${value}`.trim());
      console.error(`--auto ${time} --seed ${seed}: ${loss.toFixed(4)}: ${words.join(" ")}`);
    }
    rows.push(row(time, outcomes));
  }
  console.log(markdown([HEADER, ...rows]));
}
