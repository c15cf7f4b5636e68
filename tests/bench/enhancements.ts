/** The scalar engine beside microgpt.py taken literally, and how one became the other. */

import { measure, measurement, type MeasureOptions, table } from "./enhancements/main.ts";
import { BASELINE, LIB } from "./enhancements/variants.ts";

const FULL: MeasureOptions = { rounds: 5, steps: 250, warmUpSteps: 50 };
const QUICK: MeasureOptions = { rounds: 1, steps: 5, warmUpSteps: 5 };

/** The factor by which the scalar engine is to be faster than the baseline. */
const SCALAR_TARGET = 3;

/** The enhancements of the scalar engine. */
export async function enhancements(quick: boolean): Promise<string> {
  const measurements = await measure(quick ? QUICK : FULL);
  const lib = measurement(measurements, LIB), baseline = measurement(measurements, BASELINE);
  return [
    "Scalar engine: ms per step, median (min)",
    `  lib       ${lib.median.toFixed(3)} (min ${lib.min.toFixed(3)})`,
    `  baseline  ${baseline.median.toFixed(3)} (min ${baseline.min.toFixed(3)})`,
    `  ratio     ${(baseline.median / lib.median).toFixed(1)} (min ${
      (baseline.min / lib.min).toFixed(1)
    }), target: at least ${SCALAR_TARGET}`,
    "",
    table(measurements),
  ].join("\n");
}
