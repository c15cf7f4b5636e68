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
 * head that several lanes share; rows that attention computes together and gradients pack.
 */
const SHAPES: Readonly<Record<string, GptConfig>> = {
  default: DEFAULT,
  odd: { vocabSize: 300, nLayer: 3, nEmbd: 15, nHead: 3, blockSize: 300 },
  wide: { vocabSize: 65, nLayer: 2, nEmbd: 120, nHead: 5, blockSize: 32 },
  packed: { vocabSize: 65, nLayer: 1, nEmbd: 128, nHead: 4, blockSize: 64 },
  "one head": { vocabSize: 65, nLayer: 1, nEmbd: 18, nHead: 1, blockSize: 8 },
};

/**
 * SHA-256 of the modules, with the features named rather than probed: the same on every machine.
 * They prove that a rewrite of the kernels or of the assembler changes no byte. After a deliberate
 * change of what is emitted, check the engine's tests and speed, then copy the hashes that the
 * failing test prints.
 */
const HASHES: Readonly<Record<string, string>> = {
  "default, f64, madd": "9cba6c9d90b2b1ae6281c99daff2c8c8f68bda095113255702d48a157885f9c3",
  "default, f64": "062df696dc2690ee8a13e18c39309a4fc492118606ea89324557835e8a2b6dcc",
  "default, f32, madd": "5c94c2d83aa8fc037ee20ff854cbaf874aa80eed69f9b72da6fcd92a84ddc845",
  "default, f32": "c994470244b3a4f3e2e7af2a43c53cac102a1bafb1bb617b0292b703a9e0d7bc",
  "odd, f64, madd": "06ebc54da56aa4a68fffd0e44620bc2c38012fe8dc69bc65c5ab8941a56309b7",
  "odd, f64": "43151f45059225768fca835c049facd6ca38a015a68114ff585d55f643993665",
  "odd, f32, madd": "632b6954f6be43c4dc563025aad1dd4364ce3a432fb848fcb5bba5e42ea3c59a",
  "odd, f32": "3584a4a950863fe664044c4d3e15af592ee5633b310ccc5a58b47f49d7f31c35",
  "wide, f64, madd": "55ad3eb6d58210d99e2a355351e29b375c676a73dd582ce12c86a36c85f38e23",
  "wide, f64": "be7834a322a739b4dfa14e7f9c14ab443d6389ed172ab40063a8b59a812aabc2",
  "wide, f32, madd": "0333d78cec89fb0687e63b4ee337c655d99bccc322afc43804ba14d74094d394",
  "wide, f32": "1de7e4ecf096da71d9cd3c9d838a6c4e2918ceb961c1744c00d016ce617f72e7",
  "one head, f64, madd": "a7ff6b198f5205f44dd1f6cb84460dc0e2137ecadd845dcf4509b09ebac13940",
  "one head, f64": "1d7984b29fc5267a19bc8b0dbc37f5f728191c976b669ddb282e03798d6dd15a",
  "one head, f32, madd": "5b69f1063688fa2cc062a9458c4d63f0a24b95a5b4170d91a5f4da5990c01dca",
  "one head, f32": "6d0a3f1bb67c3a808958cb0e5fcc455f3a27d572488cf4791e01844628235c1e",
  "packed, f64, madd": "1bc8476b190f6a4cdff567e130117ec7fb2ad1331f083da11add55cd2a865355",
  "packed, f64": "192d8db052f280304cea03db21ffcca0ef9dba9650f5e3c8875942373e2b6684",
  "packed, f32, madd": "7e4e80bcf6465a08433754b0e4da83ab59e8e2fd5aa7ace62805e28a6c28cbf7",
  "packed, f32": "1597fdb976efd50612ded16aeab9adef25d4dd277b8358c6efa9418e26c21601",
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
