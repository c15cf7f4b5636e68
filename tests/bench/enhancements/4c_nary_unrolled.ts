/** (4c) The two together: one node, its arrays written out as literals for the widths there are. */

import type { Value } from "./1_generation.ts";
import { Nary } from "./4b_nary.ts";

type Row = readonly Value[];
type Dot = (ag: Nary, a: Row, b: Row) => Value;

/** ag.node(0+a0.data*b0.data+..., [a0,b0,...], [b0.data,a0.data,...]), where a0 is a[0]. */
function unrolledDot(width: number): Dot {
  const each = (code: (i: number) => string) => Array.from({ length: width }, (_, i) => code(i));
  const body = `const ${each((i) => `a${i}=a[${i}],b${i}=b[${i}]`)};` +
    `const ${each((i) => `p${i}=a${i}.data,q${i}=b${i}.data`)};` +
    `return ag.node(0+${each((i) => `p${i}*q${i}`).join("+")},` +
    `[${each((i) => `a${i},b${i}`)}],[${each((i) => `q${i},p${i}`)}])`;
  return new Function("ag", "a", "b", body) as Dot; // what the code above says
}

export class NaryUnrolled extends Nary {
  readonly #dots = new Map<number, Dot>();

  override linear(x: Row, w: readonly Row[]): Value[] {
    let dot = this.#dots.get(x.length);
    if (dot === undefined) this.#dots.set(x.length, dot = unrolledDot(x.length));
    const fixed = dot;
    return w.map((wo) => fixed(this, wo, x));
  }
}

export const autograd = new NaryUnrolled();
