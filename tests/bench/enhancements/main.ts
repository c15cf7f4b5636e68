/**
 * Measures the enhancements of a scalar autograd one by one. Each run is a
 * process of its own, and the variants take turns, so that a neighbour's work
 * does not fall on one of them: only the ratios mean something.
 *
 * @module
 */

import type { Result } from "./run_variant.ts";
import { BASELINE, LIB, type Variant, VARIANTS } from "./variants.ts";

/** How long to measure. */
export interface MeasureOptions {
  rounds: number;
  steps: number;
  warmUpSteps: number;
}

/** What the runs of one variant say together. */
export interface Measurement {
  /** Milliseconds a step: the median of the runs. */
  median: number;
  /** The fastest run, as a second opinion. */
  min: number;
  peakRssMB: number;
  losses: number[];
}

/** By the name of the variant. */
export type Measurements = ReadonlyMap<string, Measurement>;

const HERE = new URL("./", import.meta.url);

/** Runs the product's engine and all variants, and checks that they compute the same. */
export async function measure(options: MeasureOptions): Promise<Measurements> {
  const names = [LIB, ...VARIANTS.map(({ name }) => name)];
  const runs = new Map<string, Result[]>(names.map((name) => [name, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, results] of runs) results.push(await runVariant(name, options));
  }
  const measurements = new Map([...runs].map(([name, results]) => [name, summary(results)]));
  for (const variant of VARIANTS) assertSameLosses(variant, measurements);
  return measurements;
}

/** Looks up a measurement. */
export function measurement(measurements: Measurements, name: string): Measurement {
  const found = measurements.get(name);
  if (found === undefined) throw new RangeError(`Cannot find a measurement: "${name}" is unknown`);
  return found;
}

async function runVariant(name: string, { steps, warmUpSteps }: MeasureOptions): Promise<Result> {
  const script = new URL("run_variant.ts", HERE).href;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, name, String(steps), String(warmUpSteps)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot measure ${name}: its process failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function summary(results: readonly Result[]): Measurement {
  const times = results.map((r) => r.msPerStep);
  return {
    median: median(times),
    min: Math.min(...times),
    peakRssMB: median(results.map((r) => r.peakRssMB)),
    losses: results[0]?.losses ?? [],
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? NaN)) / 2;
}

/** Equal to lib's within 1e-9, and to the bit where the order of operations is the same. */
function assertSameLosses({ name, bitsOf }: Variant, measurements: Measurements): void {
  const { losses } = measurement(measurements, name);
  const compare = (other: string, tolerance: number) =>
    measurement(measurements, other).losses.forEach((expected, i) => {
      const difference = Math.abs((losses[i] ?? NaN) - expected);
      if (!(difference <= tolerance * Math.abs(expected))) {
        throw new Error(
          `Cannot compare ${name} with ${other}: their losses differ: ` +
            `at step ${i + 1}: ${losses[i]}, expected ${expected}`,
        );
      }
    });
  compare(LIB, 1e-9);
  if (bitsOf !== "") compare(bitsOf, 0);
}

/** Lines that are neither blank nor comment. */
function linesOfCode(file: URL): number {
  const code = Deno.readTextFileSync(file).replace(/\/\*\*[^]*?\*\//g, "");
  return code.split("\n").filter((line) => /^\s*(?!\/\/)\S/.test(line)).length;
}

const HEADER = ["#", "enhancement", "ms a step", "/ baseline", "/ before", "min ms", "/ before"]
  .concat("lines", "RSS MB", "kept");

/** The enhancements as a table in Markdown; "before" is the best kept before. */
export function table(measurements: Measurements): string {
  const baseline = measurement(measurements, BASELINE);
  const row = (name: string, change: string, on: string, kept: string, file: string) => {
    const m = measurement(measurements, name), before = measurement(measurements, on);
    const ratios = [m.median / baseline.median, m.median / before.median];
    const times = [m.median, ...ratios, m.min, m.min / before.min].map((x) => x.toFixed(3));
    const lines = linesOfCode(new URL(file, HERE));
    return [name.split("_")[0], change, ...times, lines, m.peakRssMB.toFixed(0), kept].map(String);
  };
  return markdown([
    HEADER,
    ...VARIANTS.map(({ name, change, on, kept, why }) =>
      row(name, change, on, `${kept}: ${why}`, `${name}.ts`)
    ),
    row(LIB, "lib/value.ts", BASELINE, "the product", "../../../lib/value.ts"),
  ]);
}

/** Cells padded to columns, so that the table reads well in a terminal too. */
function markdown([header = [], ...rows]: string[][]): string {
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0))
  );
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((w) => "-".repeat(w))), ...rows.map(line)].join("\n");
}
