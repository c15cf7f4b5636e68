/** (4b) A sum, and a sum of products, is one node with many children. */

import type { Value } from "./1_generation.ts";
import { SharedArrays } from "./3a_shared_arrays.ts";

export class Nary extends SharedArrays {
  override sum(values: readonly Value[]): Value {
    let total = 0;
    for (const value of values) total += value.data;
    return this.node(total, values, values.map(() => 1));
  }
  override dot(a: readonly Value[], b: readonly Value[]): Value {
    let total = 0;
    const children: Value[] = [], localGrads: number[] = [];
    for (let i = 0; i < a.length; i++) {
      const ai = a[i]!, bi = b[i]!; // i < length
      total += ai.data * bi.data;
      children.push(ai, bi);
      localGrads.push(bi.data, ai.data);
    }
    return this.node(total, children, localGrads);
  }
}

export const autograd = new Nary();
