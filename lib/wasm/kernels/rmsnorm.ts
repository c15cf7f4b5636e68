/**
 * Root mean square normalization, forward and backward.
 *
 * @module
 */

import { advance, f64, i32, type I32Var, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import { acrossLanes, sumOf } from "../asm/lanes.ts";
import { kernel } from "./kernel.ts";

/** The summand of the mean square. */
const EPS = 1e-5;

/** y = scale · x with scale = (mean(x²) + 1e-5)^-½, for each row. */
export const rmsnorm = kernel({
  params: {
    y: "ptr", // [T][C] by stride, written
    x: "ptr", // [T][C] by stride
    scales: "ptr", // [T] vectors with the scale in all lanes, written
    stride: "bytes",
    n: "count", // T
    width: "bytes", // C, padded
    c: "count", // C, not padded
  },
  twin({ y, x, scales, stride, n, width, c }, memory) {
    const X = memory.rows({ ptr: x, stride }, n, width);
    const Y = memory.rows({ ptr: y, stride }, n, width);
    const S = memory.rows({ ptr: scales, stride: VECTOR_BYTES }, n, VECTOR_BYTES);
    for (let t = 0; t < n; t++) {
      const C = X[t]!.length;
      let ss = 0;
      for (let i = 0; i < C; i++) ss += X[t]![i]! ** 2;
      const scale = 1 / Math.sqrt(ss / c + EPS);
      S[t]!.fill(scale);
      for (let i = 0; i < C; i++) Y[t]![i] = scale * X[t]![i]!;
    }
  },
  code(p, { r, local, constant }) {
    const row = local("i32"), i = local("i32");
    const x = local("v128"), sum = local("v128"), scale = local("v128"), inverse = local("v128");
    const sums = [sum, local("v128")]; // a single one would stall on its own latency
    const xAt = i32.add(p.x, i);
    return [
      inverse.set(r.div(constant(1), r.splat(f64.convert(p.c)))),
      loop(row, 0, p.n, 1, [
        sums.map((sum) => sum.set(v128.zero())),
        loop(i, 0, p.width, sums.length * VECTOR_BYTES, [
          sums.map((sum, v) => [
            x.set(v128.load(xAt, v * VECTOR_BYTES)),
            sum.set(r.madd(x, x, sum)),
          ]),
        ]),
        sum.set(sumOf(r, sums)),
        sum.set(acrossLanes(r, sum, r.add)),
        scale.set(r.madd(sum, inverse, constant(EPS))),
        scale.set(r.div(constant(1), r.sqrt(scale))),
        v128.store(p.scales, scale),
        loop(i, 0, p.width, VECTOR_BYTES, [
          v128.store(i32.add(p.y, i), r.mul(v128.load(xAt), scale)),
        ]),
        advance(p.x, p.stride),
        advance(p.y, p.stride),
        advance(p.scales, VECTOR_BYTES),
      ]),
    ];
  },
});

/** dx = scale · (dy - y · sum(y · dy) / c) + e, for each row. */
export const rmsnormBackward = kernel({
  params: {
    dx: "ptr", // [T][C] by stride, written
    dy: "ptr", // [T][C] by stride
    y: "ptr", // [T][C] by stride
    scales: "ptr", // [T] vectors with the scale in all lanes
    e: "rows", // [T][C], the gradient that comes through the residual connection
    stride: "bytes",
    n: "count", // T
    width: "bytes", // C, padded
    c: "count", // C, not padded
  },
  twin({ dx, dy, y, scales, e, stride, n, width, c }, memory) {
    const dX = memory.rows({ ptr: dx, stride }, n, width);
    const dY = memory.rows({ ptr: dy, stride }, n, width);
    const Y = memory.rows({ ptr: y, stride }, n, width);
    const S = memory.rows({ ptr: scales, stride: VECTOR_BYTES }, n, VECTOR_BYTES);
    const E = memory.rows(e, n, width);
    for (let t = 0; t < n; t++) {
      const C = Y[t]!.length, [scale = NaN] = S[t]!; // a vector has more than one number
      let dot = 0;
      for (let i = 0; i < C; i++) dot += Y[t]![i]! * dY[t]![i]!;
      for (let i = 0; i < C; i++) {
        dX[t]![i] = scale * (dY[t]![i]! - Y[t]![i]! * dot / c) + E[t]![i]!;
      }
    }
  },
  code(p, { r, local }) {
    const row = local("i32"), i = local("i32");
    const dot = local("v128"), scale = local("v128"), minusInverse = local("v128");
    const dots = [dot, local("v128")]; // a single one would stall on its own latency
    const at = (ptr: I32Var) => i32.add(ptr, i);
    const grad = r.madd(v128.load(at(p.y)), dot, v128.load(at(p.dy)));
    return [
      minusInverse.set(r.div(r.const(-1), r.splat(f64.convert(p.c)))),
      loop(row, 0, p.n, 1, [
        dots.map((dot) => dot.set(v128.zero())),
        loop(i, 0, p.width, dots.length * VECTOR_BYTES, [
          dots.map((dot, v) => {
            const y = v128.load(at(p.y), v * VECTOR_BYTES);
            return dot.set(r.madd(y, v128.load(at(p.dy), v * VECTOR_BYTES), dot));
          }),
        ]),
        dot.set(sumOf(r, dots)),
        dot.set(r.mul(acrossLanes(r, dot, r.add), minusInverse)), // -sum(y · dy) / c
        scale.set(v128.load(p.scales)),
        loop(i, 0, p.width, VECTOR_BYTES, [
          v128.store(at(p.dx), r.madd(scale, grad, v128.load(at(p.e.ptr)))),
        ]),
        [p.dx, p.dy, p.y].map((ptr) => advance(ptr, p.stride)),
        advance(p.e.ptr, p.e.stride),
        advance(p.scales, VECTOR_BYTES),
      ]),
    ];
  },
});
