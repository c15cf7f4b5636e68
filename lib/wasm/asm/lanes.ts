/**
 * The numbers that the kernels compute with: vectors of two f64 or of four f32,
 * behind one set of names, so that each kernel is written once.
 *
 * @module
 */

import {
  type Code,
  f32,
  f32x4,
  f64,
  f64x2,
  i32x4,
  i64x2,
  type Local,
  type Operand,
  type V128,
  v128,
  type Void,
} from "./code.ts";
import type { Dtype } from "../../engine.ts";
import { ModuleBuilder, type NewLocal } from "./module.ts";

/** The instructions for vectors of one kind of number. */
export interface Lanes {
  /** The kind of number. */
  readonly dtype: Dtype;
  /** The size of a number in bytes. */
  readonly bytes: 8 | 4;
  /** How many numbers a vector holds. */
  readonly count: 2 | 4;
  readonly add: (a: V128, b: V128) => V128;
  readonly sub: (a: V128, b: V128) => V128;
  readonly mul: (a: V128, b: V128) => V128;
  readonly div: (a: V128, b: V128) => V128;
  readonly sqrt: (a: V128) => V128;
  /** b where a < b, else a. */
  readonly pmax: (a: V128, b: V128) => V128;
  /** All bits set where a > b. */
  readonly gt: (a: V128, b: V128) => V128;
  /** a · b + c, rounded once where the machine can. */
  readonly madd: (a: V128, b: V128, c: V128) => V128;
  /** A constant in every lane. */
  readonly const: (value: number) => V128;
  /** A number of 64 bits in every lane. */
  readonly splat: (value: Code<"f64">) => V128;
  /** One lane of a vector in every lane. */
  readonly lane: (a: V128, lane: number) => V128;
  /** Lanes of `a` (0 to count - 1) and `b` (count to 2 count - 1), picked in any order. */
  readonly pick: (a: V128, b: V128, lanes: readonly number[]) => V128;
  /** Adds integers to the bits of the numbers, after shifting them left. */
  readonly addBits: (a: V128, integers: V128, shift: number) => V128;
  /** Reads one number, which all lanes get. */
  readonly loadSplat: (ptr: Operand<"i32">) => V128;
  /** Writes one lane to memory. */
  readonly storeLane: (ptr: Operand<"i32">, a: V128, lane: number) => Void;
}

/** The instructions for a kind of number. */
export function lanes(dtype: Dtype, hasRelaxedMadd: boolean): Lanes {
  const is64 = dtype === "f64";
  const ops = is64 ? f64x2 : f32x4;
  const bytes = is64 ? 8 : 4;
  const pick = (a: V128, b: V128, lanes: readonly number[]) =>
    v128.shuffle(
      a,
      b,
      lanes.flatMap((l) => Array.from({ length: bytes }, (_, i) => l * bytes + i)),
    );
  const count = is64 ? 2 : 4;
  return {
    dtype,
    bytes,
    count,
    ...ops,
    madd: hasRelaxedMadd ? ops.relaxedMadd : (a, b, c) => ops.add(ops.mul(a, b), c),
    const: (value) => is64 ? f64x2.splat(f64.const(value)) : f32x4.splat(f32.const(value)),
    splat: (value) => is64 ? f64x2.splat(value) : f32x4.splat(f32.demote(value)),
    lane: (a, lane) => pick(a, a, Array.from({ length: count }, () => lane)),
    pick,
    addBits: is64
      ? (a, integers, shift) => i64x2.add(a, i64x2.shl(integers, shift))
      : (a, integers, shift) => i32x4.add(a, i32x4.shl(integers, shift)),
    loadSplat: (ptr) => is64 ? f64x2.splat(f64.load(ptr)) : f32x4.splat(f32.load(ptr)),
    storeLane: (ptr, a, lane) =>
      is64 ? f64.store(ptr, f64x2.extract(a, lane)) : f32.store(ptr, f32x4.extract(a, lane)),
  };
}

/**
 * Constants of a function in variables: a `v128.const` in a loop would be made
 * anew each time round.
 */
export class Constants {
  readonly #r: Lanes;
  readonly #local: NewLocal;
  readonly #variables = new Map<number, Local<"v128">>();

  /** Makes an empty set of them. */
  constructor(r: Lanes, local: NewLocal) {
    this.#r = r;
    this.#local = local;
  }

  /** A number in every lane. */
  of(value: number): V128 {
    let variable = this.#variables.get(value);
    if (variable === undefined) {
      variable = this.#local("v128", this.#r.const(value));
      this.#variables.set(value, variable);
    }
    return variable;
  }
}

/** The sum of some vectors, lane by lane. */
export function sumOf(r: Lanes, vectors: readonly V128[]): V128 {
  return vectors.reduce(r.add);
}

/** The transpose of a square of lanes. */
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

/** Whether this platform runs vector instructions, and the fused ones among them. */
export interface Features {
  /** Vectors of 128 bits. */
  readonly simd: boolean;
  /** a · b + c in one instruction, which may round once or twice. */
  readonly relaxedMadd: boolean;
}

let features: Features | undefined;

/** Finds out what this platform runs, by showing it two tiny modules the first time. */
export function probeFeatures(): Features {
  return features ??= probe();
}

function probe(): Features {
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
