/**
 * eˣ for a vector of numbers, for arguments that are not above 0, as those of
 * a softmax are once the largest has been taken off.
 *
 * Cody and Waite, "Software Manual for the Elementary Functions" (1980):
 *
 *     k = round(x / ln 2),  r = x - k ln 2 in [-0.347, 0.347],  eˣ = 2ᵏ · eʳ
 *
 * ln 2 is subtracted in two parts, of which the first has so many zeros at its
 * end that k times it is exact; eʳ is its Taylor polynomial.
 *
 * @module
 */

import { type Local, type V128, v128, type Void } from "../asm/code.ts";
import type { Constants, Lanes } from "../asm/lanes.ts";
import type { NewLocal } from "../asm/module.ts";

/** What differs between the two kinds of numbers. */
const KINDS = {
  f64: {
    /** The degree of the polynomial: the next term is below half a unit in the last place. */
    degree: 13,
    ln2High: 6.93147180369123816490e-01,
    ln2Low: 1.90821492927058770002e-10,
    /** 1.5 · 2⁵²: added to a number, it leaves its integer part in the lowest bits. */
    magic: 6755399441055744,
    /** Where the exponent begins. */
    exponentBit: 52,
    /** Below this eˣ is not a normal number any more; it is taken to be 0. */
    lowest: -708,
  },
  f32: {
    degree: 7,
    ln2High: 0.693145751953125,
    ln2Low: 1.42860682030941723212e-6,
    magic: 12582912, // 1.5 · 2²³
    exponentBit: 23,
    lowest: -87,
  },
} as const;

/** The code of the exponential, to be put into a kernel. */
export class Exp {
  readonly #r: Lanes;
  readonly #x: Local<"v128">;
  readonly #k: Local<"v128">;
  readonly #rest: Local<"v128">;
  readonly #constants: Constants;

  /** Makes the variables it needs. */
  constructor(r: Lanes, local: NewLocal, constants: Constants) {
    this.#r = r;
    this.#constants = constants;
    this.#x = local("v128");
    this.#k = local("v128");
    this.#rest = local("v128");
  }

  /**
   * result = eˣ.
   *
   * @param result Where it goes.
   * @param x The arguments, not above 0.
   */
  compute(result: Local<"v128">, x: V128): Void[] {
    const r = this.#r, k = this.#k, rest = this.#rest;
    const constant = (value: number) => this.#constants.of(value);
    const { degree, ln2High, ln2Low, magic, exponentBit, lowest } = KINDS[r.dtype];
    let polynomial = constant(1 / factorial(degree));
    for (let n = degree - 1; n >= 0; n--) {
      polynomial = r.madd(polynomial, rest, constant(1 / factorial(n)));
    }
    const isTooLow = r.gt(constant(lowest), this.#x); // not if x is NaN
    return [
      this.#x.set(x),
      k.set(r.madd(this.#x, constant(1 / Math.LN2), constant(magic))),
      result.set(r.sub(k, constant(magic))),
      rest.set(r.madd(result, constant(-ln2High), this.#x)),
      rest.set(r.madd(result, constant(-ln2Low), rest)),
      result.set(r.addBits(polynomial, k, exponentBit)),
      result.set(v128.andnot(result, isTooLow)),
    ];
  }
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
