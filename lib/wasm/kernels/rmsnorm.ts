/**
 * Root mean square normalisation, forwards and backwards.
 *
 * @module
 */

import { f64, i32, loop, type V128, v128 } from "../asm/code.ts";
import { Constants, type Lanes, sumOf } from "../asm/lanes.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";

/** What is added to the mean square. */
const EPS = 1e-5;

/**
 * y = x · scale with scale = (mean(x²) + 1e-5)^-½, for each row. Pointers,
 * strides and widths are in bytes.
 *
 * @param y Y[n][width], rows by `stride`.
 * @param x X[n][width], rows by `stride`.
 * @param scales The scale of each row, in all lanes of a vector.
 * @param stride From a row to the next.
 * @param n How many rows.
 * @param width The width of a row, padding included.
 * @param c How many numbers the mean is taken over: without the padding.
 */
export type Rmsnorm = (
  y: number,
  x: number,
  scales: number,
  stride: number,
  n: number,
  width: number,
  c: number,
) => void;

/**
 * With s = scale, y = s · x and dy given, for each row:
 *
 *     dx = s · (dy - y · sum(y · dy) / c) + e
 *
 * @param dx dX[n][width], rows by `stride`.
 * @param dy dY[n][width], rows by `stride`.
 * @param y Y[n][width], rows by `stride`.
 * @param scales The scale of each row, in all lanes of a vector.
 * @param e E[n][width], rows by `eStride`: what comes through the residual connection.
 * @param eStride From a row of E to the next.
 * @param stride From a row to the next.
 * @param n How many rows.
 * @param width The width of a row, padding included.
 * @param c How many numbers the mean was taken over.
 */
export type RmsnormBackward = (
  dx: number,
  dy: number,
  y: number,
  scales: number,
  e: number,
  eStride: number,
  stride: number,
  n: number,
  width: number,
  c: number,
) => void;

/** {@linkcode Rmsnorm} in plain TypeScript. */
export function rmsnormTwin(memory: RealArray): Rmsnorm {
  const size = memory.BYTES_PER_ELEMENT;
  return (y, x, scales, stride, n, width, c) => {
    for (let row = 0; row < n; row++) {
      const xi = (x + row * stride) / size, yi = (y + row * stride) / size;
      const si = (scales + row * VECTOR_BYTES) / size;
      let ss = 0;
      for (let i = 0; i < width / size; i++) ss += memory[xi + i]! ** 2; // in bounds, here and below
      const scale = 1 / Math.sqrt(ss / c + EPS);
      memory.fill(scale, si, si + VECTOR_BYTES / size);
      for (let i = 0; i < width / size; i++) memory[yi + i] = memory[xi + i]! * scale;
    }
  };
}

/** {@linkcode RmsnormBackward} in plain TypeScript. */
export function rmsnormBackwardTwin(memory: RealArray): RmsnormBackward {
  const size = memory.BYTES_PER_ELEMENT;
  return (dx, dy, y, scales, e, eStride, stride, n, width, c) => {
    for (let row = 0; row < n; row++) {
      const dxi = (dx + row * stride) / size, dyi = (dy + row * stride) / size;
      const yi = (y + row * stride) / size, ei = (e + row * eStride) / size;
      const scale = memory[(scales + row * VECTOR_BYTES) / size]!; // in bounds, here and below
      let dot = 0;
      for (let i = 0; i < width / size; i++) dot += memory[yi + i]! * memory[dyi + i]!;
      for (let i = 0; i < width / size; i++) {
        const grad = memory[dyi + i]! - memory[yi + i]! * dot / c;
        memory[dxi + i] = scale * grad + memory[ei + i]!;
      }
    }
  };
}

/** The sum of a vector's lanes, in all of them. */
export function sumLanes(r: Lanes, a: () => V128): V128 {
  if (r.count === 2) return r.add(a(), r.pick(a(), a(), [1, 0]));
  const pairs = () => r.add(a(), r.pick(a(), a(), [1, 0, 3, 2]));
  return r.add(pairs(), r.pick(pairs(), pairs(), [2, 3, 0, 1]));
}

/** Adds {@linkcode Rmsnorm} to a module. */
export function addRmsnorm(module: ModuleBuilder, r: Lanes): void {
  const params = {
    y: "i32",
    x: "i32",
    scales: "i32",
    stride: "i32",
    n: "i32",
    width: "i32",
    c: "i32",
  } as const;
  module.function("rmsnorm", params, (p, local) => {
    const row = local("i32"), i = local("i32");
    const x = local("v128"), sum = local("v128"), scale = local("v128"), inverse = local("v128");
    const constants = new Constants(r, local);
    const sums = [sum, local("v128")]; // one would wait for itself
    const xAt = i32.add(p.x, i);
    return [
      inverse.set(r.div(constants.of(1), r.splat(f64.convert(p.c)))),
      loop(row, 0, p.n, 1, [
        ...sums.map((sum) => sum.set(v128.zero())),
        loop(i, 0, p.width, sums.length * VECTOR_BYTES, [
          ...sums.flatMap((sum, v) => [
            x.set(v128.load(xAt, v * VECTOR_BYTES)),
            sum.set(r.madd(x, x, sum)),
          ]),
        ]),
        sum.set(sumOf(r, sums)),
        sum.set(sumLanes(r, () => sum)),
        scale.set(r.madd(sum, inverse, constants.of(EPS))),
        scale.set(r.div(constants.of(1), r.sqrt(scale))),
        v128.store(p.scales, scale),
        loop(i, 0, p.width, VECTOR_BYTES, [
          v128.store(i32.add(p.y, i), r.mul(v128.load(xAt), scale)),
        ]),
        advance(p.x, p.stride),
        advance(p.y, p.stride),
        advance(p.scales, VECTOR_BYTES),
      ]),
    ];
  });
}

/** Adds {@linkcode RmsnormBackward} to a module. */
export function addRmsnormBackward(module: ModuleBuilder, r: Lanes): void {
  const params = {
    dx: "i32",
    dy: "i32",
    y: "i32",
    scales: "i32",
    e: "i32",
    eStride: "i32",
    stride: "i32",
    n: "i32",
    width: "i32",
    c: "i32",
  } as const;
  module.function("rmsnormBackward", params, (p, local) => {
    const row = local("i32"), i = local("i32");
    const dot = local("v128"), scale = local("v128"), minusInverse = local("v128");
    const dots = [dot, local("v128")]; // one would wait for itself
    const at = (ptr: typeof i) => i32.add(ptr, i);
    const grad = r.madd(v128.load(at(p.y)), dot, v128.load(at(p.dy)));
    return [
      minusInverse.set(r.div(r.const(-1), r.splat(f64.convert(p.c)))),
      loop(row, 0, p.n, 1, [
        ...dots.map((dot) => dot.set(v128.zero())),
        loop(i, 0, p.width, dots.length * VECTOR_BYTES, [
          ...dots.map((dot, v) => {
            const y = v128.load(at(p.y), v * VECTOR_BYTES);
            return dot.set(r.madd(y, v128.load(at(p.dy), v * VECTOR_BYTES), dot));
          }),
        ]),
        dot.set(sumOf(r, dots)),
        dot.set(r.mul(sumLanes(r, () => dot), minusInverse)), // -sum(y · dy) / c
        scale.set(v128.load(p.scales)),
        loop(i, 0, p.width, VECTOR_BYTES, [
          v128.store(at(p.dx), r.madd(scale, grad, v128.load(at(p.e)))),
        ]),
        ...[p.dx, p.dy, p.y].map((ptr) => advance(ptr, p.stride)),
        advance(p.e, p.eStride),
        advance(p.scales, VECTOR_BYTES),
      ]),
    ];
  });
}
