/** Runs main() in this process, which is much faster than to start one. */

import { main } from "../../lib/cli/main.ts";
import { setColor } from "../../lib/cli/terminal/output.ts";
import { withTempDir } from "./paths.ts";
import { withTerminal, writtenTo } from "./terminal.ts";

/** What is left of a run. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs main(), with stderr on a terminal or not. */
export async function runMain(
  argv: readonly string[],
  { isTerminal = false, noColor = false } = {},
): Promise<Outcome> {
  let outcome = { code: -1, stdout: "", stderr: "" };
  await withTerminal(async ({ writes }) => {
    const original = Object.getOwnPropertyDescriptor(Deno, "noColor")!; // every Deno has it
    Object.defineProperty(Deno, "noColor", { value: noColor, configurable: true });
    try {
      const code = await main(argv);
      const [stdout, stderr] = [writtenTo("stdout", writes), writtenTo("stderr", writes)];
      outcome = { code, stdout, stderr };
    } finally {
      Object.defineProperty(Deno, "noColor", original);
      setColor("auto");
    }
  }, isTerminal);
  return outcome;
}

/** A model that is trained in no time. */
export const TINY = ["--n-embd", "4", "--n-head", "2", "--num-steps", "3", "--num-samples", "2"];

/** Calls `body` with a folder that has a data set in it, `names.txt`. */
export async function withNames(
  body: (dir: string, names: string) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/names.txt`, "anna\nbob\nhannah\n");
    await body(dir, `${dir}/names.txt`);
  });
}
