/** (7a) The nodes of the last step are filled anew instead of left to the garbage collector. */

import { Value } from "./1_generation.ts";
import { NoLeaves } from "./5b_no_leaves.ts";

class Pool extends NoLeaves {
  readonly #nodes: Value[] = [];
  #used = 0;
  #numParams = 0; // made before the first step; they stay

  override begin(): void {
    this.#numParams ||= this.#used;
    this.#used = this.#numParams;
  }
  override node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    const node = this.#nodes[this.#used++];
    if (node === undefined) {
      const made = new Value(data, children, localGrads);
      this.#nodes.push(made);
      return made;
    }
    node.data = data;
    node.grad = 0;
    node.children = children;
    node.localGrads = localGrads;
    return node;
  }
}

export const autograd = new Pool();
