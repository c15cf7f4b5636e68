/**
 * Each kernel alone, beside its twin in plain TypeScript, on one document of
 * the usual length.
 *
 * @module
 */

import { type Dtype, DTYPES } from "../../lib/engine.ts";
import { runScript } from "./fresh.ts";
import { markdown } from "./markdown.ts";
import type { KernelTimes } from "./run_kernels.ts";
import { digits, median } from "./stats.ts";

/** The mean length of a name is 7 positions with BOS. */
const POSITIONS = 7;
const SIZES = [16, 64];

/** The runs of a precision and a size. */
interface Runs {
  readonly dtype: Dtype;
  readonly nEmbd: number;
  readonly rounds: KernelTimes[][];
}

const HEADER = ["kernel", "µs/call", "Gflop/s", "plain TypeScript, µs", "times faster"];

function table({ rounds }: Runs): string {
  const rows = rounds[0]?.map(({ name, flop }, i) => {
    const of = (which: "wasm" | "plain") => median(rounds.map((round) => round[i]?.[which] ?? NaN));
    const wasm = of("wasm"), plain = of("plain");
    const speed = flop === 0 ? NaN : flop / wasm / 1e3;
    return [name, ...[wasm, speed, plain, plain / wasm].map(digits)];
  });
  return markdown([HEADER, ...rows ?? []]);
}

/** The kernels one by one. */
export async function kernels(quick: boolean): Promise<string> {
  const numRounds = quick ? 1 : 5, repeats = quick ? 3 : 100;
  const runs: Runs[] = SIZES.flatMap((nEmbd) =>
    DTYPES.map((dtype) => ({ dtype, nEmbd, rounds: [] }))
  );
  for (let round = 0; round < numRounds; round++) {
    for (const { dtype, nEmbd, rounds } of runs) {
      rounds.push(await runScript("run_kernels.ts", [dtype, nEmbd, POSITIONS, repeats]));
    }
  }
  const title = ({ dtype, nEmbd }: Runs) =>
    `Kernels: nEmbd ${nEmbd}, ${dtype}, ${POSITIONS} positions; medians of ${numRounds} rounds`;
  return runs.map((of) => [title(of), "", table(of)].join("\n")).join("\n\n");
}
