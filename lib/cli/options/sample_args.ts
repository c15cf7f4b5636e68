/**
 * `microgpt sample [options] MODEL`, as data.
 *
 * @module
 */

import { ENGINE_NAMES, type EngineName } from "../../create_engine.ts";
import {
  GENERATION_OPTIONS,
  type GenerationArguments,
  generationArguments,
} from "./generation_args.ts";
import {
  type Arguments,
  assertOneStdin,
  COMMON_OPTIONS,
  type CommonArguments,
  commonArguments,
  type Options,
  UsageError,
} from "./options.ts";
import { parseSeed, TRAINING_OPTIONS } from "./train_args.ts";

/** The options of the command, in the order of the help. */
export const SAMPLE_OPTIONS = {
  ...GENERATION_OPTIONS,
  "seed": { value: "N", help: "seed of the random numbers (go on from training)" },
  "engine": TRAINING_OPTIONS.engine,
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
  const model = args.onlyOperand("microgpt sample", "a model, which is a file that --save made");
  if (model === "-") {
    throw new UsageError("microgpt sample needs a file: it cannot read a model from stdin");
  }
  const generation = generationArguments(args);
  assertOneStdin({ "--prompt": generation.prompt, "--exclude": generation.exclude });
  return {
    kind: "sample",
    model,
    generation,
    seed: args.optional("seed", () => parseSeed(args.text("seed"))),
    engine: args.choice("engine", ENGINE_NAMES),
    ...commonArguments(args),
    args,
  };
}
