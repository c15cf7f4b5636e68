import { assert, assertEquals } from "@std/assert";
import { DTYPES } from "../../lib/engine.ts";
import type { GptConfig } from "../../lib/model.ts";
import { emitKernels, plainMachine, wasmMachine } from "../../lib/wasm/kernels.ts";
import { probeFeatures } from "../../lib/wasm/lanes.ts";
import { memoryLayout } from "../../lib/wasm/layout.ts";
import { newRandom } from "../_random.ts";

const DEFAULT: GptConfig = { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 };
const { relaxedMadd } = probeFeatures();

Deno.test("emitKernels() writes modules that are valid, for any shape", () => {
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
      const { attention, bytes } = memoryLayout(config, dtype);
      for (const hasRelaxedMadd of relaxedMadd ? [false, true] : [false]) {
        const module = emitKernels(dtype, attention, bytes, hasRelaxedMadd);
        const what = `${dtype}, madd ${hasRelaxedMadd}, ${JSON.stringify(config)}`;
        assert(WebAssembly.validate(module), what);
      }
    }
  }
});

for (const dtype of DTYPES) {
  for (const hasRelaxedMadd of [false, true]) {
    const how = `${dtype}, ${hasRelaxedMadd ? "with" : "without"} relaxed madd`;
    Deno.test(`emitKernels() writes at most 16 kB for the default model: ${how}`, () => {
      const { attention, bytes } = memoryLayout(DEFAULT, dtype);
      const { length } = emitKernels(dtype, attention, bytes, hasRelaxedMadd);
      assert(length <= 16_384, `${length} bytes`);
    });
  }

  Deno.test(`wasmMachine() and plainMachine() have the same kernels and memory: ${dtype}`, () => {
    const { attention, bytes } = memoryLayout(DEFAULT, dtype);
    const wasm = wasmMachine(dtype, attention, bytes);
    const plain = plainMachine(dtype, attention, bytes);
    assertEquals(Object.keys(wasm.kernels).sort(), Object.keys(plain.kernels).sort());
    assertEquals(wasm.memory.byteLength, plain.memory.byteLength);
    assert(wasm.memory.byteLength >= bytes && wasm.memory.byteLength < bytes + 65_536);
  });
}

Deno.test("emitKernels() uses relaxed instructions only if it may", () => {
  // 0xFD, then 0x105 or 0x107 in LEB128: not what any other part of a module looks like by accident.
  const count = (module: Uint8Array) =>
    module.filter((byte, i) =>
      byte === 0xfd && (module[i + 1] === 0x85 || module[i + 1] === 0x87) && module[i + 2] === 0x02
    ).length;
  for (const dtype of DTYPES) {
    const { attention, bytes } = memoryLayout(DEFAULT, dtype);
    assertEquals(count(emitKernels(dtype, attention, bytes, false)), 0);
    assert(count(emitKernels(dtype, attention, bytes, true)) > 100);
  }
});
