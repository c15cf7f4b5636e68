/**
 * The interface of an engine, which trains and runs a model. It holds the parameters and the
 * optimizer's state, takes steps on documents that are already tokens, and computes logits. The
 * trainer and the sampler know nothing else, so that engines can be exchanged.
 *
 * @module
 */

import { assertToken, type GptConfig } from "./config.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The precision of an engine's numbers. */
export type Dtype = "f64" | "f32";

/** The precisions there are. */
export const DTYPES: readonly Dtype[] = ["f64", "f32"];

/** The maximum number of threads that take a step of training together. */
export const MAX_THREADS = 64;

/** The tokens of a document, BOS at both ends. */
export type Tokens = ArrayLike<number>;

/**
 * A sequence that grows token by token, with what attention remembers of it.
 * After a step of training it goes on as if it had begun after that.
 */
export interface Sequence {
  /**
   * Appends a token.
   *
   * @param tokenId The token.
   * @returns The logits of what comes next: one per token of the vocabulary, valid until the next call.
   * @throws {RangeError} If there is no such token, or the sequence is `blockSize` long.
   */
  append(tokenId: number): Float64Array;
}

/** Activations of a model at each position of a text. */
export interface Trace {
  /** The logits of what comes next: `logits[t][token]`. */
  readonly logits: readonly Float64Array[];
  /**
   * The attention weights: `attention[layer][head][t][u]` is the share that position `t` takes from
   * position `u`, where `u <= t`. The shares of a position sum to 1.
   */
  readonly attention: readonly (readonly (readonly Float64Array[])[])[];
  /**
   * The residual stream: `stream[stage][t]` has `nEmbd` numbers. There are `2 + 2 * nLayer` stages:
   * the sum of the embeddings; that sum normalized; and after each layer's attention and MLP block.
   */
  readonly stream: readonly (readonly Float64Array[])[];
}

/**
 * A model that can be trained and run. One with threads of its own ends them when it is disposed
 * of; it can be used after that, too.
 */
export interface Engine extends Disposable {
  /** The sizes of the model. */
  readonly config: GptConfig;

  /**
   * One step of training: forward, backward, update.
   *
   * @param batch Documents. The gradient is the mean of theirs; each counts with
   * its first `blockSize` positions.
   * @param learningRate Step size.
   * @param details If given, it is filled; that costs a fifth of a step at nEmbd 16.
   * @param stop Asked between the parts of a batch; if the step is stopped, nothing is updated.
   * @returns The mean over the documents of their loss in nats per token, before the update. If it
   * is not finite, nothing has been updated.
   * @throws {RangeError} If there is no document, one has fewer than two tokens, no token
   * has such an id, or the learning rate is negative or not finite.
   * @throws {Error} If one of several threads fails. No more steps can be taken then.
   */
  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
  ): number;

  /**
   * Computes the loss of a document; nothing is learned from it.
   *
   * @param tokens The document; its first `blockSize` positions count.
   * @returns The mean of -ln p(next token), in nats per token.
   * @throws {RangeError} If it has fewer than two tokens, or no token has such an id.
   */
  loss(tokens: Tokens): number;

  /**
   * Runs the model over tokens, and keeps what it computes on the way.
   *
   * @param tokens The tokens, BOS first: 1 to `blockSize`.
   * @throws {RangeError} If there are none or more, or no token has such an id.
   */
  trace(tokens: Tokens): Trace;

  /** Begins an empty sequence. */
  sequence(): Sequence;

  /** Returns a copy of all parameters, in the order of `layout()`. */
  weights(): Float64Array;

  /** Returns a copy of all that training changes. */
  state(): EngineState;

  /**
   * Restores a state of training.
   *
   * @param state The state of an engine with a model of the same sizes.
   * @throws {TypeError} If the number of weights or moments is not that of the parameters.
   */
  restore(state: EngineState): void;
}

/** Tells long work that it is to stop: an `AbortSignal`, or what does the same. */
export type Stop = Pick<AbortSignal, "aborted" | "throwIfAborted">;

/** Details of a step that are only computed on request. */
export interface StepDetails {
  /**
   * The norm of the gradient: the square root of the sum of its squares. Meaningless if the loss is
   * not finite.
   */
  gradNorm: number;
}

/**
 * All that training changes. An engine that restores the state of another one of its kind goes on
 * as that one would have done, bit for bit.
 */
export interface EngineState {
  /** The number of steps taken. */
  readonly steps: number;
  /** The parameters, in the order of `layout()`. */
  readonly weights: Float64Array;
  /** The engine's buffer for Adam's first moments, which are `m * mScale`. */
  readonly m: Float64Array;
  /** The engine's buffer for Adam's second moments, which are `v * vScale`. */
  readonly v: Float64Array;
  /** See {@linkcode EngineState.m}. */
  readonly mScale: number;
  /** See {@linkcode EngineState.v}. */
  readonly vScale: number;
}

/**
 * Writes a state's moments in the scales of another engine.
 *
 * @param state The state.
 * @param mScale See {@linkcode EngineState.m}.
 * @param vScale See {@linkcode EngineState.v}.
 * @returns The moments: in the scales they have already, not a bit of them changes.
 */
export function moments(
  state: EngineState,
  mScale = 1,
  vScale = 1,
): Pick<EngineState, "m" | "v"> {
  const m = state.mScale / mScale, v = state.vScale / vScale;
  return { m: state.m.map((x) => x * m), v: state.v.map((x) => x * v) };
}

/**
 * Checks an option.
 *
 * @param what What fails if it is not an integer, and its name, such as `Cannot train: numSteps`.
 * @param value The option.
 * @param min The minimum.
 * @throws {RangeError} If it is not an integer, or below the minimum.
 */
export function assertInteger(what: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(`${what} must be an integer from ${min} on: it is ${value}`);
  }
}

/**
 * Checks a state before it is restored.
 *
 * @param state The state.
 * @param numParams How many parameters the model has.
 * @throws {TypeError} If the number of weights or moments is another one.
 * @throws {RangeError} If the number of steps, or a scale, cannot be.
 */
export function assertState(state: EngineState, numParams: number): void {
  const { steps, weights, m, v, mScale, vScale } = state;
  const isScale = (scale: number) => scale > 0 && scale < Infinity;
  if (!Number.isSafeInteger(steps) || steps < 0 || !isScale(mScale) || !isScale(vScale)) {
    throw new RangeError(
      `Cannot restore the state: steps must be an integer from 0 on, and scales above 0: ` +
        `steps is ${steps}, mScale is ${mScale}, vScale is ${vScale}`,
    );
  }
  for (const [name, { length }] of Object.entries({ weights, m, v })) {
    if (length !== numParams) {
      throw new TypeError(
        `Cannot restore the state: the model has ${numParams} parameters: ` +
          `${name} has ${length} numbers`,
      );
    }
  }
}

/**
 * Checks a batch before anything is computed.
 *
 * @param batch The documents.
 * @param config The sizes of the model.
 * @throws {RangeError} If there is no document, one has fewer than two tokens, or no token has such an id.
 */
export function assertBatch(batch: readonly Tokens[], { vocabSize }: GptConfig): void {
  if (batch.length === 0) throw new RangeError("Cannot train: there is no document in the batch");
  for (const tokens of batch) {
    if (tokens.length < 2) {
      throw new RangeError(
        `Cannot train on a document of ${tokens.length} tokens: 2 are needed, such as BOS and BOS`,
      );
    }
    for (let i = 0; i < tokens.length; i++) {
      const id = tokens[i]!; // i < length
      if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
        throw new RangeError(
          `Cannot train on a document with token ${id}: tokens are 0 to ${vocabSize - 1}`,
        );
      }
    }
  }
}

/**
 * Checks the tokens of a {@linkcode Trace} before anything is computed.
 *
 * @throws {RangeError} If there are none, more than the block holds, or no token has such an id.
 */
export function assertTokens(tokens: Tokens, config: GptConfig): void {
  if (tokens.length === 0) throw new RangeError("Cannot run the model: there is no token");
  for (let i = 0; i < tokens.length; i++) assertToken(tokens[i]!, i, config); // i < length
}

/**
 * Checks a learning rate.
 *
 * @param learningRate Step size.
 * @throws {RangeError} If it is negative or not finite.
 */
export function assertLearningRate(learningRate: number): void {
  if (!(learningRate >= 0 && learningRate < Infinity)) {
    throw new RangeError(`Cannot train: learningRate must be 0 or above: it is ${learningRate}`);
  }
}

/**
 * Checks that a tokenizer has the vocabulary of a model.
 *
 * @param engine The model.
 * @param tokenizer The tokenizer.
 * @throws {RangeError} If it has not.
 */
export function assertVocabulary(engine: Pick<Engine, "config">, tokenizer: Tokenizer): void {
  if (engine.config.vocabSize !== tokenizer.vocabSize) {
    throw new RangeError(
      `Cannot use the tokenizer with this model: it has ${tokenizer.vocabSize} tokens, ` +
        `the model ${engine.config.vocabSize}`,
    );
  }
}

/**
 * Counts the positions of a document that a model is trained on.
 *
 * @param tokens The document, BOS at both ends.
 * @param config The sizes of the model.
 */
export function documentLength(tokens: Tokens, { blockSize }: GptConfig): number {
  return Math.min(blockSize, tokens.length - 1);
}
