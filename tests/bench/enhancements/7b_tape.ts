/**
 * (7b) No objects: a node is its number on a tape of typed arrays. Children come before parents
 * on it, so that the tape backwards is the order of the backward pass.
 */

import { Autograd } from "./autograd.ts";

type Row = readonly number[];

/** Enough for 16 positions of the model: 24,000 nodes, 10,000 edges a position. */
const NODES = 2 ** 15, EDGES = 2 ** 18;

class Tape extends Autograd<number> {
  readonly #data = new Float64Array(NODES);
  readonly #grad = new Float64Array(NODES);
  readonly #firstEdge = new Int32Array(NODES + 1);
  readonly #child = new Int32Array(EDGES);
  readonly #localGrad = new Float64Array(EDGES);
  #length = 0;
  #edges = 0;
  #numParams = 0; // made before the first step; they stay

  override begin(): void {
    this.#numParams ||= this.#length;
    this.#length = this.#numParams;
    this.#edges = 0;
  }
  leaf(data: number): number {
    const v = this.#length++;
    this.#data[v] = data;
    this.#grad[v] = 0;
    this.#firstEdge[v + 1] = this.#edges;
    return v;
  }
  #edge(child: number, localGrad: number): void {
    this.#child[this.#edges] = child;
    this.#localGrad[this.#edges++] = localGrad;
  }
  unary(data: number, a: number, aGrad: number): number {
    this.#edge(a, aGrad);
    return this.leaf(data);
  }
  binary(data: number, a: number, b: number, aGrad: number, bGrad: number): number {
    this.#edge(a, aGrad);
    return this.unary(data, b, bGrad);
  }

  data(v: number): number {
    return this.#data[v]!; // a node is on the tape, here and below
  }
  grad(v: number): number {
    return this.#grad[v]!;
  }
  update(v: number, delta: number): void {
    this.#data[v]! -= delta;
    this.#grad[v] = 0;
  }
  override div(a: number, b: number): number {
    const x = this.data(a), y = this.data(b);
    return this.binary(x / y, a, b, 1 / y, -x / y ** 2);
  }
  override addConst(a: number, c: number): number {
    return this.unary(this.data(a) + c, a, 1);
  }
  override mulConst(a: number, c: number): number {
    return this.unary(this.data(a) * c, a, c);
  }
  override sum(values: Row): number {
    let total = 0;
    for (const v of values) {
      total += this.data(v);
      this.#edge(v, 1);
    }
    return this.leaf(total);
  }
  override dot(a: Row, b: Row): number {
    let total = 0;
    for (let i = 0; i < a.length; i++) {
      const ai = a[i]!, bi = b[i]!; // i < length
      const x = this.data(ai), y = this.data(bi);
      total += x * y;
      this.#edge(ai, y);
      this.#edge(bi, x);
    }
    return this.leaf(total);
  }

  backward(loss: number): void {
    const grad = this.#grad, child = this.#child, localGrad = this.#localGrad;
    grad[loss] = 1;
    let end = this.#edges;
    for (let v = loss; v >= this.#numParams; v--) {
      const first = this.#firstEdge[v]!, g = grad[v]!;
      for (let e = first; e < end; e++) grad[child[e]!]! += localGrad[e]! * g; // e < edges
      end = first;
    }
  }
}

export const autograd = new Tape();
