/** (5b) Leaves are marked but not put in order: they have nothing to pass on. */

import type { Value } from "./1_generation.ts";
import { SizedArrays } from "./4d_sized_arrays.ts";

export class NoLeaves extends SizedArrays {
  override topologicalOrder(root: Value): Value[] {
    this.forgetVisits();
    const topo: Value[] = [];
    const path: Value[] = [], next: number[] = []; // the nodes above, and the next child of each
    let node: Value | undefined = root, c = 0;
    while (node !== undefined) {
      if (c < node.children.length) {
        const child: Value = node.children[c++]!; // c < length
        if (!this.isNew(child) || child.children.length === 0) continue;
        path.push(node);
        next.push(c);
        node = child;
        c = 0;
      } else {
        topo.push(node);
        node = path.pop();
        c = next.pop() ?? 0;
      }
    }
    return topo;
  }
}

export const autograd = new NoLeaves();
