/**
 * `microgpt eval MODEL [FILE]`: measures how good a saved model is, beside what counting letters
 * reaches on the same documents.
 *
 * @module
 */

import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { sha256 } from "../../checkpoint/sha256.ts";
import { unpackList } from "../../checkpoint/training_list.ts";
import { Docs } from "../../docs.ts";
import type { Engine } from "../../engine.ts";
import { baselines, evaluate, type Evaluation } from "../../evaluate/evaluate.ts";
import { type Score, score } from "../../evaluate/score.ts";
import {
  countDistinct,
  MIN_DISTINCT,
  newDocs,
  type Split,
  splitDocs,
} from "../../evaluate/split.ts";
import { readDataset } from "../../files/dataset.ts";
import { quote } from "../../text/quote.ts";
import { AS_IT_IS, isAsItIs, toForm } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { EvalCommand } from "../options/commands.ts";
import type { RunSettings } from "../options/tables.ts";
import { engineOf, loadModel, type SavedModel } from "../saved_model.ts";
import { newTalk, Results, type Talk } from "../terminal/output.ts";
import { type ListTalk, nameOf } from "../text_input.ts";
import { openSavedData } from "../training/saved_data.ts";
import { dataOf, openData, type TrainingData } from "../training/training_data.ts";

/**
 * Runs the command.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runEval(command: EvalCommand): Promise<void> {
  const model = await loadModel(command.model);
  const results = new Results();
  const talk = newTalk(command.quiet, results);
  const engine = engineOf(model, command.engine, talk.warn);
  try {
    if (command.perLine) await scoreLines(model, engine, command, results, talk);
    else await compare(model, engine, command, results, talk);
  } finally {
    results.flush();
  }
}

/**
 * Writes each line with its loss: the lower, the likelier the model finds it. The loss of a line
 * with a character that the model does not know is Infinity, in JSON `null`.
 */
async function scoreLines(
  { checkpoint: { tokenizer }, plan }: SavedModel,
  engine: Engine,
  { dataset, column, json }: EvalCommand,
  results: Results,
  talk: Talk,
): Promise<void> {
  const listForm = { tokenizer: tokenizer.kind, column };
  const { docs } = await openData({ dataset }, talk, listForm, aboutOther(talk));
  const form = plan?.settings ?? AS_IT_IS;
  let strange = 0;
  for (let i = 0; i < docs.length; i++) {
    const text = docs.at(i);
    const formed = isAsItIs(form) ? docs.bytesAt(i) : toForm(text, form);
    const known = knownScore(engine, tokenizer, formed);
    if (known === undefined) strange++;
    const { logProb = -Infinity, numTokens = 0, perplexity = Infinity } = known ?? {};
    if (json) results.json({ type: "line", text, logProb, numTokens, perplexity });
    else results.line(`${Math.log(perplexity).toFixed(4)}\t${text}`);
  }
  if (strange > 0) {
    talk.note(`${strange} of ${docs.length} lines have a character that the model does not know`);
  }
}

/** Scores a text; returns `undefined` if it has a symbol that is not in the vocabulary. */
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

/** Makes the talk about documents that the model does not name itself. */
function aboutOther({ note }: Talk): ListTalk {
  return { note, options: ["column"] };
}

/** Compares the model with the baselines, on documents that neither was trained on. */
async function compare(
  model: SavedModel,
  engine: Engine,
  command: EvalCommand,
  results: Results,
  talk: Talk,
): Promise<void> {
  const { tokenizer } = model.checkpoint;
  const { trainDocs, valDocs, path } = await unseenDocs(model, command, talk);
  const evaluation = evaluateOn(engine, tokenizer, valDocs, path);
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
  if (command.json) {
    results.json({ type: "data", numDocs, numTokens, numCut });
    for (const row of rows) results.json({ type: "evaluation", ...row });
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

function evaluateOn(engine: Engine, tokenizer: Tokenizer, docs: Docs, path: string): Evaluation {
  try {
    return evaluate(engine, tokenizer, docs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(
      `Cannot evaluate the model on ${nameOf(path)}: ${error.message}: ` +
        `remove such documents, or score each line with --per-line`,
    );
  }
}

/** Opens the documents to train the baselines on and those to judge by, which are at `path`. */
async function unseenDocs(
  { path, checkpoint, plan }: SavedModel,
  { dataset, column }: EvalCommand,
  talk: Talk,
): Promise<Split & { readonly path: string }> {
  const cannot = (why: string) => new Error(`Cannot evaluate ${quote(path)}${why}`);
  const { run } = checkpoint;
  if (run === undefined || plan === undefined) {
    throw cannot(": it has no record of its training data: score lines with --per-line");
  }
  const { settings } = plan;
  if (dataset === undefined) {
    const data = await openSavedData(path, run, plan, talk);
    if (await sha256(data.bytes) === run.dataset.sha256) return heldOut(path, data, settings);
    throw cannot(
      `: ${nameOf(data.path)} has changed since training: name a data set`,
    );
  }
  const bytes = await readDataset(dataset);
  const isSame = await sha256(bytes) === run.dataset.sha256 &&
    (column === undefined || column === settings.column);
  if (isSame) return heldOut(path, await dataOf(bytes, dataset, settings, {}), settings);
  const data = await dataOf(bytes, dataset, { ...settings, column }, aboutOther(talk));
  return { ...othersOf(knownDocs(checkpoint, settings), data, talk), path: dataset };
}

/** Finds the documents that a model was trained on, and those held out. */
function heldOut(
  model: string,
  { docs, path }: TrainingData,
  { valFraction, seed }: RunSettings,
): Split & { readonly path: string } {
  if (valFraction !== undefined) return { ...splitDocs(docs, valFraction, seed), path };
  const canSplit = countDistinct(docs) >= MIN_DISTINCT;
  throw new Error(
    `Cannot evaluate ${quote(model)} by ${nameOf(path)}: it was trained on all of it: ` +
      `${canSplit ? "train with --val-fraction 0.1, or " : ""}name other documents`,
  );
}

/** Finds the documents that the model was trained on. */
function knownDocs(
  { trainingList }: Checkpoint,
  { valFraction, seed }: RunSettings,
): Docs {
  if (trainingList === undefined) {
    throw new Error(
      "Cannot tell what the model has seen: it has no training list: name a data set with documents that were held out",
    );
  }
  const docs = Docs.from(unpackList(trainingList));
  return valFraction === undefined ? docs : splitDocs(docs, valFraction, seed).trainDocs;
}

/** Finds the documents of another data set that the model has not seen. */
function othersOf(known: Docs, { docs, path }: TrainingData, { note }: Talk): Split {
  const unseen = newDocs(docs, known);
  if (unseen.length === 0) {
    throw new Error(`Cannot evaluate the model on ${nameOf(path)}: it was trained on all of it`);
  }
  const count = countDistinct(docs);
  const numSeen = count - unseen.length;
  if (numSeen > 0) {
    note(`${numSeen} of ${count} documents were in the training data: they are skipped`);
  }
  return { trainDocs: known, valDocs: unseen };
}
