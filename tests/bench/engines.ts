/**
 * The training step of the engines: the scalar one, the fast one, and the fast
 * one with its kernels in plain TypeScript. All run in the same rounds, each
 * time in a process of its own.
 *
 * @module
 */

import type { Dtype } from "../../lib/engine.ts";
import { Comparison } from "./comparison.ts";
import { runScript } from "./fresh.ts";
import { markdown } from "./markdown.ts";
import type { EngineKind, StepTime } from "./run_engine.ts";
import { digits, median, medianRatio } from "./stats.ts";

/** An engine and a model, and the microseconds of a step in each round. */
interface Candidate {
  readonly engine: EngineKind;
  readonly dtype: Dtype;
  readonly nEmbd: number;
  readonly batchSize: number;
  readonly clean: number[];
  readonly typical: number[];
}

const SIZES = [16, 32, 64, 128];
const QUICK_SIZES = [16, 64];
const BATCH_SIZES = [1, 16];
const ENGINES: readonly (readonly [EngineKind, Dtype])[] = [
  ["scalar", "f64"],
  ["plain", "f64"],
  ["wasm", "f64"],
  ["plain", "f32"],
  ["wasm", "f32"],
];

function newCandidates(sizes: readonly number[]): Candidate[] {
  return sizes.flatMap((nEmbd) =>
    BATCH_SIZES.flatMap((batchSize) =>
      ENGINES.map(([engine, dtype]) => ({
        engine,
        dtype,
        nEmbd,
        batchSize,
        clean: [],
        typical: [],
      }))
    )
  );
}

/** One round for one candidate; NaN is for what takes too long, and is not tried again. */
async function runRound(candidate: Candidate, budgetMs: number): Promise<void> {
  const { engine, dtype, nEmbd, batchSize, clean, typical } = candidate;
  const isTooSlow = Number.isNaN(clean[0]);
  const time = isTooSlow
    ? {}
    : await runScript<StepTime>("run_engine.ts", [engine, dtype, nEmbd, batchSize, budgetMs]);
  clean.push(time.clean ?? NaN);
  typical.push(time.typical ?? NaN);
}

const HEADER = ["nEmbd", "batch", "engine", "dtype", "µs/step", "clean", "µs/document"]
  .concat("times faster than scalar");

function table(candidates: readonly Candidate[]): string {
  const rows = candidates.map((c) => {
    const scalar = candidates.find((other) =>
      other.engine === "scalar" && other.nEmbd === c.nEmbd && other.batchSize === c.batchSize
    );
    const time = median(c.typical);
    // Not of the clean times: those leave out the garbage collector, a part of the scalar engine.
    const faster = medianRatio(scalar?.typical ?? [], c.typical);
    const times = [time, median(c.clean), time / c.batchSize, faster].map(digits);
    return [c.nEmbd, c.batchSize, c.engine, c.dtype, ...times].map(String);
  });
  return markdown([HEADER, ...rows]);
}

/** The engines beside each other, and beside what they are compared with. */
export async function engines(quick: boolean): Promise<string> {
  const rounds = quick ? 1 : 5, budgetMs = quick ? 20 : 600;
  const candidates = newCandidates(quick ? QUICK_SIZES : SIZES);
  const comparison = new Comparison(quick);
  for (let round = 0; round < rounds; round++) {
    for (const candidate of candidates) {
      await runRound(candidate, budgetMs);
      await comparison.measure(candidate);
    }
  }
  return [
    `Engines: medians of ${rounds} rounds; clean: of each part the fastest repeat`,
    table(candidates),
    comparison.toString(candidates),
  ].join("\n\n");
}
