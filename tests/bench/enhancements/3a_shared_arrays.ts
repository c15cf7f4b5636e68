/** (3a) Arrays that are always the same are made once: no children, and local gradients of 1. */

import type { Value } from "./1_generation.ts";
import { Direct } from "./2_direct.ts";

const NONE: readonly never[] = [];
const ONE = [1], ONE_ONE = [1, 1], MINUS_ONE = [-1];

export class SharedArrays extends Direct {
  override leaf(data: number): Value {
    return this.node(data, NONE, NONE);
  }
  override add(a: Value, b: Value): Value {
    return this.node(a.data + b.data, [a, b], ONE_ONE);
  }
  override addConst(a: Value, c: number): Value {
    return this.node(a.data + c, [a], ONE);
  }
  override neg(a: Value): Value {
    return this.node(-a.data, [a], MINUS_ONE);
  }
}

export const autograd = new SharedArrays();
