/**
 * The beginnings of texts as a tree, so that the model computes what comes after each of them only
 * once, however many texts begin so: of 1,000 names that a model writes, two thirds of all tokens
 * follow a beginning that was there before.
 *
 * What it does not do: change what comes out. What follows a beginning depends on nothing but its
 * tokens and the parameters; when those change, the tree begins anew.
 *
 * @example Two texts with the same beginning
 * ```ts
 * import { PrefixTree } from "./prefix_tree.ts";
 * import { createEngine, DEFAULT_SIZES, initWeights, Random } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const config = { ...DEFAULT_SIZES, vocabSize: 3 };
 * const engine = createEngine("wasm", config, initWeights(config, new Random(42)));
 * let computed = 0;
 * const tree = new PrefixTree(engine, (logits) => ({ max: Math.max(...logits), n: ++computed }));
 * for (let text = 0; text < 2; text++) {
 *   const prefix = tree.begin();
 *   assertEquals(prefix.value.n, 1);
 *   prefix.append(0);
 *   assertEquals(prefix.value.n, 2);
 * }
 * ```
 *
 * @module
 */

import type { Engine, Sequence } from "../engine.ts";

/**
 * Computes what is kept of the logits after a beginning. `ids` are its tokens, without BOS. Both of
 * them change afterwards. If the tree is full, `isKept` is false: then the result serves one text
 * until that grows, and may be overwritten for the next.
 */
export type ReadLogits<T> = (logits: Float64Array, ids: readonly number[], isKept: boolean) => T;

/** The maximum number of beginnings, times that of tokens: 2 MB for each number per token kept. */
const MAX_NUMBERS = 2 ** 18;

/** A beginning in the tree. */
interface Node<T> {
  value: T | undefined;
  readonly isKept: boolean;
  /** The beginnings with one token more. */
  next: Map<number, Node<T>> | undefined;
}

/** The means of a text to grow in a tree. */
interface Soil<T> {
  readonly engine: Engine;
  readonly read: ReadLogits<T>;
  /** The logits that were computed last. */
  readonly logits: Float64Array;
  /** Returns the node after a token. */
  readonly extend: (node: Node<T>, token: number) => Node<T>;
}

/** Beginnings of texts, and what was computed from the logits after each. */
export class PrefixTree<T extends object> {
  readonly #soil: Soil<T>;
  readonly #maxNodes: number;
  #root: Node<T> = newNode(true);
  #numNodes = 1;
  /** See `Engine.changes`. */
  #changes: number;

  /**
   * Makes an empty tree.
   *
   * @param engine The model.
   * @param read Computes what is kept. It must depend on its arguments only.
   * @param maxNumbers The maximum number of beginnings, times that of tokens.
   */
  constructor(engine: Engine, read: ReadLogits<T>, maxNumbers = MAX_NUMBERS) {
    const { vocabSize } = engine.config;
    const extend = (node: Node<T>, token: number) => this.#extend(node, token);
    this.#soil = { engine, read, extend, logits: new Float64Array(vocabSize) };
    this.#maxNodes = maxNumbers / vocabSize;
    this.#changes = engine.changes;
  }

  /** Begins a text. The parameters must stay as they are until it ends. */
  begin(): Prefix<T> {
    const { changes } = this.#soil.engine;
    if (this.#changes !== changes) {
      this.#changes = changes;
      this.#root = newNode(true);
      this.#numNodes = 1;
    }
    return new Prefix(this.#soil, this.#root);
  }

  /** Returns the node after a token. When the tree is full, a new one is not kept. */
  #extend(node: Node<T>, token: number): Node<T> {
    const known = node.next?.get(token);
    if (known !== undefined) return known;
    const isKept = this.#numNodes < this.#maxNodes;
    const next = newNode<T>(isKept);
    if (isKept) {
      this.#numNodes++;
      (node.next ??= new Map()).set(token, next);
    }
    return next;
  }
}

/** A text that grows from the root of a {@linkcode PrefixTree}. */
export class Prefix<T extends object> {
  /** Its tokens, without BOS. */
  readonly ids: number[] = [];
  readonly #soil: Soil<T>;
  #node: Node<T>;
  /** The model on this text, once it was needed, and the number of tokens it had then. */
  #sequence: Sequence | undefined;
  #length = 0;

  /** Begins at a node: see {@linkcode PrefixTree.begin}. */
  constructor(soil: Soil<T>, node: Node<T>) {
    this.#soil = soil;
    this.#node = node;
  }

  /**
   * The value of these tokens: the one in the tree, or read now from the logits after them.
   *
   * @throws {RangeError} If there is no such token, or the text fills the block.
   */
  get value(): T {
    const node = this.#node;
    return node.value ??= this.#soil.read(this.#logits(), this.ids, node.isKept);
  }

  /** Appends a token. */
  append(token: number): void {
    this.#node = this.#soil.extend(this.#node, token);
    this.ids.push(token);
  }

  /** Runs the model on the tokens that it lacks. */
  #logits(): Float64Array {
    const { engine, logits } = this.#soil, { length } = this.ids;
    const bos = engine.config.vocabSize - 1;
    if (this.#sequence === undefined || this.#length !== length - 1) {
      this.#sequence = engine.sequence([bos, ...this.ids].slice(0, -1));
    }
    this.#length = length;
    return this.#sequence.append(this.ids.at(-1) ?? bos, logits);
  }
}

function newNode<T>(isKept: boolean): Node<T> {
  return { value: undefined, isKept, next: undefined };
}
