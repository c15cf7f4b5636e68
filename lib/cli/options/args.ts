/**
 * The command line as data: argv becomes a {@linkcode Command}, or a
 * {@linkcode UsageError} that says what is wrong with it. Nothing here prints,
 * reads files or exits.
 *
 * @module
 */

import { EVAL_OPTIONS, type EvalCommand, evalCommand } from "./eval_args.ts";
import { INFO_OPTIONS, type InfoCommand, infoCommand } from "./info_args.ts";
import {
  type Arguments,
  COMMAND_NAMES,
  type CommandName,
  type Option,
  parseOptions,
} from "./options.ts";
import { SAMPLE_OPTIONS, type SampleCommand, sampleCommand } from "./sample_args.ts";
import { TRAIN_OPTIONS, type TrainCommand, trainCommand } from "./train_args.ts";

/** What a command line asks for. */
export type Command =
  | TrainCommand
  | SampleCommand
  | InfoCommand
  | EvalCommand
  | { readonly kind: "help"; readonly topic: CommandName }
  | { readonly kind: "version" };

/** How arguments become a command. */
type Parser = (topic: CommandName, argv: readonly string[]) => Command;

const PARSERS: Readonly<Record<CommandName, Parser>> = {
  train: newParser(TRAIN_OPTIONS, trainCommand),
  sample: newParser(SAMPLE_OPTIONS, sampleCommand),
  info: newParser(INFO_OPTIONS, infoCommand),
  eval: newParser(EVAL_OPTIONS, evalCommand),
};

/**
 * Says what a command line asks for.
 *
 * @param argv The arguments, without the program's name.
 * @returns The command, complete and valid.
 * @throws {UsageError} If there is anything in it that cannot be understood.
 */
export function parseCommand(argv: readonly string[]): Command {
  const name = commandName(argv);
  return PARSERS[name](name, name === "train" ? argv : argv.slice(1));
}

/**
 * Which command a command line is for: the one that its first word names, else
 * training. A word that is only nearly a name is a file.
 *
 * @param argv The arguments, without the program's name.
 */
export function commandName([word]: readonly string[]): CommandName {
  return COMMAND_NAMES.find((name) => name === word) ?? "train";
}

/** From arguments to a command: help and version come before anything else. */
function newParser<Name extends string>(
  options: Readonly<Record<Name | "help" | "version", Option>>,
  understand: (args: Arguments<Name | "help" | "version">) => Command,
): Parser {
  return (topic, argv) => {
    const args = parseOptions(argv, options);
    if (args.has("help")) return { kind: "help", topic };
    if (args.has("version")) return { kind: "version" };
    return understand(args);
  };
}
