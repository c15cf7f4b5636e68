/**
 * `microgpt [options] [dataset]`: train a model and let it write, with the
 * output of microgpt.py.
 *
 * @module
 */

import { assertFits, createEngine } from "../create_engine.ts";
import { loadNames, NAMES_PATH, readDataset } from "../dataset.ts";
import { Docs } from "../docs.ts";
import type { Engine } from "../engine.ts";
import { type GptConfig, initWeights, numParams } from "../model.ts";
import { Random } from "../random.ts";
import { sample } from "../sample.ts";
import { Tokenizer } from "../tokenizer.ts";
import { train } from "../trainer.ts";
import { probeFeatures } from "../wasm/lanes.ts";
import type { TrainCommand } from "./args.ts";
import { Results, say } from "./output.ts";
import { canShowBar, Progress } from "./progress.ts";

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
  const { dataset, numSteps, logEvery, quiet, nLayer, nEmbd, nHead, blockSize } = command;
  const warn = (message: string) => say(`${message}\n`);
  const note = quiet ? () => {} : warn;
  const random = new Random(command.seed);
  const docs = await loadDocs(dataset, note, warn);
  docs.shuffle(random);
  results.line(`num docs: ${docs.length}`);
  const tokenizer = newTokenizer(docs, command);
  results.line(`vocab size: ${tokenizer.vocabSize}`);
  const config = { nLayer, nEmbd, nHead, blockSize, vocabSize: tokenizer.vocabSize };
  results.line(`num params: ${numParams(config)}`);
  results.flush();
  noteMixedForms(tokenizer, note);
  noteLongDocs(docs, tokenizer, blockSize, note);
  const engine = newEngine(command, config, random, warn);

  const progress = new Progress(!quiet && canShowBar());
  try {
    for (const { step, loss } of train(engine, tokenizer, docs, command)) {
      if (step === numSteps || (logEvery !== undefined && step % logEvery === 0)) {
        progress.clear();
        results.line(stepLine(step, numSteps, loss));
      }
      progress.update(step, numSteps, loss);
    }
  } finally {
    progress.clear();
  }

  results.line("\n--- inference (new, hallucinated names) ---");
  for (let i = 1; i <= command.numSamples; i++) {
    const text = sample(engine, tokenizer, random, command.temperature);
    results.line(`sample ${String(i).padStart(2)}: ${text}`);
  }
}

/** The engine that was asked for, or, where the platform cannot run it, the other. */
function newEngine(
  { engine, dtype }: TrainCommand,
  config: GptConfig,
  random: Random,
  warn: (message: string) => void,
): Engine {
  const isMissing = engine === "wasm" && !probeFeatures().simd;
  if (isMissing) {
    warn("This platform has no WebAssembly SIMD: using --engine scalar, in f64 and slowly");
  }
  const name = isMissing ? "scalar" : engine;
  assertFits(name, config, dtype);
  return createEngine(name, config, initWeights(config, random), isMissing ? "f64" : dtype);
}

function newTokenizer(docs: Docs, { dataset, tokenizer }: TrainCommand): Tokenizer {
  try {
    return Tokenizer.fromDocs(docs, tokenizer);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`${JSON.stringify(dataset ?? NAMES_PATH)}: ${error.message}: --tokenizer byte`);
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
  warn: (message: string) => void,
): Promise<Docs> {
  const bytes = dataset === undefined ? await loadNames(note, warn) : await readDataset(dataset);
  const docs = Docs.parse(bytes);
  if (docs.length === 0) {
    throw new Error(
      `Cannot train on ${JSON.stringify(dataset ?? NAMES_PATH)}: ` +
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
  const { symbols } = tokenizer;
  const known = new Set(symbols);
  const mixed = symbols.find((symbol) => {
    const parts = [...symbol.normalize("NFD")];
    return parts.length > 1 && parts.every((part) => known.has(part));
  });
  if (mixed !== undefined) {
    note(
      `The data set may write ${JSON.stringify(mixed)} in two ways, as one character (NFC) and ` +
        `as several (NFD): the model takes them for different ones`,
    );
  }
}

/** Says so if the end of some documents is never seen. */
function noteLongDocs(
  docs: Docs,
  tokenizer: Tokenizer,
  blockSize: number,
  note: (message: string) => void,
): void {
  if (docs.maxBytes < blockSize) return; // no more symbols than bytes
  const { spans } = docs;
  let count = 0, longest = 0;
  for (let i = 0; i < spans.length; i += 2) {
    if (spans[i + 1]! - spans[i]! < blockSize) continue; // spans come in pairs
    const symbols = tokenizer.lengthOf(docs.bytes.subarray(spans[i], spans[i + 1]));
    if (symbols < blockSize) continue;
    count++;
    longest = Math.max(longest, symbols);
  }
  if (count > 0) {
    note(
      `${count} of ${docs.length} documents are longer than --block-size ${blockSize} can hold: ` +
        `the rest of them is left out; ${longest + 1} would hold all`,
    );
  }
}
