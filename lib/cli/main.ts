/**
 * The tool: argv in, exit code out.
 *
 * @module
 */

import { type Command, parseCommand, UsageError } from "./args.ts";
import { Results, say } from "./output.ts";

/**
 * Runs the tool.
 *
 * @param argv The arguments, without the program's name.
 * @returns The exit code: 0 if all went well, 1 if something failed, 2 if the
 * command line was wrong.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await run(parseCommand(argv));
    return 0;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 0; // the reader has seen enough
    const message = error instanceof Error ? error.message : String(error);
    say(`microgpt: ${message}\n`);
    if (!(error instanceof UsageError)) return 1;
    say(`Run microgpt --help for all the options\n`);
    return 2;
  }
}

async function run(command: Command): Promise<void> {
  switch (command.kind) {
    case "train": {
      const { runTrain } = await import("./train_command.ts");
      return await runTrain(command);
    }
    case "help": {
      const { helpText } = await import("./help.ts");
      return print(helpText());
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
  results.line(text.trimEnd());
  results.flush();
}
