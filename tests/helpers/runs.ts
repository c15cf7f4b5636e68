/** Runs of the tool within the tests' own process, which is faster than a process for each. */

import { assert } from "@std/assert";
import { main } from "../../lib/cli/main.ts";
import { parseCommand } from "../../lib/cli/options/commands.ts";
import { assembleRun } from "../../lib/cli/training/run.ts";
import { newSave } from "../../lib/cli/training/save.ts";
import { train } from "../../lib/trainer.ts";
import type { Outcome } from "./cli.ts";
import { withTerminal, writtenTo } from "./terminal.ts";

/** Runs the tool. */
export async function run(argv: readonly string[]): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withTerminal(async ({ writes }) => {
    const code = await main(argv);
    outcome = { code, stdout: writtenTo("stdout", writes), stderr: writtenTo("stderr", writes) };
  }, false);
  return outcome!; // main() does not throw
}

/** Runs the tool quietly, which must succeed and say nothing beside its results. */
export async function output(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...argv, "--quiet"]);
  assert(code === 0 && stderr === "", `${argv.join(" ")}: exit code ${code}: ${stderr}`);
  return stdout;
}

/** Trains up to a step and saves, as at Ctrl-C. */
export async function trainUntil(lastStep: number, argv: readonly string[]): Promise<void> {
  const ignore = () => {};
  const command = parseCommand(argv);
  assert(command.kind === "train");
  const run = await assembleRun(command, { note: ignore, warn: ignore });
  const engine = run.newEngine();
  const save = await newSave(command.saving.save!, run, engine, ignore); // the tests say where
  const { tokenizer, docs, settings, stepsDone } = run;
  for (const { step } of train(engine, tokenizer, docs, { ...settings, stepsDone })) {
    if (step === lastStep) break;
  }
  await save(undefined);
}

/** What an output is without the lines of the steps up to one: that of a run resumed there. */
export function outputAfter(step: number, stdout: string): string {
  const isLater = (line: string) => {
    const number = /^step +(\d+) |^{"type":"step","step":(\d+),/.exec(line);
    return number === null || Number(number[1] ?? number[2]) > step;
  };
  return stdout.split("\n").filter(isLater).join("\n");
}
