import { assertEquals } from "@std/assert";
import { KERNELS, plainKernels } from "../../../lib/wasm/kernels/kernels.ts";
import { memoryLayout } from "../../../lib/wasm/memory/layout.ts";
import type { Bytes, Count } from "../../../lib/wasm/memory/place.ts";
import { Views } from "../../../lib/wasm/memory/views.ts";
import { call, programs } from "../../../lib/wasm/program.ts";

const CONFIG = { vocabSize: 27, nLayer: 2, nEmbd: 16, nHead: 4, blockSize: 16 };
const MEMORY = memoryLayout(CONFIG, "f64");

Deno.test("programs() gives each kernel just its parameters", () => {
  for (const { steps } of Object.values(programs(MEMORY))) {
    for (const { kernel, args } of steps.flatMap((s) => "kernel" in s ? [s] : s.calls)) {
      const names = Object.keys(KERNELS[kernel].params).sort();
      assertEquals(Object.keys(args).sort(), names, kernel);
    }
  }
});

Deno.test("call() takes no arguments that have changed places", () => {
  // Checked by the compiler: an error that is expected and does not come is one.
  const { embedded, start, tokens, positions, parameters: { wte, wpe, lmHead }, grads } = MEMORY;
  const { y, scales } = start, { width, stride } = y, c: Count = CONFIG.nEmbd;
  const embed = { x: embedded, wte, wpe, tokens, positions, n: "n", width } as const;
  call("embed", embed);
  // @ts-expect-error a width is not a count
  call("embed", { ...embed, n: width });
  // @ts-expect-error a count is not a width
  call("embed", { ...embed, width: "n" });
  // @ts-expect-error a place is not a matrix of rows
  call("embed", { ...embed, x: wte, wte: embedded });
  // @ts-expect-error a number is not a place
  call("embed", { ...embed, wte: 0 });
  const rmsnorm = { y, x: embedded, scales, stride, n: "n", width, c } as const;
  call("rmsnorm", rmsnorm);
  // @ts-expect-error numbers of the mean are counted, widths are in bytes
  call("rmsnorm", { ...rmsnorm, width: c, c: width });
  // @ts-expect-error one is missing
  call("rmsnorm", { y, x: embedded, scales, stride, n: "n", width });
  const { inBytes, outBytes } = lmHead, region: Bytes = MEMORY.parameters.length;
  const scratch = MEMORY.packed;
  const gradient = { w: lmHead, region, dy: y, x: y, n: "n", inBytes, outBytes, scratch } as const;
  call("gradient", { ...gradient, step: "step" });
  // @ts-expect-error a step of Adam is not a length
  call("gradient", { ...gradient, region: "step", step: "length" });
  // @ts-expect-error a region is a place, its length is in bytes
  call("gradient", { ...gradient, region: grads, step: "step" });
});

Deno.test("kernels take no arguments that have changed places", () => {
  // Likewise; on a memory of no bytes they do nothing.
  const kernels = plainKernels(new Views(new ArrayBuffer(0), "f64"), MEMORY.attention);
  const { start: { y, scales }, embedded } = MEMORY, { width, stride } = y;
  const n: Count = 3, c: Count = CONFIG.nEmbd, ptrs = { scales: scales.ptr, x: embedded.ptr };
  kernels.rmsnorm({ y: y.ptr, ...ptrs, stride, n, width, c });
  // @ts-expect-error a width is not a count
  kernels.rmsnorm({ y: y.ptr, ...ptrs, stride, n: width, width: n, c });
  // @ts-expect-error a stride is not an address
  kernels.rmsnorm({ y: stride, ...ptrs, stride: y.ptr, n, width, c });
});
