/**
 * Times many repeats of the same work, cut into chunks, so that other work on
 * the machine can be cut out: of each chunk the fastest repeat counts ("clean").
 */

import { median } from "./stats.ts";

/** The time of the work, in milliseconds. */
export interface ChunkTimes {
  /** The sum of the chunks' fastest repeats. */
  readonly clean: number;
  /** The sum of the chunks' medians. */
  readonly typical: number;
}

/** Calls `work(chunk)` for each chunk, and all of that `repeats` times. */
export function timeChunks(
  chunks: number,
  repeats: number,
  work: (chunk: number) => void,
): ChunkTimes {
  const times = Array.from({ length: chunks }, () => new Float64Array(repeats));
  for (let repeat = 0; repeat < repeats; repeat++) {
    let start = performance.now();
    times.forEach((of, chunk) => {
      work(chunk);
      const end = performance.now();
      of[repeat] = end - start;
      start = end;
    });
  }
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    clean: sum(times.map((of) => Math.min(...of))),
    typical: sum(times.map((of) => median([...of]))),
  };
}
