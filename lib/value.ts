/**
 * The autograd engine: a {@linkcode Value} is a number that remembers how it
 * was computed, and {@linkcode Value.backward} walks that record backwards to
 * find the derivative of one number with respect to all the others.
 *
 * This is `class Value` of microgpt.py. Two functions are added, each one node
 * where the original builds a chain of them: {@linkcode sum} and
 * {@linkcode dot}. They add in the same order, so the numbers stay the same.
 *
 * What it does not do: tensors, second derivatives, freeing memory (the
 * garbage collector takes a graph when its result is dropped).
 *
 * @example The derivative of a product
 * ```ts
 * import { Value } from "@x/microgpt/value";
 * import { assertEquals } from "@std/assert";
 *
 * const a = new Value(2);
 * const b = new Value(-3);
 * const c = a.mul(b).add(a.pow(2)); // c = ab + a² = -2
 * c.backward();
 * assertEquals(c.data, -2);
 * assertEquals(a.grad, 1); // dc/da = b + 2a
 * assertEquals(b.grad, 2); // dc/db = a
 * ```
 *
 * @module
 */

/** Counts the backward passes, so that a node can tell whether this one has met it. */
let pass = 0;

/** The local gradients of a sum, the same for all: made once. */
const ONE = [1], ONE_ONE = [1, 1];

/**
 * A scalar, its gradient, and the values it was computed from.
 *
 * Every operation makes a new node out of its operands. A plain number as
 * operand is a constant: no gradient flows into it, so it needs no node.
 */
export class Value {
  /** The number itself, computed in the forward pass. */
  data: number;
  /** The derivative of the result with respect to this value, summed up by {@linkcode Value.backward}. */
  grad: number;
  /** The values this one was computed from. */
  readonly children: readonly Value[];
  /** The derivative of this value with respect to each of its children. */
  readonly localGrads: readonly number[];
  /** The last backward pass that met this node. */
  #pass = 0;

  /**
   * Makes a leaf, or the result of an operation of your own.
   *
   * @param data The number.
   * @param children The values it was computed from: none for a leaf.
   * @param localGrads d(this)/d(child) for each child, in the same order.
   */
  constructor(
    data: number,
    children: readonly Value[] = [],
    localGrads: readonly number[] = [],
  ) {
    this.data = data;
    this.grad = 0;
    this.children = children;
    this.localGrads = localGrads;
  }

  /** a + b: d/da = 1, d/db = 1. */
  add(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data + other, [this], ONE)
      : new Value(this.data + other.data, [this, other], ONE_ONE);
  }

  /** a - b: d/da = 1, d/db = -1. */
  sub(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data - other, [this], ONE)
      : new Value(this.data - other.data, [this, other], [1, -1]);
  }

  /** a · b: d/da = b, d/db = a. */
  mul(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data * other, [this], [other])
      : new Value(this.data * other.data, [this, other], [
        other.data,
        this.data,
      ]);
  }

  /** a / b: d/da = 1/b, d/db = -a/b². */
  div(other: Value | number): Value {
    return typeof other === "number"
      ? new Value(this.data / other, [this], [1 / other])
      : new Value(this.data / other.data, [this, other], [
        1 / other.data,
        -this.data / other.data ** 2,
      ]);
  }

  /** -a: d/da = -1. */
  neg(): Value {
    return new Value(-this.data, [this], [-1]);
  }

  /** aⁿ for a constant n: d/da = n · aⁿ⁻¹. */
  pow(exponent: number): Value {
    return new Value(this.data ** exponent, [this], [
      exponent * this.data ** (exponent - 1),
    ]);
  }

  /** ln a: d/da = 1/a. */
  log(): Value {
    return new Value(Math.log(this.data), [this], [1 / this.data]);
  }

  /** eᵃ: d/da = eᵃ. */
  exp(): Value {
    const exp = Math.exp(this.data);
    return new Value(exp, [this], [exp]);
  }

  /** max(0, a): d/da = 1 where a > 0, else 0. */
  relu(): Value {
    return new Value(Math.max(0, this.data), [this], [this.data > 0 ? 1 : 0]);
  }

  /**
   * Computes the derivative of this value with respect to every value it
   * depends on, and adds it to their `grad`.
   *
   * The chain rule, from the result back to the leaves: a node passes its own
   * gradient on to each child, times the local gradient. A node may be passed
   * on only when everything that uses it has been, hence the topological
   * order. Gradients of leaves add up over calls: set `grad = 0` to begin anew.
   * A graph can be walked once; a second time its inner nodes would pass on what
   * they have kept of the first.
   */
  backward(): void {
    const topo = Value.#topologicalOrder(this);
    this.grad = 1;
    for (let i = topo.length - 1; i >= 0; i--) {
      const { grad, children, localGrads } = topo[i]!;
      for (let c = 0; c < children.length; c++) {
        children[c]!.grad += localGrads[c]! * grad; // one local gradient per child
      }
    }
  }

  /**
   * All the nodes below a root but the leaves, which pass nothing on: children
   * before parents, in the order of the original's recursion, but on a stack of
   * our own, so that a chain of a million nodes does not overflow the call stack.
   */
  static #topologicalOrder(root: Value): Value[] {
    pass++;
    const topo: Value[] = [];
    const path: Value[] = []; // the nodes above this one
    const next: number[] = []; // for each of them: its next child
    let node: Value | undefined = root;
    let c = 0; // the next child of this one
    while (node !== undefined) {
      if (c < node.children.length) {
        const child: Value = node.children[c++]!; // c < length
        if (child.#pass === pass) continue;
        child.#pass = pass;
        if (child.children.length === 0) continue; // a leaf passes nothing on
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

/**
 * a₁ + a₂ + ... as one node: d/daᵢ = 1.
 *
 * Added from left to right, as Python's `sum` does.
 *
 * @param values The summands.
 * @returns The sum; of nothing it is 0.
 */
export function sum(values: readonly Value[]): Value {
  let total = 0;
  for (const value of values) total += value.data;
  return new Value(total, [...values], values.map(() => 1));
}

/**
 * a₁b₁ + a₂b₂ + ... as one node: d/daᵢ = bᵢ, d/dbᵢ = aᵢ.
 *
 * In microgpt.py `sum(ai * bi for ai, bi in zip(a, b))`, which makes two nodes
 * per term.
 *
 * @param a The one vector.
 * @param b The other, of the same length.
 * @returns The sum of the products.
 * @throws {TypeError} If the lengths differ.
 */
export function dot(a: readonly Value[], b: readonly Value[]): Value {
  if (a.length !== b.length) {
    throw new TypeError(`Cannot take the dot product: lengths are ${a.length} and ${b.length}`);
  }
  let total = 0;
  const children = new Array<Value>(2 * a.length);
  const localGrads = new Array<number>(2 * a.length);
  for (let i = 0; i < a.length; i++) {
    const ai = a[i]!, bi = b[i]!;
    total += ai.data * bi.data;
    children[2 * i] = ai;
    children[2 * i + 1] = bi;
    localGrads[2 * i] = bi.data;
    localGrads[2 * i + 1] = ai.data;
  }
  return new Value(total, children, localGrads);
}
