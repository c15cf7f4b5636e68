/**
 * The gradient of a weight matrix, dW = dYᵀ · X, and Adam's update at once: the gradient lives in
 * registers and is never written to memory. Where a batch is too large for one pass, the gradients
 * are added up in memory instead.
 *
 * @module
 */

import type { Codes, I32, I32Var } from "../asm/code.ts";
import { advance, f64, i32, loop, v128, VECTOR_BYTES, when } from "../asm/code.ts";
import { PANEL } from "../memory/panel.ts";
import { adamUpdate, updateTwin } from "./adam.ts";
import { type AdamStep, type Emitter, kernel, type Variables } from "./kernel.ts";
import { packedWalk, plainWalk, type Walk } from "./walk.ts";

/** The step with which {@linkcode gradient} adds gradients up. */
export const NO_STEP: AdamStep = { scale: 0, offset: 0 };

const params = {
  w: "ptr", // W[out][in] in panels; its moments and its gradient lie likewise
  region: "bytes", // from W to its first moment, from there to the second, and to its gradient
  dy: "rows", // dY[T][out]
  x: "rows", // X[T][in]
  n: "count", // T
  outBytes: "bytes", // out: whole panels
  inBytes: "bytes", // in: whole panels
  scratch: "ptr", // [T][P + PACKED_COLUMNS / size]
  step: "step",
} as const;

/**
 * dW[j][k] = sum of dY[t][j] · X[t][k], with which W is updated; or which is added to the gradient
 * in memory, if the step is {@linkcode NO_STEP}.
 */
export const gradient = kernel({
  params,
  twin({ w, region, dy, x, n, outBytes, inBytes, step }, memory) {
    const dY = memory.rows(dy, n, outBytes);
    const panels = (i: number) => memory.panels(w + i * region, outBytes, inBytes);
    const [W, M, V, G] = [panels(0), panels(1), panels(2), panels(3)];
    memory.columns(x, n, inBytes).forEach((X, q) => { // the columns of X for panel q
      for (let j = 0; j < W[q]!.length; j++) {
        const weights = { w: W[q]![j]!, m: M[q]![j]!, v: V[q]![j]! };
        for (let k = 0; k < weights.w.length; k++) {
          let grad = 0;
          for (let t = 0; t < n; t++) grad += dY[t]![j]! * X[t]![k]!;
          if (step.scale === 0) G[q]![j]![k]! += grad;
          else updateTwin(weights, k, grad, step);
        }
      }
    });
  },
  code(p, emitter) {
    const { r, local } = emitter;
    const tile = newTile(emitter);
    const walk = (emitter.packsRows ? packedWalk : plainWalk)(p, emitter);
    const update = adamUpdate(emitter, p.step);
    const w = local("i32"), m = local("i32"), v = local("i32"), g = local("i32");
    return forEachTile(p, emitter, walk, (at, dy, x) => [
      gradients(tile, p.n, emitter, walk, dy, x),
      w.set(i32.add(p.w, at)),
      m.set(i32.add(w, p.region)),
      v.set(i32.add(m, p.region)),
      g.set(i32.add(v, p.region)),
      when(
        f64.eq(p.step.scale, f64.const(0)),
        tile.map(({ offset, sum }) => v128.store(g, r.add(v128.load(g, offset), sum), offset)),
        tile.map(({ offset, sum }) => update({ w, m, v }, offset, sum)),
      ),
    ]);
  },
});

/**
 * The vectors in a tile. It has as many rows as a vector has lanes, so that one vector of dY serves
 * them all; it is as wide as a panel (f64), or half as wide (f32).
 */
const TILE_VECTORS = 8;

/** Lists the vectors of a tile: vector k of row j, with its offset in the matrix and its sum. */
function newTile({ r, local }: Emitter) {
  return Array.from({ length: TILE_VECTORS }, (_, i) => {
    const j = Math.floor(i * r.count / TILE_VECTORS), k = i % (TILE_VECTORS / r.count);
    return { j, k, offset: j * PANEL + k * VECTOR_BYTES, sum: local("v128") };
  });
}

/**
 * Goes through W tile by tile: `body` gets the offset of the tile in W, and the addresses of its
 * columns in the first row of dY and of X.
 */
function forEachTile(
  p: Variables<typeof params>,
  { r, local }: Emitter,
  walk: Walk,
  body: (at: I32Var, dy: I32Var, x: I32Var) => Codes,
): Codes {
  const at = local("i32"), rowAt = local("i32"), panelAt = local("i32");
  const outAt = local("i32"), inPanel = local("i32"), inAt = local("i32");
  const dy = local("i32"), x = local("i32");
  const lines = PANEL / r.bytes; // bytes of a panel of W for each byte of a row of dY
  const width = TILE_VECTORS / r.count * VECTOR_BYTES;
  return walk.forEachBlock((outStart, outEnd) => [
    panelAt.set(i32.mul(outStart, lines)),
    loop(inPanel, 0, p.inBytes, PANEL, [
      walk.beginPanel(inPanel),
      rowAt.set(panelAt),
      dy.set(walk.dyStart),
      loop(outAt, outStart, outEnd, VECTOR_BYTES, [
        at.set(rowAt),
        loop(inAt, 0, PANEL, width, [
          x.set(i32.add(walk.xStart, inAt)),
          body(at, dy, x),
          advance(at, width),
        ]),
        advance(rowAt, r.count * PANEL),
        advance(dy, walk.dyStep),
      ]),
      advance(panelAt, i32.mul(p.outBytes, lines)),
    ]),
  ]);
}

/** Computes the gradients of a tile: sum[j][k] = sum of dY[t][j] · X[t][k]. */
function gradients(
  tile: ReturnType<typeof newTile>,
  n: I32,
  { r, local }: Emitter,
  { dyStride, xStride }: Walk,
  dyAt: I32,
  xAt: I32,
): Codes {
  const row = local("i32"), dyPtr = local("i32"), xPtr = local("i32");
  const dy = local("v128");
  const xs = Array.from({ length: TILE_VECTORS / r.count }, () => local("v128"));
  const spread = local("v128");
  return [
    tile.map(({ sum }) => sum.set(v128.zero())),
    dyPtr.set(dyAt),
    xPtr.set(xAt),
    loop(row, 0, n, 1, [
      dy.set(v128.load(dyPtr)),
      xs.map((x, k) => x.set(v128.load(xPtr, k * VECTOR_BYTES))),
      tile.map(({ j, k, sum }) => [
        k === 0 ? spread.set(r.lane(dy, j)) : [],
        sum.set(r.madd(spread, xs[k]!, sum)), // as many as in a row of the tile
      ]),
      advance(dyPtr, dyStride),
      advance(xPtr, xStride),
    ]),
  ];
}
