/**
 * Measures the enhancements of a scalar autograd one by one. Each run is a
 * process of its own, and the variants take turns, so that a neighbor's work
 * does not fall on one of them: only the ratios mean something.
 *
 * @module
 */

import { runScript } from "../fresh.ts";
import { markdown } from "../markdown.ts";
import { median } from "../stats.ts";
import type { Result } from "./run_variant.ts";
import { BASELINE, LIB, type Variant, VARIANTS } from "./variants.ts";

/** The time to measure. */
export interface MeasureOptions {
  rounds: number;
  steps: number;
  warmUpSteps: number;
}

/** The summary of the runs of one variant. */
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

function runVariant(name: string, { steps, warmUpSteps }: MeasureOptions): Promise<Result> {
  return runScript("enhancements/run_variant.ts", [name, steps, warmUpSteps]);
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

const HEADER = ["#", "enhancement", "ms per step", "/ baseline", "/ before", "min ms", "/ before"]
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
