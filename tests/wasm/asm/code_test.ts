import { assert, assertEquals } from "@std/assert";
import {
  call as callFunction,
  type Code,
  f32,
  f32x4,
  f64,
  f64x2,
  type I32,
  i32,
  i32x4,
  i64x2,
  Local,
  loop,
  type Operand,
  sequence,
  type V128,
  v128,
  type ValueType,
  type Void,
  when,
} from "../../../lib/wasm/asm/code.ts";
import { probeFeatures } from "../../../lib/wasm/asm/lanes.ts";
import { OPCODES, type OpName } from "../../../lib/wasm/asm/opcodes.ts";
import { runFunction, runModule } from "../../helpers/run_wasm.ts";

const NUMBERS = [0, -0, 1, -1, 0.1, -2.5, 3, 1e300, -1e300, 1e-300, 5e-324, 2 ** 53, 16_777_217];
const F64 = [...NUMBERS, Infinity, -Infinity, NaN];
const F32 = [...F64.map(Math.fround), 1e38, 1e-45].map(Math.fround);
const I32S = [0, 1, -1, 2, 7, 65_536, 2 ** 31 - 1, -(2 ** 31), 0x1234_5678];

const pairs = (values: readonly number[]) => values.flatMap((a) => values.map((b) => [a, b]));

/** The places in memory of operands, and of results. */
const INPUT = 16, OUTPUT = 4096;
const at = (offset: number) => INPUT + offset;
const out = OUTPUT;

function assertSame(actual: number, expected: number, what: string): void {
  assert(Object.is(actual, expected), `${what}: ${actual} is not ${expected}`);
}

/** Numbers of one kind in memory. */
interface Kind {
  readonly size: number;
  readonly values: readonly number[];
  readonly get: (view: DataView, at: number) => number;
  readonly set: (view: DataView, at: number, value: number) => void;
}

const KINDS = {
  f64: {
    size: 8,
    values: F64,
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => view.setFloat64(at, value, true),
  },
  f32: {
    size: 4,
    values: F32,
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, value, true),
  },
  i32: {
    size: 4,
    values: I32S,
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, value, true),
  },
} satisfies Record<string, Kind>;

/** Tests an instruction for scalars on all pairs of values. */
function scalar<T extends "f64" | "f32">(
  type: T,
  store: (ptr: Operand<"i32">, value: Code<T>) => Void,
  load: (ptr: Operand<"i32">) => Code<T>,
  code: (a: Code<T>, b: Code<T>) => Code<T>,
  expected: (a: number, b: number) => number,
): void {
  const { size, values, get, set } = KINDS[type];
  const { view, call } = runFunction({}, () => [store(out, code(load(at(0)), load(at(size))))]);
  const round = type === "f32" ? Math.fround : (x: number) => x;
  for (const [a = NaN, b = NaN] of pairs(values)) {
    set(view, INPUT, a);
    set(view, INPUT + size, b);
    call("run");
    assertSame(get(view, OUTPUT), round(expected(a, b)), `${a}, ${b}`);
  }
}

const of64 = (
  code: (a: Code<"f64">, b: Code<"f64">) => Code<"f64">,
  expected: (a: number, b: number) => number,
) => scalar("f64", f64.store, f64.load, code, expected);

const of32 = (
  code: (a: Code<"f32">, b: Code<"f32">) => Code<"f32">,
  expected: (a: number, b: number) => number,
) => scalar("f32", f32.store, f32.load, code, expected);

/** Tests an instruction for vectors on all pairs of values, each in each lane. */
function vector(
  kind: keyof typeof KINDS,
  code: (a: V128, b: V128) => V128,
  expected: (a: number, b: number) => number,
): void {
  const { size, values, get, set } = KINDS[kind];
  const lanes = 16 / size;
  const { view, call } = runFunction({}, () => [
    v128.store(out, code(v128.load(at(0)), v128.load(at(16)))),
  ]);
  const all = pairs(values);
  for (let i = 0; i < all.length; i++) {
    const chosen = Array.from({ length: lanes }, (_, lane) => all[(i + lane) % all.length]!); // below length
    chosen.forEach(([a = NaN, b = NaN], lane) => {
      set(view, INPUT + lane * size, a);
      set(view, INPUT + 16 + lane * size, b);
    });
    call("run");
    chosen.forEach(([a = NaN, b = NaN], lane) => {
      const result = get(view, OUTPUT + lane * size);
      const wanted = expected(a, b);
      assertSame(result, kind === "f32" ? Math.fround(wanted) : wanted, `lane ${lane}: ${a}, ${b}`);
    });
  }
}

/** Tests a comparison of vectors: all bits set where it holds. */
function comparison(
  kind: "f64" | "f32",
  code: (a: V128, b: V128) => V128,
  holds: (a: number, b: number) => boolean,
): void {
  const { size, values, set } = KINDS[kind];
  const { view, call } = runFunction({}, () => [
    v128.store(out, code(v128.load(at(0)), v128.load(at(16)))),
  ]);
  for (const [a = NaN, b = NaN] of pairs(values)) {
    for (let offset = 0; offset < 16; offset += size) {
      set(view, INPUT + offset, a);
      set(view, INPUT + 16 + offset, b);
    }
    call("run");
    for (let offset = 0; offset < 16; offset += 4) {
      assertEquals(view.getInt32(OUTPUT + offset), holds(a, b) ? -1 : 0, `${a}, ${b}`);
    }
  }
}

/** Tests what computes an integer: it is the one expected, and no other. */
function integer(
  code: (a: I32, b: I32) => I32,
  expected: (a: number, b: number) => number,
): void {
  const params = { a: "i32", b: "i32", expected: "i32" } as const;
  const { view, call } = runFunction(params, (p) => [
    f64.store(out, f64.const(0)),
    when(i32.eq(code(p.a, p.b), p.expected), [f64.store(out, f64.const(1))]),
  ]);
  for (const [a = NaN, b = NaN] of pairs(I32S)) {
    call("run", a, b, expected(a, b));
    assertEquals(view.getFloat64(OUTPUT, true), 1, `${a}, ${b}`);
    call("run", a, b, expected(a, b) + 1);
    assertEquals(view.getFloat64(OUTPUT, true), 0, `${a}, ${b}`);
  }
}

/** Tests a · b + c: rounded once or twice, whichever the machine does. */
function madd(
  kind: "f64" | "f32",
  code: (a: V128, b: V128, c: V128) => V128,
  lost: number,
): void {
  const { size, get, set } = KINDS[kind];
  const { view, call } = runFunction({}, () => [
    v128.store(out, code(v128.load(at(0)), v128.load(at(16)), v128.load(at(32)))),
  ]);
  const nearOne = 1 + Math.sqrt(lost); // its square is 1 + 2 √lost + lost: the last term is rounded off
  const table: [number, number, number, number[]][] = [
    [2, 3, 4, [10]],
    [-2, 3, 4, [-2]],
    [0.5, 0.5, -0.25, [0]],
    [3, 0, -0, [0]],
    [Infinity, 2, 1, [Infinity]],
    [Infinity, 0, 1, [NaN]],
    [1, NaN, 1, [NaN]],
    [nearOne, nearOne, -(1 + 2 * Math.sqrt(lost)), [0, lost]],
  ];
  for (const [a, b, c, expected] of table) {
    for (let lane = 0; lane < 16; lane += size) {
      [a, b, c].forEach((value, i) => set(view, INPUT + 16 * i + lane, value));
    }
    call("run");
    for (let lane = 0; lane < 16; lane += size) {
      const result = get(view, OUTPUT + lane);
      assert(expected.some((e) => Object.is(e, result)), `${a} * ${b} + ${c} is ${result}`);
    }
  }
}

/** Tests that a constant is itself. */
function constants<T extends "f64" | "f32">(
  type: T,
  store: (ptr: Operand<"i32">, value: Code<T>) => Void,
  code: (value: number) => Code<T>,
): void {
  for (const value of KINDS[type].values) {
    const { view, call } = runFunction({}, () => [store(out, code(value))]);
    call("run");
    assertSame(KINDS[type].get(view, OUTPUT), value, `${value}`);
  }
}

/** Tests loads and stores: at an address, with an offset, at no address of alignment. */
function access<T extends ValueType>(
  size: number,
  load: (ptr: Operand<"i32">, offset?: number) => Code<T>,
  store: (ptr: Operand<"i32">, value: Code<T>, offset?: number) => Void,
): void {
  const params = { from: "i32", to: "i32" } as const;
  const table: [number, number, number, number][] = [
    [64, 0, 128, 0],
    [64, 8, 128, 16],
    [65, 3, 127, 300],
    [0, 65_536 - size, 64, 0],
    [64, 0, 0, 65_536 - size],
  ];
  for (const [from, fromOffset, to, toOffset] of table) {
    const { view, call } = runFunction(params, (p) => [
      store(p.to, load(p.from, fromOffset), toOffset),
    ]);
    const memory = new Uint8Array(view.buffer);
    memory.forEach((_, i) => memory[i] = i * 31 + (i >> 8));
    const expected = memory.slice();
    expected.copyWithin(to + toOffset, from + fromOffset, from + fromOffset + size);
    call("run", from, to);
    assert(memory.every((byte, i) => byte === expected[i]), `${from}+${fromOffset} to ${to}`);
  }
}

/** Copies an integer, which has no store of its own, into an address. */
const mark = (address: Operand<"i32">) => f32.store(address, f32.const(1));

/** The addresses that have been marked. */
function marked(view: DataView): number[] {
  const addresses: number[] = [];
  for (let i = 0; i < view.byteLength; i += 4) {
    if (view.getFloat32(i, true) === 1) addresses.push(i);
  }
  return addresses;
}

const pmax = (a: number, b: number) => a < b ? b : a;

/** For each instruction what shows that it does what the specification says. */
const INSTRUCTIONS: Record<OpName, () => void> = {
  "loop": () => {
    const { view, call } = runFunction({}, (_, local) => {
      const i = local("i32");
      return [loop(i, 8, 21, 4, [mark(i)])];
    });
    call("run");
    assertEquals(marked(view), [8, 12, 16, 20]);
  },
  "if": () => {
    const { view, call } = runFunction({ a: "i32" }, (p) => [
      when(p.a, [mark(8), mark(16)]),
      mark(24),
    ]);
    call("run", 0);
    assertEquals(marked(view), [24]);
    call("run", -5);
    assertEquals(marked(view), [8, 16, 24]);
  },
  "else": () => {
    const { view, call } = runFunction({ a: "i32" }, (p) => [
      when(p.a, [mark(8)], [mark(16), mark(24)]),
    ]);
    call("run", 1);
    assertEquals(marked(view), [8]);
    view.setInt32(8, 0);
    call("run", 0);
    assertEquals(marked(view), [16, 24]);
  },
  "end": () => {
    const { view, call } = runFunction({ a: "i32", b: "i32" }, (p) => [
      when(p.a, [when(p.b, [mark(8)]), mark(16)]),
      mark(24),
    ]);
    call("run", 0, 1);
    assertEquals(marked(view), [24]);
    call("run", 1, 0);
    assertEquals(marked(view), [16, 24]);
  },
  "br_if": () => {
    const { view, call } = runFunction({ n: "i32" }, (p, local) => {
      const i = local("i32"), j = local("i32");
      return [
        loop(i, 0, p.n, 64, [
          loop(j, 0, p.n, 8, [mark(i32.add(i, j))]),
        ]),
      ];
    });
    call("run", 24);
    assertEquals(marked(view), [0, 8, 16]);
    call("run", 65);
    assertEquals(marked(view), [
      0,
      8,
      16,
      24,
      32,
      40,
      48,
      56,
      64,
      72,
      80,
      88,
      96,
      104,
      112,
      120,
      128,
    ]);
  },
  "call": () => {
    const { view, call } = runModule((module) => {
      module.function("first", {}, () => [mark(8)]);
      module.function("store", { ptr: "i32", value: "f64" }, (p) => [
        f64.store(p.ptr, p.value),
      ]);
      module.function("run", { a: "f64" }, (p) => [
        callFunction(1, [16, f64.add(p.a, f64.const(1))]),
        callFunction(0, []),
      ]);
    });
    call("run", 41);
    assertEquals([view.getFloat32(8, true), view.getFloat64(16, true)], [1, 42]);
  },
  "local.get": () => {
    const params = { a: "f64", b: "f32", c: "i32" } as const;
    const { view, call } = runFunction(params, (p, local) => [
      f64.store(0, p.a),
      f32.store(8, p.b),
      mark(p.c),
      f64.store(64, local("f64")), // 0 at first
    ]);
    view.setFloat64(64, 7, true);
    call("run", 0.1, 0.5, 32);
    assertEquals(view.getFloat64(0, true), 0.1);
    assertEquals(view.getFloat32(8, true), 0.5);
    assertEquals(marked(view), [32]);
    assertEquals(view.getFloat64(64, true), 0);
  },
  "local.set": () => {
    const { view, call } = runFunction({ a: "f64" }, (p, local) => {
      const x = local("f64"), y = local("v128"), z = local("f32"), i = local("i32");
      return [
        x.set(f64.add(p.a, f64.const(1))),
        p.a.set(f64.const(5)),
        y.set(f64x2.splat(x)),
        z.set(f32.const(2)),
        i.set(40),
        f64.store(0, p.a),
        v128.store(8, y),
        f32.store(i, z),
      ];
    });
    call("run", 10);
    assertEquals([0, 8, 16].map((ptr) => view.getFloat64(ptr, true)), [5, 11, 11]);
    assertEquals(view.getFloat32(40, true), 2);
  },
  "local.tee": () => {
    const { view, call } = runFunction({ a: "f64" }, (p, local) => {
      const x = local("f64");
      return [
        f64.store(0, x.tee(f64.add(p.a, p.a))),
        f64.store(8, x),
      ];
    });
    call("run", 10);
    assertEquals([0, 8].map((ptr) => view.getFloat64(ptr, true)), [20, 20]);
  },
  "i32.load": () => {
    const { view, call } = runFunction({ ptr: "i32" }, (p) => [mark(i32.load(p.ptr, 12))]);
    view.setInt32(100, 0x208, true);
    call("run", 88);
    assertEquals(marked(view), [0x208]);
  },
  "f32.load": () => access(4, f32.load, f32.store),
  "f64.load": () => access(8, f64.load, f64.store),
  "f32.store": () => access(4, f32.load, f32.store),
  "f64.store": () => access(8, f64.load, f64.store),
  "i32.const": () => {
    for (const value of [...I32S, 63, 64, -64, -65, 8191, 8192, 2 ** 31, 2 ** 32 - 1]) {
      const { view, call } = runFunction({ a: "i32" }, (p) => [
        when(i32.eq(p.a, i32.const(value)), [mark(4)]),
        when(i32.eq(value, p.a), [mark(8)]),
      ]);
      call("run", value + 1);
      assertEquals(marked(view), []);
      call("run", value);
      assertEquals(marked(view), [4, 8], `${value}`);
    }
  },
  "f32.const": () => constants("f32", f32.store, f32.const),
  "f64.const": () => constants("f64", f64.store, f64.const),
  "i32.eq": () => integer(i32.eq, (a, b) => a === b ? 1 : 0),
  "i32.lt_u": () => integer(i32.ltU, (a, b) => (a >>> 0) < (b >>> 0) ? 1 : 0),
  "i32.add": () => integer(i32.add, (a, b) => (a + b) | 0),
  "i32.sub": () => integer(i32.sub, (a, b) => (a - b) | 0),
  "i32.mul": () => integer(i32.mul, (a, b) => Math.imul(a, b)),
  "f64.eq": () => {
    const { view, call } = runFunction({ a: "f64", b: "f64" }, (p) => [
      f64.store(out, f64.convert(f64.eq(p.a, p.b))),
    ]);
    for (const [a = NaN, b = NaN] of pairs(F64)) {
      call("run", a, b);
      assertEquals(view.getFloat64(OUTPUT, true), a === b ? 1 : 0, `${a}, ${b}`);
    }
  },
  "f64.convert_i32_u": () => {
    const { view, call } = runFunction({ a: "i32" }, (p) => [
      f64.store(out, f64.convert(p.a)),
    ]);
    for (const value of I32S) {
      call("run", value);
      assertSame(view.getFloat64(OUTPUT, true), value >>> 0, `${value}`);
    }
  },
  "f32.sub": () => of32(f32.sub, (a, b) => a - b),
  "f64.add": () => of64(f64.add, (a, b) => a + b),
  "f64.sub": () => of64(f64.sub, (a, b) => a - b),
  "f32.demote_f64": () => {
    const { view, call } = runFunction({ a: "f64" }, (p) => [
      f32.store(out, f32.demote(p.a)),
    ]);
    for (const value of F64) {
      call("run", value);
      assertSame(view.getFloat32(OUTPUT, true), Math.fround(value), `${value}`);
    }
  },
  "v128.load": () => access(16, v128.load, v128.store),
  "v128.store": () => access(16, v128.load, v128.store),
  "v128.const": () => {
    const { view, call } = runFunction({}, () => [v128.store(out, v128.zero())]);
    new Uint8Array(view.buffer).fill(0xaa);
    call("run");
    const bytes = new Uint8Array(view.buffer, OUTPUT - 1, 18);
    assertEquals([...bytes], [0xaa, ...new Array(16).fill(0), 0xaa]);
  },
  "i8x16.shuffle": () => {
    const orders = [
      Array.from({ length: 16 }, (_, i) => i),
      Array.from({ length: 16 }, (_, i) => 31 - i),
      Array.from({ length: 16 }, () => 5),
      [0, 16, 1, 17, 2, 18, 31, 15, 4, 4, 20, 20, 9, 30, 12, 3],
    ];
    for (const order of orders) {
      const { view, call } = runFunction({}, () => [
        v128.store(out, v128.shuffle(v128.load(at(0)), v128.load(at(16)), order)),
      ]);
      for (let i = 0; i < 32; i++) view.setUint8(INPUT + i, 100 + i);
      call("run");
      const result = [...new Uint8Array(view.buffer, OUTPUT, 16)];
      assertEquals(result, order.map((i) => 100 + i));
    }
  },
  "f32x4.splat": () => vector("f32", () => f32x4.splat(f32.const(0.1)), () => 0.1),
  "f64x2.splat": () => vector("f64", () => f64x2.splat(f64.const(0.1)), () => 0.1),
  "f32x4.extract_lane": () => {
    for (const lane of [0, 1, 2, 3]) {
      const { view, call } = runFunction({}, () => [
        f32.store(out, f32x4.extract(v128.load(at(0)), lane)),
      ]);
      for (let i = 0; i < 4; i++) view.setFloat32(INPUT + 4 * i, 0.5 + i, true);
      call("run");
      assertEquals(view.getFloat32(OUTPUT, true), 0.5 + lane);
    }
  },
  "f64x2.extract_lane": () => {
    for (const lane of [0, 1]) {
      const { view, call } = runFunction({}, () => [
        f64.store(out, f64x2.extract(v128.load(at(0)), lane)),
      ]);
      for (let i = 0; i < 2; i++) view.setFloat64(INPUT + 8 * i, 0.1 + i, true);
      call("run");
      assertEquals(view.getFloat64(OUTPUT, true), 0.1 + lane);
    }
  },
  "f32x4.gt": () => comparison("f32", f32x4.gt, (a, b) => a > b),
  "f64x2.gt": () => comparison("f64", f64x2.gt, (a, b) => a > b),
  "v128.and": () => vector("i32", v128.and, (a, b) => a & b),
  "v128.andnot": () => vector("i32", v128.andnot, (a, b) => a & ~b),
  "i32x4.shl": () => {
    for (const bits of [0, 1, 7, 23, 31, 32, 33]) {
      vector("i32", (a) => i32x4.shl(a, bits), (a) => a << bits); // both take it modulo 32
    }
  },
  "i32x4.add": () => vector("i32", i32x4.add, (a, b) => (a + b) | 0),
  "i64x2.shl": () => {
    for (const bits of [0, 1, 31, 32, 52, 63, 64, 65]) {
      integers64((a) => i64x2.shl(a, bits), (a) => a << BigInt(bits % 64));
    }
  },
  "i64x2.add": () => integers64(i64x2.add, (a, b) => a + b),
  "f32x4.sqrt": () => vector("f32", (a) => f32x4.sqrt(a), (a) => Math.sqrt(a)),
  "f32x4.add": () => vector("f32", f32x4.add, (a, b) => a + b),
  "f32x4.sub": () => vector("f32", f32x4.sub, (a, b) => a - b),
  "f32x4.mul": () => vector("f32", f32x4.mul, (a, b) => a * b),
  "f32x4.div": () => vector("f32", f32x4.div, (a, b) => a / b),
  "f32x4.pmax": () => vector("f32", f32x4.pmax, pmax),
  "f64x2.sqrt": () => vector("f64", (a) => f64x2.sqrt(a), (a) => Math.sqrt(a)),
  "f64x2.add": () => vector("f64", f64x2.add, (a, b) => a + b),
  "f64x2.sub": () => vector("f64", f64x2.sub, (a, b) => a - b),
  "f64x2.mul": () => vector("f64", f64x2.mul, (a, b) => a * b),
  "f64x2.div": () => vector("f64", f64x2.div, (a, b) => a / b),
  "f64x2.pmax": () => vector("f64", f64x2.pmax, pmax),
  "f32x4.relaxed_madd": () => madd("f32", f32x4.relaxedMadd, 2 ** -26),
  "f64x2.relaxed_madd": () => madd("f64", f64x2.relaxedMadd, 2 ** -60),
};

/** Tests an instruction for vectors of two integers of 64 bits. */
function integers64(
  code: (a: V128, b: V128) => V128,
  expected: (a: bigint, b: bigint) => bigint,
): void {
  const { view, call } = runFunction({}, () => [
    v128.store(out, code(v128.load(at(0)), v128.load(at(16)))),
  ]);
  const values = [0n, 1n, -1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n), 0x1234_5678_9abc_def0n];
  for (const a of values) {
    for (const b of values) {
      [a, b, b, a].forEach((value, i) => view.setBigInt64(INPUT + 8 * i, value, true));
      call("run");
      const results = [0, 8].map((offset) => view.getBigInt64(OUTPUT + offset, true));
      assertEquals(results, [expected(a, b), expected(b, a)].map((x) => BigInt.asIntN(64, x)));
    }
  }
}

Deno.test("INSTRUCTIONS has a test for each opcode", () => {
  assertEquals(Object.keys(INSTRUCTIONS).sort(), Object.keys(OPCODES).sort());
});

Deno.test("OPCODES are all different", () => {
  const numbers = Object.values(OPCODES);
  assertEquals(new Set<number>(numbers).size, numbers.length);
});

const { relaxedMadd } = probeFeatures();

for (const [name, test] of Object.entries(INSTRUCTIONS)) {
  const ignore = name.includes("relaxed") && !relaxedMadd;
  const reason = ignore ? " (this platform has no relaxed SIMD)" : "";
  Deno.test({ name: `${name} computes what the specification says${reason}`, ignore, fn: test });
}

/** The place in memory where a loop finds the values that are expected of i, and marks those that it has. */
const EXPECTED = 1024, VISITED = 8192, RIGHT = 16_384;

/** Fails unless a loop runs for just these i, whether its step is a constant or a variable. */
function assertIterations(from: number, to: number, step: number, expected: number[]): void {
  const params = { from: "i32", to: "i32", step: "i32" } as const;
  for (const isConstant of [true, false]) {
    const { view, call } = runFunction(params, (p, local) => {
      const i = local("i32"), at = local("i32");
      const markAt = (start: number) => mark(i32.add(at, start));
      return [
        loop(i, p.from, p.to, isConstant ? step : p.step, [
          markAt(VISITED),
          when(i32.eq(i, i32.load(at, EXPECTED)), [markAt(RIGHT)]),
          at.set(i32.add(at, 4)),
        ]),
      ];
    });
    expected.forEach((value, n) => view.setInt32(EXPECTED + 4 * n, value, true));
    call("run", from, to, step);
    const visited = expected.map((_, n) => VISITED + 4 * n);
    const right = expected.map((_, n) => RIGHT + 4 * n);
    const found = marked(view).filter((address) => address >= VISITED);
    assertEquals(found, [...visited, ...right], `${from} to ${to} by ${step}`);
  }
}

Deno.test("loop() runs its body for each i below the end, unsigned", () => {
  const table: [number, number, number, number[]][] = [
    [0, 0, 1, []],
    [5, 5, 1, []],
    [6, 5, 1, []],
    [0, 1, 1, [0]],
    [0, 1, 16, [0]],
    [0, 16, 16, [0]],
    [0, 17, 16, [0, 16]],
    [3, 8, 1, [3, 4, 5, 6, 7]],
    [0, 1000, 200, [0, 200, 400, 600, 800]],
    // Below zero if taken as signed: addresses above 2 GB.
    [0, -(2 ** 30), 2 ** 30, [0, 2 ** 30, -(2 ** 31)]],
    [-16, -8, 4, [-16, -12]],
    [2 ** 31 - 4, -(2 ** 31) + 4, 4, [2 ** 31 - 4, -(2 ** 31)]],
    [-1, 1, 1, []],
    [1, -(2 ** 31), 2 ** 30, [1, 2 ** 30 + 1]],
  ];
  for (const [from, to, step, expected] of table) assertIterations(from, to, step, expected);
});

Deno.test("loop() computes its end anew each time, and its start once", () => {
  const { view, call } = runFunction({ end: "i32" }, (p, local) => {
    const i = local("i32");
    return [
      loop(i, p.end, 1000, 4, [
        p.end.set(0), // the start was computed before
        when(i32.eq(i, 48), [i.set(996)]),
        mark(i),
      ]),
      loop(i, 2000, p.end, 4, [mark(i)]),
      p.end.set(2040),
      loop(i, 2000, p.end, 4, [
        mark(i),
        p.end.set(i32.sub(p.end, 8)),
      ]),
    ];
  });
  call("run", 40);
  assertEquals(marked(view), [40, 44, 996, 2000, 2004, 2008, 2012]);
});

Deno.test("loop() leaves in i where it has stopped", () => {
  const { view, call } = runFunction({ n: "i32" }, (p, local) => {
    const i = local("i32");
    return [loop(i, 8, p.n, 16, []), mark(i)];
  });
  for (const [n, expected] of [[0, 8], [8, 8], [9, 24], [24, 24], [25, 40]] as const) {
    new Uint8Array(view.buffer).fill(0);
    call("run", n);
    assertEquals(marked(view), [expected], `to ${n}`);
  }
});

Deno.test("when() runs its body if the condition is any number but 0", () => {
  const { view, call } = runFunction({ a: "i32" }, (p) => [when(p.a, [mark(0)])]);
  for (const a of I32S) {
    view.setFloat32(0, 0, true);
    call("run", a);
    assertEquals(marked(view), a === 0 ? [] : [0], `${a}`);
  }
});

Deno.test("sequence() takes lists in lists", () => {
  const { view, call } = runFunction({}, (_, local) => {
    const i = local("i32"), next = [i.set(i32.add(i, 4)), mark(i)];
    return [[], [next, [[next], []]], next];
  });
  call("run");
  assertEquals(marked(view), [4, 8, 12]);
});

Deno.test("sequence() is one code after the other", () => {
  const { view, call } = runFunction({}, (_, local) => {
    const i = local("i32");
    const next = sequence(i.set(i32.add(i, 4)), mark(i));
    return [sequence(), sequence(next, next, next)];
  });
  call("run");
  assertEquals(marked(view), [4, 8, 12]);
});

Deno.test("a Code knows the type of what it computes", () => {
  const a = i32.const(0), x = f64.const(0), y = f32.const(0), v = v128.zero();
  const table: [Code<ValueType | "void">, ValueType | "void"][] = [
    [a, "i32"],
    [i32.add(a, a), "i32"],
    [i32.load(a), "i32"],
    [x, "f64"],
    [f64.add(x, x), "f64"],
    [f64.load(a), "f64"],
    [f64.store(a, x), "void"],
    [y, "f32"],
    [f32.sub(y, y), "f32"],
    [f32.demote(x), "f32"],
    [v, "v128"],
    [f32x4.splat(y), "v128"],
    [f64x2.gt(v, v), "v128"],
    [f64x2.extract(v, 0), "f64"],
    [f32x4.extract(v, 0), "f32"],
    [i32x4.shl(v, 1), "v128"],
    [f64x2.relaxedMadd(v, v, v), "v128"],
    [v128.store(a, v), "void"],
    [when(a, []), "void"],
    [sequence(), "void"],
  ];
  for (const [code, type] of table) assertEquals(code.type, type);
});

Deno.test("operands of the wrong type do not compile", () => {
  const a = i32.const(0), x = f64.const(0), y = f32.const(0), v = v128.zero();
  // Checked by the compiler: an error that is expected and does not come is one.
  // @ts-expect-error f64 is not i32
  i32.add(a, x);
  // @ts-expect-error f32 is not f64
  f64.add(x, y);
  // @ts-expect-error a number is an integer
  f64.add(x, 1);
  // @ts-expect-error a variable is of one type
  new Local("v128", 0).set(0);
  // @ts-expect-error a pointer is an i32
  f64.load(x);
  // @ts-expect-error a vector is stored as one
  f64.store(a, v);
  // @ts-expect-error f64x2 has lanes of f64
  f64x2.splat(y);
  // @ts-expect-error a condition is an i32
  when(x, []);
  // @ts-expect-error a body leaves nothing behind
  when(a, [x]);
});
