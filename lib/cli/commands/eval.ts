/**
 * `microgpt eval MODEL [dataset]`: tell how good a saved model is, beside what
 * counting letters reaches on the same documents.
 *
 * @module
 */

import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { Docs } from "../../docs.ts";
import type { Engine } from "../../engine.ts";
import { baselines, evaluate, type Evaluation } from "../../evaluate/evaluate.ts";
import { type Score, score } from "../../evaluate/score.ts";
import { newDocs, splitDocs } from "../../evaluate/split.ts";
import { AS_IT_IS, isAsItIs, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { unpackList } from "../../checkpoint/training_list.ts";
import type { EvalCommand } from "../options/eval_args.ts";
import { loadModel } from "../load_model.ts";
import { Results, say } from "../terminal/output.ts";
import { savedData } from "../training/resume.ts";
import { engineOf } from "./sample.ts";
import { parseSettings } from "../training/saved_settings.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import type { TrainCommand } from "../options/train_args.ts";
import {
  loadTrainingData,
  nameOf,
  type Say,
  type TrainingData,
} from "../training/training_data.ts";
import { quote } from "../../text/quote.ts";

/** A model, and the settings it was trained with. */
interface Subject {
  readonly checkpoint: Checkpoint;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  /** `undefined` if the file has only a model. */
  readonly trained: TrainCommand | undefined;
}

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runEval(command: EvalCommand): Promise<void> {
  const { model, perLine, quiet } = command;
  const note: Say = quiet ? () => {} : (message) => say(`${message}\n`);
  const checkpoint = await loadModel(model);
  const engine = engineOf(checkpoint, command.engine);
  const trained = checkpoint.run && parseSettings(checkpoint.run.settings, model);
  const subject = { checkpoint, engine, tokenizer: checkpoint.tokenizer, trained };
  const results = new Results();
  try {
    if (perLine) await scoreLines(subject, command, results, note);
    else await compare(subject, command, results, note);
  } finally {
    results.flush();
  }
}

/**
 * Each line with its loss: the lower, the likelier the model finds it. Of one with a character
 * that the model does not know it is Infinity, in JSON `null`.
 */
async function scoreLines(
  { engine, tokenizer, trained }: Subject,
  { dataset, json }: EvalCommand,
  results: Results,
  note: Say,
): Promise<void> {
  const { docs } = await loadTrainingData({ dataset, preset: undefined }, undefined, note, note);
  const { form = AS_IT_IS } = trained ?? {};
  let strange = 0;
  for (let i = 0; i < docs.length; i++) {
    const text = docs.at(i);
    const formed = isAsItIs(form) ? docs.bytesAt(i) : toForm(text, form);
    const known = knownScore(engine, tokenizer, formed);
    if (known === undefined) strange++;
    const { logProb = -Infinity, numTokens = 0, perplexity = Infinity } = known ?? {};
    results.line(
      json
        ? JSON.stringify({ type: "line", text, logProb, numTokens, perplexity })
        : `${Math.log(perplexity).toFixed(4)}\t${text}`,
    );
  }
  if (strange > 0) {
    note(`${strange} of ${docs.length} lines have a character that the model does not know`);
  }
}

/** The score of a text; `undefined` if it has a symbol that is not in the vocabulary. */
function knownScore(
  engine: Engine,
  tokenizer: Tokenizer,
  text: string | Uint8Array,
): Score | undefined {
  try {
    tokenizer.encode(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return score(engine, tokenizer, text);
}

/** The model and the baselines, on documents that neither was trained on. */
async function compare(
  subject: Subject,
  { model, dataset, json }: EvalCommand,
  results: Results,
  note: Say,
): Promise<void> {
  const { engine, tokenizer } = subject;
  const { trainDocs, valDocs, path } = await unseenDocs(subject, model, dataset, note);
  const evaluation = evaluateOn(subject, valDocs, path);
  const { numTokens, numCharacters, numDocs, numCut } = evaluation;
  const { blockSize } = engine.config;
  const rows = [
    { name: "model", loss: evaluation.loss },
    ...baselines(trainDocs, valDocs, tokenizer, blockSize),
  ].map(({ name, loss }) => ({
    name,
    loss,
    bitsPerCharacter: loss * numTokens / numCharacters / Math.LN2,
    perplexity: Math.exp(loss),
  }));
  if (json) {
    results.line(JSON.stringify({ type: "data", numDocs, numTokens, numCut }));
    for (const row of rows) results.line(JSON.stringify({ type: "evaluation", ...row }));
    return;
  }
  const cut = numCut === 0 ? "" : `, ${numCut} of them only to token ${blockSize}`;
  results.line(`not trained on: ${numDocs} documents${cut}, ${numTokens} tokens`);
  results.line(`${"".padEnd(8)}  nats/token  bits/char  perplexity`);
  for (const { name, loss, bitsPerCharacter, perplexity } of rows) {
    results.line(
      `${name.padEnd(8)}  ${loss.toFixed(4).padStart(10)}  ` +
        `${bitsPerCharacter.toFixed(4).padStart(9)}  ${perplexity.toFixed(2).padStart(10)}`,
    );
  }
}

function evaluateOn({ engine, tokenizer }: Subject, docs: Docs, path: string): Evaluation {
  try {
    return evaluate(engine, tokenizer, docs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(
      `Cannot judge the model by ${nameOf(path)}: ${error.message}: ` +
        `leave such documents out, or score each by itself with --per-line`,
    );
  }
}

/** The documents that a model was trained on, and others. */
interface Unseen {
  readonly trainDocs: Docs;
  readonly valDocs: Docs;
  /** Where the others are from. */
  readonly path: string;
}

/** What to train the baselines on, and what to judge by. */
async function unseenDocs(
  { checkpoint, trained }: Subject,
  model: string,
  dataset: string | undefined,
  note: Say,
): Promise<Unseen> {
  const { run } = checkpoint;
  if (run === undefined || trained === undefined) {
    throw new Error(
      `Cannot judge ${quote(model)}: it does not say what it was trained on: ` +
        `score lines with --per-line`,
    );
  }
  const data = dataset === undefined
    ? await savedData(model, trained, run, note, note)
    : await loadTrainingData({ dataset, preset: undefined }, trained.form, note, note);
  if (await sha256(data.bytes) === run.dataset.sha256) {
    const { valFraction, seed } = trained;
    if (valFraction > 0) return { ...splitDocs(data.docs, valFraction, seed), path: data.path };
    throw new Error(
      `Cannot judge ${quote(model)} by ${nameOf(data.path)}: it was trained on all of ` +
        `it: train with --val-fraction 0.1, or name other documents`,
    );
  }
  if (dataset === undefined) {
    throw new Error(
      `Cannot judge ${quote(model)}: ${nameOf(data.path)} is not what it was trained on ` +
        `any more: name a data set`,
    );
  }
  const known = knownDocs(checkpoint, trained);
  return { ...othersOf(known, data, note), path: data.path };
}

/** What the model was trained on, each document once. */
function knownDocs({ trainingList }: Checkpoint, trained: TrainCommand): Docs {
  if (trainingList === undefined) {
    throw new Error(
      "Cannot tell what the model has seen: it has no training list: name a data set of which a part was held out",
    );
  }
  const docs = Docs.from(unpackList(trainingList));
  const { valFraction, seed } = trained;
  return valFraction > 0 ? splitDocs(docs, valFraction, seed).trainDocs : docs;
}

/** The documents of another data set that the model has not seen. */
function othersOf(
  known: Docs,
  { docs, path }: TrainingData,
  note: Say,
): Pick<Unseen, "trainDocs" | "valDocs"> {
  const unseen = newDocs(docs, known);
  if (unseen.length === 0) {
    throw new Error(`Cannot judge the model by ${nameOf(path)}: it was trained on all of it`);
  }
  const count = newDocs(docs, Docs.from([])).length;
  const numSeen = count - unseen.length;
  if (numSeen > 0) note(`${numSeen} of ${count} documents were trained on: they are left out`);
  return { trainDocs: known, valDocs: unseen };
}
