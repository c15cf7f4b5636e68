import { assert, assertEquals } from "@std/assert";
import { DTYPES } from "../../../lib/engine.ts";
import { probeFeatures } from "../../../lib/wasm/asm/lanes.ts";
import { emitMachine } from "../../../lib/wasm/machine.ts";
import { type MemoryLayout, memoryLayout } from "../../../lib/wasm/memory/layout.ts";
import { PANEL } from "../../../lib/wasm/memory/panel.ts";
import { type Call, isCallOf, type Program } from "../../../lib/wasm/program.ts";
import { phases } from "../../../lib/wasm/threads/phases.ts";
import { newRandom } from "../../helpers/random.ts";

/** The calls of a program, each once; those for layers as for the first one. */
function callsOf({ steps }: Program): Call[] {
  return steps.flatMap((step) => "kernel" in step ? [step] : step.calls);
}

/** Lines of weights, by address, with what the gradient of each is made of. */
function linesOf(calls: readonly Call[], { size }: MemoryLayout): Map<number, string> {
  const lines = new Map<number, string>();
  for (const call of calls) {
    if (!isCallOf("gradient", call)) continue;
    const { w, dy, x, outBytes, inBytes, ...rest } = call.args;
    const outs = Number(outBytes) / size;
    for (let panel = 0; panel < Number(inBytes) / PANEL; panel++) {
      for (let o = 0; o < outs; o++) {
        const ptr = w.ptr + (panel * outs + o) * PANEL;
        assert(!lines.has(ptr), `the line at ${ptr} is computed twice`);
        const from = { dy: dy.ptr + o * size, x: x.ptr + panel * PANEL };
        const strides = [w.layerStride, dy.stride, dy.layerStride, x.stride, x.layerStride];
        lines.set(ptr, JSON.stringify({ ...from, strides, rest }));
      }
    }
  }
  return lines;
}

Deno.test("phases() gives each line of weights to one thread, with the sums of one thread", () => {
  const random = newRandom("phases");
  for (let i = 0; i < 60; i++) {
    const nHead = 1 + random.randbelow(6), threads = 1 + random.randbelow(i % 10 === 0 ? 64 : 9);
    const nEmbd = nHead * (1 + random.randbelow(12)), blockSize = 1 + random.randbelow(30);
    const config = {
      vocabSize: 2 + random.randbelow(60),
      nLayer: 1 + i % 3,
      nEmbd,
      nHead,
      blockSize,
    };
    for (const dtype of DTYPES) {
      const layout = memoryLayout(config, dtype, threads);
      const all = phases(layout, threads);
      const whole = linesOf(callsOf(all["backward"]!), layout);
      const parts = Array.from(
        { length: threads },
        (_, thread) => linesOf(callsOf(all[`weights${thread}`]!), layout),
      );
      const together = parts.flatMap((part) => [...part]);
      assertEquals(together.length, whole.size, "each line once");
      assertEquals(new Map(together), whole);
      const sizes = parts.map((part) => part.size);
      const shares = callsOf(all["backward"]!).filter((call) => call.kernel === "gradient").length;
      // A unit is as many lines as a vector has numbers.
      assert(Math.max(...sizes) - Math.min(...sizes) <= shares * 16 / layout.size, `${sizes}`);
    }
  }
});

Deno.test("phases() has each call of a step once, apart from gradients in their order", () => {
  const layout = memoryLayout(
    { vocabSize: 27, nLayer: 2, nEmbd: 16, nHead: 4, blockSize: 16 },
    "f64",
    3,
  );
  const all = phases(layout, 3);
  const kernels = (name: string) => callsOf(all[name]!).map(({ kernel }) => kernel);
  const isOfWeights = (kernel: string) => kernel === "gradient" || kernel === "embedBackward";
  assertEquals(
    kernels("rows"),
    ["forward", "loss", "backward"].flatMap(kernels).filter((kernel) => !isOfWeights(kernel)),
  );
  const tables = [0, 1, 2].map((t) => kernels(`weights${t}`).includes("embedBackward"));
  assertEquals(tables, [false, false, true]);
});

Deno.test("phases() makes modules that are valid, and grow by less than 2 kB per thread", () => {
  const config = { vocabSize: 27, nLayer: 3, nEmbd: 20, nHead: 5, blockSize: 16 };
  for (const dtype of DTYPES) {
    const bytesFor = (threads: number) => {
      const layout = memoryLayout(config, dtype, threads);
      const threading = { programs: phases(layout, threads), isShared: true };
      const module = emitMachine(layout, probeFeatures().relaxedMadd, threading);
      assert(WebAssembly.validate(module), `${dtype}, ${threads} threads`);
      return module.length;
    };
    const two = bytesFor(2);
    for (const threads of [3, 7, 64]) assert(bytesFor(threads) < two + 2048 * (threads - 2));
  }
});
