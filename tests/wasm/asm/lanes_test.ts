import { assertEquals } from "@std/assert";
import { DTYPES } from "../../../lib/engine.ts";
import { f64, v128 } from "../../../lib/wasm/asm/code.ts";
import {
  acrossLanes,
  lanes,
  newConstants,
  probeFeatures,
  transposed,
} from "../../../lib/wasm/asm/lanes.ts";
import { ROOT } from "../../helpers/paths.ts";
import { runFunction } from "../../helpers/run_wasm.ts";

// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
// deno-fmt-ignore
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
];

// (module (func (result v128) i32.const 1 i8x16.splat i32.const 2 i8x16.splat i8x16.relaxed_swizzle))
// deno-fmt-ignore
const RELAXED_SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
];

Deno.test("probeFeatures() finds what this platform runs", () => {
  assertEquals(probeFeatures(), {
    simd: WebAssembly.validate(Uint8Array.from(SIMD)),
    relaxedMadd: WebAssembly.validate(Uint8Array.from(RELAXED_SIMD)),
  });
});

const isX64 = Deno.build.arch === "x86_64";

Deno.test({
  name: `probeFeatures() finds nothing where there is no SIMD${
    isX64 ? "" : " (needs an x86-64 processor, on which V8 can be told so)"
  }`,
  ignore: !isX64,
  fn: async () => {
    const script = `import { probeFeatures } from "${ROOT}/lib/wasm/asm/lanes.ts";
      console.log(JSON.stringify(probeFeatures()));`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--v8-flags=--no-enable-ssse3", script],
    }).output();
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { simd: false, relaxedMadd: false });
  },
});

for (const dtype of DTYPES) {
  const r = lanes(dtype, false);
  const read = (view: DataView, ptr: number) =>
    dtype === "f64" ? view.getFloat64(ptr, true) : view.getFloat32(ptr, true);
  const write = (view: DataView, ptr: number, value: number) =>
    dtype === "f64" ? view.setFloat64(ptr, value, true) : view.setFloat32(ptr, value, true);
  const all = Array.from({ length: r.count }, (_, lane) => lane);

  Deno.test(`lanes() of ${dtype} fill a vector`, () => {
    assertEquals([r.dtype, r.bytes * r.count], [dtype, 16]);
    assertEquals(r.bytes, dtype === "f64" ? 8 : 4);
  });

  Deno.test(`lanes() of ${dtype} spread, pick and store single lanes`, () => {
    const { view, call } = runFunction({ x: "f64" }, (p) => {
      const [a, b] = [v128.load(0), v128.load(16)];
      const codes = [
        r.const(0.1),
        r.splat(p.x),
        r.loadSplat(r.bytes),
        ...all.map((lane) => r.lane(a, lane)),
        r.pick(a, b, all.map((lane) => 2 * r.count - 1 - lane)),
      ];
      return [
        ...codes.map((code, i) => v128.store(64 + 16 * i, code)),
        ...all.map((lane) => r.storeLane(512 + 32 * lane, a, lane)),
      ];
    });
    for (let i = 0; i < 2 * r.count; i++) write(view, i * r.bytes, 10 + i);
    call("run", 0.3);
    const round = (x: number) => dtype === "f64" ? x : Math.fround(x);
    const vector = (i: number) => all.map((lane) => read(view, 64 + 16 * i + lane * r.bytes));
    assertEquals(vector(0), all.map(() => round(0.1)));
    assertEquals(vector(1), all.map(() => round(0.3)));
    assertEquals(vector(2), all.map(() => 11));
    for (const lane of all) assertEquals(vector(3 + lane), all.map(() => 10 + lane));
    assertEquals(vector(3 + r.count), all.map((lane) => 10 + 2 * r.count - 1 - lane));
    for (const lane of all) {
      const [before, found, after] = [-1, 0, 1].map((i) =>
        read(view, 512 + 32 * lane + i * r.bytes)
      );
      assertEquals([before, found, after], [0, 10 + lane, 0]);
    }
  });

  Deno.test(`lanes() of ${dtype} add integers to the bits of a number`, () => {
    const shift = dtype === "f64" ? 52 : 23; // where the exponent begins
    const { view, call } = runFunction({}, () => [
      v128.store(
        64,
        r.addBits(v128.load(0), v128.load(16), shift),
      ),
    ]);
    const exponents = [3, -5, 0, 1];
    for (const lane of all) {
      write(view, lane * r.bytes, 1.5);
      if (dtype === "f64") view.setBigInt64(16 + lane * 8, BigInt(exponents[lane]!), true); // 4 of them
      else view.setInt32(16 + lane * 4, exponents[lane]!, true);
    }
    call("run");
    const found = all.map((lane) => read(view, 64 + lane * r.bytes));
    assertEquals(found, all.map((lane) => 1.5 * 2 ** exponents[lane]!));
  });

  Deno.test(`subtractAt() of ${dtype} changes one number`, () => {
    const { view, call } = runFunction({ a: "i32", b: "i32" }, (p) => [r.subtractAt(p.a, p.b)]);
    for (let i = 0; i < 4; i++) write(view, i * r.bytes, 10 + i);
    call("run", r.bytes, 3 * r.bytes);
    assertEquals([0, 1, 2, 3].map((i) => read(view, i * r.bytes)), [10, -2, 12, 13]);
  });

  Deno.test(`acrossLanes() of ${dtype} combines all lanes, in every lane`, () => {
    const { view, call } = runFunction({}, () => [
      v128.store(64, acrossLanes(r, v128.load(0), r.add)),
      v128.store(80, acrossLanes(r, v128.load(0), r.pmax)),
    ]);
    const values = all.map((lane) => [3, -5, 40, 100][lane]!); // 4 of them
    for (const lane of all) write(view, lane * r.bytes, values[lane]!);
    call("run");
    const [sum, max] = [64, 80].map((ptr) => all.map((lane) => read(view, ptr + lane * r.bytes)));
    assertEquals(sum, all.map(() => values.reduce((a, b) => a + b)));
    assertEquals(max, all.map(() => Math.max(...values)));
  });

  for (let group = 1; group <= r.count; group *= 2) {
    Deno.test(`acrossLanes() of ${dtype} combines groups of ${group}`, () => {
      const { view, call } = runFunction({}, () => [
        v128.store(64, acrossLanes(r, v128.load(0), r.add, group)),
      ]);
      const values = all.map((lane) => [3, -5, 40, 100][lane]!); // 4 of them
      for (const lane of all) write(view, lane * r.bytes, values[lane]!);
      call("run");
      const expected = all.map((lane) => {
        const first = lane - lane % group;
        return values.slice(first, first + group).reduce((a, b) => a + b);
      });
      assertEquals(all.map((lane) => read(view, 64 + lane * r.bytes)), expected);
    });
  }

  Deno.test(`transposed() of ${dtype} exchanges rows and columns`, () => {
    const { view, call } = runFunction(
      {},
      () =>
        transposed(r, all.map((row) => v128.load(16 * row)))
          .map((row, i) => v128.store(256 + 16 * i, row)),
    );
    for (const row of all) {
      for (const column of all) write(view, 16 * row + column * r.bytes, 10 * row + column);
    }
    call("run");
    for (const row of all) {
      for (const column of all) {
        assertEquals(read(view, 256 + 16 * row + column * r.bytes), 10 * column + row);
      }
    }
  });

  Deno.test(`newConstants() of ${dtype} are set once, before they are used`, () => {
    const { view, call } = runFunction({ x: "f64" }, (p, local) => {
      const constant = newConstants(r, local);
      const kept = local("v128", r.splat(p.x));
      const codes = [0.5, -0.5, 0.5, 0, Infinity].map(constant);
      return [
        p.x.set(f64.const(9)), // too late
        ...[...codes, kept].map((code, i) => v128.store(16 * i, code)),
      ];
    });
    call("run", 3);
    [0.5, -0.5, 0.5, 0, Infinity, 3].forEach((value, i) => {
      assertEquals(all.map((lane) => read(view, 16 * i + lane * r.bytes)), all.map(() => value));
    });
  });
}
