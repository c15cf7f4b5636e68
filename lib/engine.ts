/**
 * The interface of an engine, which trains and runs a model. It holds the parameters and the
 * optimizer's state, takes steps on documents that are already tokens, and computes logits. The
 * trainer and the sampler know nothing else, so that engines can be exchanged.
 *
 * @module
 */

import { assertToken, type GptConfig } from "./config.ts";
import { shownValue } from "./text/quote.ts";
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
   * @param logits The array to write the logits to, one per token of the vocabulary; a new one, unless
   * it is given. In generation those arrays would cost as much as the model itself.
   * @returns The logits of what comes next.
   * @throws {RangeError} If there is no such token, or the sequence is `blockSize` long.
   * @throws {TypeError} If the array that is given has another length.
   */
  append(tokenId: number, logits?: Float64Array): Float64Array;
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
 * A model that can be trained and run. An engine with threads ends them when it is disposed of, and
 * can be used after that, too.
 */
export interface Engine extends Disposable {
  /** The sizes of the model. */
  readonly config: GptConfig;

  /**
   * The number of times the parameters have changed, by a step or by `restore()`. As long as it
   * stays the same, so do the logits of the same tokens.
   */
  readonly changes: number;

  /**
   * Takes one step of training: forward, backward, update.
   *
   * @param batch Documents. The gradient is the mean of theirs; each counts with
   * its first `blockSize` positions.
   * @param learningRate Step size.
   * @param details If given, it is filled; at nEmbd 16 a step then takes 1.4 times as long.
   * @param stop Asked between the parts of a batch; if the step is stopped, nothing is updated.
   * @param options Departures from microgpt.py.
   * @returns The mean over the documents of their loss in nats per token, before the update; with
   * `lossMean: "token"`, the mean over all tokens. If it is not finite, nothing has been updated.
   * @throws {RangeError} If there is no document, one has fewer than two tokens, no token
   * has such an id, the learning rate is negative or not finite, or an option is out of range.
   * @throws {Error} If one of several threads fails. No more steps can be taken then.
   */
  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
    options?: StepOptions,
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

  /**
   * Begins a sequence.
   *
   * @param start Its first tokens, if there are any whose logits nobody needs: `append()` computes
   * them together with the token after them, which is faster than one at a time.
   * @throws {RangeError} If there is no such token, or there are more than `blockSize`.
   */
  sequence(start?: Tokens): Sequence;

  /** Returns a copy of all parameters, in the order of `layout()`. */
  weights(): Float64Array;

  /**
   * Returns a copy of the averaged parameters, in the order of `layout()`; `undefined` if no step
   * has averaged them, see {@linkcode StepOptions.ema}.
   */
  average(): Float64Array | undefined;

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

/** A request to stop long work: an `AbortSignal`, or what does the same. */
export type Stop = Pick<AbortSignal, "aborted" | "throwIfAborted">;

/** The ways to take the mean of the losses of a batch. */
export type LossMean = "document" | "token";

/** The names of {@linkcode LossMean}; the first one is microgpt.py's. */
export const LOSS_MEANS: readonly LossMean[] = ["document", "token"];

/** Departures of a step from microgpt.py. */
export interface StepOptions {
  /**
   * The unit that counts the same in a batch: each `document`, as in microgpt.py, or each `token`,
   * so that a long document counts for more.
   */
  readonly lossMean?: LossMean;
  /**
   * The decay λ of the weights, 0 unless it is given. A step at learning rate η first multiplies
   * each by 1 - η · λ, then moves it as Adam does: Loshchilov and Hutter, "Decoupled Weight Decay
   * Regularization" (2019).
   */
  readonly weightDecay?: number;
  /**
   * The decay d of an average of the weights, above 0 and below 1. The average after step t gives
   * the weights after step i a share that is proportional to d^(t - i), so it reaches back over
   * about 1 / (1 - d) steps. Training does not use it: see `Engine.average()`.
   */
  readonly ema?: number | undefined;
}

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
  /** The averaged parameters, if steps have averaged them, see `Engine.average()`. */
  readonly average?: Float64Array;
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
 * @param what The action that fails, and the option's name, such as `Cannot train: numSteps`.
 * @param value The option.
 * @param min The minimum.
 * @throws {RangeError} If it is not an integer, or below the minimum.
 */
export function assertInteger(what: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(`${what} must be an integer from ${min} on: it is ${shownValue(value)}`);
  }
}

/**
 * Checks an array for logits.
 *
 * @param logits The array.
 * @param config The sizes of the model.
 * @throws {TypeError} If it does not have as many numbers as there are tokens.
 */
export function assertLogits({ length }: ArrayLike<number>, { vocabSize }: GptConfig): void {
  if (length === vocabSize) return;
  throw new TypeError(
    `Cannot run the model: its logits are ${vocabSize} numbers: the array for them has ${length}`,
  );
}

/**
 * Checks a state before it is restored.
 *
 * @param state The state.
 * @param numParams The number of the model's parameters.
 * @throws {TypeError} If the number of weights or moments is another one.
 * @throws {RangeError} If the number of steps, or a scale, cannot be.
 */
export function assertState(state: EngineState, numParams: number): void {
  const { steps, weights, m, v, mScale, vScale, average } = state;
  const isScale = (scale: number) => scale > 0 && scale < Infinity;
  if (!Number.isSafeInteger(steps) || steps < 0 || !isScale(mScale) || !isScale(vScale)) {
    throw new RangeError(
      `Cannot restore the state: steps must be an integer from 0 on, and scales above 0: ` +
        `steps is ${steps}, mScale is ${mScale}, vScale is ${vScale}`,
    );
  }
  for (const [name, { length }] of Object.entries({ weights, m, v, ...(average && { average }) })) {
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
 * @throws {RangeError} If there is no document, one has fewer than two tokens, or no token has such
 * an id.
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
      const id = tokens[i]!;
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
  for (let i = 0; i < tokens.length; i++) assertToken(tokens[i]!, i, config);
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
 * Checks the options of a step.
 *
 * @param options The options.
 * @param learningRate The largest learning rate that they are used with.
 * @throws {RangeError} If one is out of range.
 */
export function assertStepOptions(
  { lossMean = "document", weightDecay = 0, ema }: StepOptions,
  learningRate: number,
): void {
  if (!LOSS_MEANS.includes(lossMean)) {
    throw new RangeError(
      `Cannot train: lossMean must be ${LOSS_MEANS.join(" or ")}: it is ${lossMean}`,
    );
  }
  if (weightDecay !== 0 && !(weightDecay > 0 && learningRate * weightDecay < 1)) {
    throw new RangeError(
      `Cannot train: weightDecay must be 0 or above, and below 1 / learningRate: ` +
        `it is ${weightDecay}, learningRate is ${learningRate}`,
    );
  }
  if (ema !== undefined && !(ema > 0 && ema < 1)) {
    throw new RangeError(`Cannot train: ema must be above 0 and below 1: it is ${ema}`);
  }
}

/**
 * Returns the share that the weights have in their average after a step.
 *
 * With the decay d the average is the sum of (1 - d) · d^(t - i) · weights(i) over all steps i from
 * 1 to t, divided by the sum of the factors, 1 - d^t. Written as an update, each number moves
 * towards that of the weights by the part (1 - d) / (1 - d^t) of the way: all of it at step 1.
 *
 * @param ema The decay d.
 * @param t The step, counted from 1.
 */
export function averageShare(ema: number, t: number): number {
  return (1 - ema) / (1 - ema ** t);
}

/**
 * Gives a model its averaged weights, if it has some.
 *
 * @returns Gives it back those that it had, with all else that training changes.
 */
export function useAverage(engine: Pick<Engine, "average" | "state" | "restore">): () => void {
  const weights = engine.average();
  if (weights === undefined) return () => {};
  const before = engine.state();
  engine.restore({ ...before, weights });
  return () => engine.restore(before);
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

/** Counts the positions of all documents of a batch, see {@linkcode documentLength}. */
export function batchLength(batch: readonly Tokens[], config: GptConfig): number {
  return batch.reduce((sum, tokens) => sum + documentLength(tokens, config), 0);
}
