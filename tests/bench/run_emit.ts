/**
 * Emits and compiles the kernels and programs of the default model as the first thing that a
 * process does, and prints what that takes as a line of JSON.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../lib/config.ts";
import { probeFeatures } from "../../lib/wasm/asm/lanes.ts";
import { memoryLayout } from "../../lib/wasm/memory/layout.ts";
import { emitMachine } from "../../lib/wasm/machine.ts";

/** Milliseconds; and the module's size. */
export interface EmitTimes {
  readonly bytes: number;
  readonly emit: number;
  readonly compile: number;
  readonly both: number;
}

function timeEmit(): EmitTimes {
  const layout = memoryLayout({ ...DEFAULT_SIZES, vocabSize: 27 }, "f64");
  const start = performance.now();
  const code = emitMachine(layout, probeFeatures().relaxedMadd);
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
