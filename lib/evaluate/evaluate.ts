/**
 * Measures how good a model is: its loss on documents that it was not trained on, and that of
 * n-gram models on the same documents, as baselines.
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
import { assertInteger, assertVocabulary, type Engine } from "../engine.ts";
import { NgramModel } from "./ngram.ts";
import { countCodePoints } from "../text/utf8.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** The quality of a model on a list of documents. */
export interface Evaluation {
  /**
   * The mean of -ln p over all predicted tokens, the end of a document being one, in nats per
   * token. Long documents weigh more than short ones. It is not finite if the model has diverged.
   */
  readonly loss: number;
  /**
   * The mean of the documents' own means, in nats per token: this is what training reports and
   * minimizes. Tokens of short documents weigh more. Compare it with the loss of training to see
   * if a model has memorized; {@linkcode loss} is another mean.
   */
  readonly documentLoss: number;
  /** `exp(loss)`: 8 means as unsure as choosing among 8 equally likely tokens. */
  readonly perplexity: number;
  /**
   * The sum of -log₂ p per predicted character (Unicode code point), the end of a document being
   * one. It compares models with different tokens: where those are characters it is `loss` / ln 2,
   * where they are bytes a character can be several.
   */
  readonly bitsPerCharacter: number;
  /** The number of predicted tokens. */
  readonly numTokens: number;
  /** The number of characters (Unicode code points) they are, the end of a document being one. */
  readonly numCharacters: number;
  /** The number of documents. */
  readonly numDocs: number;
  /** The number of documents longer than the block: only their first `blockSize` tokens count. */
  readonly numCut: number;
}

/**
 * Measures a model on documents. They do not change it.
 *
 * @param engine The model.
 * @param tokenizer The model's tokenizer.
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

/** A simple model to compare a model with. */
export interface Baseline {
  /** Its name: `uniform`, `1-gram`, `2-gram`, ... */
  readonly name: string;
  /** Its loss on the validation documents as in {@linkcode Evaluation}, in nats per token. */
  readonly loss: number;
}

/** The highest order of n-grams among the baselines. */
const MAX_ORDER = 5;

/**
 * Trains the n-gram models of orders 1 to 5 and measures them. They see the same tokens as the
 * model does: of a long document, its first `blockSize`.
 *
 * @param trainDocs The documents to train on.
 * @param valDocs The documents to measure with.
 * @param tokenizer The tokenizer of both.
 * @param blockSize The maximum length of the model's sequences.
 * @returns The uniform model and the n-grams, by order.
 * @throws {RangeError} If there are no documents on a side, one has a symbol that is not in the
 * vocabulary, or `blockSize` is not a positive integer.
 */
export function baselines(
  trainDocs: Docs,
  valDocs: Docs,
  tokenizer: Tokenizer,
  blockSize: number,
): Baseline[] {
  assertInteger("Cannot train n-gram models: blockSize", blockSize, 1);
  const model = new NgramModel(tokenizer.vocabSize, MAX_ORDER);
  for (const tokens of encodeDocs(trainDocs, tokenizer, blockSize)) model.count(tokens);
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

/** Encodes each document as the model sees it: BOS, and at most `blockSize` more tokens. */
function* encodeDocs(docs: Docs, tokenizer: Tokenizer, blockSize: number): Generator<number[]> {
  if (docs.length === 0) throw new RangeError("Cannot evaluate a model: there are no documents");
  for (let i = 0; i < docs.length; i++) {
    yield tokenizer.encodeDocument(docs.bytesAt(i), blockSize);
  }
}

/** Counts the characters of tokens, BOS being one. */
function countCharacters(tokens: readonly number[], { kind, codes }: Tokenizer): number {
  if (kind === "char") return tokens.length;
  return countCodePoints(tokens.map((id) => codes[id] ?? 0)); // BOS has no code
}
