/**
 * The model, its loss and Adam: microgpt.py once more, generic over the
 * {@linkcode Autograd} that is measured.
 *
 * @module
 */

import { type GptConfig, layout } from "../../../lib/config.ts";
import type { Autograd } from "./autograd.ts";

/** A model that is trained one document a step. */
export class Gpt<V> {
  readonly #ag: Autograd<V>;
  readonly #config: GptConfig;
  readonly #params: V[];
  readonly #stateDict = new Map<string, V[][]>();
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #steps = 0;

  constructor(ag: Autograd<V>, config: GptConfig, weights: Float64Array) {
    this.#ag = ag;
    this.#config = config;
    this.#params = Array.from(weights, (weight) => ag.leaf(weight));
    for (const { name, nout, nin, offset } of layout(config)) {
      const row = (_: unknown, o: number) =>
        this.#params.slice(offset + o * nin, offset + (o + 1) * nin);
      this.#stateDict.set(name, Array.from({ length: nout }, row));
    }
    this.#m = new Float64Array(weights.length);
    this.#v = new Float64Array(weights.length);
  }

  /** Forward, backward, update; returns the loss before the update. */
  step(tokens: ArrayLike<number>, learningRate: number): number {
    this.#ag.begin();
    const loss = this.#loss(tokens);
    this.#ag.backward(loss);
    const result = this.#ag.data(loss);
    this.#adam(learningRate);
    return result;
  }

  #loss(tokens: ArrayLike<number>): V {
    const ag = this.#ag, { nLayer, blockSize } = this.#config;
    const n = Math.min(blockSize, tokens.length - 1);
    const keys: V[][][] = Array.from({ length: nLayer }, () => []);
    const values: V[][][] = Array.from({ length: nLayer }, () => []);
    const losses: V[] = [];
    for (let posId = 0; posId < n; posId++) {
      const logits = this.#forward(tokens[posId]!, posId, keys, values); // posId + 1 < length
      losses.push(ag.neg(ag.log(this.#softmax(logits)[tokens[posId + 1]!]!))); // < vocabSize
    }
    return ag.mulConst(ag.sum(losses), 1 / n);
  }

  #forward(tokenId: number, posId: number, keys: V[][][], values: V[][][]): V[] {
    const tokEmb = this.#matrix("wte")[tokenId]!, posEmb = this.#matrix("wpe")[posId]!; // in range
    let x = this.#rmsnorm(this.#add(tokEmb, posEmb));
    for (let i = 0; i < this.#config.nLayer; i++) {
      x = this.#attention(i, x, keys[i]!, values[i]!); // one list a layer
      x = this.#mlp(i, x);
    }
    return this.#ag.linear(x, this.#matrix("lm_head"));
  }

  #attention(layer: number, xResidual: V[], keys: V[][], values: V[][]): V[] {
    const ag = this.#ag, { nEmbd, nHead } = this.#config;
    const headDim = nEmbd / nHead;
    const x = this.#rmsnorm(xResidual);
    const q = ag.linear(x, this.#matrix(`layer${layer}.attn_wq`));
    keys.push(ag.linear(x, this.#matrix(`layer${layer}.attn_wk`)));
    values.push(ag.linear(x, this.#matrix(`layer${layer}.attn_wv`)));
    const xAttn: V[] = [];
    for (let from = 0; from < nEmbd; from += headDim) {
      const to = from + headDim;
      const logits = keys.map((k) => ag.divConst(ag.score(q, k, from, to), headDim ** 0.5));
      const weights = this.#softmax(logits);
      for (let j = from; j < to; j++) xAttn.push(ag.mix(weights, values, j));
    }
    return this.#add(ag.linear(xAttn, this.#matrix(`layer${layer}.attn_wo`)), xResidual);
  }

  #mlp(layer: number, xResidual: V[]): V[] {
    const ag = this.#ag;
    const hidden = ag.linear(this.#rmsnorm(xResidual), this.#matrix(`layer${layer}.mlp_fc1`));
    const x = ag.linear(hidden.map((h) => ag.relu(h)), this.#matrix(`layer${layer}.mlp_fc2`));
    return this.#add(x, xResidual);
  }

  #matrix(name: string): V[][] {
    return this.#stateDict.get(name)!; // the names are those of layout()
  }

  #add(a: V[], b: V[]): V[] {
    return a.map((ai, i) => this.#ag.add(ai, b[i]!)); // of the same length
  }

  #softmax(logits: V[]): V[] {
    const ag = this.#ag;
    const max = logits.reduce((m, logit) => Math.max(m, ag.data(logit)), -Infinity);
    const exps = logits.map((logit) => ag.exp(ag.addConst(logit, -max)));
    const total = ag.sum(exps);
    return exps.map((e) => ag.div(e, total));
  }

  #rmsnorm(x: V[]): V[] {
    const ag = this.#ag;
    const scale = ag.pow(ag.addConst(ag.divConst(ag.dot(x, x), x.length), 1e-5), -0.5);
    return x.map((xi) => ag.mul(xi, scale));
  }

  #adam(learningRate: number): void {
    const ag = this.#ag, m = this.#m, v = this.#v;
    const mCorrection = 1 - 0.85 ** ++this.#steps, vCorrection = 1 - 0.99 ** this.#steps;
    this.#params.forEach((p, i) => {
      const grad = ag.grad(p);
      const mi = m[i] = 0.85 * m[i]! + (1 - 0.85) * grad; // i < length, here and below
      const vi = v[i] = 0.99 * v[i]! + (1 - 0.99) * grad ** 2;
      ag.update(p, learningRate * (mi / mCorrection) / ((vi / vCorrection) ** 0.5 + 1e-8));
    });
  }
}
