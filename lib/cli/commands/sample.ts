/**
 * `microgpt sample MODEL`: lets a saved model write, one text per line.
 *
 * @module
 */

import { unpackText } from "../../checkpoint/training_list.ts";
import { Random } from "../../random.ts";
import { AS_IT_IS, shownText } from "../../text/text_form.ts";
import { generationSettings, type SampleCommand } from "../options/commands.ts";
import { readInputs } from "../samples/generation_inputs.ts";
import { writeSamples } from "../samples/write_samples.ts";
import { engineOf, loadModel, savedOptions } from "../saved_model.ts";
import { newTalk, Results } from "../terminal/output.ts";

/** The seed where training has left no random numbers. */
const SEED = 42;

/**
 * Runs the command.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runSample(command: SampleCommand): Promise<void> {
  const model = await loadModel(command.model);
  const { checkpoint: { tokenizer, trainingList, config, run }, plan } = model;
  const form = plan?.settings ?? AS_IT_IS;
  const inherited = plan === undefined ? [] : savedOptions(plan.given, "inherited");
  const generation = generationSettings(new Map([...inherited, ...command.given]), "saved");
  const random = new Random(command.seed ?? SEED);
  if (command.seed === undefined && run !== undefined) random.setstate(run.random);
  const results = new Results();
  const { note, warn } = newTalk(command.quiet, results);
  const inputs = await readInputs(generation, form, tokenizer, config.blockSize, note);
  const shown = (text: string) => shownText(text, form);
  try {
    await writeSamples({
      engine: engineOf(model, command.engine, warn),
      tokenizer,
      random,
      inputs,
      trainingList: async () => trainingList && { lines: await unpackText(trainingList) },
      results,
      note,
      json: command.json,
      shown,
      line: shown,
    });
  } finally {
    results.flush(); // what was found before an error, too
  }
}
