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
    assertEquals(wasm.memory.byteLength, plain.memory.byteLength);
    assert(wasm.memory.byteLength >= bytes && wasm.memory.byteLength < bytes + 65_536);
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

Deno.test("emitMachine() writes hardly more for many layers than for two", () => {
  const bytesFor = (nLayer: number) =>
    emitMachine(memoryLayout({ ...DEFAULT, nLayer }, "f64"), relaxedMadd).length;
  assert(bytesFor(1000) < bytesFor(2) + 200); // larger addresses take more bytes
});
