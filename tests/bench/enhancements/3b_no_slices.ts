/** (3b) Attention reads the heads where they are: no slices of rows, no copies of columns. */

import type { Value } from "./1_generation.ts";
import { SharedArrays } from "./3a_shared_arrays.ts";

type Row = readonly Value[];

export class NoSlices extends SharedArrays {
  override score(q: Row, k: Row, from: number, to: number): Value {
    let total = this.mul(q[from]!, k[from]!); // from and i < length
    for (let i = from + 1; i < to; i++) total = this.add(total, this.mul(q[i]!, k[i]!));
    return total;
  }
  override mix(weights: Row, values: readonly Row[], j: number): Value {
    let total = this.mul(weights[0]!, values[0]![j]!); // t and j < length
    for (let t = 1; t < weights.length; t++) {
      total = this.add(total, this.mul(weights[t]!, values[t]![j]!));
    }
    return total;
  }
}

export const autograd = new NoSlices();
