import { assert, assertEquals } from "@std/assert";
import { DTYPES } from "../../lib/engine.ts";
import type { GptConfig } from "../../lib/config.ts";
import { probeFeatures } from "../../lib/wasm/asm/lanes.ts";
import { memoryLayout } from "../../lib/wasm/memory/layout.ts";
import { emitMachine, plainMachine, wasmMachine } from "../../lib/wasm/machine.ts";
import { newRandom } from "../helpers/random.ts";

const DEFAULT: GptConfig = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 };
const { relaxedMadd } = probeFeatures();

Deno.test("emitMachine() writes modules that are valid, for any shape", () => {
  const random = newRandom("shapes");
  const configs = [DEFAULT];
  for (let headDim = 1; headDim <= 26; headDim++) {
    for (const nHead of [1, 2, 3, 4, 5, 8]) {
      configs.push({ ...DEFAULT, nEmbd: headDim * nHead, nHead });
    }
  }
  for (let i = 0; i < 50; i++) {
    const nHead = 1 + random.randbelow(20);
    configs.push({
      vocabSize: 1 + random.randbelow(1000),
      nLayer: 1 + random.randbelow(5),
      nEmbd: nHead * (1 + random.randbelow(30)),
      nHead,
      blockSize: 1 + random.randbelow(1000),
    });
  }
  for (const config of configs) {
    for (const dtype of DTYPES) {
      const layout = memoryLayout(config, dtype);
      for (const hasRelaxedMadd of relaxedMadd ? [false, true] : [false]) {
        const module = emitMachine(layout, hasRelaxedMadd);
        const what = `${dtype}, madd ${hasRelaxedMadd}, ${JSON.stringify(config)}`;
        assert(WebAssembly.validate(module), what);
      }
    }
  }
});

for (const dtype of DTYPES) {
  for (const hasRelaxedMadd of [false, true]) {
    const how = `${dtype}, ${hasRelaxedMadd ? "with" : "without"} relaxed madd`;
    Deno.test(`emitMachine() writes at most 16 kB for the default model: ${how}`, () => {
      const { length } = emitMachine(memoryLayout(DEFAULT, dtype), hasRelaxedMadd);
      assert(length <= 16_384, `${length} bytes`);
    });
  }

  Deno.test(`wasmMachine() and plainMachine() have the same programs and memory: ${dtype}`, () => {
    const layout = memoryLayout(DEFAULT, dtype), { bytes } = layout;
    const wasm = wasmMachine(layout), plain = plainMachine(layout);
    for (const name of Object.keys(plain)) assert(name in wasm, name);
    const { byteLength } = wasm.memory.reals;
    assertEquals(byteLength, plain.memory.reals.byteLength);
    assert(byteLength >= bytes && byteLength < bytes + 65_536);
  });
}

Deno.test("emitMachine() uses relaxed instructions only if it may", () => {
  // 0xFD, then 0x105 or 0x107 in LEB128: not what any other part of a module looks like by accident.
  const count = (module: Uint8Array) =>
    module.filter((byte, i) =>
      byte === 0xfd && (module[i + 1] === 0x85 || module[i + 1] === 0x87) && module[i + 2] === 0x02
    ).length;
  for (const dtype of DTYPES) {
    const layout = memoryLayout(DEFAULT, dtype);
    assertEquals(count(emitMachine(layout, false)), 0);
    assert(count(emitMachine(layout, true)) > 100);
  }
});

/**
 * The default model; heads that do not fill a vector, in several layers; heads of several blocks; a
 * head that several lanes share.
 */
const SHAPES: Readonly<Record<string, GptConfig>> = {
  default: DEFAULT,
  odd: { vocabSize: 300, nLayer: 3, nEmbd: 15, nHead: 3, blockSize: 300 },
  wide: { vocabSize: 65, nLayer: 2, nEmbd: 120, nHead: 5, blockSize: 32 },
  "one head": { vocabSize: 65, nLayer: 1, nEmbd: 18, nHead: 1, blockSize: 8 },
};

/**
 * SHA-256 of the modules, with the features named rather than probed: the same on every machine.
 * They prove that a rewrite of the kernels or of the assembler changes no byte. After a deliberate
 * change of what is emitted, check the engine's tests and speed, then copy the hashes that the
 * failing test prints.
 */
const HASHES: Readonly<Record<string, string>> = {
  "default, f64, madd": "c5aab2295874ba7697082e232401adad61cb7289dc9d674adb2716120ff9bbf0",
  "default, f64": "7f9e18eff847755798dde28132ff90ea52c9e5d3ba6b8fa49c3ea13ce6344d6d",
  "default, f32, madd": "03b940f229d3a2ce49245dee835e9de13289a7a57971a1c310a9378402fdab9b",
  "default, f32": "bd69e0f8e359f46f4f47da7cf9a5ee80ade0d1c44681581f02b8f6365de3da89",
  "odd, f64, madd": "425072f9d3a6dd745fee899d1d9537c96ae7976ccbd83cd1106e0395439d9803",
  "odd, f64": "88ccb25d43ce2f44cc64d9d3695e747ea186d1a76786f11ac62891988315fc9b",
  "odd, f32, madd": "8d6f17bc71be7bf8f5331ccded976059822a7f612911702075ad54bb0c4d27d0",
  "odd, f32": "7048d54a3321b137c9d0e798280ce3892730246c6389e563e9243f9280d4b076",
  "wide, f64, madd": "9011df98199a9fcab9a8d436e1570846526278fef93188edae3012cc8c798bb7",
  "wide, f64": "651e9e01eaae6e74511a51285292c191549a4a6b0b769079d5f38025011f91e8",
  "wide, f32, madd": "c9fde501807d79b9db8d8e2bc5ad2c528cbca7ab51fa29dafcd3e610883ea29b",
  "wide, f32": "f64630ce26b9bdca0b5aadb76d98017f85ca89b8445a28d48b8fef27b6248405",
  "one head, f64, madd": "a2dfcc6a01117355f0b548e94cc8a6467221a8fcb5e034dcfbc250ae3e9dadaa",
  "one head, f64": "bf76a623df76ce277a59a8387e81d5a49d30e8f685f3fc74454c2eafd4272c35",
  "one head, f32, madd": "d80e04cc4da7e7c39f8b0dab0db75222505c9fdd472dfa3ffc6bb275f482b908",
  "one head, f32": "b9004655ea5eee2c5eaf2cf7f0b04983fcc5d79e495c6ad6ad66e72156dfaa72",
};

Deno.test("emitMachine(): pins the emitted bytes", async () => {
  const found: Record<string, string> = {};
  for (const [name, config] of Object.entries(SHAPES)) {
    for (const dtype of DTYPES) {
      for (const hasRelaxedMadd of [true, false]) {
        const module = emitMachine(memoryLayout(config, dtype), hasRelaxedMadd);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", module));
        found[`${name}, ${dtype}${hasRelaxedMadd ? ", madd" : ""}`] = digest.toHex();
      }
    }
  }
  assertEquals(found, HASHES);
});

Deno.test("emitMachine() writes hardly more for many layers than for two", () => {
  const bytesFor = (nLayer: number) =>
    emitMachine(memoryLayout({ ...DEFAULT, nLayer }, "f64"), relaxedMadd).length;
  assert(bytesFor(1000) < bytesFor(2) + 200); // larger addresses take more bytes
});
