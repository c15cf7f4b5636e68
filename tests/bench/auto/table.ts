/**
 * Writes the table of docs/auto.md from the runs that `grid.ts` has made: for each list the settings
 * that `--auto` chooses and the best of the grid, with their losses.
 *
 * The loss is that on lines outside of a cut, or for whole lists the best in validation: means over
 * the seeds. The best of 45 noisy losses looks better than it is, so the difference is also measured
 * with the best cell of the other seeds.
 *
 * @module
 */

import { type Cell, chosen, grid, keyOf, type Row } from "./grid.ts";
import { load, specs } from "./lists.ts";

/** The maximum number of seeds. */
const MAX_SEEDS = 4;

/** Losses by the words that identify a run. */
type Losses = ReadonlyMap<string, number>;

const lossOf = ({ test, val }: Row) => test ?? Math.min(...val);

const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** The standard error of a mean. */
function standardError(xs: readonly number[]): number {
  const m = mean(xs);
  return Math.sqrt(mean(xs.map((x) => (x - m) ** 2)) / (xs.length - 1));
}

/** The mean loss of a cell over seeds; infinite if one is missing. */
function meanLoss(losses: Losses, spec: string, seeds: readonly number[], cell: Cell): number {
  return mean(seeds.map((seed) => losses.get(keyOf(spec, seed, cell)) ?? Infinity));
}

/** The cell with the smallest mean loss over seeds. */
function best(
  losses: Losses,
  spec: string,
  seeds: readonly number[],
  cells: readonly Cell[],
): Cell {
  const means = cells.map((cell) => meanLoss(losses, spec, seeds, cell));
  return cells[means.indexOf(Math.min(...means))]!; // there are cells
}

const shown = ({ nEmbd, numSteps, learningRate }: Cell) => `${nEmbd}, ${numSteps}, ${learningRate}`;

/** The line of a list, as far as it has been run; `undefined` if there are no two seeds yet. */
function lineOf(spec: string, losses: Losses): string | undefined {
  const all = Array.from({ length: MAX_SEEDS }, (_, i) => i + 1);
  const cells = grid(load(spec, 1).texts.length);
  const picked = new Map(all.map((seed) => [seed, chosen(load(spec, seed).texts)]));
  const lossAt = (seed: number, cell: Cell) => losses.get(keyOf(spec, seed, cell)) ?? Infinity;
  const seeds = all.filter((seed) =>
    [...cells, picked.get(seed)!].every((cell) => lossAt(seed, cell) < Infinity) // it is there
  );
  if (seeds.length < 2) return undefined;
  const auto = (seed: number) => lossAt(seed, picked.get(seed)!); // it is there
  const top = best(losses, spec, seeds, cells);
  const differences = seeds.map((seed) => auto(seed) - lossAt(seed, top));
  const crossed = seeds.map((seed) => {
    const others = seeds.filter((other) => other !== seed);
    return auto(seed) - lossAt(seed, best(losses, spec, others, cells));
  });
  const columns = [
    spec.replace(/_names|:.*/g, "").replace("_", " "),
    load(spec, 1).texts.length.toLocaleString("en-US"),
    shown(picked.get(1)!), // it is there
    mean(seeds.map(auto)).toFixed(3),
    shown(top),
    meanLoss(losses, spec, seeds, top).toFixed(3),
    `${mean(differences).toFixed(3)} ± ${standardError(differences).toFixed(3)}`,
    mean(crossed).toFixed(3),
  ];
  return `| ${columns.join(" | ")} |`;
}

if (import.meta.main) {
  const lines = Deno.readTextFileSync(Deno.args[0] ?? "grid.jsonl").split("\n");
  const rows: Row[] = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  const losses = new Map(rows.map((row) => [keyOf(row.spec, row.seed, row), lossOf(row)]));
  console.log(
    "| list | lines | `--auto` | loss | best of the grid | loss | difference | of other seeds |",
  );
  console.log("| --- | ---: | --- | ---: | --- | ---: | ---: | ---: |");
  for (const spec of specs()) {
    const line = lineOf(spec, losses);
    if (line !== undefined) console.log(line);
  }
}
