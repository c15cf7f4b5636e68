/**
 * The time of a training step as seen from outside: two runs of the tool that
 * differ in their number of steps, and in nothing else.
 *
 * @module
 */

import type { Dtype } from "../../lib/engine.ts";
import { datasetUrl } from "./dataset.ts";
import { timeOf, toolArgs } from "./fresh.ts";
import type { EngineKind } from "./run_engine.ts";

/** The requests to the tool; `plain` is not to be had there. */
export interface OutsideCase {
  readonly engine: EngineKind;
  readonly dtype: Dtype;
  readonly nEmbd: number;
  readonly batchSize: number;
}

const FEW = 1000, MANY = 21_000;
/** Of the scalar engine, where a step takes longer than a millisecond. */
const MANY_SCALAR = 3000;
const MANY_QUICK = 1500;

/** Microseconds a step. */
export async function timeFromOutside(of: OutsideCase, quick: boolean): Promise<number> {
  const dataset = datasetUrl();
  const time = (numSteps: number) => {
    const { engine, dtype, nEmbd, batchSize } = of;
    const options = { engine, dtype, "n-embd": nEmbd, "batch-size": batchSize };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    args.push("--quiet", `--num-steps=${numSteps}`);
    return timeOf(Deno.execPath(), toolArgs(dataset, args));
  };
  const many = quick ? MANY_QUICK : of.engine === "scalar" ? MANY_SCALAR : MANY;
  const few = await time(FEW);
  return (await time(many) - few) / (many - FEW) * 1e3;
}
