/** (1) A node remembers the backward pass that met it last: one comparison instead of a set. */

import { type Node, Nodes } from "./nodes.ts";

export class Value implements Node<Value> {
  data: number;
  grad = 0;
  children: readonly Value[];
  localGrads: readonly number[];
  pass = 0;

  constructor(data: number, children: readonly Value[], localGrads: readonly number[]) {
    this.data = data;
    this.children = children;
    this.localGrads = localGrads;
  }
}

export class Generation extends Nodes<Value> {
  pass = 0;

  node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    return new Value(data, children, localGrads);
  }
  isNew(v: Value): boolean {
    if (v.pass === this.pass) return false;
    v.pass = this.pass;
    return true;
  }
  forgetVisits(): void {
    this.pass++;
  }
}

export const autograd = new Generation();
