/** (5a) The topological order and the stack get their size at once, instead of growing. */

import type { Value } from "./1_generation.ts";
import { SizedArrays } from "./4d_sized_arrays.ts";

/** Enough for a document of 16 positions: 4,192 parameters and at most 800 nodes a position. */
const CAPACITY = 24_000;

export class Presized extends SizedArrays {
  protected lists(): { topo: Value[]; path: Value[]; next: number[] } {
    return { topo: new Array(CAPACITY), path: new Array(CAPACITY), next: new Array(CAPACITY) };
  }

  override backward(loss: Value): void {
    const { topo, path, next } = this.lists();
    const length = this.#fill(loss, topo, path, next);
    loss.grad = 1;
    this.passOn(topo, length);
  }

  /** As topologicalOrder(), but counts by itself what the lists hold. */
  #fill(root: Value, topo: Value[], path: Value[], next: number[]): number {
    this.forgetVisits();
    let length = 0, depth = 0;
    this.isNew(root);
    path[0] = root;
    next[0] = 0;
    while (depth >= 0) {
      const node = path[depth]!, { children } = node; // filled up to depth
      let c = next[depth]!; // as path
      while (c < children.length && !this.isNew(children[c]!)) c++; // c < length
      if (c === children.length) {
        topo[length++] = node;
        depth--;
      } else {
        next[depth++] = c + 1;
        path[depth] = children[c]!; // c < length
        next[depth] = 0;
      }
    }
    return length;
  }
}

export const autograd = new Presized();
