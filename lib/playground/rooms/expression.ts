/**
 * Small expressions such as `(a * b + c).relu()`: a parser, and their graph of `Value`s.
 *
 * The grammar: sums and differences of products and quotients of powers; `-` in front; calls of
 * `relu()`, `exp()` and `log()` behind a dot; names, numbers, parentheses. `**` raises to a number.
 *
 * @module
 */

import { Value } from "../../value.ts";

/** A node of the graph. */
export interface GraphNode {
  /** Its name, or what makes it out of its children: `a`, `a * b`, `relu`. */
  readonly name: string;
  readonly value: Value;
  /** The nodes that it is made of: their places in the graph. */
  readonly children: readonly number[];
}

/** The graph of an expression: children before what is made of them, the result last. */
export type Graph = readonly GraphNode[];

/** The values of names that are given none: in the order in which the names come. */
const DEFAULT_VALUES = [2, -3, 10, 1, -1, 0.5];

/** A graph with more nodes cannot be read. */
const MAX_NODES = 24;

/** An expression of more words and signs is not parsed: there are as many calls at once. */
const MAX_TOKENS = 500;

/** The functions that can be called. */
const FUNCTIONS = ["relu", "exp", "log"] as const;

/** A name, a number, or something else. */
const TOKENS = /\s*(?:([a-z_]\w*)|(\d+\.?\d*|\.\d+)|(\*\*|[-+*/().]))/iy;

/**
 * Builds the graph of an expression.
 *
 * @param text The expression.
 * @param values The values of names; those of the others are chosen here.
 * @throws {SyntaxError} If it is not an expression; the message is a sentence.
 */
export function graphOf(text: string, values: ReadonlyMap<string, number> = new Map()): Graph {
  return new Parser(text, values).parse();
}

/** The names of an expression's graph, with their values. */
export function namesOf(graph: Graph): Map<string, number> {
  const leaves = graph.filter(({ name, children }) =>
    children.length === 0 && /^[a-z_]/i.test(name)
  );
  return new Map(leaves.map(({ name, value }) => [name, value.data]));
}

/**
 * Lists the order in which a backward pass visits the nodes that pass a gradient on: the result
 * first, each node after all that are made of it.
 */
export function backwardOrder(graph: Graph): number[] {
  return [...graph.keys()].reverse().filter((i) => graph[i]?.children.length !== 0);
}

/** A recursive descent over the tokens of a text. */
class Parser {
  readonly #tokens: string[] = [];
  readonly #values: ReadonlyMap<string, number>;
  readonly #nodes: GraphNode[] = [];
  readonly #leaves = new Map<string, number>();
  #at = 0;

  constructor(text: string, values: ReadonlyMap<string, number>) {
    this.#values = values;
    const pattern = new RegExp(TOKENS);
    const end = text.trimEnd().length;
    while (pattern.lastIndex < end) {
      const from = pattern.lastIndex;
      const match = pattern.exec(text);
      if (match === null) {
        throw new SyntaxError(`“${text.slice(from).trim()[0]}” cannot be in an expression.`);
      }
      if (this.#tokens.push(match[0].trim()) > MAX_TOKENS) {
        throw new SyntaxError("This expression is too long to be drawn.");
      }
    }
  }

  parse(): Graph {
    if (this.#tokens.length === 0) throw new SyntaxError("Write an expression, such as a * b + c.");
    this.#sum();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new SyntaxError(`“${rest}” is not expected here.`);
    return this.#nodes;
  }

  #sum(): number {
    let left = this.#product();
    for (let sign; (sign = this.#take("+", "-"));) {
      const right = this.#product();
      left = sign === "+"
        ? this.#binary(left, "+", right, (a, b) => a.add(b))
        : this.#binary(left, "−", right, (a, b) => a.sub(b));
    }
    return left;
  }

  #product(): number {
    let left = this.#signed();
    for (let sign; (sign = this.#take("*", "/"));) {
      const right = this.#signed();
      left = sign === "*"
        ? this.#binary(left, "*", right, (a, b) => a.mul(b))
        : this.#binary(left, "/", right, (a, b) => a.div(b));
    }
    return left;
  }

  #signed(): number {
    if (this.#take("-") === undefined) return this.#power();
    const child = this.#signed();
    return this.#node(`−${this.#short(child)}`, this.#valueOf(child).neg(), [child]);
  }

  /** Powers of powers are not needed; the exponent is a constant, as that of `Value.pow`. */
  #power(): number {
    const base = this.#called();
    if (this.#take("**") === undefined) return base;
    const sign = this.#take("-") ?? "";
    const token = this.#tokens[this.#at++] ?? "";
    if (!/^[\d.]/.test(token)) throw new SyntaxError("After ** there must be a number.");
    const exponent = Number(sign + token);
    return this.#node(`** ${exponent}`.replace("-", "−"), this.#valueOf(base).pow(exponent), [
      base,
    ]);
  }

  #called(): number {
    let child = this.#atom();
    while (this.#take(".") !== undefined) {
      const name = FUNCTIONS.find((known) => known === this.#tokens[this.#at]);
      if (name === undefined) throw new SyntaxError("After a dot: relu(), exp() or log().");
      this.#at++;
      this.#expect("(");
      this.#expect(")");
      child = this.#node(name, this.#valueOf(child)[name](), [child]);
    }
    return child;
  }

  #atom(): number {
    const token = this.#tokens[this.#at++];
    if (token === "(") {
      const inner = this.#sum();
      this.#expect(")");
      return inner;
    }
    if (token === undefined) throw new SyntaxError("The expression ends too early.");
    if (!/^[\w.]/.test(token) || token === ".") {
      throw new SyntaxError(`“${token}” is not expected here.`);
    }
    const known = this.#leaves.get(token);
    if (known !== undefined) return known;
    const value = /^[\d.]/.test(token)
      ? Number(token)
      : this.#values.get(token) ?? this.#newValue();
    const leaf = this.#node(token, new Value(value), []);
    this.#leaves.set(token, leaf);
    return leaf;
  }

  /** A value for the next name that has none. */
  #newValue(): number {
    const numNames = [...this.#leaves.keys()].filter((name) => /^[a-z_]/i.test(name)).length;
    return DEFAULT_VALUES[numNames % DEFAULT_VALUES.length] ?? 1;
  }

  #binary(
    left: number,
    sign: string,
    right: number,
    compute: (a: Value, b: Value) => Value,
  ): number {
    const name = `${this.#short(left)} ${sign} ${this.#short(right)}`.trim();
    return this.#node(name, compute(this.#valueOf(left), this.#valueOf(right)), [left, right]);
  }

  /** A leaf's name in that of what is made of it; nothing for what is not a leaf. */
  #short(node: number): string {
    const { name = "", children = [] } = this.#nodes[node] ?? {};
    return children.length === 0 ? name : "";
  }

  #node(name: string, value: Value, children: readonly number[]): number {
    if (this.#nodes.length === MAX_NODES) {
      throw new SyntaxError(`An expression of more than ${MAX_NODES} values cannot be drawn.`);
    }
    return this.#nodes.push({ name, value, children }) - 1;
  }

  #valueOf(node: number): Value {
    return this.#nodes[node]!.value; // made by #node()
  }

  #take(...wanted: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at++;
    return token;
  }

  #expect(wanted: string): void {
    if (this.#take(wanted) !== undefined) return;
    const token = this.#tokens[this.#at];
    throw new SyntaxError(
      token === undefined ? `A “${wanted}” is missing.` : `“${token}” is not expected here.`,
    );
  }
}
