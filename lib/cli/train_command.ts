/**
 * `microgpt [options] [dataset]`: train a model and let it write, with the
 * output of microgpt.py.
 *
 * @module
 */

import type { Engine } from "../engine.ts";
import { numParams } from "../model.ts";
import { type StepReport, train } from "../trainer.ts";
import { quote } from "./options.ts";
import { Results, say } from "./output.ts";
import { Progress } from "./progress.ts";
import { newRun, type Run } from "./run.ts";
import type { Saver } from "./save.ts";
import type { TrainCommand } from "./train_args.ts";
import { noteLongDocs, noteMixedForms, type Say } from "./training_data.ts";
import { TrainReport } from "./train_report.ts";
import { assertPossible, writeSamples } from "./write_samples.ts";

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Interruption} If it was interrupted, and has saved the model.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runTrain(command: TrainCommand): Promise<void> {
  const results = new Results();
  try {
    await trainAndWrite(command, results);
  } finally {
    results.flush(); // what was computed before an error, too
  }
}

async function trainAndWrite(given: TrainCommand, results: Results): Promise<void> {
  const warn: Say = (message) => say(`${message}\n`);
  const note: Say = given.quiet ? () => {} : warn;
  const run = await prepare(given, note, warn);
  const { command, docs, tokenizer, config, random } = run;
  const report = new TrainReport(results, command.json);
  report.data(docs.length, tokenizer.vocabSize, numParams(config));
  noteMixedForms(tokenizer, note);
  noteLongDocs(docs, tokenizer, config.blockSize, note);
  assertPossible(command.generation, tokenizer, config.blockSize);
  const engine = run.newEngine();
  const saver = await openSaver(run, engine, note);

  const progress = new Progress(!command.quiet && Deno.stderr.isTerminal());
  try {
    await trainAll(run, engine, saver, (stepReport) => {
      const { step, numSteps, loss } = stepReport;
      const { logEvery } = command;
      if (step === numSteps || (logEvery !== undefined && step % logEvery === 0)) {
        progress.clear();
        report.step(stepReport);
      }
      progress.update(step, numSteps, loss);
    });
  } finally {
    progress.clear();
  }

  report.beforeSamples();
  await writeSamples({
    engine,
    tokenizer,
    random,
    generation: command.generation,
    trainingList: () => Promise.resolve(run.data.docs),
    results,
    json: command.json,
    line: (text, number) => `sample ${String(number).padStart(2)}: ${text}`,
  });
}

async function prepare(command: TrainCommand, note: Say, warn: Say): Promise<Run> {
  if (command.resume === undefined) return await newRun(command, note, warn);
  const { resumedRun } = await import("./resume.ts");
  return await resumedRun(command, command.resume, note, warn);
}

async function openSaver(run: Run, engine: Engine, note: Say): Promise<Saver | undefined> {
  const { save } = run.command;
  if (save === undefined) return undefined;
  const { Saver } = await import("./save.ts");
  return await Saver.open(save, run, engine, note);
}

/** Trains to the end; saves on the way, if that is asked for, and when it is interrupted. */
async function trainAll(
  run: Run,
  engine: Engine,
  saver: Saver | undefined,
  visit: (report: StepReport) => void,
): Promise<void> {
  const { command, tokenizer, docs, stepsDone } = run;
  const steps = train(engine, tokenizer, docs, { ...command, stepsDone });
  if (saver === undefined) {
    for (const report of steps) visit(report);
    return;
  }
  const { Interrupt, Interruption } = await import("./interrupt.ts");
  using interrupt = new Interrupt();
  const { save = "", saveEvery = Infinity } = command; // there is a saver
  const stopped = (step: number) =>
    new Interruption(
      `Stopped after step ${step} of ${command.numSteps}, which is saved: ` +
        `microgpt --resume ${quote(save)} goes on`,
    );
  for (const report of steps) {
    visit(report);
    const { step, numSteps } = report;
    if (await interrupt.isRequested()) {
      await saver.save();
      throw stopped(step);
    }
    if (step % saveEvery === 0 && step < numSteps) await saver.save();
  }
  await saver.save();
  if (await interrupt.isRequested()) throw stopped(command.numSteps); // while it was saved
}
