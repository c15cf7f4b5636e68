/** (8b) One or two children and their local gradients are fields; only n-ary nodes have arrays. */

import type { Value } from "./1_generation.ts";
import { NoLeaves } from "./5b_no_leaves.ts";

const NONE: readonly never[] = [];

class Inline implements Value {
  data: number;
  grad = 0;
  pass = 0;
  a: Inline | undefined;
  b: Inline | undefined;
  aGrad: number;
  bGrad: number;
  children: readonly Inline[] = NONE;
  localGrads: readonly number[] = NONE;

  constructor(data: number, a?: Value, aGrad = 0, b?: Value, bGrad = 0) {
    this.data = data;
    this.a = a as Inline | undefined; // no other nodes are made here
    this.aGrad = aGrad;
    this.b = b as Inline | undefined;
    this.bGrad = bGrad;
  }

  child(c: number): Inline | undefined {
    return this.a === undefined
      ? this.children[c]
      : c === 0
      ? this.a
      : c === 1
      ? this.b
      : undefined;
  }
}

class InlineFields extends NoLeaves {
  override node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    const node = new Inline(data);
    node.children = children as readonly Inline[];
    node.localGrads = localGrads;
    return node;
  }
  override leaf(data: number): Value {
    return new Inline(data);
  }
  override unary(data: number, a: Value, aGrad: number): Value {
    return new Inline(data, a, aGrad);
  }
  override binary(data: number, a: Value, b: Value, aGrad: number, bGrad: number): Value {
    return new Inline(data, a, aGrad, b, bGrad);
  }
  override add(a: Value, b: Value): Value {
    return new Inline(a.data + b.data, a, 1, b, 1);
  }
  override addConst(a: Value, c: number): Value {
    return new Inline(a.data + c, a, 1);
  }
  override neg(a: Value): Value {
    return new Inline(-a.data, a, -1);
  }

  override passOn(topo: readonly Value[], length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      const { grad, a, b, aGrad, bGrad, children, localGrads } = topo[i] as Inline;
      if (a !== undefined) a.grad += aGrad * grad;
      if (b !== undefined) b.grad += bGrad * grad;
      for (let c = 0; c < children.length; c++) {
        children[c]!.grad += localGrads[c]! * grad; // one local gradient a child
      }
    }
  }
  override topologicalOrder(root: Value): Value[] {
    this.forgetVisits();
    const topo: Inline[] = [], path: Inline[] = [], next: number[] = [];
    let node: Inline | undefined = root as Inline, c = 0; // no other nodes are made here
    while (node !== undefined) {
      const child: Inline | undefined = node.child(c++);
      if (child === undefined) {
        topo.push(node);
        node = path.pop();
        c = next.pop() ?? 0;
      } else if (this.isNew(child) && child.child(0) !== undefined) {
        path.push(node);
        next.push(c);
        node = child;
        c = 0;
      }
    }
    return topo;
  }
}

export const autograd = new InlineFields();
