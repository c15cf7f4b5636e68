/**
 * Token and position embeddings: rows of two tables added, and their gradients
 * added back to those rows.
 *
 * @module
 */

import { i32, loop, v128 } from "../asm/code.ts";
import type { Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { advance, type RealArray, VECTOR_BYTES } from "../memory/panel.ts";

/**
 * Embed: x = wte[token] + wpe[position], for each row.
 * EmbedBackward: wte[token] += x and wpe[position] += x, where the tables hold gradients.
 *
 * @param x X[n][width], rows by `stride`; pointers, strides and widths in bytes.
 * @param stride From a row to the next.
 * @param wte One row of `width` a token.
 * @param wpe One row of `width` a position.
 * @param tokens The token of each row, as integers of 32 bits.
 * @param positions The position of each row, as integers of 32 bits.
 * @param n How many rows.
 * @param width The width of a row.
 */
export type Embed = (
  x: number,
  stride: number,
  wte: number,
  wpe: number,
  tokens: number,
  positions: number,
  n: number,
  width: number,
) => void;

/** {@linkcode Embed} in plain TypeScript. */
export function embedTwin(memory: RealArray): Embed {
  return embedding(memory, (x, te, pe) => memory[x] = memory[te]! + memory[pe]!); // in bounds
}

/** {@linkcode Embed} backwards in plain TypeScript. */
export function embedBackwardTwin(memory: RealArray): Embed {
  return embedding(memory, (x, te, pe) => {
    memory[te]! += memory[x]!; // in bounds
    memory[pe]! += memory[x]!; // in bounds
  });
}

/** Calls `visit` with the index of each number in x, and of its two in the tables. */
function embedding(
  memory: RealArray,
  visit: (x: number, te: number, pe: number) => void,
): Embed {
  const size = memory.BYTES_PER_ELEMENT;
  const integers = new Int32Array(memory.buffer);
  return (x, stride, wte, wpe, tokens, positions, n, width) => {
    for (let row = 0; row < n; row++) {
      const te = wte + integers[tokens / 4 + row]! * width; // in bounds
      const pe = wpe + integers[positions / 4 + row]! * width; // in bounds
      for (let i = 0; i < width; i += size) {
        visit((x + row * stride + i) / size, (te + i) / size, (pe + i) / size);
      }
    }
  };
}

/** Adds {@linkcode Embed} to a module, as `embed` and, backwards, as `embedBackward`. */
export function addEmbed(module: ModuleBuilder, r: Lanes): void {
  for (const name of ["embed", "embedBackward"]) {
    const params = {
      x: "i32",
      stride: "i32",
      wte: "i32",
      wpe: "i32",
      tokens: "i32",
      positions: "i32",
      n: "i32",
      width: "i32",
    } as const;
    module.function(name, params, (p, local) => {
      const row = local("i32"), i = local("i32"), te = local("i32"), pe = local("i32");
      const at = (ptr: typeof i) => i32.add(ptr, i);
      const add = (to: typeof i) =>
        v128.store(at(to), r.add(v128.load(at(to)), v128.load(at(p.x))));
      const rowOf = (table: typeof i, index: typeof i) =>
        i32.add(table, i32.mul(i32.load(index), p.width));
      return [
        loop(row, 0, p.n, 1, [
          te.set(rowOf(p.wte, p.tokens)),
          pe.set(rowOf(p.wpe, p.positions)),
          loop(i, 0, p.width, VECTOR_BYTES, [
            ...name === "embed"
              ? [v128.store(at(p.x), r.add(v128.load(at(te)), v128.load(at(pe))))]
              : [add(te), add(pe)],
          ]),
          advance(p.x, p.stride),
          advance(p.tokens, 4),
          advance(p.positions, 4),
        ]),
      ];
    });
  }
}
