/**
 * The sequences of an engine, of which one at a time has its keys and values in memory.
 *
 * Several could be rows of one matrix. That would save half of the kernels' time at most, since
 * kernels take rows in pairs: a row costs the same in a pair as among many. And it would change the
 * texts: the random numbers of each begin where those of the text before it end.
 *
 * @module
 */

import { assertToken } from "../config.ts";
import { assertLogits, type Sequence, type Tokens } from "../engine.ts";
import type { MemoryLayout } from "./memory/layout.ts";
import type { Count } from "./memory/place.ts";
import type { Views } from "./memory/views.ts";

/** Sequences of the model whose memory is laid out. */
export class Sequences {
  readonly #layout: MemoryLayout;
  readonly #memory: Views;
  readonly #run: (tokens: Tokens, from: Count) => void;
  /** The tokens whose keys and values are in memory, from row 0 on. */
  #cached: readonly number[] = [];

  /**
   * Begins with none.
   *
   * @param layout The layout of the memory.
   * @param memory The memory.
   * @param run Runs the model over the tokens of one sequence from `from` on; those before are in
   * memory.
   */
  constructor(layout: MemoryLayout, memory: Views, run: (tokens: Tokens, from: Count) => void) {
    this.#layout = layout;
    this.#memory = memory;
    this.#run = run;
  }

  /** Forgets what is in memory: called when that, or the parameters, have changed. */
  forget(): void {
    this.#cached = [];
  }

  /** Begins a sequence with the tokens of its start, see `Engine.sequence()`. */
  begin(start: Tokens): Sequence {
    const { config } = this.#layout;
    const tokens = Array.from(start);
    tokens.forEach((tokenId, posId) => assertToken(tokenId, posId, config));
    return {
      append: (tokenId, logits = new Float64Array(config.vocabSize)) => {
        assertLogits(logits, config);
        assertToken(tokenId, tokens.length, config);
        tokens.push(tokenId);
        this.#append(tokens);
        return this.#readLogits(tokens.length - 1, logits);
      },
    };
  }

  /**
   * Runs the model over the last token of a sequence, and those before it that are not in memory.
   */
  #append(tokens: readonly number[]): void {
    const last = tokens.length - 1;
    const from = this.#cached === tokens ? last : Math.min(this.#numCached(tokens), last);
    this.#run(tokens, from);
    this.#cached = tokens;
  }

  /** Counts the first tokens whose keys and values another sequence has left in memory. */
  #numCached(tokens: readonly number[]): Count {
    const i = this.#cached.findIndex((tokenId, i) => tokenId !== tokens[i]);
    return i < 0 ? this.#cached.length : i;
  }

  /** Copies the logits of a row, one by one: a view of them would take longer to make. */
  #readLogits(row: Count, logits: Float64Array): Float64Array {
    const { logits: { ptr, stride }, size, config: { vocabSize } } = this.#layout;
    const { reals } = this.#memory;
    const first = (ptr + row * stride) / size;
    for (let id = 0; id < vocabSize; id++) logits[id] = reals[first + id]!; // in memory
    return logits;
  }
}
