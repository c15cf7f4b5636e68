/**
 * eˣ for a vector of numbers that are not above 0, as those of a softmax are once the largest has
 * been subtracted.
 *
 * Cody and Waite, "Software Manual for the Elementary Functions" (1980):
 *
 *     k = round(x / ln 2),  r = x - k ln 2 in [-0.347, 0.347],  eˣ = 2ᵏ · eʳ
 *
 * ln 2 is subtracted in two parts, of which the first ends with so many zeros that k times it is
 * exact; eʳ is its Taylor polynomial.
 *
 * @module
 */

import { type Codes, type V128, v128, type V128Var } from "../asm/code.ts";
import type { Emitter } from "./kernel.ts";

/** The numbers that differ between the precisions. */
const KINDS = {
  f64: {
    /** The degree of the polynomial: the next term is below half a unit in the last place. */
    degree: 13,
    ln2High: 6.93147180369123816490e-01,
    ln2Low: 1.90821492927058770002e-10,
    /** 1.5 · 2⁵²: added to a number, it leaves its integer part in the lowest bits. */
    magic: 6755399441055744,
    /** The lowest bit of the exponent. */
    exponentBit: 52,
    /** Below this eˣ would not be a normal number; the result is 0. */
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

/**
 * Makes the variables of the exponential in a kernel.
 *
 * @returns Computes result = eˣ for arguments that are not above 0.
 */
export function exponential(
  { r, local, constant }: Pick<Emitter, "r" | "local" | "constant">,
): (result: V128Var, x: V128) => Codes {
  const arg = local("v128"), k = local("v128"), rest = local("v128");
  const { degree, ln2High, ln2Low, magic, exponentBit, lowest } = KINDS[r.dtype];
  return (result, x) => {
    let polynomial = constant(1 / factorial(degree));
    for (let n = degree - 1; n >= 0; n--) {
      polynomial = r.madd(polynomial, rest, constant(1 / factorial(n)));
    }
    const isTooLow = r.gt(constant(lowest), arg); // not if it is NaN
    return [
      arg.set(x),
      k.set(r.madd(arg, constant(1 / Math.LN2), constant(magic))),
      result.set(r.sub(k, constant(magic))),
      rest.set(r.madd(result, constant(-ln2High), arg)),
      rest.set(r.madd(result, constant(-ln2Low), rest)),
      result.set(r.addBits(polynomial, k, exponentBit)),
      result.set(v128.andnot(result, isTooLow)),
    ];
  };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
