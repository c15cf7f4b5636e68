/**
 * Products of matrices, which most of the work of a GPT is made of.
 *
 * @module
 */

import { i32, type Local, loop, type V128, v128, type Void, when } from "../asm/code.ts";
import { type Lanes, sumOf, transposed } from "../asm/lanes.ts";
import type { ModuleBuilder, NewLocal, ParamLocals } from "../asm/module.ts";
import {
  advance,
  PANEL,
  PANEL_VECTORS,
  panelIndex,
  type RealArray,
  VECTOR_BYTES,
} from "../memory/panel.ts";

/** What is done to Y at the end, given a matrix E of the same shape. */
export const EPILOGUE = {
  /** Nothing; E is not read. */
  none: 0,
  /** y + e: the residual connection. */
  add: 1,
  /** max(0, y); E is not read. */
  relu: 2,
  /** y where e > 0, else 0: ReLU backwards. */
  mask: 3,
} as const;

/**
 * A product of matrices, then the epilogue. Pointers, strides and widths are in
 * bytes. W[out][in] lies in panels: [in / 64 bytes][out][64 bytes]. There are
 * two such kernels:
 *
 * - `linear`, forwards: Y[n][out] = X[n][in] · Wᵀ, depth = in, width = out;
 * - `linearBackward`: Y[n][in] = X[n][out] · W, depth = out, width = in.
 *
 * @param y Y[n][width], row by row, `yStride` from one to the next; where n is
 * odd one more row is written.
 * @param x X[n][depth], rows by `xStride`; where n is odd one more row is read.
 * @param w W.
 * @param e E[n][width], rows by `eStride`; where n is odd one more row is read.
 * @param n How many rows.
 * @param depth The width of X: a multiple of a panel.
 * @param width The width of Y: a multiple of a panel.
 * @param epilogue One of {@linkcode EPILOGUE}.
 */
export type Matmul = (
  y: number,
  yStride: number,
  x: number,
  xStride: number,
  w: number,
  e: number,
  eStride: number,
  n: number,
  depth: number,
  width: number,
  epilogue: number,
) => void;

/** {@linkcode Matmul} in plain TypeScript. */
export function matmulTwin(memory: RealArray, kernel: "linear" | "linearBackward"): Matmul {
  const size = memory.BYTES_PER_ELEMENT;
  const P = PANEL / size;
  return (y, yStride, x, xStride, w, e, eStride, n, depth, width, epilogue) => {
    const K = depth / size, N = width / size, out = kernel === "linear" ? N : K;
    for (let row = 0; row < n; row++) {
      const yi = (y + row * yStride) / size;
      const xi = (x + row * xStride) / size;
      const ei = (e + row * eStride) / size;
      for (let j = 0; j < N; j++) {
        let sum = 0;
        for (let k = 0; k < K; k++) {
          const [o, i] = kernel === "linear" ? [j, k] : [k, j];
          sum += memory[xi + k]! * memory[w / size + panelIndex(o, i, out, P)]!; // in bounds
        }
        if (epilogue === EPILOGUE.add) sum += memory[ei + j]!; // in bounds
        if (epilogue === EPILOGUE.relu && sum < 0) sum = 0;
        if (epilogue === EPILOGUE.mask && !(memory[ei + j]! > 0)) sum = 0; // in bounds
        memory[yi + j] = sum;
      }
    }
  };
}

/** The rows of a tile. */
const ROWS = 2;

/** The vectors of a panel's row. */
const VECTORS = Array.from({ length: PANEL_VECTORS }, (_, v) => v);

/** The rows of W that `linear` takes at once. */
const OUTS = [0, 1, 2, 3] as const;

const PARAMS = {
  y: "i32",
  yStride: "i32",
  x: "i32",
  xStride: "i32",
  w: "i32",
  e: "i32",
  eStride: "i32",
  n: "i32",
  depth: "i32",
  width: "i32",
  epilogue: "i32",
} as const;

/** A row of a tile: addresses, and what is computed. */
interface TileRow {
  readonly x: Local<"i32">;
  readonly y: Local<"i32">;
  readonly e: Local<"i32">;
  readonly xs: Local<"v128">;
  readonly sums: readonly Local<"v128">[];
}

/** What the two kernels have in common: they go through Y in tiles of two rows. */
class Tiles {
  readonly rows: readonly TileRow[];
  readonly #r: Lanes;
  readonly #p: ParamLocals<typeof PARAMS>;
  readonly #row: Local<"i32">;

  constructor(r: Lanes, local: NewLocal, p: ParamLocals<typeof PARAMS>) {
    this.#r = r;
    this.#p = p;
    this.#row = local("i32");
    this.rows = Array.from({ length: ROWS }, () => ({
      x: local("i32"),
      y: local("i32"),
      e: local("i32"),
      xs: local("v128"),
      sums: VECTORS.map(() => local("v128")),
    }));
  }

  /** All sums. */
  all(visit: (sum: Local<"v128">, row: TileRow, v: number) => Void): Void[] {
    return this.rows.flatMap((row) => row.sums.map((sum, v) => visit(sum, row, v)));
  }

  /** For each pair of rows of the columns that begin at `column` bytes of a row. */
  forEachPair(column: Local<"i32">, body: readonly Void[]): Void[] {
    const p = this.#p, [a, b] = this.rows as [TileRow, TileRow]; // ROWS of them
    const next = (of: "x" | "y" | "e", stride: Local<"i32">) => b[of].set(i32.add(a[of], stride));
    const afterNext = (of: "x" | "y" | "e", stride: Local<"i32">) =>
      a[of].set(i32.add(b[of], stride));
    return [
      a.x.set(p.x),
      a.y.set(i32.add(p.y, column)),
      a.e.set(i32.add(p.e, column)),
      loop(this.#row, 0, p.n, ROWS, [
        next("x", p.xStride),
        next("y", p.yStride),
        next("e", p.eStride),
        ...this.all((sum) => sum.set(v128.zero())),
        ...body,
        b.x.set(i32.sub(b.x, p.depth)), // it has gone through its row
        afterNext("x", p.xStride),
        afterNext("y", p.yStride),
        afterNext("e", p.eStride),
      ]),
    ];
  }

  /** The epilogue, for the first `vectors` vectors of each row; and their way into memory. */
  finish(vectors: number): Void[] {
    const r = this.#r;
    const each = (visit: (sum: Local<"v128">, row: TileRow, v: number) => Void) =>
      this.rows.flatMap((row) => row.sums.slice(0, vectors).map((sum, v) => visit(sum, row, v)));
    const e = (row: TileRow, v: number) => v128.load(row.e, v * VECTOR_BYTES);
    const epilogue = (which: number, value: (sum: V128, row: TileRow, v: number) => V128) =>
      when(i32.eq(this.#p.epilogue, which), [
        ...each((sum, row, v) => sum.set(value(sum, row, v))),
      ]);
    return [
      epilogue(EPILOGUE.add, (sum, row, v) => r.add(sum, e(row, v))),
      epilogue(EPILOGUE.relu, (sum) => r.pmax(sum, v128.zero())),
      epilogue(EPILOGUE.mask, (sum, row, v) => v128.and(sum, r.gt(e(row, v), v128.zero()))),
      ...each((sum, row, v) => v128.store(row.y, sum, v * VECTOR_BYTES)),
    ];
  }
}

/**
 * Adds `linearBackward` to a module.
 *
 * A tile of 2 rows and 4 vectors stays in registers while k runs: 8 sums, for
 * which 4 vectors of W and 2 numbers of X are read. Loads are dear (each is
 * checked against the bounds of the memory), so X comes a vector at a time and
 * shuffles spread its numbers. Going 2 vectors of X at a time instead of 1 is
 * 5 % faster at nEmbd 16; 4 at a time are hardly better and twice the code.
 */
export function addLinearBackward(module: ModuleBuilder, r: Lanes): void {
  module.function("linearBackward", PARAMS, (p, local) => {
    const column = local("i32"), k = local("i32"), wPtr = local("i32"), w = local("v128");
    const tiles = new Tiles(r, local, p);
    const spread = tiles.rows.map(() => local("v128"));
    /** As many rows of the panel as a vector of X has numbers. */
    const multiply = (from: number) =>
      Array.from({ length: r.count }, (_, lane) => [
        ...tiles.rows.map(({ xs }, q) => spread[q]!.set(r.lane(xs, lane))), // one a row
        ...VECTORS.flatMap((v) => [
          w.set(v128.load(wPtr, (from + lane) * PANEL + v * VECTOR_BYTES)),
          ...tiles.rows.map(({ sums }, q) => {
            const sum = sums[v]!; // one a vector
            return sum.set(r.madd(spread[q]!, w, sum)); // one a row
          }),
        ]),
      ]).flat();
    return [
      loop(column, 0, p.width, PANEL, [
        ...tiles.forEachPair(column, [
          wPtr.set(p.w),
          loop(k, 0, p.depth, PANEL / 2, [
            ...[0, 1].flatMap((v) => [
              ...tiles.rows.map(({ x, xs }) => xs.set(v128.load(x, v * VECTOR_BYTES))),
              ...multiply(v * r.count),
            ]),
            ...tiles.rows.map(({ x }) => advance(x, PANEL / 2)),
            advance(wPtr, 2 * r.count * PANEL),
          ]),
          ...tiles.finish(VECTORS.length),
        ]),
        p.w.set(wPtr), // the next panel begins where this one ends
      ]),
    ];
  });
}

/**
 * Adds `linear` to a module.
 *
 * A tile of 2 rows of X and 4 of W: 8 sums of products, lane by lane, which are
 * added up across lanes at the end. W lies the wrong way round for this
 * direction; but to keep a transposed copy would cost more where it is updated.
 */
export function addLinear(module: ModuleBuilder, r: Lanes): void {
  module.function("linear", PARAMS, (p, local) => {
    const column = local("i32"), k = local("i32"), wPtr = local("i32"), w = local("v128");
    const wStart = local("i32"), panel = local("i32");
    const tiles = new Tiles(r, local, p);
    /** Four sums of lanes to numbers side by side, in the first vectors of the row. */
    const addLanes = ({ sums }: TileRow) => {
      const squares = Array.from(
        { length: OUTS.length / r.count },
        (_, s) => sums.slice(s * r.count, (s + 1) * r.count),
      );
      return squares.map((square, s) => sums[s]!.set(sumOf(r, transposed(r, square)))); // fewer squares than sums
    };
    return [
      panel.set(i32.mul(p.width, PANEL / r.bytes)),
      wStart.set(p.w),
      loop(column, 0, p.width, OUTS.length * r.bytes, [
        ...tiles.forEachPair(column, [
          wPtr.set(wStart),
          loop(k, 0, p.depth, PANEL, [
            ...VECTORS.flatMap((v) => [
              ...tiles.rows.map(({ x, xs }) => xs.set(v128.load(x, v * VECTOR_BYTES))),
              ...OUTS.flatMap((o) => [
                w.set(v128.load(wPtr, o * PANEL + v * VECTOR_BYTES)),
                ...tiles.rows.map(({ xs, sums }) => {
                  const sum = sums[o]!; // as many as vectors in a panel: 4
                  return sum.set(r.madd(xs, w, sum));
                }),
              ]),
            ]),
            ...tiles.rows.map(({ x }) => advance(x, PANEL)),
            advance(wPtr, panel),
          ]),
          ...tiles.rows.flatMap(addLanes),
          ...tiles.finish(OUTS.length / r.count),
        ]),
        advance(wStart, OUTS.length * PANEL),
      ]),
    ];
  });
}
