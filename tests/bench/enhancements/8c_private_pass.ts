/** (8c) The mark of a backward pass is an ES private field. */

import type { Value } from "./1_generation.ts";
import { NoLeaves } from "./5b_no_leaves.ts";

class Private implements Value {
  data: number;
  grad = 0;
  children: readonly Value[];
  localGrads: readonly number[];
  declare pass: number; // no such field: it is here for the type of (1) only
  #pass = 0;

  constructor(data: number, children: readonly Value[], localGrads: readonly number[]) {
    this.data = data;
    this.children = children;
    this.localGrads = localGrads;
  }

  static isNew(v: Private, pass: number): boolean {
    if (v.#pass === pass) return false;
    v.#pass = pass;
    return true;
  }
}

class PrivatePass extends NoLeaves {
  override node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    return new Private(data, children, localGrads);
  }
  override isNew(v: Value): boolean {
    return Private.isNew(v as Private, this.pass); // node() makes no others
  }
}

export const autograd = new PrivatePass();
