/**
 * `microgpt [options] [dataset]`: train a model and let it write, with the
 * output of microgpt.py.
 *
 * @module
 */

import type { Engine } from "../../engine.ts";
import { numParams } from "../../config.ts";
import { PRESETS } from "../../files/presets.ts";
import { sample } from "../../sample.ts";
import { shownText } from "../../text/text_form.ts";
import { type StepReport, train } from "../../trainer.ts";
import { isPlain } from "../options/generation_args.ts";
import { UsageError } from "../options/options.ts";
import { Results, say } from "../terminal/output.ts";
import { newRun, type Run } from "../training/run.ts";
import type { Saver } from "../training/save.ts";
import type { TrainCommand } from "../options/train_args.ts";
import { noteLongDocs, noteMixedForms, type Say } from "../training/training_data.ts";
import { TrainReport } from "../training/train_report.ts";
import type { Validation } from "../../evaluate/validation.ts";
import { Watch } from "../training/watch.ts";
import { asWord } from "../../text/quote.ts";

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Interruption} If it was interrupted, and has put its things in order.
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
  const warn: Say = (message) => {
    results.flush(); // what it is about may wait there
    say(`${message}\n`);
  };
  const note: Say = given.quiet ? () => {} : warn;
  const run = await prepare(given, note, warn);
  notePreset(run.command, note);
  const { command, docs, valDocs, tokenizer, config } = run;
  const write = await prepareToWrite(run, results);
  const report = new TrainReport(results, command.json);
  report.data(docs.length, valDocs?.length, tokenizer.vocabSize, numParams(config));
  noteMixedForms(tokenizer, note);
  noteLongDocs(docs, tokenizer, config.blockSize, note);
  const engine = run.newEngine();
  const watch = await trainRun(run, engine, report, note, warn);
  report.beforeSamples();
  await write(engine);
  watch.assertComplete();
}

/** Says what a preset stands for, so that it can be changed. */
function notePreset({ preset, resume }: TrainCommand, note: Say): void {
  if (preset === undefined || resume !== undefined) return;
  const settings = Object.entries(PRESETS[preset]?.settings ?? {});
  note(`--preset ${preset}: ${settings.map(([name, value]) => `--${name} ${value}`).join(" ")}`);
}

/** What lets the model write in the end; what is wrong with the wishes is known before training. */
async function prepareToWrite(
  { command, data, tokenizer, config, random }: Run,
  results: Results,
): Promise<(engine: Engine) => void | Promise<void>> {
  const { generation, json, form } = command;
  const shown = (text: string) => shownText(text, form);
  const line = (text: string, number: number) =>
    `sample ${String(number).padStart(2)}: ${shown(text)}`;
  if (!json && isPlain(generation)) {
    return (engine) => { // the loop of microgpt.py
      for (let i = 1; i <= generation.numSamples; i++) {
        results.line(line(sample(engine, tokenizer, random, generation.temperature), i));
      }
    };
  }
  const { readInputs } = await import("../samples/generation_inputs.ts");
  const { writeSamples } = await import("../samples/write_samples.ts");
  const inputs = await readInputs(generation, form, tokenizer, config.blockSize);
  const trainingList = () => Promise.resolve(data.docs);
  return (engine) =>
    writeSamples({ engine, tokenizer, random, inputs, trainingList, results, json, shown, line });
}

async function prepare(command: TrainCommand, note: Say, warn: Say): Promise<Run> {
  if (command.resume === undefined) return await newRun(command, note, warn);
  const { resumedRun } = await import("../training/resume.ts");
  return await resumedRun(command, command.resume, note, warn);
}

/** What a run needs beside its engine, as far as it is asked for. */
interface Attendants {
  readonly watch: Watch;
  readonly saver: Saver | undefined;
  readonly validation: Validation | undefined;
  readonly note: Say;
  readonly warn: Say;
}

/** Trains, and leaves the engine with the weights that are to be used. */
async function trainRun(
  run: Run,
  engine: Engine,
  report: TrainReport,
  note: Say,
  warn: Say,
): Promise<Watch> {
  const saver = await openSaver(run, engine, note);
  const validation = await openValidation(run, engine);
  const watch = await Watch.open(run, engine, report, warn); // last, for it begins a new log
  const aboveBar = (say: Say): Say => (message) => {
    watch.clear();
    say(message);
  };
  const attendants = { watch, saver, validation, note: aboveBar(note), warn: aboveBar(warn) };
  const { patience = Infinity } = run.command;
  if (validation !== undefined && validation.fruitless(run.stepsDone) >= patience) {
    note("--patience has ended this run already: it is not gone on with");
    await watch.close();
    useBest(validation, note);
    return watch;
  }
  try {
    const steps = train(
      engine,
      run.tokenizer,
      run.docs,
      { ...run.command, stepsDone: run.stepsDone },
      watch.details,
    );
    if (saver !== undefined || watch.isLossy) await trainInterruptibly(run, steps, attendants);
    else for (const step of steps) if (attend(run, step, attendants)) break;
  } finally {
    await watch.close();
  }
  useBest(validation, note);
  return watch;
}

/** Does what is to be done after a step; tells whether to stop. */
function attend(
  { command: { patience = Infinity } }: Run,
  report: StepReport,
  { watch, validation, note }: Attendants,
): boolean {
  const { step, numSteps } = report;
  const isLast = step === numSteps;
  const evaluation = validation?.after(step, isLast);
  const fruitless = evaluation === undefined ? 0 : validation?.fruitless(step) ?? 0;
  const isHopeless = !isLast && fruitless >= patience;
  watch.step(report, isLast || isHopeless);
  if (evaluation !== undefined) watch.validation(step, evaluation);
  if (isHopeless) {
    const times = fruitless === 1 ? "a validation was" : `${fruitless} validations in a row were`;
    note(`Stopped after step ${step} of ${numSteps}: ${times} no better than one before`);
  }
  return isHopeless;
}

/** Trains as long as nobody interrupts it; saves on the way. */
async function trainInterruptibly(
  run: Run,
  steps: Iterable<StepReport>,
  attendants: Attendants,
): Promise<void> {
  const { Interrupt, Interruption } = await import("../terminal/interrupt.ts");
  using interrupt = new Interrupt();
  const { saver, validation, warn } = attendants;
  const { save = "", saveEvery = Infinity, numSteps } = run.command;
  const saved = saver === undefined
    ? ": --save FILE would have kept the model"
    : `, which is saved: microgpt --resume ${asWord(save)} goes on`;
  const stopped = (step: number) => `Stopped after step ${step} of ${numSteps}${saved}`;
  let step = run.stepsDone;
  for (const report of steps) {
    step = report.step;
    try {
      if (attend(run, report, attendants)) break;
    } catch (error) { // nobody reads the results any more, or there is no room for them
      await saver?.save(validation?.best);
      if (saver !== undefined) warn(stopped(step));
      throw error;
    }
    if (await interrupt.isRequested()) break;
    if (step % saveEvery === 0 && step < numSteps) {
      await saver?.save(validation?.best).catch(({ message }) => warn(`${message}: it goes on`));
    }
  }
  await saver?.save(validation?.best);
  if (await interrupt.isRequested()) throw new Interruption(stopped(step));
}

async function openSaver(run: Run, engine: Engine, note: Say): Promise<Saver | undefined> {
  const { save } = run.command;
  if (save === undefined) return undefined;
  const { Saver } = await import("../training/save.ts");
  return await Saver.open(save, run, engine, note);
}

async function openValidation(run: Run, engine: Engine): Promise<Validation | undefined> {
  const { valDocs, tokenizer, command, best } = run;
  if (valDocs === undefined) {
    if (command.patience === undefined) return undefined;
    throw new UsageError("--patience needs a run with --val-fraction: this one has begun without");
  }
  const { Validation } = await import("../../evaluate/validation.ts");
  return new Validation(engine, tokenizer, valDocs, Math.ceil(command.numSteps / 10), best);
}

/** Takes the weights with which the model did best on documents that it had not seen. */
function useBest(validation: Validation | undefined, note: Say): void {
  const best = validation?.best;
  if (best === undefined) return;
  validation?.restoreBest();
  note(
    `The best validation loss is ${best.loss.toFixed(4)}, after step ${best.step}: that is used`,
  );
}
