/**
 * The tool: argv in, exit code out.
 *
 * @module
 */

import { printable } from "../text/quote.ts";
import { checkDeno } from "./deno_version.ts";
import { assertMeant } from "./named_files.ts";
import { type Command, commandName, parseCommand } from "./options/commands.ts";
import { UsageError } from "./options/parsers.ts";
import type { Interruption } from "./terminal/interrupt.ts";
import { Results, say, setColor, strong } from "./terminal/output.ts";

/**
 * Runs the tool.
 *
 * @param argv The arguments, without the program's name.
 * @returns The exit code: 0 if all went well, 1 if something failed, 2 if the
 * command line was wrong, 128 plus the number of the signal that interrupted it (130: Ctrl-C).
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    checkDeno();
    await run(parseCommand(argv));
    return 0;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 0; // the reader has seen enough
    const { message } = error instanceof Error ? error : new Error(String(error));
    if (message !== "") say(`${strong("microgpt:")} ${printable(message)}\n`);
    if (isInterruption(error)) return error.exitCode;
    if (!(error instanceof UsageError)) return 1;
    say(`${printable(await hintFor(error, argv))}\n`);
    return 2;
  }
}

/** Says what to type after a wrong command line. */
async function hintFor({ correct }: UsageError, argv: readonly string[]): Promise<string> {
  const { commandLine } = await import("./program.ts");
  const LONG = 500; // what nobody types is not repeated
  const meant = correct === undefined ? undefined : commandLine(correct(argv));
  if (meant !== undefined && meant.length < LONG) return `Did you mean: ${meant}`;
  const topic = commandName(argv);
  const words = topic === "train" ? ["--help"] : [topic, "--help"];
  return `Run ${commandLine(words)} for all the options`;
}

/** Recognizes an error whose class is loaded only where it is needed. */
function isInterruption(error: unknown): error is Interruption {
  return error instanceof Error && error.name === "Interruption";
}

/**
 * Runs a command.
 *
 * Here, and wherever else `import()` stands in `cli/` and `files/`, a module is imported when it
 * is needed: a default run takes a fifth more time if everything is loaded at its start.
 */
async function run(command: Command): Promise<void> {
  if ("color" in command) setColor(command.color);
  await assertMeant(command);
  switch (command.kind) {
    case "train": {
      const { runTrain } = await import("./commands/train.ts");
      return await runTrain(command);
    }
    case "sample": {
      const { runSample } = await import("./commands/sample.ts");
      return await runSample(command);
    }
    case "info": {
      const { runInfo } = await import("./commands/info.ts");
      return await runInfo(command);
    }
    case "eval": {
      const { runEval } = await import("./commands/eval.ts");
      return await runEval(command);
    }
    case "explain": {
      const { runExplain } = await import("./commands/explain.ts");
      return await runExplain(command);
    }
    case "serve": {
      const { runServe } = await import("./commands/serve.ts");
      return await runServe(command);
    }
    case "help": {
      const { helpText } = await import("./options/help.ts");
      const { programName } = await import("./program.ts");
      return print(helpText(command.topic, programName()));
    }
    case "presets": {
      const { presetsText } = await import("./options/help.ts");
      return print(presetsText());
    }
    case "version": {
      const { default: config } = await import("../../deno.json", { with: { type: "json" } });
      return print(`microgpt ${config.version}\n`);
    }
    default:
      return command satisfies never;
  }
}

function print(text: string): void {
  const results = new Results();
  for (const line of text.trimEnd().split("\n")) results.line(line);
  results.flush();
}
