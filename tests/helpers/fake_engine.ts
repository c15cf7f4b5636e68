/** An engine that computes nothing: it notes what it is asked, and gives logits as told. */

import {
  assertLearningRate,
  documentLength,
  type Engine,
  type EngineState,
  type Sequence,
  type StepDetails,
  type StepOptions,
  type Stop,
  type Tokens,
  type Trace,
} from "../../lib/engine.ts";
import type { GptConfig } from "../../lib/config.ts";
import type { Tokenizer } from "../../lib/tokenizer.ts";
import { TOKENIZER } from "./tiny.ts";

/** An engine that writes one text after the other, whatever the temperature. */
export function scripted(texts: readonly string[], tokenizer: Tokenizer = TOKENIZER): FakeEngine {
  const scripts = texts.map((text) => [...tokenizer.encode(text), tokenizer.bos]);
  const { vocabSize } = tokenizer;
  const engine: FakeEngine = new FakeEngine({ vocabSize, blockSize: 6 }, (tokens) => {
    const script = scripts[(engine.sequences.length - 1) % scripts.length] ?? [];
    const next = script[tokens.length - 1];
    return Array.from({ length: vocabSize }, (_, id) => id === next ? 0 : -1e300);
  });
  return engine;
}

/** An engine for the tests of what uses engines. */
export class FakeEngine implements Engine {
  readonly config: GptConfig;
  /** The arguments of the calls of step(). */
  readonly steps: { readonly batch: number[][]; readonly learningRate: number }[] = [];
  /** The options of those calls. */
  readonly options: (StepOptions | undefined)[] = [];
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

  /** Another number for each sequence, as the next one may get other logits for the same tokens. */
  get changes(): number {
    return this.sequences.length;
  }

  step(
    batch: readonly Tokens[],
    learningRate: number,
    details?: StepDetails,
    stop?: Stop,
    options?: StepOptions,
  ): number {
    assertLearningRate(learningRate); // as the others do
    stop?.throwIfAborted();
    this.options.push(options);
    this.steps.push({ batch: batch.map((tokens) => Array.from(tokens)), learningRate });
    if (details) details.gradNorm = this.steps.length;
    return this.#loss(this.steps.length);
  }

  loss(tokens: Tokens): number {
    const n = documentLength(tokens, this.config);
    let total = 0;
    for (let i = 0; i < n; i++) {
      const logits = Array.from(this.#logits(Array.from(tokens).slice(0, i + 1)));
      const max = Math.max(...logits);
      const sum = logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
      total += Math.log(sum) + max - logits[tokens[i + 1]!]!; // both in bounds
    }
    return total / n;
  }

  /** Gives the logits as told; all positions up to one get the same attention. */
  trace(tokens: Tokens): Trace {
    const { nLayer, nHead } = this.config;
    const at = Array.from(tokens, (_, t) => Array.from(tokens).slice(0, t + 1));
    const weights = at.map(({ length }) => new Float64Array(length).fill(1 / length));
    const stage = at.map(() => Float64Array.of(1));
    return {
      logits: at.map((before) => Float64Array.from(this.#logits(before))),
      attention: new Array(nLayer).fill(new Array(nHead).fill(weights)),
      stream: new Array(2 + 2 * nLayer).fill(stage),
    };
  }

  sequence(start: Tokens = []): Sequence {
    const tokens = Array.from(start);
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

  average(): Float64Array | undefined {
    return undefined;
  }

  state(): EngineState {
    const none = () => new Float64Array();
    const steps = this.steps.length;
    return { steps, weights: none(), m: none(), v: none(), mScale: 1, vScale: 1 };
  }

  restore(_state: EngineState): void {}

  [Symbol.dispose](): void {}
}
