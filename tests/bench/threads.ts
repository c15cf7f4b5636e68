/**
 * The training step with one thread, with two and with all that the machine runs at once: all in
 * the same rounds, one after the other in one process.
 *
 * @module
 */

import { type Dtype, DTYPES } from "../../lib/engine.ts";
import { runScript } from "./fresh.ts";
import { markdown } from "./markdown.ts";
import type { ThreadTimes } from "./run_threads.ts";
import { digits, median, medianRatio } from "./stats.ts";

const BATCH_SIZE = 32;
const SIZES = [16, 64, 128, 256];
const QUICK_SIZES = [16];

/** The numbers of threads: one, two, and all. */
const THREADS = [...new Set([1, 2, Math.min(navigator.hardwareConcurrency, 64)])];

/** A model, and the times of each round. */
interface Candidate {
  readonly dtype: Dtype;
  readonly nEmbd: number;
  readonly rounds: ThreadTimes[];
}

/** The times of a number of threads. */
function timesOf({ rounds }: Candidate, threads: number): number[] {
  return rounds.map((times) => times[THREADS.indexOf(threads)] ?? NaN);
}

function table(candidates: readonly Candidate[]): string {
  const others = THREADS.filter((threads) => threads > 1);
  const header = ["nEmbd", "dtype", ...THREADS.map((threads) => `ms/step, ${threads}`)]
    .concat(others.map((threads) => `times faster, ${threads}`));
  const rows = candidates.map((of) => {
    const times = THREADS.map((threads) => median(timesOf(of, threads)));
    const faster = others.map((threads) => medianRatio(timesOf(of, 1), timesOf(of, threads)));
    return [String(of.nEmbd), of.dtype, ...[...times, ...faster].map(digits)];
  });
  return markdown([header, ...rows]);
}

/** One thread beside several. */
export async function threads(quick: boolean): Promise<string> {
  const rounds = quick ? 1 : 7, budgetMs = quick ? 20 : 500;
  const candidates: Candidate[] = (quick ? QUICK_SIZES : SIZES).flatMap((nEmbd) =>
    DTYPES.map((dtype) => ({ dtype, nEmbd, rounds: [] }))
  );
  for (let round = 0; round < rounds; round++) {
    for (const { dtype, nEmbd, rounds } of candidates) {
      rounds.push(
        await runScript("run_threads.ts", [dtype, nEmbd, BATCH_SIZE, budgetMs, ...THREADS]),
      );
    }
  }
  return [
    `Threads: batches of ${BATCH_SIZE}; medians of ${rounds} rounds; on a busy machine more threads lose`,
    table(candidates),
  ].join("\n\n");
}
