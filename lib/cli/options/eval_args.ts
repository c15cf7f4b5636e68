/**
 * `microgpt eval [options] MODEL [dataset]`, as data.
 *
 * @module
 */

import { ENGINE_NAMES, type EngineName } from "../../create_engine.ts";
import {
  type Arguments,
  COMMON_OPTIONS,
  type CommonArguments,
  commonArguments,
  type Options,
  UsageError,
} from "./options.ts";
import { TRAINING_OPTIONS } from "./train_args.ts";
import { asWord } from "../../text/quote.ts";

/** The options of the command, in the order of the help. */
export const EVAL_OPTIONS = {
  "per-line": { help: "score each line of the data set" },
  "engine": TRAINING_OPTIONS.engine,
  ...COMMON_OPTIONS,
} as const satisfies Options;

/** Tell how good a saved model is. */
export interface EvalCommand extends CommonArguments {
  readonly kind: "eval";
  /** The file that `--save` made. */
  readonly model: string;
  /** What to judge it by; without it, what was held out of its training. */
  readonly dataset: string | undefined;
  /** Score the lines, not the model. */
  readonly perLine: boolean;
  readonly engine: EngineName;
}

/**
 * Understands the arguments.
 *
 * @throws {UsageError} If a value is not what it must be, or there is no model.
 */
export function evalCommand(args: Arguments<keyof typeof EVAL_OPTIONS>): EvalCommand {
  const [model, dataset, third] = args.operands;
  if (model === undefined) {
    throw new UsageError("microgpt eval needs a model, a file that --save made: there is none");
  }
  if (model === "-") {
    throw new UsageError("microgpt eval needs a file: it cannot read a model from stdin");
  }
  if (third !== undefined) {
    throw new UsageError(
      `microgpt eval takes a model and a data set: there are ${args.operands.length} files, ` +
        `the third is ${asWord(third)}`,
    );
  }
  const perLine = args.has("per-line");
  if (perLine && dataset === undefined) {
    throw new UsageError("--per-line needs a data set, one text a line; - is stdin");
  }
  return {
    kind: "eval",
    model,
    dataset,
    perLine,
    engine: args.choice("engine", ENGINE_NAMES),
    ...commonArguments(args),
  };
}
