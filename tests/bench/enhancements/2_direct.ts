/** (2) neg and div are one node, and a constant is none. */

import { Generation, type Value } from "./1_generation.ts";

export class Direct extends Generation {
  override addConst(a: Value, c: number): Value {
    return this.unary(a.data + c, a, 1);
  }
  override mulConst(a: Value, c: number): Value {
    return this.unary(a.data * c, a, c);
  }
  override divConst(a: Value, c: number): Value {
    return this.unary(a.data / c, a, 1 / c);
  }
  override neg(a: Value): Value {
    return this.unary(-a.data, a, -1);
  }
  override div(a: Value, b: Value): Value {
    return this.binary(a.data / b.data, a, b, 1 / b.data, -a.data / b.data ** 2);
  }
  override fromZero(a: Value): Value {
    return a;
  }
}

export const autograd = new Direct();
