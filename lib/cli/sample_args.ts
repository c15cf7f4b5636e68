/**
 * `microgpt sample [options] MODEL`, as data.
 *
 * @module
 */

import { ENGINE_NAMES, type EngineName } from "../create_engine.ts";
import {
  GENERATION_OPTIONS,
  type GenerationArguments,
  generationArguments,
} from "./generation_args.ts";
import {
  type Arguments,
  COMMON_OPTIONS,
  type CommonArguments,
  commonArguments,
  type Options,
  quote,
  UsageError,
} from "./options.ts";
import { parseSeed } from "./train_args.ts";

/** The options of the command, in the order of the help. */
export const SAMPLE_OPTIONS = {
  ...GENERATION_OPTIONS,
  "seed": { value: "N", help: "seed of the random numbers (those that training left)" },
  "engine": {
    value: ENGINE_NAMES.join("|"),
    help: "what computes: fast, or readable",
    default: "wasm",
  },
  ...COMMON_OPTIONS,
} as const satisfies Options;

/** The name of an option of the command. */
export type SampleOption = keyof typeof SAMPLE_OPTIONS;

/** Let a saved model write. */
export interface SampleCommand extends CommonArguments {
  readonly kind: "sample";
  /** The file that `--save` made. */
  readonly model: string;
  readonly generation: GenerationArguments;
  /** `undefined`: go on with the random numbers that training left. */
  readonly seed: bigint | undefined;
  readonly engine: EngineName;
  /** What was given, as it was written. */
  readonly args: Arguments<SampleOption>;
}

/**
 * Understands the arguments.
 *
 * @throws {UsageError} If a value is not what it must be, or there is not one model.
 */
export function sampleCommand(args: Arguments<SampleOption>): SampleCommand {
  return {
    kind: "sample",
    model: onlyOperand(args.operands, "microgpt sample", "model, a file that --save made"),
    generation: generationArguments(args),
    seed: args.optional("seed", () => parseSeed(args.text("seed"))),
    engine: args.choice("engine", ENGINE_NAMES),
    ...commonArguments(args),
    args,
  };
}

/**
 * The only operand of a command that needs one.
 *
 * @throws {UsageError} If there is none, or more than one.
 */
export function onlyOperand(operands: readonly string[], command: string, what: string): string {
  const [operand, second] = operands;
  if (operand === undefined) throw new UsageError(`${command} needs a ${what}: there is none`);
  if (second !== undefined) {
    throw new UsageError(
      `${command} takes one ${what}: there are ${operands.length}, the second is ${quote(second)}`,
    );
  }
  return operand;
}
