/**
 * Nodes that are objects with an array of children and an array of local
 * gradients: what most variants share.
 *
 * @module
 */

import { Autograd } from "./autograd.ts";

/** A node: the class of a variant may have more fields. */
export interface Node<V> {
  data: number;
  grad: number;
  children: readonly V[];
  localGrads: readonly number[];
}

/** The operations, for any class of nodes. */
export abstract class Nodes<V extends Node<V>> extends Autograd<V> {
  abstract node(data: number, children: readonly V[], localGrads: readonly number[]): V;
  /** Tells if this backward pass meets the node for the first time; remembers that it has. */
  abstract isNew(v: V): boolean;
  abstract forgetVisits(): void;

  leaf(data: number): V {
    return this.node(data, [], []);
  }
  data(v: V): number {
    return v.data;
  }
  grad(v: V): number {
    return v.grad;
  }
  update(v: V, delta: number): void {
    v.data -= delta;
    v.grad = 0;
  }
  override add(a: V, b: V): V {
    return this.node(a.data + b.data, [a, b], [1, 1]);
  }
  unary(data: number, a: V, aGrad: number): V {
    return this.node(data, [a], [aGrad]);
  }
  binary(data: number, a: V, b: V, aGrad: number, bGrad: number): V {
    return this.node(data, [a, b], [aGrad, bGrad]);
  }

  backward(loss: V): void {
    const topo = this.topologicalOrder(loss);
    loss.grad = 1;
    this.passOn(topo, topo.length);
  }

  /** From the last of `length` nodes to the first: its gradient, on to its children. */
  passOn(topo: readonly V[], length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      const { grad, children, localGrads } = topo[i]!; // i < length
      for (let c = 0; c < children.length; c++) {
        children[c]!.grad += localGrads[c]! * grad; // one local gradient a child
      }
    }
  }

  /** Children before parents, in the order of the original's recursion. */
  topologicalOrder(root: V): V[] {
    this.forgetVisits();
    const topo: V[] = [];
    const path: V[] = [root], next: number[] = [0]; // from the root down, and the next child of each
    this.isNew(root);
    while (path.length > 0) {
      const top = path.length - 1;
      const node = path[top]!, { children } = node; // top < length
      let c = next[top]!; // as long as path
      while (c < children.length && !this.isNew(children[c]!)) c++; // c < length
      if (c === children.length) {
        topo.push(node);
        path.pop();
        next.pop();
      } else {
        next[top] = c + 1;
        path.push(children[c]!); // c < length
        next.push(0);
      }
    }
    return topo;
  }
}
