/**
 * Products of matrices, which most of the work of a GPT is made of. A tile of the result, 2 rows
 * and 4 vectors, stays in registers while k runs; here for `linearBackward`:
 *
 *                      W[k]   | w0 | w1 | w2 | w3 |   a row of a panel: 4 vectors
 *                             +----+----+----+----+
 *      X[t][k]   -->   Y[t]   | += | += | += | += |   each sum += X[.][k] · w
 *      X[t+1][k] -->   Y[t+1] | += | += | += | += |   8 sums in registers
 *                             +----+----+----+----+
 *                      then k + 1, one row down the panel, to the end of W
 *
 * @module
 */

import type { Codes, I32Var, V128, V128Var } from "../asm/code.ts";
import { advance, i32, loop, v128, VECTOR_BYTES, when } from "../asm/code.ts";
import { sumOf, transposed } from "../asm/lanes.ts";
import type { NewLocal } from "../asm/module.ts";
import { PANEL, PANEL_VECTORS } from "../memory/panel.ts";
import { type Emitter, kernel, type Variables } from "./kernel.ts";

/** The last step of a product: what becomes of Y, given a matrix E of the same shape. */
export const EPILOGUE = {
  /** y; E is not read. */
  none: 0,
  /** y + e: the residual connection. */
  add: 1,
  /** max(0, y); E is not read. */
  relu: 2,
  /** y where e > 0, else 0: ReLU backward. */
  mask: 3,
} as const;

const params = {
  y: "rows", // Y[T][width], written; where T is odd, one more row is
  x: "rows", // X[T][depth]; where T is odd, one more row is read
  w: "ptr", // W[out][in] in panels
  e: "rows", // E[T][width]; where T is odd, one more row is read
  n: "count", // T
  depth: "bytes", // of X: whole panels
  width: "bytes", // of Y: whole panels
  epilogue: "choice", // of EPILOGUE
} as const;

/** Applies the epilogue to one number, in plain TypeScript. */
function finished(y: number, e: number, epilogue: number): number {
  if (epilogue === EPILOGUE.add) return y + e;
  if (epilogue === EPILOGUE.relu) return y < 0 ? 0 : y;
  if (epilogue === EPILOGUE.mask) return e > 0 ? y : 0;
  return y;
}

/** The forward product, Y = X · Wᵀ: y[t][j] = sum of x[t][k] · w[j][k]; depth is in, width is out. */
export const linear = kernel({
  params,
  twin({ y, x, w, e, n, depth, width, epilogue }, memory) {
    const Y = memory.rows(y, n, width), E = memory.rows(e, n, width);
    const X = memory.columns(x, n, depth), W = memory.panels(w, width, depth);
    for (let t = 0; t < n; t++) {
      for (let j = 0; j < Y[t]!.length; j++) {
        let sum = 0;
        for (let q = 0; q < W.length; q++) {
          for (let k = 0; k < W[q]![j]!.length; k++) sum += X[q]![t]![k]! * W[q]![j]![k]!;
        }
        Y[t]![j] = finished(sum, E[t]![j]!, epilogue);
      }
    }
  },
  /**
   * A tile of 2 rows of X and 4 of W: 8 vectors of sums, whose lanes are added up at the end. W
   * lies the wrong way round for this direction, but a transposed copy would cost more where it is
   * updated.
   */
  code(p, emitter) {
    const { r, local } = emitter;
    const column = local("i32"), k = local("i32"), wPtr = local("i32"), w = local("v128");
    const wStart = local("i32"), panel = local("i32");
    const tiles = new Tiles(p, emitter);
    /** Turns four sums of lanes into numbers side by side, in the first vectors of the row. */
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
        tiles.forEachPair(column, [
          wPtr.set(wStart),
          loop(k, 0, p.depth, PANEL, [
            VECTORS.map((v) => [
              tiles.load(v),
              OUTS.map((o) => [
                w.set(v128.load(wPtr, o * PANEL + v * VECTOR_BYTES)),
                tiles.rows.map(({ xs, sums }) => sums[o]!.set(r.madd(xs, w, sums[o]!))), // 4 of them
              ]),
            ]),
            tiles.rows.map(({ x }) => advance(x, PANEL)),
            advance(wPtr, panel),
          ]),
          tiles.rows.map(addLanes),
          tiles.finish(OUTS.length / r.count),
        ]),
        advance(wStart, OUTS.length * PANEL),
      ]),
    ];
  },
});

/** The backward product, Y = X · W: y[t][j] = sum of x[t][k] · w[k][j]; depth is out, width is in. */
export const linearBackward = kernel({
  params,
  twin({ y, x, w, e, n, depth, width, epilogue }, memory) {
    const Y = memory.columns(y, n, width), E = memory.columns(e, n, width);
    const X = memory.rows(x, n, depth), W = memory.panels(w, depth, width);
    for (let q = 0; q < W.length; q++) {
      for (let t = 0; t < n; t++) {
        for (let j = 0; j < Y[q]![t]!.length; j++) {
          let sum = 0;
          for (let k = 0; k < X[t]!.length; k++) sum += X[t]![k]! * W[q]![k]![j]!;
          Y[q]![t]![j] = finished(sum, E[q]![t]![j]!, epilogue);
        }
      }
    }
  },
  /**
   * Loads are expensive here, since each is checked against the bounds of the memory: X comes a
   * vector at a time, and shuffles spread its numbers. Two vectors of X at a time instead of one
   * are 5 % faster at nEmbd 16; four are hardly better and twice the code.
   */
  code(p, emitter) {
    const { r, local } = emitter;
    const column = local("i32"), k = local("i32"), wPtr = local("i32"), w = local("v128");
    const tiles = new Tiles(p, emitter);
    const spread = tiles.rows.map(() => local("v128"));
    /** Takes as many rows of the panel as a vector of X has numbers. */
    const multiply = (from: number) =>
      Array.from({ length: r.count }, (_, lane) => [
        tiles.rows.map(({ xs }, q) => spread[q]!.set(r.lane(xs, lane))), // one per row
        VECTORS.map((v) => [
          w.set(v128.load(wPtr, (from + lane) * PANEL + v * VECTOR_BYTES)),
          tiles.rows.map(({ sums }, q) => sums[v]!.set(r.madd(spread[q]!, w, sums[v]!))), // likewise
        ]),
      ]);
    return loop(column, 0, p.width, PANEL, [
      tiles.forEachPair(column, [
        wPtr.set(p.w),
        loop(k, 0, p.depth, PANEL / 2, [
          [0, 1].map((v) => [tiles.load(v), multiply(v * r.count)]),
          tiles.rows.map(({ x }) => advance(x, PANEL / 2)),
          advance(wPtr, 2 * r.count * PANEL),
        ]),
        tiles.finish(VECTORS.length),
      ]),
      p.w.set(wPtr), // the next panel begins where this one ends
    ]);
  },
});

/** The rows of a tile. */
const ROWS = 2;

/** The vectors of a panel's row. */
const VECTORS = Array.from({ length: PANEL_VECTORS }, (_, v) => v);

/** The rows of W that `linear` takes at once. */
const OUTS = [0, 1, 2, 3] as const;

/** A row of a tile: addresses, a vector of X, and the sums. */
type TileRow = ReturnType<typeof newTileRow>;

const newTileRow = (local: NewLocal) => ({
  x: local("i32"),
  y: local("i32"),
  e: local("i32"),
  xs: local("v128"),
  sums: VECTORS.map(() => local("v128")),
});

/** The walk through Y in tiles, which both kernels share. */
class Tiles {
  readonly rows: readonly TileRow[];
  readonly #p: Variables<typeof params>;
  readonly #emitter: Emitter;
  readonly #row: I32Var;

  constructor(p: Variables<typeof params>, emitter: Emitter) {
    const { local } = emitter;
    this.#p = p;
    this.#emitter = emitter;
    this.#row = local("i32");
    this.rows = Array.from({ length: ROWS }, () => newTileRow(local));
  }

  /** Loads a vector of X in each row. */
  load(v: number): Codes {
    return this.rows.map(({ x, xs }) => xs.set(v128.load(x, v * VECTOR_BYTES)));
  }

  /** Runs `body` for each pair of rows of the columns that begin at `column` bytes of a row. */
  forEachPair(column: I32Var, body: Codes): Codes {
    const p = this.#p, [a, b] = this.rows as [TileRow, TileRow]; // ROWS of them
    const matrices = ["x", "y", "e"] as const;
    const next = (to: TileRow, from: TileRow) =>
      matrices.map((of) => to[of].set(i32.add(from[of], p[of].stride)));
    return [
      a.x.set(p.x.ptr),
      a.y.set(i32.add(p.y.ptr, column)),
      a.e.set(i32.add(p.e.ptr, column)),
      loop(this.#row, 0, p.n, ROWS, [
        next(b, a),
        this.rows.map(({ sums }) => sums.map((sum) => sum.set(v128.zero()))),
        body,
        b.x.set(i32.sub(b.x, p.depth)), // it has gone through its row
        next(a, b),
      ]),
    ];
  }

  /** Applies the epilogue to the first `vectors` vectors of each row, and stores them. */
  finish(vectors: number): Codes {
    const { r } = this.#emitter;
    const each = (visit: (sum: V128Var, row: TileRow, v: number) => Codes) =>
      this.rows.map((row) => row.sums.slice(0, vectors).map((sum, v) => visit(sum, row, v)));
    const e = (row: TileRow, v: number) => v128.load(row.e, v * VECTOR_BYTES);
    const epilogue = (which: number, value: (sum: V128, row: TileRow, v: number) => V128) =>
      when(i32.eq(this.#p.epilogue, which), each((sum, row, v) => sum.set(value(sum, row, v))));
    return [
      epilogue(EPILOGUE.add, (sum, row, v) => r.add(sum, e(row, v))),
      epilogue(EPILOGUE.relu, (sum) => r.pmax(sum, v128.zero())),
      epilogue(EPILOGUE.mask, (sum, row, v) => v128.and(sum, r.gt(e(row, v), v128.zero()))),
      each((sum, row, v) => v128.store(row.y, sum, v * VECTOR_BYTES)),
    ];
  }
}
