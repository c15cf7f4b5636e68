/**
 * Emits and compiles the kernels of the default model as the first thing that a
 * process does, and prints what that takes as a line of JSON.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../lib/model.ts";
import { emitKernels } from "../../lib/wasm/kernels.ts";
import { probeFeatures } from "../../lib/wasm/lanes.ts";
import { memoryLayout } from "../../lib/wasm/layout.ts";

/** Milliseconds; and the module's size. */
export interface EmitTimes {
  readonly bytes: number;
  readonly emit: number;
  readonly compile: number;
  readonly both: number;
}

function timeEmit(): EmitTimes {
  const { attention, bytes } = memoryLayout({ ...DEFAULT_SIZES, vocabSize: 27 }, "f64");
  const start = performance.now();
  const code = emitKernels("f64", attention, bytes, probeFeatures().relaxedMadd);
  const emitted = performance.now();
  new WebAssembly.Instance(new WebAssembly.Module(code));
  const end = performance.now();
  return {
    bytes: code.length,
    emit: emitted - start,
    compile: end - emitted,
    both: end - start,
  };
}

if (import.meta.main) console.log(JSON.stringify(timeEmit()));
