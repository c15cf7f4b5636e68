import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  assertFits,
  createEngine,
  ENGINE_NAMES,
  type EngineName,
  NoWasmError,
  type NumThreads,
} from "../lib/create_engine.ts";
import { Microgpt } from "../lib/microgpt.ts";
import { type Dtype, DTYPES } from "../lib/engine.ts";
import { type GptConfig, initWeights } from "../lib/config.ts";
import { Random } from "../lib/random.ts";
import { ScalarEngine } from "../lib/scalar_engine.ts";
import { WasmEngine } from "../lib/wasm/wasm_engine.ts";
import { assertFails, assertFailsLater } from "./helpers/assert.ts";
import { FORBIDDEN, withoutCompiler } from "./helpers/no_wasm.ts";
import { ROOT } from "./helpers/paths.ts";

const CONFIG: GptConfig = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 };
const WEIGHTS = initWeights(CONFIG, new Random(42));

Deno.test("createEngine() makes the engine with the name", () => {
  assertEquals(ENGINE_NAMES, ["wasm", "scalar"]);
  const wasm = createEngine("wasm", CONFIG, WEIGHTS);
  assert(wasm instanceof WasmEngine);
  assertEquals(wasm.dtype, "f64");
  for (const dtype of DTYPES) {
    const engine = createEngine("wasm", CONFIG, WEIGHTS, dtype);
    assert(engine instanceof WasmEngine);
    assertEquals(engine.dtype, dtype);
  }
  assert(createEngine("scalar", CONFIG, WEIGHTS) instanceof ScalarEngine);
  assert(createEngine("scalar", CONFIG, WEIGHTS, "f64") instanceof ScalarEngine);
});

Deno.test("createEngine() keeps the sizes, not the caller's object", () => {
  for (const name of ENGINE_NAMES) {
    const config = { ...CONFIG };
    const engine = createEngine(name, config, WEIGHTS);
    config.nEmbd = 99;
    assertEquals(engine.config, CONFIG);
  }
});

Deno.test("createEngine() makes an engine with threads, and does without where there are none", async () => {
  const batch = [[2, 0, 1, 2], [2, 1, 2], [2, 2]];
  for (const dtype of DTYPES) {
    const loss = createEngine("wasm", CONFIG, WEIGHTS, dtype).step(batch, 0.01);
    for (const threads of [undefined, 1, 2, "auto"] as const) {
      const options = threads === undefined ? {} : { threads };
      using engine = await createEngine("wasm", CONFIG, WEIGHTS, dtype, options);
      assert(engine instanceof WasmEngine && engine.dtype === dtype);
      assertEquals(engine.step(batch, 0.01), loss, `${threads} threads`);
    }
  }
  using scalar = await createEngine("scalar", CONFIG, WEIGHTS, "f64", { threads: 2 });
  assert(scalar instanceof ScalarEngine);
});

Deno.test("createEngine() rejects a number of threads that cannot be, and what it throws without", async () => {
  for (const threads of [0, -1, 1.5, NaN, Infinity, 65, "2", "all", null]) {
    await assertRejects(
      () => createEngine("wasm", CONFIG, WEIGHTS, "f64", { threads: threads as number }),
      RangeError,
      "Cannot create the engine: threads must be an integer from 1 to 64, or auto: it is",
    );
  }
  await assertRejects(
    () => createEngine("wasm", CONFIG, WEIGHTS, "f64", { threads: "2" as "auto" }),
    RangeError,
    'it is "2"',
  );
  const make = (config: GptConfig, weights: Float64Array, dtype: Dtype) => () =>
    createEngine("wasm", config, weights, dtype, { threads: 2 });
  await assertRejects(make(CONFIG, WEIGHTS, "f16" as Dtype), RangeError, "no precision f16");
  await assertRejects(make(CONFIG, WEIGHTS.slice(1), "f64"), TypeError, "weights are given");
  await assertRejects(make({ ...CONFIG, nHead: 3 }, WEIGHTS, "f64"), RangeError, "divisible");
  const huge = { ...CONFIG, vocabSize: 2 ** 27 };
  await assertRejects(make(huge, WEIGHTS, "f64"), RangeError, "at most 4 GB can be addressed");
});

Deno.test("createEngine() takes one thread for auto where several need too much memory", async () => {
  const config = { vocabSize: 2, nLayer: 1000, nEmbd: 64, nHead: 4, blockSize: 16 };
  assertFits("wasm", config);
  const make = (threads: NumThreads) => () => createEngine("wasm", config, [], "f64", { threads });
  await assertRejects(make(2), RangeError, "at most 4 GB can be addressed");
  await assertRejects(make("auto"), TypeError, "0 weights are given"); // it gets as far as that
});

Deno.test("createEngine() throws on a name or a precision that it does not know", () => {
  assertFails(
    () => createEngine("gpu" as EngineName, CONFIG, WEIGHTS),
    RangeError,
    "Cannot create the engine: there is no gpu: there are wasm, scalar",
  );
  assertFails(
    () => createEngine("scalar", CONFIG, WEIGHTS, "f32"),
    RangeError,
    "Cannot create the engine: scalar computes in f64: f32 is asked for",
  );
});

Deno.test("createEngine() throws a RangeError on a precision that is none", () => {
  for (const dtype of ["f16", "F64", "", { dtype: "f64" }, null]) {
    const make = () => createEngine("wasm", CONFIG, WEIGHTS, dtype as Dtype);
    assertThrows(make, RangeError, "there is no precision");
  }
});

for (const place of FORBIDDEN) {
  Deno.test(`createEngine() says which engine runs in ${place.name}`, async () => {
    const message = `Cannot create the engine: WebAssembly cannot be compiled here ` +
      `(${place.error.message}): use engine: "scalar", which is slow but needs none`;
    const make = (name: EngineName) => () => createEngine(name, CONFIG, WEIGHTS);
    withoutCompiler(place, () => {
      assertFails(make("wasm"), NoWasmError, message);
      assert(make("scalar")() instanceof ScalarEngine);
    });
    assert(make("wasm")() instanceof WasmEngine);
    const later = withoutCompiler(place, () => Microgpt.train(["ab"], { numSteps: 1 }));
    await assertFailsLater(() => later, NoWasmError, message);
  });
}

Deno.test("createEngine() says which engine runs without WebAssembly", async () => {
  const script = `import { Microgpt } from "${ROOT}/lib/mod.ts";
    const train = (engine) => Microgpt.train(["ab"], { numSteps: 1, engine });
    console.log(await train("wasm").catch(String), (await train("scalar")).generate !== undefined);`;
  const args = ["eval", "--config", `${ROOT}/deno.json`, "--v8-flags=--jitless", script];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(
    new TextDecoder().decode(stdout),
    "NoWasmError: Cannot create the engine: this platform has no WebAssembly: " +
      'use engine: "scalar", which is slow but needs none true\n',
  );
});

const HELD = "the scalar engine can hold at most 1000000: lower nEmbd, nLayer or blockSize";

/** Models that are too large, and what is said about them. */
const TOO_LARGE: readonly {
  name: EngineName;
  sizes: Partial<GptConfig>;
  dtype: Dtype;
  what: string;
}[] = [
  {
    name: "wasm",
    sizes: { nEmbd: 4096 },
    dtype: "f64",
    what: "it needs 6.2 GB: at most 4 GB can be addressed: lower nEmbd or nLayer, or take f32",
  },
  {
    name: "wasm",
    sizes: { nEmbd: 8192 },
    dtype: "f32",
    what: "it needs 12.2 GB: at most 4 GB can be addressed: lower nEmbd or nLayer",
  },
  {
    name: "wasm",
    sizes: { vocabSize: 2 ** 40 },
    dtype: "f64",
    what: "it needs 3162112.0 GB: at most 4 GB can be addressed: lower vocabSize",
  },
  {
    name: "scalar",
    sizes: { nEmbd: 1024 },
    dtype: "f64",
    what: `it has 12654592 parameters: ${HELD}`,
  },
  {
    name: "scalar",
    sizes: { vocabSize: 31_147 },
    dtype: "f64",
    what: `it has 1000032 parameters: ${HELD}`,
  },
];

for (const { name, sizes, dtype, what } of TOO_LARGE) {
  Deno.test(`createEngine() throws on a model too large for ${name}: ${JSON.stringify(sizes)}`, () => {
    const message = `Cannot create the model: ${what}`;
    const config = { ...CONFIG, ...sizes };
    assertFails(() => assertFits(name, config, dtype), RangeError, message);
    // No weights are looked at, so none need be made: there would be no memory for them.
    assertFails(() => createEngine(name, config, [], dtype), RangeError, message);
  });
}

Deno.test("assertFits() lets through what fits", () => {
  assertFits("scalar", { ...CONFIG, vocabSize: 31_146 }); // 1,000,000 parameters
  assertFits("wasm", { ...CONFIG, nEmbd: 64 });
  assertFits("wasm", { ...CONFIG, nEmbd: 2048 });
  assertFits("wasm", { ...CONFIG, nEmbd: 4096 }, "f32");
  assertFits("wasm", { ...CONFIG, vocabSize: 50_000 });
});

Deno.test("assertFits() throws on sizes of no model", () => {
  for (const name of ENGINE_NAMES) {
    assertFails(
      () => assertFits(name, { ...CONFIG, nHead: 3 }),
      RangeError,
      "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 16, nHead is 3",
    );
  }
});
