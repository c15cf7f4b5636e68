/**
 * The way of the kernel `gradient` through the rows of dY and X. Every tile of W goes down all rows
 * of a panel of X, and of a vector's width of dY. In wide matrices these are far apart, each on a
 * page of memory of its own. So where there are many rows, the columns that are needed next are
 * copied to scratch memory, where they lie close together; X a panel at a time, dY a block of W:
 *
 *     X[T][P], dY[block / vector][T][vector]
 *
 * The sums are the same, bit for bit. With packed rows, a step with 32 names takes
 *
 *     nEmbd      128     256     384     512
 *     f32       -3 %    -6 %    -7 %    -7 %
 *     f64       -5      -7     -10     -10
 *
 * Narrower models gain nothing: no time at nEmbd 64, and at 16 it would be 5 % more. With one name
 * it would be up to 8 % more, however wide the model is.
 *
 * @module
 */

import type { Codes, I32, I32Var, Operand } from "../asm/code.ts";
import { advance, i32, loop, v128, VECTOR_BYTES, when } from "../asm/code.ts";
import type { NewLocal } from "../asm/module.ts";
import { PACKED_COLUMNS, PANEL } from "../memory/panel.ts";
import type { Bytes, Count } from "../memory/place.ts";

/** The number of rows from which on they are packed. */
const MIN_PACKED: Count = 64;

/** Matrices of rows, dY[T][out] and X[T][in], and the memory for their columns. */
interface Matrices {
  readonly dy: { readonly ptr: I32Var; readonly stride: I32Var };
  readonly x: { readonly ptr: I32Var; readonly stride: I32Var };
  readonly n: I32Var;
  readonly outBytes: I32Var;
  readonly scratch: I32Var;
}

/** A way through all columns. */
export interface Walk {
  /** Runs the code for each block of columns of dY, from its first byte to its end. */
  forEachBlock(body: (start: Operand<"i32">, end: I32) => Codes): Codes;
  /** Turns to the panel of X that begins at a byte of its rows. */
  beginPanel(start: I32): Codes;
  /** The block of dY, in the first row. */
  readonly dyStart: I32;
  /** From a row of dY to the next. */
  readonly dyStride: I32;
  /** From a vector's width of dY to the next. */
  readonly dyStep: Operand<"i32">;
  /** The panel of X, in the first row. */
  readonly xStart: I32;
  /** From a row of X to the next. */
  readonly xStride: I32;
}

/** Takes rows as they are, in one block. */
export function plainWalk(
  { dy, x, outBytes }: Matrices,
  { local }: { readonly local: NewLocal },
): Walk {
  const xStart = local("i32");
  return {
    forEachBlock: (body) => body(0, outBytes),
    beginPanel: (start) => xStart.set(i32.add(x.ptr, start)),
    dyStart: dy.ptr,
    dyStride: dy.stride,
    dyStep: VECTOR_BYTES,
    xStart,
    xStride: x.stride,
  };
}

/** Packs rows if there are many of them, and takes them as they are if not. */
export function packedWalk(
  { dy, x, n, outBytes, scratch }: Matrices,
  { local }: { readonly local: NewLocal },
): Walk {
  const row = local("i32"), from = local("i32"), to = local("i32"), column = local("i32");
  const start = local("i32"), end = local("i32"), block = local("i32"), isPacked = local("i32");
  const dyStart = local("i32"), dyStride = local("i32"), dyStep = local("i32");
  const xStart = local("i32"), xStride = local("i32");
  /** Copies some vectors of each row to `to`. */
  const pack = (columns: I32, stride: I32, width: Bytes): Codes => [
    from.set(columns),
    loop(row, 0, n, 1, [
      Array.from({ length: width / VECTOR_BYTES }, (_, v) => {
        const offset = v * VECTOR_BYTES;
        return v128.store(to, v128.load(from, offset), offset);
      }),
      advance(from, stride),
      advance(to, width),
    ]),
  ];
  const packBlock = [
    to.set(i32.add(scratch, i32.mul(n, PANEL))), // X is before it
    dyStart.set(to),
    loop(column, start, end, VECTOR_BYTES, [
      pack(i32.add(dy.ptr, column), dy.stride, VECTOR_BYTES),
    ]),
  ];
  const asTheyAre = [
    block.set(outBytes),
    dyStride.set(dy.stride),
    dyStep.set(VECTOR_BYTES),
    xStride.set(x.stride),
  ];
  const packed = [
    block.set(PACKED_COLUMNS),
    dyStride.set(VECTOR_BYTES),
    dyStep.set(i32.mul(n, VECTOR_BYTES)),
    xStride.set(PANEL),
  ];
  return {
    forEachBlock: (body) => [
      isPacked.set(i32.ltU(MIN_PACKED - 1, n)),
      when(isPacked, packed, asTheyAre),
      loop(start, 0, outBytes, block, [
        end.set(i32.add(start, block)),
        when(i32.ltU(outBytes, end), end.set(outBytes)),
        when(isPacked, packBlock, dyStart.set(i32.add(dy.ptr, start))),
        body(start, end),
      ]),
    ],
    beginPanel: (start) => [
      xStart.set(i32.add(x.ptr, start)),
      when(isPacked, [to.set(scratch), pack(xStart, x.stride, PANEL), xStart.set(scratch)]),
    ],
    dyStart,
    dyStride,
    dyStep,
    xStart,
    xStride,
  };
}
