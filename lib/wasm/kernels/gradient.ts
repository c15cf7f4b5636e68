/**
 * The gradient of a weight matrix, dW = dYᵀ · X, and Adam's update at once: the
 * gradient lives in registers and is never written to memory. Where a batch is
 * too large for one pass, the gradients are added up in memory instead.
 *
 * A matrix W[out][in], its moments and its gradient lie in panels:
 * [in / 64 bytes][out][64 bytes].
 *
 * @module
 */

import { AdamUpdate, updateTwin } from "./adam.ts";
import { f64, i32, type Local, loop, v128, type Void, when } from "../asm/code.ts";
import { Constants, type Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder, NewLocal } from "../asm/module.ts";
import { advance, PANEL, panelIndex, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";

/**
 * Updates a matrix from the gradients of its output; or adds its gradient to
 * what has been added up of it, if `scale` is 0. Pointers, strides and widths
 * are in bytes.
 *
 * @param w The matrix.
 * @param region From a weight to its first moment, from there to the second, and to its gradient.
 * @param dy dY[n][out], rows by `dyStride`.
 * @param x X[n][in], rows by `xStride`.
 * @param n How many rows.
 * @param out The width of dY: a multiple of a panel.
 * @param in_ The width of X: a multiple of a panel.
 * @param scale See `AdamStep`.
 * @param offset See `AdamStep`.
 */
export type Gradient = (
  w: number,
  region: number,
  dy: number,
  dyStride: number,
  x: number,
  xStride: number,
  n: number,
  out: number,
  in_: number,
  scale: number,
  offset: number,
) => void;

/** Calls `visit` with the place of each weight, in elements, and its row and column. */
function forEachWeight(
  size: number,
  out: number,
  in_: number,
  visit: (at: number, o: number, i: number) => void,
): void {
  const P = PANEL / size, O = out / size, I = in_ / size;
  for (let o = 0; o < O; o++) {
    for (let i = 0; i < I; i++) visit(panelIndex(o, i, O, P), o, i);
  }
}

/** One weight's gradient. */
function gradTwin(
  memory: RealArray,
  dy: number,
  dyStride: number,
  x: number,
  xStride: number,
  n: number,
): number {
  const size = memory.BYTES_PER_ELEMENT;
  let grad = 0;
  for (let row = 0; row < n; row++) {
    grad += memory[(dy + row * dyStride) / size]! * memory[(x + row * xStride) / size]!; // in bounds
  }
  return grad;
}

/** {@linkcode Gradient} in plain TypeScript. */
export function gradientTwin(memory: RealArray): Gradient {
  const size = memory.BYTES_PER_ELEMENT;
  return (w, region, dy, dyStride, x, xStride, n, out, in_, scale, offset) =>
    forEachWeight(size, out, in_, (at, o, i) => {
      const grad = gradTwin(memory, dy + o * size, dyStride, x + i * size, xStride, n);
      const wi = w / size + at, next = region / size;
      if (scale === 0) memory[wi + 3 * next]! += grad; // in bounds
      else updateTwin(memory, wi, wi + next, wi + 2 * next, grad, { scale, offset });
    });
}

/**
 * A tile of weights: 8 vectors. It has as many rows as a vector has lanes, so
 * that one vector of dY serves them all.
 */
class Tile {
  readonly rows: number;
  readonly vectors: number;
  /** The 8 vectors, row by row. */
  readonly values: readonly { readonly offset: number; readonly value: Local<"v128"> }[];

  constructor(r: Lanes, local: NewLocal) {
    this.rows = r.count;
    this.vectors = 8 / r.count;
    this.values = Array.from({ length: 8 }, (_, i) => ({
      offset: Math.floor(i / this.vectors) * PANEL + i % this.vectors * VECTOR_BYTES,
      value: local("v128"),
    }));
  }

  /** Its width in bytes: that of a panel (f64), or half of it (f32). */
  get width(): number {
    return this.vectors * VECTOR_BYTES;
  }
}

/**
 * Goes through a matrix tile by tile: `body` finds in `at` where the tile lies
 * in the matrix, and in `outAt` and `inAt` its place in a row of dY and of X.
 */
function forEachTile(
  tile: Tile,
  local: NewLocal,
  p: { readonly out: Local<"i32">; readonly in_: Local<"i32"> },
  body: (at: Local<"i32">, outAt: Local<"i32">, inAt: Local<"i32">) => readonly Void[],
): Void[] {
  const at = local("i32"), rowAt = local("i32"), outAt = local("i32");
  const inAt = local("i32"), inEnd = local("i32"), inPanel = local("i32");
  return [
    rowAt.set(0),
    loop(inPanel, 0, p.in_, PANEL, [
      inEnd.set(i32.add(inPanel, PANEL)),
      loop(outAt, 0, p.out, VECTOR_BYTES, [
        at.set(rowAt),
        loop(inAt, inPanel, inEnd, tile.width, [
          ...body(at, outAt, inAt),
          advance(at, tile.width),
        ]),
        advance(rowAt, tile.rows * PANEL),
      ]),
    ]),
  ];
}

/** Computes the gradients of a tile. */
function gradients(
  r: Lanes,
  tile: Tile,
  local: NewLocal,
  p: Readonly<Record<"dy" | "dyStride" | "x" | "xStride" | "n", Local<"i32">>>,
  outAt: Local<"i32">,
  inAt: Local<"i32">,
): Void[] {
  const row = local("i32"), dyPtr = local("i32"), xPtr = local("i32");
  const dy = local("v128");
  const xs = Array.from({ length: tile.vectors }, () => local("v128"));
  const spread = local("v128");
  const multiply = Array.from({ length: tile.rows }, (_, lane) => [
    spread.set(r.lane(dy, lane)),
    ...xs.map((x, v) => {
      const { value } = tile.values[lane * tile.vectors + v]!; // in the tile
      return value.set(r.madd(spread, x, value));
    }),
  ]).flat();
  return [
    ...tile.values.map(({ value }) => value.set(v128.zero())),
    dyPtr.set(i32.add(p.dy, outAt)),
    xPtr.set(i32.add(p.x, inAt)),
    loop(row, 0, p.n, 1, [
      dy.set(v128.load(dyPtr)),
      ...xs.map((x, v) => x.set(v128.load(xPtr, v * VECTOR_BYTES))),
      ...multiply,
      advance(dyPtr, p.dyStride),
      advance(xPtr, p.xStride),
    ]),
  ];
}

/** Adds {@linkcode Gradient} to a module. */
export function addGradient(module: ModuleBuilder, r: Lanes): void {
  const params = {
    w: "i32",
    region: "i32",
    dy: "i32",
    dyStride: "i32",
    x: "i32",
    xStride: "i32",
    n: "i32",
    out: "i32",
    in_: "i32",
    scale: "f64",
    offset: "f64",
  } as const;
  module.function("gradient", params, (p, local) => {
    const tile = new Tile(r, local);
    const constants = new Constants(r, local);
    const adam = new AdamUpdate(r, local, constants, p.scale, p.offset);
    const w = local("i32"), m = local("i32"), v = local("i32"), g = local("i32");
    const next = (ptr: Local<"i32">) => i32.add(ptr, p.region);
    return [
      ...forEachTile(tile, local, p, (at, outAt, inAt) => [
        ...gradients(r, tile, local, p, outAt, inAt),
        w.set(i32.add(p.w, at)),
        m.set(next(w)),
        v.set(next(m)),
        g.set(next(v)),
        when(f64.eq(p.scale, f64.const(0)), [
          ...tile.values.map(({ offset, value }) =>
            v128.store(g, r.add(v128.load(g, offset), value), offset)
          ),
        ], [
          ...tile.values.flatMap(({ offset, value }) => adam.update(w, m, v, offset, value)),
        ]),
      ]),
    ];
  });
}
