/**
 * The numbers in a vector: two f64 or four f32, behind one set of names, so that code for both is
 * written once.
 *
 * @module
 */

import type { Code, Operand, V128, V128Var, Void } from "./code.ts";
import { f32, f32x4, f64, f64x2, i32x4, i64x2, v128 } from "./code.ts";
import { ModuleBuilder, type NewLocal } from "./module.ts";

/** The precision of numbers. */
export type Precision = "f64" | "f32";

/** The instructions for vectors of one precision. */
export type Lanes = Readonly<ReturnType<typeof lanes>>;

/** Returns the instructions for a precision. */
export function lanes(dtype: Precision, hasRelaxedMadd: boolean) {
  const is64 = dtype === "f64", ops = is64 ? f64x2 : f32x4;
  const bytes = is64 ? 8 : 4, count = is64 ? 2 : 4;
  /** Lanes of `a` (0 to count - 1) and `b` (count to 2 count - 1), picked in any order. */
  const pick = (a: V128, b: V128, lanes: readonly number[]): V128 => {
    const bytesOf = (lane: number) => Array.from({ length: bytes }, (_, i) => lane * bytes + i);
    return v128.shuffle(a, b, lanes.flatMap(bytesOf));
  };
  return {
    dtype,
    /** The size of a number in bytes. */
    bytes,
    /** The number of lanes in a vector. */
    count,
    ...ops,
    /** a · b + c, rounded once where the machine can. */
    madd: (a: V128, b: V128, c: V128): V128 =>
      hasRelaxedMadd ? ops.relaxedMadd(a, b, c) : ops.add(ops.mul(a, b), c),
    /** A constant in every lane. */
    const: (value: number): V128 =>
      is64 ? f64x2.splat(f64.const(value)) : f32x4.splat(f32.const(value)),
    /** A number of 64 bits in every lane. */
    splat: (value: Code<"f64">): V128 => is64 ? f64x2.splat(value) : f32x4.splat(f32.demote(value)),
    pick,
    /** One lane of a vector in every lane. */
    lane: (a: V128, lane: number): V128 => pick(a, a, Array.from({ length: count }, () => lane)),
    /** Adds integers to the bits of the numbers, after shifting them left. */
    addBits: (a: V128, integers: V128, shift: number): V128 =>
      is64 ? i64x2.add(a, i64x2.shl(integers, shift)) : i32x4.add(a, i32x4.shl(integers, shift)),
    /** Reads one number into every lane. */
    loadSplat: (ptr: Operand<"i32">): V128 =>
      is64 ? f64x2.splat(f64.load(ptr)) : f32x4.splat(f32.load(ptr)),
    /** Writes one lane to memory. */
    storeLane: (ptr: Operand<"i32">, a: V128, lane: number): Void =>
      is64 ? f64.store(ptr, f64x2.extract(a, lane)) : f32.store(ptr, f32x4.extract(a, lane)),
    /** Subtracts the number at `other` from the one at `ptr`, in memory. */
    subtractAt: (ptr: Operand<"i32">, other: Operand<"i32">): Void =>
      is64
        ? f64.store(ptr, f64.sub(f64.load(ptr), f64.load(other)))
        : f32.store(ptr, f32.sub(f32.load(ptr), f32.load(other))),
  };
}

/** Returns a number in every lane. */
export type Constants = (value: number) => V128;

/** Keeps constants of a function in variables: in a loop, `v128.const` is made anew each time. */
export function newConstants(r: Lanes, local: NewLocal): Constants {
  const variables = new Map<number, V128Var>();
  return (value) => {
    const variable = variables.get(value) ?? local("v128", r.const(value));
    variables.set(value, variable);
    return variable;
  };
}

/** Adds vectors, lane by lane. */
export function sumOf(r: Lanes, vectors: readonly V128[]): V128 {
  return vectors.reduce(r.add);
}

/**
 * Combines lanes of a vector, such as by adding them: all, or each group of `group` that are side
 * by side. Leaves the result in every lane of the group.
 */
export function acrossLanes(
  r: Lanes,
  a: V128,
  combine: (a: V128, b: V128) => V128,
  group: number = r.count,
): V128 {
  if (group === 1) return a;
  if (r.count === 2) return combine(a, r.pick(a, a, [1, 0]));
  const pairs = combine(a, r.pick(a, a, [1, 0, 3, 2]));
  return group === 2 ? pairs : combine(pairs, r.pick(pairs, pairs, [2, 3, 0, 1]));
}

/** Exchanges rows and columns of a square of lanes. */
export function transposed(r: Lanes, rows: readonly V128[]): V128[] {
  if (r.count === 2) {
    const [a, b] = rows as [V128, V128];
    return [r.pick(a, b, [0, 2]), r.pick(a, b, [1, 3])];
  }
  const [a, b, c, d] = rows as [V128, V128, V128, V128];
  const [abLow, abHigh] = [r.pick(a, b, [0, 4, 1, 5]), r.pick(a, b, [2, 6, 3, 7])];
  const [cdLow, cdHigh] = [r.pick(c, d, [0, 4, 1, 5]), r.pick(c, d, [2, 6, 3, 7])];
  return [
    r.pick(abLow, cdLow, [0, 1, 4, 5]),
    r.pick(abLow, cdLow, [2, 3, 6, 7]),
    r.pick(abHigh, cdHigh, [0, 1, 4, 5]),
    r.pick(abHigh, cdHigh, [2, 3, 6, 7]),
  ];
}

/** Vector instructions that a platform may or may not run. */
export interface Features {
  /** Vectors of 128 bits. */
  readonly simd: boolean;
  /** a · b + c in one instruction, which may round once or twice. */
  readonly relaxedMadd: boolean;
}

let features: Features | undefined;

/** Finds out what this platform runs: validates two tiny modules on the first call. */
export function probeFeatures(): Features {
  return features ??= probe();
}

function probe(): Features {
  if (typeof WebAssembly === "undefined") return { simd: false, relaxedMadd: false }; // --jitless
  const runs = (code: V128) => {
    const module = new ModuleBuilder();
    module.function("probe", {}, (_, local) => [local("v128").set(code)]);
    return WebAssembly.validate(module.toBytes(1));
  };
  return {
    simd: runs(v128.zero()),
    relaxedMadd: runs(f64x2.relaxedMadd(v128.zero(), v128.zero(), v128.zero())),
  };
}
