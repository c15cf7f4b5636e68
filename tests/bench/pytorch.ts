/**
 * PyTorch, where it is installed, beside which the training step is timed.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { datasetUrl } from "./dataset.ts";
import { run } from "./fresh.ts";

/** The interpreters that may have PyTorch: the usual one, and that of the system's packages. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** The output of `pytorch.py`. */
export interface PyTorchTimes {
  /** The version of PyTorch. */
  readonly version: string;
  /** The file name of its BLAS; empty where that is a part of PyTorch. */
  readonly blas: string;
  /** Milliseconds per step, of each width. */
  readonly times: readonly number[];
}

/** Returns an interpreter of Python that has PyTorch; `undefined` if none has. */
export async function findPyTorch(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const args = ["-c", "import torch"];
    try {
      const { success } = await new Deno.Command(python, { args, stderr: "null" }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/**
 * Times the training step of PyTorch in a process of its own.
 *
 * @param python The interpreter.
 * @param batchSize Documents per step.
 * @param budgetMs The time for each width and number of threads.
 * @param widths Embedding dimensions.
 */
export async function timePyTorch(
  python: string,
  batchSize: number,
  budgetMs: number,
  widths: readonly number[],
): Promise<PyTorchTimes> {
  const script = fromFileUrl(new URL("pytorch.py", import.meta.url));
  const args = [script, fromFileUrl(datasetUrl()), batchSize, budgetMs, ...widths].map(String);
  return JSON.parse(await run(python, args)) as PyTorchTimes; // what the script says it prints
}
