/**
 * The opcodes that the kernels need, by their names in the WebAssembly
 * specification: the one place where their numbers stand.
 *
 * @module
 */

/** Vector instructions have two parts: the byte 0xFD, then a number in LEB128. */
export const VECTOR = 0xfd000;

/** The number of each instruction; {@linkcode VECTOR} is added to the second part of a vector one. */
export const OPCODES = {
  "loop": 0x03,
  "if": 0x04,
  "else": 0x05,
  "end": 0x0b,
  "br_if": 0x0d,
  "call": 0x10,
  "local.get": 0x20,
  "local.set": 0x21,
  "local.tee": 0x22,
  "i32.load": 0x28,
  "f32.load": 0x2a,
  "f64.load": 0x2b,
  "f32.store": 0x38,
  "f64.store": 0x39,
  "i32.const": 0x41,
  "f32.const": 0x43,
  "f64.const": 0x44,
  "i32.eq": 0x46,
  "i32.lt_u": 0x49,
  "f64.eq": 0x61,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "f32.sub": 0x93,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_u": 0xb8,
  "v128.load": VECTOR + 0x00,
  "v128.store": VECTOR + 0x0b,
  "v128.const": VECTOR + 0x0c,
  "i8x16.shuffle": VECTOR + 0x0d,
  "f32x4.splat": VECTOR + 0x13,
  "f64x2.splat": VECTOR + 0x14,
  "f32x4.extract_lane": VECTOR + 0x1f,
  "f64x2.extract_lane": VECTOR + 0x21,
  "f32x4.gt": VECTOR + 0x44,
  "f64x2.gt": VECTOR + 0x4a,
  "v128.and": VECTOR + 0x4e,
  "v128.andnot": VECTOR + 0x4f,
  "i32x4.shl": VECTOR + 0xab,
  "i32x4.add": VECTOR + 0xae,
  "i64x2.shl": VECTOR + 0xcb,
  "i64x2.add": VECTOR + 0xce,
  "f32x4.sqrt": VECTOR + 0xe3,
  "f32x4.add": VECTOR + 0xe4,
  "f32x4.sub": VECTOR + 0xe5,
  "f32x4.mul": VECTOR + 0xe6,
  "f32x4.div": VECTOR + 0xe7,
  "f32x4.pmax": VECTOR + 0xeb,
  "f64x2.sqrt": VECTOR + 0xef,
  "f64x2.add": VECTOR + 0xf0,
  "f64x2.sub": VECTOR + 0xf1,
  "f64x2.mul": VECTOR + 0xf2,
  "f64x2.div": VECTOR + 0xf3,
  "f64x2.pmax": VECTOR + 0xf7,
  "f32x4.relaxed_madd": VECTOR + 0x105,
  "f64x2.relaxed_madd": VECTOR + 0x107,
} as const;

/** The name of an instruction in the specification. */
export type OpName = keyof typeof OPCODES;
