/**
 * `microgpt eval MODEL [dataset]`: tell how good a saved model is, beside what
 * counting letters reaches on the same documents.
 *
 * @module
 */

import type { Checkpoint } from "../checkpoint.ts";
import { Docs } from "../docs.ts";
import type { Engine } from "../engine.ts";
import { baselines, evaluate } from "../evaluate.ts";
import { score } from "../score.ts";
import { splitDocs } from "../split.ts";
import { AS_IT_IS, toForm } from "../text_form.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { unpackList } from "../training_list.ts";
import type { EvalCommand } from "./eval_args.ts";
import { loadModel } from "./load_model.ts";
import { Results, say } from "./output.ts";
import { savedData } from "./resume.ts";
import { engineOf } from "./sample_command.ts";
import { parseSettings } from "./saved_settings.ts";
import { sha256 } from "./save.ts";
import type { TrainCommand } from "./train_args.ts";
import { loadTrainingData, nameOf, type Say } from "./training_data.ts";

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
  const { model, dataset, perLine, quiet } = command;
  const note: Say = quiet ? () => {} : (message) => say(`${message}\n`);
  const checkpoint = await loadModel(model);
  const engine = engineOf(checkpoint, command.engine);
  const trained = checkpoint.run && parseSettings(checkpoint.run.settings, model);
  const subject = { checkpoint, engine, tokenizer: checkpoint.tokenizer, trained };
  const results = new Results();
  try {
    if (perLine) await scoreLines(subject, dataset ?? "-", results, command.json, note);
    else await compare(subject, command, results, note);
  } finally {
    results.flush();
  }
}

/** Each line with its loss: the lower, the likelier the model finds it. */
async function scoreLines(
  { engine, tokenizer, trained }: Subject,
  dataset: string,
  results: Results,
  json: boolean,
  note: Say,
): Promise<void> {
  const { docs } = await loadTrainingData({ dataset, preset: undefined }, undefined, note, note);
  const form = trained?.form ?? AS_IT_IS;
  let strange = 0;
  for (const text of docs) {
    const known = knownScore(engine, tokenizer, toForm(text, form));
    if (known === undefined) strange++;
    const { logProb = -Infinity, numTokens = 0, perplexity = Infinity } = known ?? {};
    results.line(
      json
        ? JSON.stringify({ type: "line", text, logProb, numTokens, perplexity })
        : `${Math.log(perplexity).toFixed(4).padStart(8)}  ${text}`,
    );
  }
  if (strange > 0) {
    note(`${strange} of ${docs.length} lines have a character that the model does not know`);
  }
}

/** The score of a text; `undefined` if it has a character that is not in the vocabulary. */
function knownScore(engine: Engine, tokenizer: Tokenizer, text: string) {
  try {
    tokenizer.encode(text);
  } catch {
    return undefined;
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
  const { trainDocs, valDocs } = await unseenDocs(subject, model, dataset, note);
  const { loss, bitsPerCharacter, numTokens, numDocs, numCut } = evaluate(
    engine,
    tokenizer,
    valDocs,
  );
  const perNat = bitsPerCharacter / loss; // the same for all, whatever a token is
  const rows = [
    { name: "model", loss },
    ...baselines(trainDocs, valDocs, tokenizer, engine.config.blockSize),
  ].map((row) => ({
    ...row,
    bitsPerCharacter: row.loss * perNat,
    perplexity: Math.exp(row.loss),
  }));
  if (json) {
    results.line(JSON.stringify({ type: "data", numDocs, numTokens, numCut }));
    for (const row of rows) results.line(JSON.stringify({ type: "evaluation", ...row }));
    return;
  }
  results.line(`held out: ${numDocs} documents, ${numTokens} tokens`);
  results.line(`${"".padEnd(8)}  nats/token  bits/char  perplexity`);
  for (const { name, loss, bitsPerCharacter, perplexity } of rows) {
    results.line(
      `${name.padEnd(8)}  ${loss.toFixed(4).padStart(10)}  ` +
        `${bitsPerCharacter.toFixed(4).padStart(9)}  ${perplexity.toFixed(2).padStart(10)}`,
    );
  }
}

/** The documents that the model was trained on, and others. */
async function unseenDocs(
  { checkpoint, trained }: Subject,
  model: string,
  dataset: string | undefined,
  note: Say,
): Promise<{ readonly trainDocs: Docs; readonly valDocs: Docs }> {
  const { run } = checkpoint;
  if (run === undefined || trained === undefined) {
    throw new Error(
      `Cannot judge ${JSON.stringify(model)}: it does not say what it was trained on: ` +
        `score lines with --per-line`,
    );
  }
  const data = dataset === undefined
    ? await savedData(model, trained, run, note, note)
    : await loadTrainingData({ dataset, preset: undefined }, trained.form, note, note);
  if (await sha256(data.bytes) === run.dataset.sha256) {
    if (trained.valFraction > 0) return splitDocs(data.docs, trained.valFraction, trained.seed);
    throw new Error(
      `Cannot judge ${JSON.stringify(model)} by ${nameOf(data.path)}: it was trained on all of ` +
        `it: train with --val-fraction 0.1, or name other documents`,
    );
  }
  if (dataset === undefined) {
    throw new Error(
      `Cannot judge ${JSON.stringify(model)}: ${nameOf(data.path)} is not what it was trained on ` +
        `any more: name a data set`,
    );
  }
  return await otherDocs(checkpoint, data.docs, data.path, note);
}

/** The documents of another data set that the model has not seen. */
async function otherDocs(
  { trainingList }: Checkpoint,
  docs: Docs,
  path: string,
  note: Say,
): Promise<{ readonly trainDocs: Docs; readonly valDocs: Docs }> {
  if (trainingList === undefined) {
    throw new Error(
      "Cannot tell what the model has seen: it has no training list: name a data set of which a part was held out",
    );
  }
  const seen = new Set(await unpackList(trainingList));
  const texts = new Set(docs);
  const unseen = [...texts].filter((text) => !seen.has(text));
  if (unseen.length === 0) {
    throw new Error(`Cannot judge the model by ${nameOf(path)}: it was trained on all of it`);
  }
  const numSeen = texts.size - unseen.length;
  if (numSeen > 0) note(`${numSeen} of ${texts.size} documents were trained on: they are left out`);
  return { trainDocs: Docs.from(seen), valDocs: Docs.from(unseen) };
}
