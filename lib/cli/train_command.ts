/**
 * `microgpt [options] [dataset]`: train a model and let it write, with the
 * output of microgpt.py.
 *
 * @module
 */

import { loadNames, readDataset } from "../dataset.ts";
import { Docs } from "../docs.ts";
import { assertFits, createEngine } from "../engine.ts";
import { initWeights, numParams } from "../model.ts";
import { Random } from "../random.ts";
import { sample } from "../sample.ts";
import { Tokenizer } from "../tokenizer.ts";
import { train } from "../trainer.ts";
import type { TrainCommand } from "./args.ts";
import { Results, say } from "./output.ts";
import { Progress } from "./progress.ts";

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runTrain(command: TrainCommand): Promise<void> {
  const results = new Results();
  try {
    await trainAndSample(command, results);
  } finally {
    results.flush(); // what was computed before an error, too
  }
}

async function trainAndSample(command: TrainCommand, results: Results): Promise<void> {
  const { dataset, numSteps, logEvery, quiet } = command;
  const note = (message: string) => quiet || say(`${message}\n`);
  const random = new Random(command.seed);
  const docs = await loadDocs(dataset, note);
  docs.shuffle(random);
  results.line(`num docs: ${docs.length}`);
  const tokenizer = Tokenizer.fromDocs(docs, command.tokenizer);
  results.line(`vocab size: ${tokenizer.vocabSize}`);
  noteMixedForms(tokenizer, note);
  const config = { ...command, vocabSize: tokenizer.vocabSize };
  results.line(`num params: ${numParams(config)}`);
  results.flush();
  assertFits(command.engine, config);
  const engine = createEngine(command.engine, config, initWeights(config, random));

  const progress = new Progress(!quiet && Deno.stderr.isTerminal());
  for (const { step, loss } of train(engine, tokenizer, docs, command)) {
    if (step === numSteps || (logEvery !== undefined && step % logEvery === 0)) {
      progress.clear();
      results.line(stepLine(step, numSteps, loss));
    }
    progress.update(step, numSteps, loss);
  }
  progress.clear();

  results.line("\n--- inference (new, hallucinated names) ---");
  for (let i = 1; i <= command.numSamples; i++) {
    const text = sample(engine, tokenizer, random, command.temperature);
    results.line(`sample ${String(i).padStart(2)}: ${text}`);
  }
}

/** The line that microgpt.py prints after a step. */
function stepLine(step: number, numSteps: number, loss: number): string {
  const pad = (n: number) => String(n).padStart(4);
  return `step ${pad(step)} / ${pad(numSteps)} | loss ${loss.toFixed(4)}`;
}

async function loadDocs(
  dataset: string | undefined,
  note: (message: string) => void,
): Promise<Docs> {
  const bytes = dataset === undefined ? await loadNames(note) : await readDataset(dataset);
  const docs = Docs.parse(bytes);
  if (docs.length === 0) {
    throw new Error(
      `Cannot train on ${JSON.stringify(dataset ?? "names.txt")}: ` +
        `${bytes.length === 0 ? "it is empty" : "it has only blank lines"}: ` +
        `one document a line is wanted`,
    );
  }
  return docs;
}

/**
 * Says so if the data set writes a character in two ways, composed (NFC) and
 * decomposed (NFD): to the model those have nothing in common.
 */
function noteMixedForms(tokenizer: Tokenizer, note: (message: string) => void): void {
  if (tokenizer.kind !== "char") return;
  const symbols = new Set(tokenizer.symbols);
  const mixed = tokenizer.symbols.find((symbol) => {
    const parts = [...symbol.normalize("NFD")];
    return parts.length > 1 && parts.every((part) => symbols.has(part));
  });
  if (mixed !== undefined) {
    note(
      `The data set may write ${JSON.stringify(mixed)} in two ways, as one character (NFC) and ` +
        `as several (NFD): the model takes them for different ones`,
    );
  }
}
