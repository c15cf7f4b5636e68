/** An engine that computes nothing: it notes what it is asked, and gives logits as told. */

import type { Engine, Moments, Sequence, Tokens } from "../lib/engine.ts";
import type { GptConfig } from "../lib/model.ts";

/** An engine for the tests of what uses engines. */
export class FakeEngine implements Engine {
  readonly config: GptConfig;
  /** What step() was called with. */
  readonly steps: { readonly batch: number[][]; readonly learningRate: number }[] = [];
  /** The tokens of each sequence so far. */
  readonly sequences: number[][] = [];
  readonly #logits: (tokens: readonly number[]) => ArrayLike<number>;
  readonly #loss: (step: number) => number;

  constructor(
    config: Partial<GptConfig>,
    logits: (tokens: readonly number[]) => ArrayLike<number> = () => [],
    loss: (step: number) => number = (step) => 100 - step,
  ) {
    this.config = { vocabSize: 3, nLayer: 1, nEmbd: 1, nHead: 1, blockSize: 4, ...config };
    this.#logits = logits;
    this.#loss = loss;
  }

  step(batch: readonly Tokens[], learningRate: number): number {
    this.steps.push({ batch: batch.map((tokens) => Array.from(tokens)), learningRate });
    return this.#loss(this.steps.length);
  }

  sequence(): Sequence {
    const tokens: number[] = [];
    this.sequences.push(tokens);
    return {
      append: (tokenId) => {
        tokens.push(tokenId);
        return Float64Array.from(this.#logits(tokens));
      },
    };
  }

  weights(): Float64Array {
    return new Float64Array();
  }

  moments(): Moments {
    return { m: new Float64Array(), v: new Float64Array() };
  }
}
