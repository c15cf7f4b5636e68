/**
 * The automatic differentiation that the model of this benchmark needs. A
 * variant says how a node is made and walked; what it does not say is done as
 * in microgpt.py, which has add, mul, pow, log, exp and relu, and makes the
 * rest of them.
 *
 * @module
 */

/** Operations on nodes; `V` is a node: an object, or its number on a tape. */
export abstract class Autograd<V> {
  abstract leaf(data: number): V;
  abstract data(v: V): number;
  abstract grad(v: V): number;
  /** Moves a parameter, and sets its gradient to 0. */
  abstract update(v: V, delta: number): void;

  /** A node with one child, and its derivative with respect to it. */
  abstract unary(data: number, a: V, aGrad: number): V;
  abstract binary(data: number, a: V, b: V, aGrad: number, bGrad: number): V;
  abstract backward(loss: V): void;

  /** Called before each step, when all nodes but the parameters are garbage. */
  begin(): void {}

  add(a: V, b: V): V {
    return this.binary(this.data(a) + this.data(b), a, b, 1, 1);
  }
  mul(a: V, b: V): V {
    return this.binary(this.data(a) * this.data(b), a, b, this.data(b), this.data(a));
  }
  pow(a: V, exponent: number): V {
    const x = this.data(a);
    return this.unary(x ** exponent, a, exponent * x ** (exponent - 1));
  }
  log(a: V): V {
    return this.unary(Math.log(this.data(a)), a, 1 / this.data(a));
  }
  exp(a: V): V {
    const exp = Math.exp(this.data(a));
    return this.unary(exp, a, exp);
  }
  relu(a: V): V {
    return this.unary(Math.max(0, this.data(a)), a, this.data(a) > 0 ? 1 : 0);
  }

  addConst(a: V, c: number): V {
    return this.add(a, this.leaf(c));
  }
  mulConst(a: V, c: number): V {
    return this.mul(a, this.leaf(c));
  }
  divConst(a: V, c: number): V {
    return this.mulConst(a, c ** -1);
  }
  neg(a: V): V {
    return this.mulConst(a, -1);
  }
  div(a: V, b: V): V {
    return this.mul(a, this.pow(b, -1));
  }
  /** 0 + a, with which Python's `sum` begins. */
  fromZero(a: V): V {
    return this.addConst(a, 0);
  }
  sum(values: readonly V[]): V {
    let total = this.fromZero(values[0]!); // never empty, here and below
    for (let i = 1; i < values.length; i++) total = this.add(total, values[i]!); // i < length
    return total;
  }
  dot(a: readonly V[], b: readonly V[]): V {
    let total = this.fromZero(this.mul(a[0]!, b[0]!));
    for (let i = 1; i < a.length; i++) total = this.add(total, this.mul(a[i]!, b[i]!)); // i < length
    return total;
  }
  linear(x: readonly V[], w: readonly (readonly V[])[]): V[] {
    return w.map((wo) => this.dot(wo, x));
  }
  /** q[from..to] · k[from..to]: how much one position attends to another. */
  score(q: readonly V[], k: readonly V[], from: number, to: number): V {
    return this.dot(q.slice(from, to), k.slice(from, to));
  }
  /** Component `j` of the weighted sum of vectors. */
  mix(weights: readonly V[], values: readonly (readonly V[])[], j: number): V {
    return this.dot(weights, values.map((v) => v[j]!)); // j < nEmbd
  }
}
