/** The loss and its gradient straight from the model, as microgpt.py writes them. */

import type { Tokens } from "../../lib/engine.ts";
import type { GptConfig } from "../../lib/config.ts";
import { Gpt, softmax } from "../../lib/model.ts";
import type { Value } from "../../lib/value.ts";

/** Sizes that are small, and each different from the others where they can be. */
export const SHAPES: readonly { readonly name: string; readonly config: GptConfig }[] = [
  {
    name: "the smallest",
    config: { vocabSize: 2, nLayer: 1, nEmbd: 1, nHead: 1, blockSize: 1 },
  },
  {
    name: "nEmbd 6, nHead 3",
    config: { vocabSize: 5, nLayer: 1, nEmbd: 6, nHead: 3, blockSize: 7 },
  },
  {
    name: "two layers",
    config: { vocabSize: 7, nLayer: 2, nEmbd: 8, nHead: 2, blockSize: 4 },
  },
  {
    name: "three layers of odd sizes",
    config: { vocabSize: 11, nLayer: 3, nEmbd: 5, nHead: 5, blockSize: 3 },
  },
  {
    name: "one head",
    config: { vocabSize: 4, nLayer: 1, nEmbd: 7, nHead: 1, blockSize: 6 },
  },
];

/** For each layer, no keys and no values yet. */
export function emptyCache(config: GptConfig): { keys: Value[][][]; values: Value[][][] } {
  const perLayer = () => Array.from({ length: config.nLayer }, (): Value[][] => []);
  return { keys: perLayer(), values: perLayer() };
}

/** `loss = (1 / n) * sum(losses)` of microgpt.py. */
export function lossOf(gpt: Gpt, tokens: Tokens): Value {
  const n = Math.min(gpt.config.blockSize, tokens.length - 1);
  const { keys, values } = emptyCache(gpt.config);
  let total: Value | undefined;
  for (let posId = 0; posId < n; posId++) {
    const probs = softmax(gpt.forward(tokens[posId]!, posId, keys, values)); // posId < length
    const lossT = probs[tokens[posId + 1]!]!.log().neg(); // posId + 1 < length
    total = total === undefined ? lossT : total.add(lossT);
  }
  return total!.mul(1 / n); // the tests' documents have two tokens at least
}

/** The loss of a document as a number, for weights in a row. */
export function lossAt(config: GptConfig, weights: ArrayLike<number>, tokens: Tokens): number {
  return lossOf(new Gpt(config, weights), tokens).data;
}

/** The gradient of a document's loss with respect to all parameters. */
export function gradientOf(
  config: GptConfig,
  weights: ArrayLike<number>,
  tokens: Tokens,
): Float64Array {
  const gpt = new Gpt(config, weights);
  lossOf(gpt, tokens).backward();
  return Float64Array.from(gpt.params, (p) => p.grad);
}

/** A document for a model: tokens between two BOS, here the last token. */
export function documentFor(config: GptConfig, length: number): number[] {
  const bos = config.vocabSize - 1;
  return [bos, ...Array.from({ length }, (_, i) => (i * i + 1) % config.vocabSize), bos];
}
