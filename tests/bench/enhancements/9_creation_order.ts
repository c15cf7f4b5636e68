/**
 * (9) JavaScript cannot prefetch, but it can walk memory in order: children are made before
 * parents, so the list of nodes as they were made is a topological order, and needs no search.
 */

import { Value } from "./1_generation.ts";
import { NoLeaves } from "./5b_no_leaves.ts";

class CreationOrder extends NoLeaves {
  #made: Value[] = [];

  override begin(): void {
    this.#made = [];
  }
  override leaf(data: number): Value {
    return new Value(data, [], []); // passes nothing on: need not be in the list
  }
  override node(data: number, children: readonly Value[], localGrads: readonly number[]): Value {
    const node = new Value(data, children, localGrads);
    this.#made.push(node);
    return node;
  }
  override topologicalOrder(): Value[] {
    return this.#made;
  }
}

export const autograd = new CreationOrder();
