/** (4d) The arrays of an n-ary node get their size at once, instead of growing. */

import type { Value } from "./1_generation.ts";
import { Nary } from "./4b_nary.ts";

export class SizedArrays extends Nary {
  override dot(a: readonly Value[], b: readonly Value[]): Value {
    let total = 0;
    const children = new Array<Value>(2 * a.length), localGrads = new Array<number>(2 * a.length);
    for (let i = 0; i < a.length; i++) {
      const ai = a[i]!, bi = b[i]!; // i < length
      total += ai.data * bi.data;
      children[2 * i] = ai;
      children[2 * i + 1] = bi;
      localGrads[2 * i] = bi.data;
      localGrads[2 * i + 1] = ai.data;
    }
    return this.node(total, children, localGrads);
  }
}

export const autograd = new SizedArrays();
