/**
 * A program outside of this project to compare with: one that does the same
 * work, takes `f64|f32 N_EMBD VECTOR_BYTES [BATCH_SIZE]`, and prints a line
 * with `CLEAN x us/step`. The environment variable MICROGPT_YARDSTICK names it.
 *
 * @module
 */

import type { Dtype } from "../../lib/engine.ts";
import { run } from "./fresh.ts";

/** The requests that the yardstick understands. */
export interface YardstickCase {
  readonly dtype: Dtype;
  readonly nEmbd: number;
  readonly vectorBytes: number;
  readonly batchSize: number;
  /** The ratio that our time is not to exceed. */
  readonly target: number;
}

/** The program that our engine is compared with. */
export const YARDSTICK_CASES: readonly YardstickCase[] = [
  { dtype: "f64", nEmbd: 16, vectorBytes: 32, batchSize: 1, target: 2.2 },
  { dtype: "f64", nEmbd: 16, vectorBytes: 16, batchSize: 1, target: 1.2 },
  { dtype: "f64", nEmbd: 64, vectorBytes: 16, batchSize: 1, target: 1 },
  { dtype: "f32", nEmbd: 16, vectorBytes: 16, batchSize: 16, target: 1.4 },
];

/** The yardstick, if there is one. */
export function yardstick(): string | undefined {
  return Deno.env.get("MICROGPT_YARDSTICK");
}

/** Runs it: microseconds a step. */
export async function runYardstick(program: string, of: YardstickCase): Promise<number> {
  const args = [of.dtype, of.nEmbd, of.vectorBytes, of.batchSize].map(String);
  const time = /CLEAN\s+([\d.]+) us\/step/.exec(await run(program, args))?.[1];
  if (time === undefined) throw new Error(`Cannot measure ${program}: it printed no CLEAN time`);
  return Number(time);
}
