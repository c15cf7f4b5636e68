/**
 * Softmax and cross-entropy: logits in, their gradients out, and the parts of the loss.
 *
 * @module
 */

import { advance, type Codes, i32, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import { acrossLanes } from "../asm/lanes.ts";
import { exponential } from "./exp.ts";
import { kernel } from "./kernel.ts";

/** Less than any logit. */
export const NO_LOGIT = -Infinity;

/**
 * For each row, with p = softmax(logits):
 *
 *     loss = -ln p[target] = ln(sum(exp(logits - max))) - (logits[target] - max)
 *     dlogits = (p - 1 at the target, p elsewhere) · weight of the row
 */
export const softmax = kernel({
  params: {
    logits: "rows", // [T][V], replaced by dlogits; padding holds -Infinity, so that its p is 0
    targets: "ptr", // [T] integers
    weights: "ptr", // [T]
    parts: "ptr", // [T][2], written: sum(exp(logits - max)), and logits[target] - max
    n: "count", // T
    width: "bytes", // V
  },
  twin({ logits, targets, weights, parts, n, width }, memory) {
    const size = memory.size;
    const G = memory.rows(logits, n, width), target = memory.integers(targets, n);
    const weight = memory.row(weights, n * size);
    const part = memory.rows({ ptr: parts, stride: 2 * size }, n, 2 * size);
    for (let t = 0; t < n; t++) {
      const g = G[t]!, V = g.length, at = target[t]!;
      let max = NO_LOGIT, sum = 0;
      for (let i = 0; i < V; i++) max = Math.max(max, g[i]!);
      part[t]![1] = g[at]! - max; // a token of the vocabulary, here and below
      for (let i = 0; i < V; i++) sum += g[i] = Math.exp(g[i]! - max);
      part[t]![0] = sum;
      for (let i = 0; i < V; i++) g[i]! *= weight[t]! / sum;
      g[at]! -= weight[t]!;
    }
  },
  code(p, emitter) {
    const { r, local, constant } = emitter;
    const exp = exponential(emitter);
    const row = local("i32"), i = local("i32"), targetPtr = local("i32");
    const max = local("v128"), sum = local("v128"), e = local("v128");
    const at = i32.add(p.logits.ptr, i);
    const overRow = (body: Codes) => loop(i, 0, p.width, VECTOR_BYTES, body);
    const targetOffset = i32.mul(i32.load(p.targets), r.bytes);
    return loop(row, 0, p.n, 1, [
      max.set(constant(NO_LOGIT)),
      overRow([max.set(r.pmax(max, v128.load(at)))]),
      max.set(acrossLanes(r, max, r.pmax)),
      targetPtr.set(i32.add(p.logits.ptr, targetOffset)),
      r.storeLane(i32.add(p.parts, r.bytes), r.sub(r.loadSplat(targetPtr), max), 0),
      sum.set(v128.zero()),
      overRow([
        exp(e, r.sub(v128.load(at), max)),
        v128.store(at, e),
        sum.set(r.add(sum, e)),
      ]),
      sum.set(acrossLanes(r, sum, r.add)),
      r.storeLane(p.parts, sum, 0),
      sum.set(r.div(r.loadSplat(p.weights), sum)),
      overRow([v128.store(at, r.mul(v128.load(at), sum))]),
      r.subtractAt(targetPtr, p.weights),
      advance(p.logits.ptr, p.logits.stride),
      advance(p.targets, 4),
      advance(p.weights, r.bytes),
      advance(p.parts, 2 * r.bytes),
    ]);
  },
});
