import { assertEquals } from "@std/assert";
import { newEngine } from "../../lib/cli/engine.ts";
import { initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { ScalarEngine } from "../../lib/scalar_engine.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { assertFails } from "../helpers/assert.ts";
import { CONFIG, TINY, withNames } from "../helpers/tiny.ts";
import { runProcess } from "../helpers/tool.ts";

function fail(): never {
  throw new Error("This must not be called");
}

Deno.test("newEngine() makes the engine that is asked for", () => {
  const weights = () => initWeights(CONFIG, new Random(1));
  const wasm = newEngine("wasm", CONFIG, "f32", weights, fail);
  assertEquals(wasm instanceof WasmEngine && wasm.dtype, "f32");
  for (const dtype of ["f64", "f32"] as const) {
    const scalar = newEngine("scalar", CONFIG, dtype, weights, fail);
    assertEquals(scalar instanceof ScalarEngine, true);
    assertEquals(scalar.weights(), weights());
  }
});

Deno.test("newEngine() refuses a model that is too large before it makes weights", () => {
  assertFails(
    () => newEngine("scalar", { ...CONFIG, vocabSize: 1e6 }, "f64", fail, fail),
    RangeError,
    "Cannot create the model: it has 8000408 parameters: " +
      "the scalar engine can hold at most 1000000",
  );
});

const isX64 = Deno.build.arch === "x86_64";

Deno.test({
  name: `microgpt uses the scalar engine where there is no SIMD${
    isX64 ? "" : " (needs an x86-64 processor, on which V8 can be told so)"
  }`,
  ignore: !isX64,
  fn: async () => {
    await withNames(async (_, names) => {
      for (const dtype of ["f64", "f32"]) {
        const argv = [...TINY, "--log-every", "1", names];
        const flags = ["--allow-read", "--v8-flags=--no-enable-ssse3"];
        const without = await runProcess([...argv, "--dtype", dtype], { flags });
        const warning = "This platform has no WebAssembly SIMD: " +
          "using --engine scalar, in f64 and slowly\n";
        assertEquals([without.code, without.stderr], [0, warning]);
        assertEquals(without.stdout, (await runProcess([...argv, "--engine", "scalar"])).stdout);
      }
    });
  },
});
