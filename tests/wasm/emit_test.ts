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
  "default, f64, madd": "2e25d78d387abdd63595323c7d58c12058d4cd184b5c335d78a7e657910ae5e9",
  "default, f64": "6b1137243abb4653f466b94dca61d0f5802652842542b8090dd7d397544c6369",
  "default, f32, madd": "e53b5a568856fef2b65416f2c510b59796243007ed09c028b653ff2a8ce672d5",
  "default, f32": "5436e2780e5656eea943e5e505da907c1aeb1c74cc6d2e93a503191417c5c49c",
  "odd, f64, madd": "68385aa18937ee553de301f6f4d999b0ba351dc67f9efdfe550a18fff621e8a7",
  "odd, f64": "2b03cb535a26d5898db35372c8269ed3631ae8655afd908ee667d55bb030f1a8",
  "odd, f32, madd": "3479d3771400761214e33f12308997cee10d386a0c28d11f8bffa85342c5a89e",
  "odd, f32": "183960ab6ecc4e0281e35dac8046e140ed31538316df68b79880d4f28d8da715",
  "wide, f64, madd": "50510eac46f5d6ff525c20e952278d47b0bf87ebe7bdafd373df84876395c737",
  "wide, f64": "34c567b8f10ea3f5457ceeb0bccd82567033856aecaec099c0802556a676451e",
  "wide, f32, madd": "7e9929f6476212ba11c870da031eb11829e6c1d41716f7590a5687cca5130ae2",
  "wide, f32": "87b5c56c8c6f092c9ec6dc2a24000bcb129f491897d6e3943a52a97e7439728e",
  "one head, f64, madd": "0f6e88ea2c2da2921dccc8b5d59d79da1ca3a817d4cdd693a441f424b167f205",
  "one head, f64": "b535ddd9aae1f5a53f44903c87edf87b3c065b90a5f00618d0b1bba118285bb7",
  "one head, f32, madd": "04d4f15bbf8e0cdf4dfae9f7941d11379aec027ad6eb3b1bd8e6af64de1523b6",
  "one head, f32": "7e8e7c5030eb44377a26a1aacfa8de2d39e1bfd91f975e97a4468e197596bed6",
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
