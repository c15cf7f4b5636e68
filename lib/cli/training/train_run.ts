/**
 * Trains a run: watches it, validates it and saves it on the way, as far as
 * that is asked for.
 *
 * @module
 */

import type { Validation } from "../../evaluate/validation.ts";
import { asWord } from "../../text/quote.ts";
import { type StepReport, train } from "../../trainer.ts";
import { UsageError } from "../options/parsers.ts";
import type { Say } from "../terminal/output.ts";
import type { Run, Work } from "./run.ts";
import type { Save } from "./save.ts";
import { Watch } from "./watch.ts";

/** A run at work, and what goes along with its steps. */
interface Training extends Work {
  readonly watch: Watch;
  readonly save: Save | undefined;
  readonly validation: Validation | undefined;
}

/**
 * Trains, and leaves the engine with the weights that are to be used.
 *
 * @returns What has watched the run: it knows whether its files are complete.
 * @throws {Interruption} If it was interrupted, and has saved what there is to save.
 * @throws {Error} If a file cannot be written, or the loss diverges.
 */
export async function trainRun(work: Work): Promise<Watch> {
  const { note } = work.talk;
  const save = await openSave(work);
  const validation = await openValidation(work);
  const watch = await Watch.open(work); // last, for it begins a new log
  const training = { ...work, watch, save, validation };
  if (isHopeless(training, work.run.stepsDone)) {
    note("--patience has ended this run already: it is not gone on with");
    await watch.close();
  } else {
    try {
      await takeSteps(training);
    } finally {
      await watch.close();
    }
  }
  useBest(validation, note);
  return watch;
}

async function takeSteps(training: Training): Promise<void> {
  const { run, engine, watch, save } = training;
  const { settings, stepsDone, tokenizer, docs } = run;
  const steps = train(engine, tokenizer, docs, { ...settings, stepsDone }, watch.details);
  if (save !== undefined || watch.isLossy) await takeStepsInterruptibly(training, steps);
  else for (const step of steps) if (attend(training, step)) break;
}

/** Does what is due after a step; returns whether to stop. */
function attend(training: Training, report: StepReport): boolean {
  const { watch, validation } = training;
  const { step, numSteps } = report;
  const isLast = step === numSteps;
  const evaluation = validation?.after(step, isLast);
  const isOver = !isLast && evaluation !== undefined && isHopeless(training, step);
  watch.step(report, isLast || isOver);
  if (evaluation !== undefined) watch.validation(step, evaluation);
  if (isOver) {
    const fruitless = validation?.fruitless(step);
    const times = fruitless === 1 ? "a validation was" : `${fruitless} validations in a row were`;
    watch.talk.note(
      `Stopped after step ${step} of ${numSteps}: ${times} no better than one before`,
    );
  }
  return isOver;
}

/** Tells if `--patience` validations in a row have been in vain. */
function isHopeless({ run, validation }: Training, step: number): boolean {
  const { patience = Infinity } = run.settings;
  return validation !== undefined && validation.fruitless(step) >= patience;
}

/** Takes steps until somebody interrupts them; saves on the way. */
async function takeStepsInterruptibly(
  training: Training,
  steps: Iterable<StepReport>,
): Promise<void> {
  const { Interrupt, Interruption } = await import("../terminal/interrupt.ts");
  using interrupt = new Interrupt();
  const { run, command, watch, save, validation } = training;
  const { settings: { numSteps }, stepsDone } = run;
  const { save: path = "", saveEvery = Infinity } = command.saving;
  const { warn } = watch.talk;
  const kept = save === undefined
    ? ": --save FILE would have kept the model"
    : `, which is saved: microgpt --resume ${asWord(path)}${fromStdin(run)} goes on`;
  const stopped = (step: number) => `Stopped after step ${step} of ${numSteps}${kept}`;
  let step = stepsDone;
  for (const report of steps) {
    step = report.step;
    try {
      if (attend(training, report)) break;
    } catch (error) { // nobody reads the results any more, or there is no room for them
      await save?.(validation?.best);
      if (save !== undefined) warn(stopped(step));
      throw error;
    }
    if (await interrupt.isRequested()) break;
    if (step % saveEvery === 0 && step < numSteps) {
      await save?.(validation?.best).catch(({ message }) => warn(`${message}: it goes on`));
    }
  }
  await save?.(validation?.best);
  if (await interrupt.isRequested()) throw new Interruption(stopped(step));
}

/** The arguments of a run that stand for stdin: whoever resumes it must give them again. */
function fromStdin({ data, generation: { prompt, exclude } }: Run): string {
  if (data.path === "-") return " -";
  if (prompt === "-") return " --prompt -";
  return exclude === "-" ? " --exclude -" : "";
}

async function openSave({ run, engine, command, talk }: Work): Promise<Save | undefined> {
  const { save } = command.saving;
  if (save === undefined) return undefined;
  const { newSave } = await import("./save.ts");
  return await newSave(save, run, engine, talk.note);
}

async function openValidation({ run, engine }: Work): Promise<Validation | undefined> {
  const { valDocs, tokenizer, settings: { patience, numSteps }, best } = run;
  if (valDocs === undefined) {
    if (patience === undefined) return undefined;
    throw new UsageError("--patience needs a run with --val-fraction: this one has begun without");
  }
  const { Validation } = await import("../../evaluate/validation.ts");
  return new Validation(engine, tokenizer, valDocs, Math.ceil(numSteps / 10), best);
}

/** Takes the weights that did best on documents that were not trained on. */
function useBest(validation: Validation | undefined, note: Say): void {
  const best = validation?.best;
  if (best === undefined) return;
  validation?.restoreBest();
  note(
    `The best validation loss is ${best.loss.toFixed(4)}, after step ${best.step}: that is used`,
  );
}
