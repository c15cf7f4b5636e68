/**
 * Softmax and cross-entropy: logits in, their gradients out, and what is needed
 * to tell the loss.
 *
 * @module
 */

import { f32, f64, i32, loop, type V128, v128 } from "../asm/code.ts";
import { Exp } from "./exp.ts";
import { Constants, type Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";
import { sumLanes } from "./rmsnorm.ts";

/**
 * For each row, with p = softmax(logits):
 *
 *     loss = -ln p[target] = ln(sum(exp(logits - max))) - (logits[target] - max)
 *     dlogits = (p - 1 at the target, p elsewhere) · weight of the row
 *
 * Pointers, strides and widths are in bytes.
 *
 * @param logits logits[n][width], rows by `stride`; dlogits takes their place.
 * Columns of padding hold -Infinity, so that their p is 0.
 * @param stride From a row to the next.
 * @param targets The target of each row, as integers of 32 bits.
 * @param weights What each row counts for.
 * @param parts For each row, written: sum(exp(logits - max)) and logits[target] - max.
 * @param n How many rows.
 * @param width The width of a row.
 */
export type Softmax = (
  logits: number,
  stride: number,
  targets: number,
  weights: number,
  parts: number,
  n: number,
  width: number,
) => void;

/** Less than any logit. */
export const NO_LOGIT = -Infinity;

/** {@linkcode Softmax} in plain TypeScript. */
export function softmaxTwin(memory: RealArray): Softmax {
  const size = memory.BYTES_PER_ELEMENT;
  const integers = new Int32Array(memory.buffer);
  return (logits, stride, targets, weights, parts, n, width) => {
    for (let row = 0; row < n; row++) {
      const from = (logits + row * stride) / size;
      const g = memory.subarray(from, from + width / size);
      const target = integers[targets / 4 + row]!; // in bounds, here and below
      const weight = memory[weights / size + row]!, part = parts / size + 2 * row;
      let max = NO_LOGIT, sum = 0;
      for (let i = 0; i < g.length; i++) max = Math.max(max, g[i]!);
      memory[part + 1] = g[target]! - max;
      for (let i = 0; i < g.length; i++) sum += g[i] = Math.exp(g[i]! - max);
      memory[part] = sum;
      for (let i = 0; i < g.length; i++) g[i]! *= weight / sum;
      g[target]! -= weight;
    }
  };
}

/** The largest of a vector's lanes, in all of them. */
function maxLanes(r: Lanes, a: () => V128): V128 {
  if (r.count === 2) return r.pmax(a(), r.pick(a(), a(), [1, 0]));
  const pairs = () => r.pmax(a(), r.pick(a(), a(), [1, 0, 3, 2]));
  return r.pmax(pairs(), r.pick(pairs(), pairs(), [2, 3, 0, 1]));
}

/** Adds {@linkcode Softmax} to a module. */
export function addSoftmax(module: ModuleBuilder, r: Lanes): void {
  const params = {
    logits: "i32",
    stride: "i32",
    targets: "i32",
    weights: "i32",
    parts: "i32",
    n: "i32",
    width: "i32",
  } as const;
  module.function("softmax", params, (p, local) => {
    const constants = new Constants(r, local);
    const exp = new Exp(r, local, constants);
    const row = local("i32"), i = local("i32"), targetPtr = local("i32");
    const max = local("v128"), sum = local("v128"), e = local("v128");
    const at = i32.add(p.logits, i);
    const overRow = (body: Parameters<typeof loop>[4]) => loop(i, 0, p.width, VECTOR_BYTES, body);
    const targetOffset = i32.mul(i32.load(p.targets), r.bytes);
    const subtractAtTarget = r.dtype === "f64"
      ? f64.store(targetPtr, f64.sub(f64.load(targetPtr), f64.load(p.weights)))
      : f32.store(targetPtr, f32.sub(f32.load(targetPtr), f32.load(p.weights)));
    return [
      loop(row, 0, p.n, 1, [
        max.set(constants.of(NO_LOGIT)),
        overRow([max.set(r.pmax(max, v128.load(at)))]),
        max.set(maxLanes(r, () => max)),
        targetPtr.set(i32.add(p.logits, targetOffset)),
        r.storeLane(
          i32.add(p.parts, r.bytes),
          r.sub(r.loadSplat(targetPtr), max),
          0,
        ),
        sum.set(v128.zero()),
        overRow([
          ...exp.compute(e, r.sub(v128.load(at), max)),
          v128.store(at, e),
          sum.set(r.add(sum, e)),
        ]),
        sum.set(sumLanes(r, () => sum)),
        r.storeLane(p.parts, sum, 0),
        sum.set(r.div(r.loadSplat(p.weights), sum)),
        overRow([v128.store(at, r.mul(v128.load(at), sum))]),
        subtractAtTarget,
        advance(p.logits, p.stride),
        advance(p.targets, 4),
        advance(p.weights, r.bytes),
        advance(p.parts, 2 * r.bytes),
      ]),
    ];
  });
}
