/**
 * WebAssembly instructions as functions of their operands:
 * `f64.add(x.get(), f64.const(1))` is the code that computes x + 1. A
 * {@linkcode Code} carries the type of what it computes, so that operands of the
 * wrong type do not compile; nesting is the order of the stack machine, since
 * a code writes its operands before itself.
 *
 * Control flow takes its body as an argument: there is no `end` to forget.
 *
 * @module
 */

import type { Bytes } from "./bytes.ts";
import { OPCODES, type OpName, VECTOR } from "./opcodes.ts";

/** The types of values, with their numbers in the binary format. */
export const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** The type of a value. */
export type ValueType = keyof typeof VALUE_TYPES;

/** The block type of a body that leaves nothing on the stack. */
const VOID = 0x40;

/** Instructions that compute a value of type `T`, or do something and leave none. */
export class Code<T extends ValueType | "void"> {
  /** The type of the value. */
  readonly type: T;
  /** Writes the instructions. */
  readonly emit: (out: Bytes) => void;

  /** Makes code out of what writes it. */
  constructor(type: T, emit: (out: Bytes) => void) {
    this.type = type;
    this.emit = emit;
  }
}

/** Code that computes an integer. */
export type I32 = Code<"i32">;
/** Code that computes a vector. */
export type V128 = Code<"v128">;
/** Code that does something. */
export type Void = Code<"void">;

/** Writes an opcode. */
function opcode(out: Bytes, number: number): void {
  if (number < VECTOR) {
    out.byte(number);
  } else {
    out.byte(0xfd);
    out.u32(number - VECTOR);
  }
}

/** An instruction without operands: its opcode, then what stands behind that. */
function instruction<T extends ValueType>(
  type: T,
  name: OpName,
  immediate: (out: Bytes) => void,
): Code<T> {
  const number = OPCODES[name];
  return new Code(type, (out) => {
    opcode(out, number);
    immediate(out);
  });
}

type Scalar = "i32" | "f32" | "f64";

/** An instruction with one operand, which leaves a value of type `T`. */
const unary = <A extends ValueType, T extends ValueType>(type: T, name: OpName) => {
  const number = OPCODES[name];
  return (a: Code<A>): Code<T> =>
    new Code(type, (out) => {
      a.emit(out);
      opcode(out, number);
    });
};

const binary = <T extends ValueType>(type: T, name: OpName) => {
  const number = OPCODES[name];
  return (a: Code<T>, b: Code<T>): Code<T> =>
    new Code(type, (out) => {
      a.emit(out);
      b.emit(out);
      opcode(out, number);
    });
};

const load = <T extends ValueType>(type: T, name: OpName, align: number) => {
  const number = OPCODES[name];
  return (ptr: I32, offset = 0): Code<T> =>
    new Code(type, (out) => {
      ptr.emit(out);
      opcode(out, number);
      memory(out, align, offset);
    });
};

const store = <T extends ValueType>(name: OpName, align: number) => {
  const number = OPCODES[name];
  return (ptr: I32, value: Code<T>, offset = 0): Void =>
    new Code("void", (out) => {
      ptr.emit(out);
      value.emit(out);
      opcode(out, number);
      memory(out, align, offset);
    });
};

const extract = <T extends Scalar>(type: T, name: OpName) => {
  const number = OPCODES[name];
  return (a: V128, lane: number): Code<T> =>
    new Code(type, (out) => {
      a.emit(out);
      opcode(out, number);
      out.byte(lane);
    });
};

const shift = (name: OpName) => {
  const number = OPCODES[name];
  return (a: V128, bits: number): V128 =>
    new Code("v128", (out) => {
      a.emit(out);
      i32.const(bits).emit(out);
      opcode(out, number);
    });
};

const ternary = (name: OpName) => {
  const number = OPCODES[name];
  return (a: V128, b: V128, c: V128): V128 =>
    new Code("v128", (out) => {
      a.emit(out);
      b.emit(out);
      c.emit(out);
      opcode(out, number);
    });
};

/** The alignment, as a power of two, and the offset in bytes of a memory access. */
function memory(out: Bytes, align: number, offset: number): void {
  out.u32(align);
  out.u32(offset);
}

const littleEndian = (size: 4 | 8, value: number) => {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
};

/** Integers of 32 bits: addresses and counters. */
export const i32 = {
  const: (value: number): I32 => instruction("i32", "i32.const", (out) => out.s32(value)),
  load: load("i32", "i32.load", 2),
  add: binary("i32", "i32.add"),
  sub: binary("i32", "i32.sub"),
  mul: binary("i32", "i32.mul"),
  eq: binary("i32", "i32.eq"),
  ltU: binary("i32", "i32.lt_u"),
};

/** Numbers of 32 bits. */
export const f32 = {
  const: (value: number): Code<"f32"> =>
    instruction("f32", "f32.const", (out) => out.all(littleEndian(4, value))),
  load: load("f32", "f32.load", 2),
  store: store<"f32">("f32.store", 2),
  sub: binary("f32", "f32.sub"),
  demote: unary<"f64", "f32">("f32", "f32.demote_f64"),
};

/** Numbers of 64 bits. */
export const f64 = {
  const: (value: number): Code<"f64"> =>
    instruction("f64", "f64.const", (out) => out.all(littleEndian(8, value))),
  load: load("f64", "f64.load", 3),
  store: store<"f64">("f64.store", 3),
  add: binary("f64", "f64.add"),
  sub: binary("f64", "f64.sub"),
};

/** Vectors of 128 bits, whatever they hold. */
export const v128 = {
  load: load("v128", "v128.load", 4),
  store: store<"v128">("v128.store", 4),
  and: binary("v128", "v128.and"),
  /** The bits of `a` that are not in `b`. */
  andnot: binary("v128", "v128.andnot"),
  zero: (): V128 => instruction("v128", "v128.const", (out) => out.all(new Uint8Array(16))),
  /** Bytes of `a` (0 to 15) and `b` (16 to 31), picked in any order. */
  shuffle: (a: V128, b: V128, bytes: readonly number[]): V128 =>
    new Code("v128", (out) => {
      a.emit(out);
      b.emit(out);
      opcode(out, OPCODES["i8x16.shuffle"]);
      out.all(bytes);
    }),
};

/** Vectors of four numbers of 32 bits. */
export const f32x4 = {
  splat: unary<"f32", "v128">("v128", "f32x4.splat"),
  extract: extract("f32", "f32x4.extract_lane"),
  gt: binary("v128", "f32x4.gt"),
  sqrt: unary<"v128", "v128">("v128", "f32x4.sqrt"),
  add: binary("v128", "f32x4.add"),
  sub: binary("v128", "f32x4.sub"),
  mul: binary("v128", "f32x4.mul"),
  div: binary("v128", "f32x4.div"),
  /** b where a < b, else a. */
  pmax: binary("v128", "f32x4.pmax"),
  relaxedMadd: ternary("f32x4.relaxed_madd"),
};

/** Vectors of two numbers of 64 bits. */
export const f64x2 = {
  splat: unary<"f64", "v128">("v128", "f64x2.splat"),
  extract: extract("f64", "f64x2.extract_lane"),
  gt: binary("v128", "f64x2.gt"),
  sqrt: unary<"v128", "v128">("v128", "f64x2.sqrt"),
  add: binary("v128", "f64x2.add"),
  sub: binary("v128", "f64x2.sub"),
  mul: binary("v128", "f64x2.mul"),
  div: binary("v128", "f64x2.div"),
  /** b where a < b, else a. */
  pmax: binary("v128", "f64x2.pmax"),
  relaxedMadd: ternary("f64x2.relaxed_madd"),
};

/** Vectors of four integers of 32 bits. */
export const i32x4 = {
  shl: shift("i32x4.shl"),
  add: binary("v128", "i32x4.add"),
};

/** Vectors of two integers of 64 bits. */
export const i64x2 = {
  shl: shift("i64x2.shl"),
  add: binary("v128", "i64x2.add"),
};

/** A variable of a function, or one of its parameters. */
export class Local<T extends ValueType> {
  /** The type of its value. */
  readonly type: T;
  readonly #index: number;
  readonly #get: Code<T>;

  /** Makes the local variable with a number, which its function gives out. */
  constructor(type: T, index: number) {
    this.type = type;
    this.#index = index;
    this.#get = new Code(type, (out) => {
      opcode(out, OPCODES["local.get"]);
      out.u32(index);
    });
  }

  /** Its value. */
  get(): Code<T> {
    return this.#get;
  }

  /** Gives it a value. */
  set(value: Code<T>): Void {
    return this.#write("void", "local.set", value);
  }

  /** Gives it a value, which is also the value of this code. */
  tee(value: Code<T>): Code<T> {
    return this.#write(this.type, "local.tee", value);
  }

  #write<R extends T | "void">(type: R, name: OpName, value: Code<T>): Code<R> {
    const index = this.#index, number = OPCODES[name];
    return new Code(type, (out) => {
      value.emit(out);
      opcode(out, number);
      out.u32(index);
    });
  }
}

/** One after the other. */
export function sequence(...codes: readonly Void[]): Void {
  return new Code("void", (out) => {
    for (const code of codes) code.emit(out);
  });
}

/** The body, if the condition is not 0. */
export function when(condition: I32, body: readonly Void[]): Void {
  return new Code("void", (out) => {
    condition.emit(out);
    opcode(out, OPCODES["if"]);
    out.byte(VOID);
    sequence(...body).emit(out);
    opcode(out, OPCODES["end"]);
  });
}

/**
 * The body for `i` = `from`, `from + step`, ... below `to`, all unsigned; `to`
 * is computed anew each time.
 */
export function loop(
  i: Local<"i32">,
  from: I32,
  to: I32,
  step: number | Local<"i32">,
  body: readonly Void[],
): Void {
  const stride = typeof step === "number" ? i32.const(step) : step.get();
  const again = new Code<"void">("void", (out) => {
    opcode(out, OPCODES["loop"]);
    out.byte(VOID);
    sequence(...body).emit(out);
    i32.ltU(i.tee(i32.add(i.get(), stride)), to).emit(out);
    opcode(out, OPCODES["br_if"]);
    out.u32(0); // to the start of the loop
    opcode(out, OPCODES["end"]);
  });
  return when(i32.ltU(i.tee(from), to), [again]);
}
