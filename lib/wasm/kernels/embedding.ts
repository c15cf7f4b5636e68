/**
 * Token and position embeddings: rows of two tables added, and their gradients added back to
 * those rows.
 *
 * @module
 */

import type { Codes, I32, I32Var } from "../asm/code.ts";
import { advance, i32, loop, v128, VECTOR_BYTES } from "../asm/code.ts";
import type { Address } from "../memory/place.ts";
import type { Views } from "../memory/views.ts";
import { type Emitter, kernel, type TwinArgs, type Variables } from "./kernel.ts";

const params = {
  x: "rows", // [T][C]
  wte: "ptr", // [vocabSize][C]
  wpe: "ptr", // [B][C]
  tokens: "ptr", // [T] integers
  positions: "ptr", // [T] integers
  n: "count", // T
  width: "bytes", // C
} as const;

/** x[t] = wte[token[t]] + wpe[position[t]] */
export const embed = kernel({
  params,
  twin(args, memory) {
    const { X, TE, PE } = matrices(args, memory);
    for (let t = 0; t < X.length; t++) {
      for (let i = 0; i < X[t]!.length; i++) X[t]![i] = TE[t]![i]! + PE[t]![i]!;
    }
  },
  code: (p, emitter) =>
    forEachVector(p, emitter, (x, te, pe) => [
      v128.store(x, emitter.r.add(v128.load(te), v128.load(pe))),
    ]),
});

/** wte[token[t]] += x[t] and wpe[position[t]] += x[t], where all three are gradients. */
export const embedBackward = kernel({
  params,
  twin(args, memory) {
    const { X, TE, PE } = matrices(args, memory);
    for (let t = 0; t < X.length; t++) {
      for (let i = 0; i < X[t]!.length; i++) {
        TE[t]![i]! += X[t]![i]!;
        PE[t]![i]! += X[t]![i]!;
      }
    }
  },
  code: (p, emitter) =>
    forEachVector(
      p,
      emitter,
      (x, te, pe) =>
        [te, pe].map((to) => v128.store(to, emitter.r.add(v128.load(to), v128.load(x)))),
    ),
});

/** Views X, and for each of its rows that of its token and that of its position. */
function matrices(
  { x, wte, wpe, tokens, positions, n, width }: TwinArgs<typeof params>,
  memory: Views,
) {
  const rowsOf = (table: Address, indices: Address) =>
    Array.from(memory.integers(indices, n), (index) => memory.row(table + index * width, width));
  return { X: memory.rows(x, n, width), TE: rowsOf(wte, tokens), PE: rowsOf(wpe, positions) };
}

/** Runs `body` with the addresses of a vector of x[t], of wte[token[t]] and of wpe[position[t]]. */
function forEachVector(
  p: Variables<typeof params>,
  { local }: Emitter,
  body: (x: I32, te: I32, pe: I32) => Codes,
): Codes {
  const row = local("i32"), i = local("i32"), te = local("i32"), pe = local("i32");
  const at = (ptr: I32Var) => i32.add(ptr, i);
  const rowOf = (table: I32Var, index: I32Var) => i32.add(table, i32.mul(i32.load(index), p.width));
  return loop(row, 0, p.n, 1, [
    te.set(rowOf(p.wte, p.tokens)),
    pe.set(rowOf(p.wpe, p.positions)),
    loop(i, 0, p.width, VECTOR_BYTES, body(at(p.x.ptr), at(te), at(pe))),
    advance(p.x.ptr, p.x.stride),
    advance(p.tokens, 4),
    advance(p.positions, 4),
  ]);
}
