/** (4a) The loop over a row is written out for the widths there are, by a generator of code. */

import type { Value } from "./1_generation.ts";
import { SharedArrays } from "./3a_shared_arrays.ts";

type Row = readonly Value[];
type Dot = (ag: SharedArrays, a: Row, b: Row) => Value;

/** ag.add(ag.add(ag.mul(a[0],b[0]),ag.mul(a[1],b[1])),ag.mul(a[2],b[2])) for a width of 3. */
function unrolledDot(width: number): Dot {
  let code = "ag.mul(a[0],b[0])";
  for (let i = 1; i < width; i++) code = `ag.add(${code},ag.mul(a[${i}],b[${i}]))`;
  return new Function("ag", "a", "b", `return ${code}`) as Dot; // what the code above says
}

class Unrolled extends SharedArrays {
  readonly #dots = new Map<number, Dot>();

  override linear(x: Row, w: readonly Row[]): Value[] {
    let dot = this.#dots.get(x.length);
    if (dot === undefined) this.#dots.set(x.length, dot = unrolledDot(x.length));
    const fixed = dot;
    return w.map((wo) => fixed(this, wo, x));
  }
}

export const autograd = new Unrolled();
