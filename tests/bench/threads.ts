/**
 * The training step with one thread, with two and with all that the machine runs at once, and that
 * of PyTorch where it is installed: all in the same rounds, one after the other.
 *
 * @module
 */

import { type Dtype, DTYPES } from "../../lib/engine.ts";
import { runScript } from "./fresh.ts";
import { markdown } from "./markdown.ts";
import { findPyTorch, type PyTorchTimes, timePyTorch } from "./pytorch.ts";
import type { ThreadTimes } from "./run_threads.ts";
import { digits, median, medianRatio } from "./stats.ts";

const BATCH_SIZE = 32;
const WIDTHS = [16, 64, 128, 256];
const QUICK_WIDTHS = [16];

/** The rounds in which PyTorch is timed as well: it takes longer than all the others. */
const PYTORCH_ROUNDS = 3;

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

/** One thread beside several. */
function threadsTable(candidates: readonly Candidate[]): string {
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

/** PyTorch beside each number of threads. */
function pytorchTable(
  candidates: readonly Candidate[],
  widths: readonly number[],
  rounds: readonly PyTorchTimes[],
): string {
  const header = ["nEmbd", "dtype", "PyTorch, ms/step"]
    .concat(THREADS.map((threads) => `times as long as ours, ${threads}`));
  const rows = candidates.filter(({ dtype }) => dtype === "f32").map((of) => {
    const times = rounds.map(({ times }) => times[widths.indexOf(of.nEmbd)] ?? NaN);
    const ratios = THREADS.map((threads) => medianRatio(times, timesOf(of, threads)));
    return [String(of.nEmbd), of.dtype, ...[median(times), ...ratios].map(digits)];
  });
  return markdown([header, ...rows]);
}

/** One thread beside several, and PyTorch beside both. */
export async function threads(quick: boolean): Promise<string> {
  const rounds = quick ? 1 : 7, budgetMs = quick ? 20 : 250;
  const widths = quick ? QUICK_WIDTHS : WIDTHS;
  const python = await findPyTorch();
  const pytorch: PyTorchTimes[] = [];
  const candidates: Candidate[] = widths.flatMap((nEmbd) =>
    DTYPES.map((dtype) => ({ dtype, nEmbd, rounds: [] }))
  );
  for (let round = 0; round < rounds; round++) {
    for (const { dtype, nEmbd, rounds } of candidates) {
      rounds.push(
        await runScript("run_threads.ts", [dtype, nEmbd, BATCH_SIZE, budgetMs, ...THREADS]),
      );
    }
    if (python === undefined || round >= PYTORCH_ROUNDS) continue;
    pytorch.push(await timePyTorch(python, BATCH_SIZE, budgetMs, widths));
  }
  const [first] = pytorch;
  return [
    `Threads: batches of ${BATCH_SIZE}; medians of ${rounds} rounds; on a busy machine more threads lose`,
    threadsTable(candidates),
    first === undefined
      ? "PyTorch: no python3 here has it (apt-get install python3-torch)"
      : `PyTorch ${first.version} ${first.blas}, the faster of 1 and 2 threads; ` +
        `medians of ${pytorch.length} of these rounds`,
    ...(first === undefined ? [] : [pytorchTable(candidates, widths, pytorch)]),
  ].join("\n\n");
}
