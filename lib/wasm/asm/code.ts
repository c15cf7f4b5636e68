/**
 * WebAssembly instructions as functions of their operands:
 * `i32.add(x, 1)` is the code that computes x + 1. A {@linkcode Code} carries the
 * type of its value, so operands of the wrong type do not compile; nesting is the
 * order of the stack machine, since a code holds its operands before itself.
 *
 * Control flow takes its body as an argument: there is no `end` to forget.
 *
 * @module
 */

import { byte, f32 as f32Bytes, f64 as f64Bytes, s32, u32 } from "./bytes.ts";
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
  /** The bytes of the instructions, see `bytes.ts`. */
  readonly bytes: string;

  /** Makes code out of its bytes. */
  constructor(type: T, bytes: string) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** Code that computes an integer. */
export type I32 = Code<"i32">;
/** Code that computes a vector. */
export type V128 = Code<"v128">;
/** Code that does something. */
export type Void = Code<"void">;

/** An operand: code, such as a variable; a number stands for an integer constant. */
export type Operand<T extends ValueType> = Code<T> | (T extends "i32" ? number : never);

/** The bytes of an operand. */
const bytesOf = (operand: Operand<ValueType>): string =>
  typeof operand === "number" ? i32.const(operand).bytes : operand.bytes;

/** The bytes of an opcode. */
function opcode(name: OpName): string {
  const number = OPCODES[name];
  return number < VECTOR ? byte(number) : byte(0xfd) + u32(number - VECTOR);
}

type Scalar = "i32" | "f32" | "f64";

/** An instruction without operands: its opcode, then what stands behind that. */
const constant = <T extends ValueType>(type: T, name: OpName, bytes: (value: number) => string) => {
  const op = opcode(name);
  return (value: number): Code<T> => new Code(type, op + bytes(value));
};

/** An instruction with one operand, which leaves a value of type `T`. */
const unary = <A extends ValueType, T extends ValueType>(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: Operand<A>): Code<T> => new Code(type, bytesOf(a) + op);
};

const binary = <T extends ValueType>(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: Operand<T>, b: Operand<T>): Code<T> => new Code(type, bytesOf(a) + bytesOf(b) + op);
};

const comparison = (name: "f64.eq") => {
  const op = opcode(name);
  return (a: Code<"f64">, b: Code<"f64">): I32 => new Code("i32", a.bytes + b.bytes + op);
};

const ternary = (name: OpName) => {
  const op = opcode(name);
  return (a: V128, b: V128, c: V128): V128 => new Code("v128", a.bytes + b.bytes + c.bytes + op);
};

/** The alignment is a power of two; behind it stands the offset, in bytes. */
const load = <T extends ValueType>(type: T, name: OpName, align: number) => {
  const op = opcode(name) + u32(align);
  return (ptr: Operand<"i32">, offset = 0): Code<T> =>
    new Code(type, bytesOf(ptr) + op + u32(offset));
};

const store = <T extends ValueType>(name: OpName, align: number) => {
  const op = opcode(name) + u32(align);
  return (ptr: Operand<"i32">, value: Code<T>, offset = 0): Void =>
    new Code("void", bytesOf(ptr) + value.bytes + op + u32(offset));
};

const extract = <T extends Scalar>(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: V128, lane: number): Code<T> => new Code(type, a.bytes + op + byte(lane));
};

const shift = (name: OpName) => {
  const op = opcode(name);
  return (a: V128, bits: number): V128 => new Code("v128", a.bytes + i32.const(bits).bytes + op);
};

const SHUFFLE = opcode("i8x16.shuffle");
const ZERO: V128 = new Code("v128", opcode("v128.const") + byte(0).repeat(16));

/** Integers of 32 bits: addresses and counters. */
export const i32 = {
  const: constant("i32", "i32.const", s32),
  load: load("i32", "i32.load", 2),
  add: binary("i32", "i32.add"),
  sub: binary("i32", "i32.sub"),
  mul: binary("i32", "i32.mul"),
  eq: binary("i32", "i32.eq"),
  ltU: binary("i32", "i32.lt_u"),
};

/** Numbers of 32 bits. */
export const f32 = {
  const: constant("f32", "f32.const", f32Bytes),
  load: load("f32", "f32.load", 2),
  store: store<"f32">("f32.store", 2),
  sub: binary("f32", "f32.sub"),
  demote: unary<"f64", "f32">("f32", "f32.demote_f64"),
};

/** Numbers of 64 bits. */
export const f64 = {
  const: constant("f64", "f64.const", f64Bytes),
  load: load("f64", "f64.load", 3),
  store: store<"f64">("f64.store", 3),
  add: binary("f64", "f64.add"),
  sub: binary("f64", "f64.sub"),
  eq: comparison("f64.eq"),
  /** An unsigned integer as a number. */
  convert: unary<"i32", "f64">("f64", "f64.convert_i32_u"),
};

/** Vectors of 128 bits, whatever they hold. */
export const v128 = {
  load: load("v128", "v128.load", 4),
  store: store<"v128">("v128.store", 4),
  and: binary("v128", "v128.and"),
  /** The bits of `a` that are not in `b`. */
  andnot: binary("v128", "v128.andnot"),
  zero: (): V128 => ZERO,
  /** Bytes of `a` (0 to 15) and `b` (16 to 31), picked in any order. */
  shuffle: (a: V128, b: V128, bytes: readonly number[]): V128 =>
    new Code("v128", a.bytes + b.bytes + SHUFFLE + bytes.map(byte).join("")),
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

const LOCAL = { get: opcode("local.get"), set: opcode("local.set"), tee: opcode("local.tee") };

/** A variable of a function, or one of its parameters; as an operand it is its value. */
export class Local<T extends ValueType> extends Code<T> {
  readonly #index: string;

  /** Makes the variable with an index, which its function assigns. */
  constructor(type: T, index: number) {
    super(type, LOCAL.get + u32(index));
    this.#index = u32(index);
  }

  /** Gives it a value. */
  set(value: Operand<T>): Void {
    return new Code("void", bytesOf(value) + LOCAL.set + this.#index);
  }

  /** Gives it a value, which is also the value of this code. */
  tee(value: Operand<T>): Code<T> {
    return new Code(this.type, bytesOf(value) + LOCAL.tee + this.#index);
  }
}

const CALL = opcode("call");

/** Calls the function with a number, which its module gives out. */
export function call(index: number, args: readonly Operand<ValueType>[]): Void {
  return new Code("void", args.map(bytesOf).join("") + CALL + u32(index));
}

/** One after the other. */
export function sequence(...codes: readonly Void[]): Void {
  return new Code("void", codes.map(({ bytes }) => bytes).join(""));
}

const END = opcode("end");

/** The body, if the condition is not 0; else another one. */
export function when(
  condition: Operand<"i32">,
  body: readonly Void[],
  otherwise?: readonly Void[],
): Void {
  const start = bytesOf(condition) + opcode("if") + byte(VOID);
  const rest = otherwise ? opcode("else") + sequence(...otherwise).bytes : "";
  return new Code("void", start + sequence(...body).bytes + rest + END);
}

/**
 * The body for `i` = `from`, `from + step`, ... below `to`, all unsigned; `to`
 * is computed anew each time.
 */
export function loop(
  i: Local<"i32">,
  from: Operand<"i32">,
  to: Operand<"i32">,
  step: Operand<"i32">,
  body: readonly Void[],
): Void {
  const isBelow = i32.ltU(i.tee(i32.add(i, step)), to);
  const again = isBelow.bytes + opcode("br_if") + u32(0); // to the start of the loop
  const start = opcode("loop") + byte(VOID);
  return when(i32.ltU(i.tee(from), to), [
    new Code("void", start + sequence(...body).bytes + again + END),
  ]);
}
