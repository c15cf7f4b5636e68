/**
 * What trains a model and runs it: an {@linkcode Engine}. It holds the
 * parameters and the optimizer's state, takes a step on documents that are
 * already tokens, and gives logits. The trainer and the sampler know no more
 * than this interface, so that engines can be exchanged.
 *
 * @module
 */

import type { GptConfig } from "./model.ts";
import { ScalarEngine } from "./scalar_engine.ts";

/** The tokens of a document, BOS at both ends. */
export type Tokens = ArrayLike<number>;

/** A sequence that grows token by token, with what attention remembers of it. */
export interface Sequence {
  /**
   * Appends a token.
   *
   * @param tokenId The token.
   * @returns The logits of what comes next: one a token of the vocabulary, valid until the next call.
   * @throws {RangeError} If there is no such token, or the sequence is `blockSize` long.
   */
  append(tokenId: number): Float64Array;
}

/** A model that can be trained and run. */
export interface Engine {
  /** The sizes of the model. */
  readonly config: GptConfig;

  /**
   * One step of training: forward, backward, update.
   *
   * @param batch Documents. The gradient is the mean of theirs; each counts with
   * its first `blockSize` positions.
   * @param learningRate How far to go.
   * @returns The mean over the documents of their loss in nats a token, before the update.
   */
  step(batch: readonly Tokens[], learningRate: number): number;

  /** Begins an empty sequence. */
  sequence(): Sequence;

  /** A copy of all parameters, in the order of `layout()`. */
  weights(): Float64Array;
}

/** The names of the engines. */
export type EngineName = "scalar";

/** The engines there are. */
export const ENGINE_NAMES: readonly EngineName[] = ["scalar"];

/**
 * Checks that a model is not too large for an engine, before memory is taken.
 *
 * @param _name Which engine.
 * @param config The sizes of the model.
 * @throws {RangeError} If it is, or the sizes are not those of a model.
 */
export function assertFits(_name: EngineName, config: GptConfig): void {
  ScalarEngine.assertFits(config);
}

/**
 * Makes an engine.
 *
 * @param _name Which one: `scalar` is microgpt.py as it is, one number at a time.
 * @param config The sizes of the model.
 * @param weights The parameters to begin with, in the order of `layout()`.
 * @throws {RangeError} If the sizes are not those of a model, or it is too large for the engine.
 * @throws {TypeError} If the number of weights is not that of the parameters.
 */
export function createEngine(
  _name: EngineName,
  config: GptConfig,
  weights: ArrayLike<number>,
): Engine {
  return new ScalarEngine(config, weights);
}
