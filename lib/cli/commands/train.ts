/**
 * `microgpt [dataset]`: trains a model, then lets it write, with the output of
 * microgpt.py.
 *
 * @module
 */

import { DEFAULT_SIZES, numParams } from "../../config.ts";
import type { Engine } from "../../engine.ts";
import { sample } from "../../sample.ts";
import { shownText } from "../../text/text_form.ts";
import type { TrainCommand } from "../options/commands.ts";
import { presetOptions } from "../options/preset.ts";
import type { GenerationSettings } from "../options/tables.ts";
import { newTalk, Results, type Say } from "../terminal/output.ts";
import { noteKnown } from "../training/documents_among.ts";
import { assembleRun, isWorthSharing, mayBeLarge, type Run } from "../training/run.ts";
import { assertSaved, summaryOf } from "../training/run_end.ts";
import { TrainReport } from "../training/train_report.ts";
import { trainRun } from "../training/train_run.ts";
import { noteLongDocs, noteMixedForms, noteUnseen } from "../training/training_data.ts";

/** Samples beyond this many are not compared with the list. */
const MAX_SAMPLES = 10_000;

/** A list that is passed this often, or less, is not memorized by any model. */
const FEW_PASSES = 10;

/**
 * Runs the command.
 *
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

async function trainAndWrite(command: TrainCommand, results: Results): Promise<void> {
  const talk = newTalk(command.quiet, results);
  if (hasFiles(command)) {
    await (await import("../training/distinct_files.ts")).assertDistinctFiles(command);
  }
  const run = await assembleRun(command, talk);
  notePreset(command, talk.note);
  const { data, docs, valDocs, tokenizer, config } = run;
  const samples: string[] = [];
  const write = await prepareToWrite(run, command.json, results, talk.note, samples);
  const report = new TrainReport(results, command.json);
  report.data(docs.length, valDocs?.length, tokenizer.vocabSize, numParams(config));
  if (run.stepsDone === 0) noteData(run, talk.note);
  await noteMemory(run, talk.note);
  using engine = await run.newEngine();
  if (run.stepsDone === 0) await noteSettings(run, talk.note);
  if (!command.given.has("threads")) await noteThreads(run, talk.note);
  const trained = await trainRun({ run, engine, command, report, talk });
  const { steps, watch, interruption } = trained;
  try {
    report.beforeSamples(run.generation.numSamples);
    await write(engine);
    if (!command.quiet) noteKnown(samples, data.docs, talk.note);
  } finally {
    if (steps > 0 && interruption === undefined) talk.note(await summaryOf(trained));
  }
  assertSaved(trained);
  watch.assertComplete();
  if (interruption !== undefined) throw interruption;
}

/** Tells if anything is written but to stdout. */
function hasFiles({ saving: { save }, watching: { log, plot } }: TrainCommand): boolean {
  return save !== undefined || log !== undefined || plot !== undefined;
}

/** Notes what is odd about the data, where it can still be changed. */
function noteData({ data, docs, tokenizer, config, settings }: Run, note: Say): void {
  noteMixedForms(tokenizer, data.codes, note);
  if (data.isOdd) return; // a note has said why it may have unusual characters, and long lines
  noteUnseen(data, tokenizer.kind, note);
  noteLongDocs(docs, tokenizer.kind, config, settings, note);
}

/** Notes what is in force of the settings that a preset has, so that they can be changed. */
function notePreset(command: TrainCommand, note: Say): void {
  const { settings: { preset }, saving: { resume }, given } = command;
  if (preset === undefined || resume !== undefined) return;
  const options = presetOptions(preset).filter(([name]) => given.has(name)) // not all with --from
    .map(([name]) => `--${name} ${given.get(name)}`);
  note(`--preset ${preset}: ${options.join(" ")}`);
}

/** Notes how much memory a large model takes, before it is taken. */
async function noteMemory({ config, settings }: Run, note: Say): Promise<void> {
  if (!mayBeLarge(config)) return; // it is spared the module
  const { largeModel } = await import("../training/forecast.ts");
  const text = largeModel(config, settings);
  if (text !== undefined) note(text);
}

/** Notes that a long run may be shorter, also one that is resumed: a saved one keeps no threads. */
async function noteThreads(run: Run, note: Say): Promise<void> {
  if (!isWorthSharing(run)) return; // it is spared the module
  const { newThreads } = await import("../../wasm/threads/threads.ts");
  if ((newThreads("auto")?.count ?? 1) === 1) return;
  note("--threads auto may make this run faster, and gives the same results");
}

/** Notes what the settings lead to, where they can still be changed. */
async function noteSettings({ docs, settings }: Run, note: Say): Promise<void> {
  const { nEmbd, numSteps, batchSize, threads } = settings;
  const passes = numSteps * batchSize / docs.length;
  const isUsual = nEmbd <= DEFAULT_SIZES.nEmbd && threads === 1;
  if (isUsual && passes <= FEW_PASSES) return; // it is spared the module
  const { settingsAdvice } = await import("../training/settings_advice.ts");
  for (const advice of settingsAdvice(settings, docs.length)) note(advice);
}

/**
 * Prepares what the model writes in the end, so that errors show before training.
 *
 * @param samples The first texts are added to it as they are written, but not those in JSON, which
 * says of each if it is in the list.
 */
async function prepareToWrite(
  { settings, generation, data, tokenizer, config, random }: Run,
  json: boolean,
  results: Results,
  note: Say,
  samples: string[],
): Promise<(engine: Engine) => void | Promise<void>> {
  const shown = (text: string) => shownText(text, settings);
  const line = (text: string, number: number) => {
    if (number <= MAX_SAMPLES) samples.push(text);
    return `sample ${String(number).padStart(2)}: ${shown(text)}`;
  };
  if (!json && isPlain(generation) && settings.normalize !== "nfd") {
    return (engine) => { // the loop of microgpt.py
      for (let i = 1; i <= generation.numSamples; i++) {
        results.line(line(sample(engine, tokenizer, random, generation.temperature), i));
      }
    };
  }
  const { readInputs } = await import("../samples/generation_inputs.ts");
  const { writeSamples } = await import("../samples/write_samples.ts");
  const inputs = await readInputs(generation, settings, tokenizer, config.blockSize, note);
  const trainingList = () => data.docs;
  return (engine) =>
    writeSamples({
      engine,
      tokenizer,
      random,
      inputs,
      trainingList,
      results,
      note,
      json,
      shown,
      line,
    });
}

/**
 * Tells if nothing is asked for but what microgpt.py does: a number of samples, at a temperature.
 */
function isPlain({ numSamples: _n, temperature: _t, ...steering }: GenerationSettings): boolean {
  return Object.values(steering).every((value) => value === undefined || value === false);
}
