/**
 * `microgpt info [options] FILE`, as data.
 *
 * @module
 */

import {
  type Arguments,
  COMMON_OPTIONS,
  type CommonArguments,
  commonArguments,
  type Options,
} from "./options.ts";

/** The options of the command, in the order of the help. */
export const INFO_OPTIONS = { ...COMMON_OPTIONS } as const satisfies Options;

/** Tell what a file is: a model, or a data set. */
export interface InfoCommand extends CommonArguments {
  readonly kind: "info";
  readonly file: string;
}

/**
 * Understands the arguments.
 *
 * @throws {UsageError} If a value is not what it must be, or there is not one file.
 */
export function infoCommand(args: Arguments<keyof typeof INFO_OPTIONS>): InfoCommand {
  return {
    kind: "info",
    file: args.onlyOperand("microgpt info", "a file, which is a model or a data set"),
    ...commonArguments(args),
  };
}
