/** The loss and its gradient straight from the model, as microgpt.py writes them. */

import type { Tokens, Trace } from "../../lib/engine.ts";
import { type GptConfig, layout } from "../../lib/config.ts";
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

/** The activations at each position in plain numbers, straight from the formulas. */
export function traceAt(config: GptConfig, weights: ArrayLike<number>, tokens: Tokens): Trace {
  const { nLayer, nEmbd, nHead } = config;
  const headDim = nEmbd / nHead;
  const matrices = new Map(layout(config).map((matrix) => [matrix.name, matrix]));
  const linear = (name: string, x: number[]) => {
    const { nout, nin, offset } = matrices.get(name)!; // the names are those of layout()
    const row = (o: number) => x.reduce((s, xi, i) => s + weights[offset + o * nin + i]! * xi, 0);
    return Array.from({ length: nout }, (_, o) => row(o));
  };
  const rowOf = (name: string, row: number) => {
    const start = matrices.get(name)!.offset + row * nEmbd; // likewise
    return Array.from(weights).slice(start, start + nEmbd);
  };
  const add = (a: number[], b: number[]) => a.map((ai, i) => ai + b[i]!); // of one length
  const rmsnorm = (x: number[]) => {
    const ms = x.reduce((s, xi) => s + xi * xi, 0) / x.length;
    return x.map((xi) => xi / Math.sqrt(ms + 1e-5));
  };
  const embedded = Array.from(tokens, (id, t) => add(rowOf("wte", id), rowOf("wpe", t)));
  const stream = [embedded, embedded.map(rmsnorm)];
  const attention: Float64Array[][][] = [];
  for (let i = 0; i < nLayer; i++) {
    const start = stream.at(-1)!; // there are two
    const [q, k, v] = ["q", "k", "v"].map((name) =>
      start.map((x) => linear(`layer${i}.attn_w${name}`, rmsnorm(x)))
    ) as [number[][], number[][], number[][]]; // three
    const out = start.map((): number[] => []);
    attention.push(Array.from({ length: nHead }, (_, h) => {
      const head = (x: number[]) => x.slice(h * headDim, (h + 1) * headDim);
      return q.map((qt, t) => {
        const scores = k.slice(0, t + 1).map((ku) => {
          const kH = head(ku);
          return head(qt).reduce((s, x, j) => s + x * kH[j]!, 0) / Math.sqrt(headDim); // of one length
        });
        const sum = scores.reduce((s, x) => s + Math.exp(x), 0);
        const w = scores.map((x) => Math.exp(x) / sum);
        for (let j = 0; j < headDim; j++) {
          out[t]!.push(w.reduce((s, wu, u) => s + wu * v[u]![h * headDim + j]!, 0)); // t, u < T
        }
        return Float64Array.from(w);
      });
    }));
    const middle = start.map((x, t) => add(x, linear(`layer${i}.attn_wo`, out[t]!))); // t < T
    const end = middle.map((x) => {
      const hidden = linear(`layer${i}.mlp_fc1`, rmsnorm(x)).map((xi) => Math.max(0, xi));
      return add(x, linear(`layer${i}.mlp_fc2`, hidden));
    });
    stream.push(middle, end);
  }
  const real = (rows: number[][]) => rows.map((row) => Float64Array.from(row));
  return {
    logits: real(stream.at(-1)!.map((x) => linear("lm_head", x))), // there are stages
    attention,
    stream: stream.map(real),
  };
}
