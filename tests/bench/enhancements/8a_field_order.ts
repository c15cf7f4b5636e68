/** (8a) What the backward pass reads lies together at the front: pass, grad, children, localGrads. */

import type { Value } from "./1_generation.ts";
import { NoLeaves } from "./5b_no_leaves.ts";

class Reordered implements Value {
  pass = 0;
  grad = 0;
  children: readonly Value[];
  localGrads: readonly number[];
  data: number;

  constructor(data: number, children: readonly Value[], localGrads: readonly number[]) {
    this.children = children;
    this.localGrads = localGrads;
    this.data = data;
  }
}

class FieldOrder extends NoLeaves {
  override node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    return new Reordered(data, children, localGrads);
  }
}

export const autograd = new FieldOrder();
