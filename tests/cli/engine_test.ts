import { assertEquals, assertStringIncludes } from "@std/assert";
import { newEngine, newTrainingEngine } from "../../lib/cli/engine.ts";
import { initWeights, numParams } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { ScalarEngine } from "../../lib/scalar_engine.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { assertFails } from "../helpers/assert.ts";
import { type Need, needing } from "../helpers/needs.ts";
import { awaitWithoutCompiler, FORBIDDEN, withoutCompiler } from "../helpers/no_wasm.ts";
import { CONFIG, TINY, withNames } from "../helpers/tiny.ts";
import { runMain, runProcess } from "../helpers/tool.ts";

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
      "the scalar engine can hold at most 1000000: lower nEmbd, nLayer or blockSize",
  );
});

Deno.test("newEngine() makes the scalar engine where WebAssembly cannot be compiled", () => {
  const numbers = initWeights(CONFIG, new Random(1));
  let draws = 0;
  const weights = () => (draws++, numbers);
  for (const place of FORBIDDEN) {
    draws = 0;
    const warnings: string[] = [];
    const engine = withoutCompiler(
      place,
      () => newEngine("wasm", CONFIG, "f32", weights, (warning) => warnings.push(warning)),
    );
    assertEquals(engine instanceof ScalarEngine, true);
    assertEquals([engine.weights(), draws], [numbers, 1]);
    assertEquals(warnings, [
      `WebAssembly cannot be compiled here (${place.error.message}): using --engine scalar, which is slower and computes in f64`,
    ]);
  }
});

Deno.test("newEngine() says that a model is too large for the scalar engine in its place", () => {
  const config = { ...CONFIG, vocabSize: 130_000 }; // 1,040,408 parameters
  const weights = () => new Float64Array(numParams(config));
  const warnings: string[] = [];
  const make = () => newEngine("wasm", config, "f32", weights, (warning) => warnings.push(warning));
  withoutCompiler(FORBIDDEN[0]!, () =>
    // the list is not empty
    assertFails(
      make,
      RangeError,
      "Cannot create the model: it has 1040408 parameters: " +
        "the scalar engine can hold at most 1000000: lower nEmbd, nLayer or blockSize",
    ));
  assertEquals(warnings.length, 1);
});

Deno.test("newTrainingEngine() makes the scalar engine where WebAssembly cannot be compiled", async () => {
  const warnings: string[] = [];
  const talk = { note: fail, warn: (warning: string) => warnings.push(warning) };
  const weights = initWeights(CONFIG, new Random(1));
  const wanted = { engine: "wasm", dtype: "f64", threads: 2 } as const;
  for (const place of FORBIDDEN) {
    const engine = await awaitWithoutCompiler(
      place,
      () => newTrainingEngine(wanted, CONFIG, () => weights, talk),
    );
    assertEquals(engine instanceof ScalarEngine, true);
    assertEquals(engine.weights(), weights);
    assertStringIncludes(
      warnings.pop() ?? "",
      `WebAssembly cannot be compiled here (${place.error.message}): using --engine scalar`,
    );
  }
});

const isX64 = Deno.build.arch === "x86_64";

/** Flags of V8 without which the engine cannot run. */
const LESS: readonly { flag: string; what: string; need: Need }[] = [
  { flag: "--jitless", what: "WebAssembly", need: { isMet: true, reason: "" } },
  {
    flag: "--no-enable-ssse3",
    what: "WebAssembly SIMD",
    need: { isMet: isX64, reason: "needs an x86-64 processor, on which V8 can be told so" },
  },
];

for (const { flag, what, need } of LESS) {
  Deno.test(
    needing(need, `microgpt uses the scalar engine where there is no ${what}`),
    async () => {
      const warning =
        `This platform has no ${what}: using --engine scalar, which is slower and computes in f64\n`;
      await withNames(async (dir, names) => {
        const model = `${dir}/m.safetensors`;
        const flags = ["--allow-read", `--allow-write=${dir}`, `--v8-flags=${flag}`];
        const train = [...TINY, "--log-every", "1", names];
        for (
          const argv of [
            train,
            [...train, "--dtype", "f32", "--save", model],
            ["sample", model],
            ["eval", "--per-line", model, names],
          ]
        ) {
          const without = await runProcess(argv, { flags });
          assertEquals([without.code, without.stderr], [0, warning], argv.join(" "));
          const f64 = argv.filter((word) => word !== "--dtype" && word !== "f32");
          const scalar = await runMain([...f64, "--engine", "scalar"]);
          assertEquals(without.stdout, scalar.stdout, argv.join(" "));
        }
      });
    },
  );
}
