/** (0) microgpt.py as it is written: a set of visited nodes, everything a chain of add, mul, pow. */

import { type Node, Nodes } from "./nodes.ts";

class Value implements Node<Value> {
  data: number;
  grad = 0;
  children: readonly Value[];
  localGrads: readonly number[];

  constructor(data: number, children: readonly Value[], localGrads: readonly number[]) {
    this.data = data;
    this.children = children;
    this.localGrads = localGrads;
  }
}

class Baseline extends Nodes<Value> {
  #visited = new Set<Value>();

  node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    return new Value(data, children, localGrads);
  }
  isNew(v: Value): boolean {
    if (this.#visited.has(v)) return false;
    this.#visited.add(v);
    return true;
  }
  forgetVisits(): void {
    this.#visited = new Set();
  }
}

export const autograd = new Baseline();
