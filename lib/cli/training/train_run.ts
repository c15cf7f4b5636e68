/**
 * Trains a run: watches it, validates it and saves it on the way, as far as
 * that is asked for.
 *
 * @module
 */

import type { Evaluation } from "../../evaluate/evaluate.ts";
import type { Validation } from "../../evaluate/validation.ts";
import { asWord } from "../../text/quote.ts";
import { type EngineState, useAverage } from "../../engine.ts";
import { type StepReport, train } from "../../trainer.ts";
import { UsageError } from "../options/parsers.ts";
import { Interrupt, Interruption } from "../terminal/interrupt.ts";
import { ERASE } from "../terminal/output.ts";
import { Pace } from "../terminal/pace.ts";
import type { Run, Work } from "./run.ts";
import type { RunEnd } from "./run_end.ts";
import type { Save } from "./save.ts";
import { Watch } from "./watch.ts";

/** A run at work, and what goes along with its steps. */
interface Training extends Work {
  readonly watch: Watch;
  readonly save: Save | undefined;
  readonly validation: Validation | undefined;
  readonly interrupt: Interrupt;
}

/** A run that has been trained, before its samples are written. */
export interface Trained extends RunEnd {
  /** Knows whether the files of the run are complete. */
  readonly watch: Watch;
  /** The interruption that ends the program after the samples. */
  readonly interruption: Interruption | undefined;
}

/**
 * Trains, and leaves the engine with the weights that are to be used.
 *
 * @throws {Interruption} If it was interrupted, and there is nothing to do but to end.
 * @throws {Error} If a file cannot be written, or the loss diverges.
 */
export async function trainRun(work: Work): Promise<Trained> {
  const { run, command: { saving: { save: wanted }, watching }, talk: { note } } = work;
  const hasFiles = wanted !== undefined || watching.log !== undefined ||
    watching.plot !== undefined;
  using _limit = hasFiles ? new (await import("./file_size_limit.ts")).FileSizeLimit() : undefined;
  const save = await openSave(work);
  const validation = await openValidation(work);
  const watch = await Watch.open(work); // last, for it begins a new log
  const nothing = { steps: 0, time: 0, wanted, saved: wanted, watch, interruption: undefined };
  let trained: Trained = nothing;
  if (isHopeless({ run, validation }, run.stepsDone)) {
    note("This run has already stopped early (--patience): nothing left to train");
    await watch.close();
  } else {
    if (isDone(run)) {
      note(
        `All ${run.stepsDone} steps of this run are done: give a larger --num-steps to train on`,
      );
    }
    try {
      trained = await trainAndSave({ ...work, watch, save, validation });
    } finally {
      await watch.close();
    }
  }
  useBest(work, validation);
  return trained;
}

/** Tells if a resumed run has no steps left. */
function isDone({ settings: { numSteps }, stepsDone }: Run): boolean {
  return stepsDone > 0 && stepsDone === numSteps;
}

/** Writes the words about a signal, for work that does not end at once. */
function goodbye({ command: { quiet, saving: { save } } }: Work, watch: Watch): string {
  if (quiet) return "";
  const end = save === undefined ? "" : `, to save ${asWord(save)}`;
  return `${watch.hasBar ? ERASE : ""}Stopping${end}: a second Ctrl-C ends at once\n`;
}

async function trainAndSave(work: Omit<Training, "interrupt">): Promise<Trained> {
  const { run, command: { saving: { save: wanted } }, watch, save, validation } = work;
  using interrupt = new Interrupt(goodbye(work, watch), () => watch.redraw());
  const start = performance.now();
  const { step, failure } = await takeSteps({ ...work, interrupt });
  const time = performance.now() - start;
  if (save !== undefined) interrupt.listen();
  watch.syncFiles();
  const saved = await save?.atLast(validation?.best);
  const stopped = async () =>
    `Stopped after step ${step} of ${run.settings.numSteps}${await fate(run, saved, wanted)}`;
  if (failure !== undefined) {
    if (save !== undefined) watch.talk.warn(await stopped());
    throw failure;
  }
  const { signal } = interrupt;
  const steps = step - run.stepsDone;
  const trained = { steps, time, wanted, saved, watch, interruption: undefined };
  if (signal === undefined) return trained;
  const hasSamples = signal === "SIGINT" && save === undefined && run.generation.numSamples > 0;
  if (!hasSamples) throw new Interruption(await stopped(), signal);
  watch.talk.warn(`${await stopped()}; these are samples of what it has learned`);
  return { ...trained, interruption: new Interruption("", signal) };
}

/** Says what becomes of a run that was stopped. */
async function fate(
  run: Run,
  saved: string | undefined,
  wanted: string | undefined,
): Promise<string> {
  if (saved !== undefined) {
    const { commandLine } = await import("../program.ts"); // loaded only where it is needed
    const { threads } = run.settings; // which a saved run does not keep
    const again = threads === 1 ? [] : ["--threads", String(threads)];
    const argv = ["--resume", saved, ...again, ...fromStdin(run)];
    return `, which is saved: ${commandLine(argv)} goes on`;
  }
  return wanted === undefined
    ? ": --save FILE would have kept the model"
    : ": the model is not saved";
}

/** The results of a run cannot be written any more: nobody reads them, or there is no room. */
class OutputFailure extends Error {}

/**
 * Takes steps until the last one, or until somebody interrupts them; saves on the way.
 *
 * @returns The last step, and the error if results could not be written.
 */
async function takeSteps(training: Training): Promise<{ step: number; failure?: unknown }> {
  const { run, engine, watch, save, interrupt } = training;
  const { settings, stepsDone, tokenizer, docs } = run;
  const options = { ...settings, stepsDone };
  const steps = train(engine, tokenizer, docs, options, watch.details, interrupt);
  const pace = new Pace();
  let before = stateBefore(training, stepsDone + 1);
  try {
    for (let report; (report = takeStepsToPause(training, steps, pace)) !== undefined;) {
      const { step } = report;
      const evaluation = isValidated(training, step) ? await validate(training, step) : undefined;
      if (before !== undefined && evaluation === undefined) interrupt.throwIfAborted();
      if (attend(training, report, evaluation)) break;
      if (isSaved(training, step)) await saveOnTheWay(training);
      if (save !== undefined || watch.hasFiles) interrupt.listen(); // there is something to save
      if (interrupt.isDue(pace) && await interrupt.isRequested()) break;
      before = stateBefore(training, step + 1);
    }
  } catch (error) {
    if (error instanceof OutputFailure) return { step: watch.lastStep, failure: error.cause };
    if (error !== interrupt.reason) throw error;
    if (before !== undefined) {
      engine.restore(before);
      return { step: before.steps };
    }
  }
  return { step: watch.lastStep };
}

/**
 * Takes steps until there is something to wait for. This is a function of its own because it is the
 * inner loop, and V8 would interpret it anew each time that an async function goes on.
 *
 * @returns The last of the steps, which nobody has attended to; `undefined` if there are no more.
 */
function takeStepsToPause(
  training: Training,
  steps: Iterator<StepReport>,
  pace: Pace,
): StepReport | undefined {
  const { run: { settings: { numSteps }, stepsDone }, interrupt } = training;
  for (;;) {
    const { done, value: report } = steps.next();
    if (done) return undefined;
    const { step } = report;
    const isPause = step === stepsDone + 1 || step === numSteps || isValidated(training, step) ||
      isSaved(training, step) || needsStateBefore(training, step + 1);
    if (isPause || interrupt.isDue(pace)) return report;
    attend(training, report, undefined);
  }
}

/** Tells if validation is due after a step. */
function isValidated({ run, validation }: Training, step: number): boolean {
  return validation !== undefined && validation.isDue(step, step === run.settings.numSteps);
}

/**
 * Tells if a state is needed to go back to. A step and its validation are one: where that is
 * interrupted, the run goes back to before both.
 */
function needsStateBefore(training: Training, step: number): boolean {
  return training.save !== undefined && isValidated(training, step);
}

function stateBefore(training: Training, step: number): EngineState | undefined {
  return needsStateBefore(training, step) ? training.engine.state() : undefined;
}

/** Validates the model after a step; gives up, and returns nothing, if that is interrupted. */
async function validate(
  { validation, interrupt }: Training,
  step: number,
): Promise<Evaluation | undefined> {
  using pieces = validation!.validating(step); // it is due
  const pace = new Pace();
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    if (interrupt.isDue(pace) && await interrupt.isRequested()) return undefined;
  }
}

/** Does what is due after a step; returns whether to stop. */
function attend(
  training: Training,
  report: StepReport,
  evaluation: Evaluation | undefined,
): boolean {
  const { watch, validation } = training;
  const { step, numSteps } = report;
  const isLast = step === numSteps;
  const isOver = !isLast && evaluation !== undefined && isHopeless(training, step);
  try {
    watch.step(report, isLast || isOver);
    if (evaluation !== undefined) watch.validation(step, evaluation);
  } catch (cause) {
    throw new OutputFailure("", { cause });
  }
  if (isOver) {
    const fruitless = validation?.fruitless(step);
    const times = fruitless === 1 ? "1 validation" : `${fruitless} validations in a row`;
    watch.talk.note(
      `Stopped after step ${step} of ${numSteps}: ${times} without improvement`,
    );
  }
  return isOver;
}

/** Tells if the last `--patience` validations in a row have brought no improvement. */
function isHopeless(
  { run, validation }: Pick<Training, "run" | "validation">,
  step: number,
): boolean {
  const { patience = Infinity } = run.settings;
  return validation !== undefined && validation.fruitless(step) >= patience;
}

/** Tells if `--save-every` is due after a step; the last one is saved anyway. */
function isSaved({ run, command: { saving } }: Training, step: number): boolean {
  const { saveEvery = Infinity } = saving;
  return step % saveEvery === 0 && step < run.settings.numSteps;
}

async function saveOnTheWay({ watch, save, validation }: Training): Promise<void> {
  const { warn } = watch.talk;
  watch.syncFiles();
  try {
    watch.syncResults();
  } catch (cause) {
    throw new OutputFailure("", { cause });
  }
  await save?.now(validation?.best).catch(({ message }) => warn(`${message}: training continues`));
}

/** Lists the arguments of a run that stand for stdin: whoever resumes it must give them again. */
function fromStdin({ data, generation: { prompt, exclude } }: Run): string[] {
  if (data.path === "-") return ["-"];
  if (prompt === "-") return ["--prompt", "-"];
  return exclude === "-" ? ["--exclude", "-"] : [];
}

async function openSave({ run, engine, command, talk }: Work): Promise<Save | undefined> {
  const { save } = command.saving;
  if (save === undefined) return undefined;
  const { newSave } = await import("./save.ts");
  return await newSave(save, run, engine, talk);
}

async function openValidation({ run, engine }: Work): Promise<Validation | undefined> {
  const { valDocs, tokenizer, settings: { patience, numSteps }, best } = run;
  if (valDocs === undefined) {
    if (patience === undefined) return undefined;
    throw new UsageError("--patience needs a run with --val-fraction: this run started without it");
  }
  const { Validation } = await import("../../evaluate/validation.ts");
  return new Validation(engine, tokenizer, valDocs, Math.ceil(numSteps / 10), best);
}

/** Takes the weights that did best on documents that were not trained on, or else the average. */
function useBest({ engine, talk: { note } }: Work, validation: Validation | undefined): void {
  const best = validation?.best;
  if (best === undefined) {
    useAverage(engine);
    return;
  }
  validation?.restoreBest();
  note(
    `The best validation loss is ${
      best.loss.toFixed(4)
    }, after step ${best.step}: its weights are used`,
  );
}
