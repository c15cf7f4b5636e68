/** Engines of several threads, which are there when a test begins, and count what they do. */

import type { GptConfig } from "../../lib/config.ts";
import type { Dtype } from "../../lib/engine.ts";
import type { Crew, Machine, Threads } from "../../lib/wasm/machine.ts";
import { newThreads, type ThreadsOptions } from "../../lib/wasm/threads/threads.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";

/** An engine of several threads. */
export interface Threaded extends Disposable {
  readonly engine: WasmEngine;
  /** The number of steps that the threads have begun together. */
  readonly together: number;
}

/** Makes an engine, and waits until its threads have started. */
export async function newThreaded(
  config: GptConfig,
  weights: ArrayLike<number>,
  dtype: Dtype,
  threads: number | "auto",
  options: ThreadsOptions = {},
): Promise<Threaded> {
  const made = newThreads(threads, { cores: threads === "auto" ? 2 : threads, ...options });
  if (made === undefined) throw new Error("There are no threads here");
  let together = 0;
  const counting: Threads = {
    count: made.count,
    machine: (layout): Machine => {
      const machine = made.machine(layout);
      const { crew } = machine;
      if (crew === undefined) throw new Error("The machine has no threads");
      const counted: Crew = {
        begin(rows) {
          const isShared = crew.begin(rows);
          if (isShared) together++;
          return isShared;
        },
        rows: (parts) => crew.rows(parts),
        backward: (n, step) => crew.backward(n, step),
        shares: (lengths) => crew.shares(lengths),
        update: (length, step) => crew.update(length, step),
        end: () => crew.end(),
        [Symbol.dispose]: () => crew[Symbol.dispose](),
      };
      return { ...machine, crew: counted };
    },
  };
  const engine = new WasmEngine(config, weights, { dtype, threads: counting });
  await made.started();
  return {
    engine,
    get together() {
      return together;
    },
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  };
}
