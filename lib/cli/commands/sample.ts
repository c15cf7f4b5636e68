/**
 * `microgpt sample MODEL`: let a saved model write, one text a line.
 *
 * @module
 */

import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { assertFits, createEngine, type EngineName } from "../../create_engine.ts";
import type { Dtype, Engine } from "../../engine.ts";
import { Random } from "../../random.ts";
import { AS_IT_IS, shownText, type TextForm } from "../../text/text_form.ts";
import { unpackList } from "../../checkpoint/training_list.ts";
import { type GenerationArguments, generationArguments } from "../options/generation_args.ts";
import { readInputs } from "../samples/generation_inputs.ts";
import { loadModel } from "../load_model.ts";
import { Results, say } from "../terminal/output.ts";
import { availableEngine } from "../training/run.ts";
import type { SampleCommand } from "../options/sample_args.ts";
import { parseSettings } from "../training/saved_settings.ts";
import { writeSamples } from "../samples/write_samples.ts";

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
  const checkpoint = await loadModel(command.model);
  const { tokenizer, trainingList, config } = checkpoint;
  const form = formOf(checkpoint, command.model); // checks all settings
  const generation = generationOf(checkpoint, command);
  const inputs = await readInputs(generation, form, tokenizer, config.blockSize);
  const results = new Results();
  try {
    await writeSamples({
      engine: engineOf(checkpoint, command.engine),
      tokenizer,
      random: randomOf(checkpoint, command.seed),
      inputs,
      trainingList: () => Promise.resolve(trainingList && unpackList(trainingList)),
      results,
      json: command.json,
      shown: (text) => shownText(text, form),
      line: (text) => shownText(text, form),
    });
  } finally {
    results.flush(); // what was found before an error, too
  }
}

/** How to write: as the command line says, else as training did. */
function generationOf({ run }: Checkpoint, { args }: SampleCommand): GenerationArguments {
  const inherited = [...run?.settings ?? []].filter(([name]) => INHERITED.includes(name));
  return generationArguments(args.over(new Map(inherited)));
}

/** An engine with the parameters of a saved model: the best ones, if it knows. */
export function engineOf(checkpoint: Checkpoint, engine: EngineName): Engine {
  const { config, dtype, best } = checkpoint;
  const weights = best?.weights ?? checkpoint.weights;
  const wanted: Dtype = engine === "scalar" ? "f64" : dtype; // f64 holds all numbers of f32
  const { name, precision } = availableEngine(engine, wanted, (message) => say(`${message}\n`));
  assertFits(name, config, precision);
  return createEngine(name, config, weights, precision);
}

/** The form of the texts that a model was trained on. */
function formOf({ run }: Checkpoint, path: string): TextForm {
  return run === undefined ? AS_IT_IS : parseSettings(run.settings, path).form;
}

function randomOf({ run }: Checkpoint, seed: bigint | undefined): Random {
  const random = new Random(seed ?? SEED);
  if (seed === undefined && run !== undefined) random.setstate(run.random);
  return random;
}
