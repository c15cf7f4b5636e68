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

import { type Cell, chosen, keyOf, type Row } from "./grid.ts";
import { load, specs } from "./lists.ts";

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

/** The cells that have been run with each of the seeds. */
function cellsOf(rows: readonly Row[], numSeeds: number): Cell[] {
  const groups = Map.groupBy(rows, (row) => keyOf("", 0, row));
  return [...groups.values()].filter((group) => group.length === numSeeds).map(([row]) => row!); // not empty
}

/** The line of a list. */
function lineOf(spec: string, rows: readonly Row[], losses: Losses): string {
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const picked = seeds.map((seed) => chosen(load(spec, seed).texts));
  const auto = seeds.map((seed, i) => losses.get(keyOf(spec, seed, picked[i]!)) ?? NaN); // as many
  const cells = cellsOf(rows, seeds.length);
  const top = best(losses, spec, seeds, cells);
  const differences = seeds.map((seed, i) => auto[i]! - losses.get(keyOf(spec, seed, top))!); // has run
  const crossed = seeds.map((seed, i) => {
    const others = seeds.filter((other) => other !== seed);
    return auto[i]! - losses.get(keyOf(spec, seed, best(losses, spec, others, cells)))!; // has run
  });
  const error = standardError(differences).toFixed(3);
  const cell = [
    spec.replace("_names", "").replace("_", " ").replace(/:.*/, ""),
    rows[0]!.n.toLocaleString("en-US"), // not empty
    shown(picked[0]!), // there is a seed
    mean(auto).toFixed(3),
    shown(top),
    meanLoss(losses, spec, seeds, top).toFixed(3),
    `${mean(differences).toFixed(3)} ± ${error}`,
    mean(crossed).toFixed(3),
  ];
  return `| ${cell.join(" | ")} |`;
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
    const own = rows.filter((row) => row.spec === spec);
    if (own.length > 0) console.log(lineOf(spec, own, losses));
  }
}
