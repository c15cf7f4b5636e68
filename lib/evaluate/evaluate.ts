/**
 * How good a model is: its loss on documents that it was not trained on, and
 * that of the models to hold it against, which count n-grams.
 *
 * What it does not do: hold documents out (see `split`).
 *
 * @example A model and its baselines on the same documents
 * ```ts
 * import { baselines, evaluate } from "@x/microgpt/evaluate";
 * import { createEngine, Docs, numParams, Tokenizer } from "@x/microgpt/lib";
 * import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const trainDocs = Docs.from(["anna", "hanna", "nan"]), valDocs = Docs.from(["nanna"]);
 * const tokenizer = Tokenizer.fromDocs(trainDocs); // a, h, n, BOS
 * const config = { vocabSize: 4, nLayer: 1, nEmbd: 8, nHead: 2, blockSize: 16 };
 * const engine = createEngine("wasm", config, new Float64Array(numParams(config)));
 *
 * const { loss, perplexity, numTokens } = evaluate(engine, tokenizer, valDocs);
 * assertEquals(numTokens, 6); // nanna and its end
 * assertAlmostEquals(loss, Math.log(4)); // weights of 0 leave the choice of four
 * assertAlmostEquals(perplexity, 4);
 * const [uniform, , bigram] = baselines(trainDocs, valDocs, tokenizer, config.blockSize);
 * assertAlmostEquals(uniform!.loss, Math.log(4));
 * assert(bigram!.loss < uniform!.loss);
 * ```
 *
 * @module
 */

import type { Docs } from "../docs.ts";
import { assertVocabulary, type Engine } from "../engine.ts";
import { trainNgrams } from "./ngram.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** How good a model is on a list of documents. */
export interface Evaluation {
  /**
   * The mean over all predicted tokens, the end of a document being one, of -ln p, in
   * nats a token. Long documents weigh more than short ones. It is not finite if the
   * model has diverged.
   */
  readonly loss: number;
  /**
   * The mean over the documents of their own mean: what training reports and makes small, in
   * nats a token. Here a token of a short document weighs more. To see whether a model has
   * memorised, hold this against the loss of training; {@linkcode loss} is another mean.
   */
  readonly documentLoss: number;
  /** `exp(loss)`: among how many equally likely tokens the model might as well have to choose. */
  readonly perplexity: number;
  /**
   * The sum of -log₂ p over the number of predicted characters (Unicode code points), the
   * end of a document being one. It compares models with different tokens: where they are
   * characters it is `loss` / ln 2, where they are bytes a character can be several.
   */
  readonly bitsPerCharacter: number;
  /** How many tokens were predicted. */
  readonly numTokens: number;
  /** How many characters (Unicode code points) they are, the end of a document being one. */
  readonly numCharacters: number;
  /** How many documents there were. */
  readonly numDocs: number;
  /** How many of them were longer than the context, so that only their first `blockSize` tokens count. */
  readonly numCut: number;
}

/**
 * Measures a model on all of the documents. They do not change it.
 *
 * @param engine The model.
 * @param tokenizer The tokenizer of the documents.
 * @param docs The documents.
 * @throws {RangeError} If there are no documents, or one has a symbol that is not in the
 * vocabulary; if the tokenizer is not the model's.
 */
export function evaluate(engine: Engine, tokenizer: Tokenizer, docs: Docs): Evaluation {
  return finish(evaluating(engine, tokenizer, docs));
}

/** Runs a generator to its end, and returns what that returns. */
export function finish<T>(pieces: Iterator<unknown, T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** Does the same as {@linkcode evaluate}, and yields after each document: it can be long work. */
export function* evaluating(
  engine: Engine,
  tokenizer: Tokenizer,
  docs: Docs,
): Generator<void, Evaluation, void> {
  assertVocabulary(engine, tokenizer);
  const { blockSize } = engine.config;
  let total = 0, totalOfMeans = 0, numTokens = 0, numCharacters = 0, numCut = 0;
  for (const tokens of encodeDocs(docs, tokenizer, blockSize)) {
    const n = tokens.length - 1; // the first BOS is given
    const mean = engine.loss(tokens);
    total += n * mean;
    totalOfMeans += mean;
    numTokens += n;
    numCharacters += countCharacters(tokens, tokenizer) - 1; // as above
    if (tokens[n] !== tokenizer.bos) numCut++;
    yield;
  }
  const loss = total / numTokens;
  return {
    loss,
    documentLoss: totalOfMeans / docs.length,
    perplexity: Math.exp(loss),
    bitsPerCharacter: total / Math.LN2 / numCharacters,
    numTokens,
    numCharacters,
    numDocs: docs.length,
    numCut,
  };
}

/** A model to hold another one against. */
export interface Baseline {
  /** What it is: `uniform`, `1-gram`, `2-gram`, ... */
  readonly name: string;
  /** Its loss on the validation documents as in {@linkcode Evaluation}, in nats a token. */
  readonly loss: number;
}

/** The highest order of n-grams among the baselines. */
const MAX_ORDER = 5;

/**
 * Trains the n-gram models of orders 1 to 5 and measures them. They see the same
 * tokens as the model does: of a long document, its first `blockSize`.
 *
 * @param trainDocs The documents to train on.
 * @param valDocs The documents to measure with.
 * @param tokenizer The tokenizer of both.
 * @param blockSize The maximum length of the model's sequences.
 * @returns The uniform model and the n-grams, by order.
 * @throws {RangeError} If there are no documents on a side, or one has a symbol that is not
 * in the vocabulary.
 */
export function baselines(
  trainDocs: Docs,
  valDocs: Docs,
  tokenizer: Tokenizer,
  blockSize: number,
): Baseline[] {
  const model = trainNgrams(
    encodeDocs(trainDocs, tokenizer, blockSize),
    tokenizer.vocabSize,
    MAX_ORDER,
  );
  const totals = new Float64Array(MAX_ORDER + 1);
  let numTokens = 0;
  for (const tokens of encodeDocs(valDocs, tokenizer, blockSize)) {
    const n = tokens.length - 1;
    model.losses(tokens).forEach((loss, order) => totals[order]! += n * loss); // as many
    numTokens += n;
  }
  return Array.from(totals, (total, order) => ({
    name: order === 0 ? "uniform" : `${order}-gram`,
    loss: total / numTokens,
  }));
}

/** The tokens of each document as the model sees them: BOS, and `blockSize` more at most. */
function* encodeDocs(docs: Docs, tokenizer: Tokenizer, blockSize: number): Generator<number[]> {
  if (docs.length === 0) throw new RangeError("Cannot evaluate a model: there are no documents");
  for (let i = 0; i < docs.length; i++) {
    yield tokenizer.encodeDocument(docs.bytesAt(i), blockSize);
  }
}

/** How many characters tokens are, BOS being one. */
function countCharacters(tokens: readonly number[], { kind, codes }: Tokenizer): number {
  if (kind === "char") return tokens.length;
  return tokens.filter((id) => !isContinuation(codes[id])).length; // BOS has no code
}

/** Whether a byte of UTF-8 goes on with a character that has begun before: 10xxxxxx. */
function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
