/**
 * `microgpt sample MODEL`: let a saved model write, one text a line.
 *
 * @module
 */

import type { Checkpoint } from "../checkpoint.ts";
import { loadCheckpoint } from "../checkpoint_file.ts";
import { assertFits, createEngine, type EngineName } from "../create_engine.ts";
import type { Dtype, Engine } from "../engine.ts";
import { Random } from "../random.ts";
import { unpackList } from "../training_list.ts";
import { generationArguments } from "./generation_args.ts";
import { Results, say } from "./output.ts";
import { availableEngine } from "./run.ts";
import type { SampleCommand } from "./sample_args.ts";
import { parseSettings } from "./saved_settings.ts";
import { writeSamples } from "./write_samples.ts";

/** The settings of training that go for sampling, too, if nothing else is said. */
const INHERITED: readonly string[] = ["temperature", "top-k", "top-p"];

/** The seed where training has left no random numbers. */
const SEED = 42;

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runSample(command: SampleCommand): Promise<void> {
  const checkpoint = await loadCheckpoint(command.model);
  const { tokenizer, trainingList, run } = checkpoint;
  if (run !== undefined) parseSettings(run.settings, command.model); // only to check them
  const inherited = [...run?.settings ?? []].filter(([name]) => INHERITED.includes(name));
  const results = new Results();
  try {
    await writeSamples({
      engine: engineOf(checkpoint, command.engine),
      tokenizer,
      random: randomOf(checkpoint, command.seed),
      generation: generationArguments(command.args.over(new Map(inherited))),
      trainingList: async () => trainingList && await unpackList(trainingList),
      results,
      json: command.json,
      line: (text) => text,
    });
  } finally {
    results.flush(); // what was found before an error, too
  }
}

/** An engine with the parameters of a saved model. */
export function engineOf({ config, weights, dtype }: Checkpoint, engine: EngineName): Engine {
  const wanted: Dtype = engine === "scalar" ? "f64" : dtype; // f64 holds all numbers of f32
  const { name, precision } = availableEngine(engine, wanted, (message) => say(`${message}\n`));
  assertFits(name, config, precision);
  return createEngine(name, config, weights, precision);
}

function randomOf({ run }: Checkpoint, seed: bigint | undefined): Random {
  const random = new Random(seed ?? SEED);
  if (seed === undefined && run !== undefined) random.setstate(run.random);
  return random;
}
