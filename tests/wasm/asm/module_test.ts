import { assert, assertEquals, assertThrows } from "@std/assert";
import { f32, f64, f64x2, v128 } from "../../../lib/wasm/asm/code.ts";
import { ModuleBuilder } from "../../../lib/wasm/asm/module.ts";
import { runModule } from "../../helpers/run_wasm.ts";

Deno.test("ModuleBuilder makes functions that share a memory", () => {
  const { view, call } = runModule((module) => {
    module.function("nothing", {}, () => []);
    module.function("first", { a: "f64" }, (p) => [f64.store(0, p.a)]);
    module.function("second", { b: "f64", ptr: "i32" }, (p) => [
      f64.store(p.ptr, f64.add(f64.load(0), p.b)),
    ]);
  });
  call("nothing");
  call("first", 10);
  call("second", 5, 8);
  assertEquals([view.getFloat64(0, true), view.getFloat64(8, true)], [10, 15]);
});

Deno.test("ModuleBuilder.call() calls functions by name", () => {
  const { view, call } = runModule((module) => {
    module.function("first", { ptr: "i32", a: "f64" }, (p) => [f64.store(p.ptr, p.a)]);
    module.function("second", { a: "f64" }, (p) => [
      module.call("first", { ptr: 8, a: p.a }),
      module.call("first", { a: f64.const(3), ptr: 16 }),
    ]);
    module.function("third", {}, () => [module.call("second", { a: f64.const(7) })]);
  });
  call("third");
  assertEquals([view.getFloat64(8, true), view.getFloat64(16, true)], [7, 3]);
});

Deno.test("ModuleBuilder passes parameters in the order they are named in", () => {
  const { view, call } = runModule((module) => {
    module.function("run", { z: "f64", a: "i32", m: "f32" }, (p) => [
      f64.store(p.a, p.z),
      f32.store(p.a, p.m, 8),
    ]);
  });
  call("run", 0.1, 32, 0.5);
  assertEquals([view.getFloat64(32, true), view.getFloat32(40, true)], [0.1, 0.5]);
});

Deno.test("ModuleBuilder takes groups of parameters, and passes them in order", () => {
  const { view, call } = runModule((module) => {
    const params = { a: "f64", to: { ptr: "i32", factor: "f64" }, b: "f64" } as const;
    module.function("first", params, (p) => [
      f64.store(p.to.ptr, f64.add(f64.add(p.a, p.to.factor), p.b)),
      f64.store(p.to.ptr, p.to.factor, 8),
    ]);
    module.function("second", { to: { ptr: "i32", factor: "f64" } }, ({ to }) => [
      module.call("first", { b: f64.const(1), a: f64.const(100), to }),
    ]);
  });
  call("second", 32, 20);
  assertEquals([view.getFloat64(32, true), view.getFloat64(40, true)], [121, 20]);
  call("first", 3, 48, 20, 4);
  assertEquals([view.getFloat64(48, true), view.getFloat64(56, true)], [27, 20]);
});

Deno.test("ModuleBuilder gives each variable a place of its own, behind the parameters", () => {
  for (const n of [0, 1, 127, 128, 300]) { // beyond 127 a number takes two bytes
    const { view, call } = runModule((module) => {
      module.function("run", { a: "f64", b: "f64" }, (p, local) => {
        const numbers = Array.from({ length: n }, () => local("f64"));
        const vector = local("v128"), ptr = local("i32");
        return [
          ...numbers.map((x, i) => x.set(f64.add(p.b, f64.const(i)))),
          ptr.set(16),
          vector.set(f64x2.splat(p.a)),
          v128.store(ptr, vector),
          ...numbers.map((x, i) => f64.store(32 + 8 * i, x)),
        ];
      });
    });
    call("run", 7, 1000);
    const expected = [7, 7, ...Array.from({ length: n }, (_, i) => 1000 + i)];
    assertEquals(expected.map((_, i) => view.getFloat64(16 + 8 * i, true)), expected);
  }
});

Deno.test("ModuleBuilder exports all functions and the memory, and imports nothing", () => {
  const module = new ModuleBuilder();
  for (const name of ["one", "zwei", "셋"]) module.function(name, {}, () => []);
  const compiled = new WebAssembly.Module(module.toBytes(1));
  assertEquals(WebAssembly.Module.imports(compiled), []);
  assertEquals(
    WebAssembly.Module.exports(compiled).map(({ name, kind }) => [name, kind]),
    [["one", "function"], ["zwei", "function"], ["셋", "function"], ["memory", "memory"]],
  );
});

Deno.test("ModuleBuilder.toBytes() makes a memory of so many pages, which does not grow", () => {
  for (const pages of [1, 2, 127, 128, 1000]) {
    const module = new ModuleBuilder();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes(pages)));
    const memory = exports["memory"];
    assert(memory instanceof WebAssembly.Memory);
    assertEquals(memory.buffer.byteLength, pages * 65_536);
    assertThrows(() => memory.grow(1), RangeError);
  }
});

Deno.test("ModuleBuilder.toBytes() takes memories up to 4 GB", () => {
  const module = new ModuleBuilder();
  assert(WebAssembly.validate(module.toBytes(65_536)));
  assert(!WebAssembly.validate(module.toBytes(65_537)));
});

Deno.test("ModuleBuilder.toBytes() gives the same bytes each time", () => {
  const module = new ModuleBuilder();
  module.function("run", { a: "f64" }, (p, local) => [local("f64").set(p.a)]);
  assertEquals(module.toBytes(3), module.toBytes(3));
});

Deno.test("ModuleBuilder.toBytes() imports a memory that threads share", () => {
  const module = new ModuleBuilder();
  module.function("store", { a: "f64" }, (p) => [f64.store(8, p.a)]);
  const code = new WebAssembly.Module(module.toBytes(3, true));
  assertEquals(WebAssembly.Module.exports(code).map(({ name }) => name), ["store"]);
  const limits = { initial: 3, maximum: 3 };
  const memory = new WebAssembly.Memory({ ...limits, shared: true });
  const [first, second] = [0, 1].map(() => {
    const { exports } = new WebAssembly.Instance(code, { "": { memory } });
    return exports["store"] as (a: number) => void;
  });
  const view = new DataView(memory.buffer);
  first!(2.5); // there are two
  assertEquals(view.getFloat64(8, true), 2.5);
  second!(3.5);
  assertEquals(view.getFloat64(8, true), 3.5);
  const alone = new WebAssembly.Memory(limits);
  assertThrows(
    () => new WebAssembly.Instance(code, { "": { memory: alone } }),
    WebAssembly.LinkError,
  );
});
