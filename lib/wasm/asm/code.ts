/**
 * WebAssembly instructions as functions of their operands: `i32.add(x, 1)` is the code that
 * computes x + 1. A {@linkcode Code} carries the type of its value, so operands of the wrong type
 * do not compile; nesting is the order of the stack machine, since a code holds its operands
 * before itself.
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

/** The size of a vector in bytes. */
export const VECTOR_BYTES = 16;

/** Instructions that leave a value of type `T`, or none. */
export class Code<T extends ValueType | "void"> {
  /** The type of the value. */
  readonly type: T;
  /** The instructions, one character per byte, see `bytes.ts`. */
  readonly bytes: string;

  /** Makes code from its bytes. */
  constructor(type: T, bytes: string) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** Code that computes an integer. */
export type I32 = Code<"i32">;
/** Code that computes a vector. */
export type V128 = Code<"v128">;
/** Code that leaves no value. */
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

/** An instruction without operands: its opcode, then the constant. */
const constant = <T extends ValueType>(type: T, name: OpName, bytes: (value: number) => string) => {
  const op = opcode(name);
  return (value: number): Code<T> => new Code(type, op + bytes(value));
};

/** An instruction with one operand, which leaves a value of type `T`. */
const unary = <A extends ValueType, T extends ValueType>(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: Code<A>): Code<T> => new Code(type, a.bytes + op);
};

const binary = <T extends ValueType, A extends ValueType = T>(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: Code<A>, b: Code<A>): Code<T> => new Code(type, a.bytes + b.bytes + op);
};

const integer = (name: OpName) => {
  const op = opcode(name);
  return (a: Operand<"i32">, b: Operand<"i32">): I32 =>
    new Code("i32", bytesOf(a) + bytesOf(b) + op);
};

const ternary = (name: OpName) => {
  const op = opcode(name);
  return (a: V128, b: V128, c: V128): V128 => new Code("v128", a.bytes + b.bytes + c.bytes + op);
};

/** The alignment is a power of two; after it comes the offset, in bytes. */
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

const extract = <T extends "f32" | "f64">(type: T, name: OpName) => {
  const op = opcode(name);
  return (a: V128, lane: number): Code<T> => new Code(type, a.bytes + op + byte(lane));
};

const shift = (name: OpName) => {
  const op = opcode(name);
  return (a: V128, bits: number): V128 => new Code("v128", a.bytes + bytesOf(bits) + op);
};

const SHUFFLE = opcode("i8x16.shuffle");
const ZERO: V128 = new Code("v128", opcode("v128.const") + byte(0).repeat(VECTOR_BYTES));

/** Integers of 32 bits: addresses and counters. */
export const i32 = {
  const: constant("i32", "i32.const", s32),
  load: load("i32", "i32.load", 2),
  add: integer("i32.add"),
  sub: integer("i32.sub"),
  mul: integer("i32.mul"),
  eq: integer("i32.eq"),
  ltU: integer("i32.lt_u"),
};

const scalars = <T extends "f32" | "f64">(
  type: T,
  bytes: (value: number) => string,
  align: number,
) => ({
  const: constant(type, `${type}.const`, bytes),
  load: load(type, `${type}.load`, align),
  store: store<T>(`${type}.store`, align),
  sub: binary(type, `${type}.sub`),
});

/** Numbers of 32 bits. */
export const f32 = {
  ...scalars("f32", f32Bytes, 2),
  demote: unary<"f64", "f32">("f32", "f32.demote_f64"),
};

/** Numbers of 64 bits. */
export const f64 = {
  ...scalars("f64", f64Bytes, 3),
  add: binary("f64", "f64.add"),
  eq: binary<"i32", "f64">("i32", "f64.eq"),
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

const vectors = <S extends "f32x4" | "f64x2", T extends "f32" | "f64">(shape: S, type: T) => ({
  splat: unary<T, "v128">("v128", `${shape}.splat`),
  extract: extract(type, `${shape}.extract_lane`),
  gt: binary("v128", `${shape}.gt`),
  sqrt: unary<"v128", "v128">("v128", `${shape}.sqrt`),
  add: binary("v128", `${shape}.add`),
  sub: binary("v128", `${shape}.sub`),
  mul: binary("v128", `${shape}.mul`),
  div: binary("v128", `${shape}.div`),
  /** b where a < b, else a. */
  pmax: binary("v128", `${shape}.pmax`),
  relaxedMadd: ternary(`${shape}.relaxed_madd`),
});

/** Vectors of four numbers of 32 bits. */
export const f32x4 = vectors("f32x4", "f32");

/** Vectors of two numbers of 64 bits. */
export const f64x2 = vectors("f64x2", "f64");

const integers = <S extends "i32x4" | "i64x2">(shape: S) => ({
  shl: shift(`${shape}.shl`),
  add: binary("v128", `${shape}.add`),
});

/** Vectors of four integers of 32 bits. */
export const i32x4 = integers("i32x4");

/** Vectors of two integers of 64 bits. */
export const i64x2 = integers("i64x2");

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

/** A variable that holds an integer. */
export type I32Var = Local<"i32">;
/** A variable that holds a vector. */
export type V128Var = Local<"v128">;

/** ptr += by. */
export function advance(ptr: I32Var, by: Operand<"i32">): Void {
  return ptr.set(i32.add(ptr, by));
}

const CALL = opcode("call");

/** Calls the function with an index, which its module assigns. */
export function call(index: number, args: readonly Operand<ValueType>[]): Void {
  return new Code("void", args.map(bytesOf).join("") + CALL + u32(index));
}

/** Code that leaves no value, or a list of such code that runs one part after the other. */
export type Codes = Void | readonly Codes[];

/** Puts code in sequence. */
export function sequence(...codes: readonly Codes[]): Void {
  let bytes = "";
  for (const code of codes) bytes += code instanceof Code ? code.bytes : sequence(...code).bytes;
  return new Code("void", bytes);
}

/** The block type of a body that leaves nothing on the stack. */
const VOID = byte(0x40);
const END = opcode("end");

/** Runs the body if the condition is not 0, else the other one. */
export function when(condition: Operand<"i32">, body: Codes, otherwise?: Codes): Void {
  const start = bytesOf(condition) + opcode("if") + VOID;
  const rest = otherwise ? opcode("else") + sequence(otherwise).bytes : "";
  return new Code("void", start + sequence(body).bytes + rest + END);
}

/**
 * Runs the body for `i` = `from`, `from + step`, ... below `to`, all unsigned; `to` is computed
 * anew each time.
 */
export function loop(
  i: I32Var,
  from: Operand<"i32">,
  to: Operand<"i32">,
  step: Operand<"i32">,
  body: Codes,
): Void {
  const isBelow = i32.ltU(i.tee(i32.add(i, step)), to);
  const again = isBelow.bytes + opcode("br_if") + u32(0); // to the start of the loop
  const start = opcode("loop") + VOID;
  return when(i32.ltU(i.tee(from), to), [
    new Code("void", start + sequence(body).bytes + again + END),
  ]);
}
