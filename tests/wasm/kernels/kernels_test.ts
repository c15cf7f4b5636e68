/** Each kernel beside its twin in plain TypeScript, on memory full of random numbers. */

import { assert, assertEquals } from "@std/assert";
import { type Dtype, DTYPES } from "../../../lib/engine.ts";
import type { Random } from "../../../lib/random.ts";
import { lanes, probeFeatures } from "../../../lib/wasm/asm/lanes.ts";
import { ModuleBuilder } from "../../../lib/wasm/asm/module.ts";
import { type AdamStep, addKernel } from "../../../lib/wasm/kernels/kernel.ts";
import {
  type KernelName,
  KERNELS,
  type Kernels,
  plainKernels,
} from "../../../lib/wasm/kernels/kernels.ts";
import { NO_STEP } from "../../../lib/wasm/kernels/gradient.ts";
import { EPILOGUE } from "../../../lib/wasm/kernels/matmul.ts";
import { NO_LOGIT } from "../../../lib/wasm/kernels/softmax.ts";
import { type AttentionShape, attentionShape } from "../../../lib/wasm/memory/attention_shape.ts";
import { roundUp } from "../../../lib/wasm/memory/panel.ts";
import type { Strided } from "../../../lib/wasm/memory/place.ts";
import { type RealArray, Views } from "../../../lib/wasm/memory/views.ts";
import { newRandom } from "../../helpers/random.ts";
import { wasmKernels } from "../../helpers/wasm_kernels.ts";

const { relaxedMadd } = probeFeatures();

/** The number of numbers in the memories of these tests; other pages are not looked at. */
const PAGES = 4;
const BYTES = PAGES * 65_536;

/** A kernel and its twin, each with a memory. */
interface Twins {
  readonly dtype: Dtype;
  /** The size of a number. */
  readonly size: number;
  readonly wasm: { readonly kernels: Kernels; readonly memory: RealArray };
  readonly plain: { readonly kernels: Kernels; readonly memory: RealArray };
}

function newTwins(
  dtype: Dtype,
  hasRelaxedMadd: boolean,
  attention: AttentionShape,
  names = Object.keys(KERNELS) as readonly KernelName[], // its keys
  packsRows = false,
): Twins {
  const module = new ModuleBuilder();
  for (const name of names) {
    const r = lanes(dtype, hasRelaxedMadd);
    addKernel(module, name, KERNELS[name], r, { attention, packsRows });
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes(PAGES)));
  const { buffer } = exports["memory"] as WebAssembly.Memory; // every module exports it
  const plain = new Views(new ArrayBuffer(BYTES), dtype);
  return {
    dtype,
    size: dtype === "f64" ? 8 : 4,
    wasm: {
      kernels: wasmKernels(exports),
      memory: new Views(buffer, dtype).reals,
    },
    plain: { kernels: plainKernels(plain, attention), memory: plain.reals },
  };
}

/** The shape of attention's rows for a number of heads and their size, with gaps between rows. */
function shapeOf(size: number, nHead: number, headDim: number, blockSize: number): AttentionShape {
  const config = { vocabSize: 1, nLayer: 1, nEmbd: nHead * headDim, nHead, blockSize };
  const shape = attentionShape(config, size), { section } = shape;
  return { ...shape, qkvStride: 3 * section + 64, outStride: section + 128 };
}

/** Hands out pieces of memory one behind the other, with gaps that nobody may write to. */
class Pieces {
  #top = 64;

  take(bytes: number): number {
    const ptr = this.#top;
    this.#top = roundUp(ptr + bytes, 64) + 64;
    if (this.#top > BYTES) throw new RangeError(`The tests have ${BYTES} bytes of memory only`);
    return ptr;
  }
}

/** A matrix whose rows are `stride` bytes apart. */
const rows = (ptr: number, stride: number): Strided => ({ ptr, stride });

/** One comparison. */
interface Comparison {
  /** Puts what the kernel expects into memory that is full of normal numbers. */
  readonly prepare?: (memory: RealArray, integers: Int32Array) => void;
  readonly call: (kernels: Kernels) => void;
  /** The number of numbers that are added up for a result; 0: the results are the same to the bit. */
  readonly terms: number;
  /** The size of sums that may not be among the results: an epilogue can cut them off. */
  readonly scale?: number;
  /** Bytes that the kernel may write and its twin does not. */
  readonly ignore?: readonly { readonly ptr: number; readonly bytes: number }[];
  /** The thing that is compared, for the message. */
  readonly what: string;
}

/**
 * Fails unless a kernel leaves its memory as its twin does, all of it: a vector that the twin does
 * not touch is the same to the bit; the rest is off by two roundings, the kernel's and the twin's,
 * of the largest number that is written, for each number that is added up.
 *
 * A vector and not a number: one in some million numbers is written as it was before, such as a
 * second moment in f32 whose gradient makes up for its decay, and the kernel's may be off by one.
 */
function compare(
  { dtype, size, wasm, plain }: Twins,
  random: Random,
  comparison: Comparison,
): void {
  const { prepare, call, terms, scale = 0, ignore = [], what } = comparison;
  // A long list of random numbers, begun at another place each time.
  const numbers = NORMAL[dtype];
  const start = random.randbelow(numbers.length);
  plain.memory.set(numbers.subarray(start));
  plain.memory.set(numbers.subarray(0, start), numbers.length - start);
  prepare?.(plain.memory, new Int32Array(plain.memory.buffer));
  wasm.memory.set(plain.memory);
  for (const { ptr, bytes } of ignore) {
    for (const memory of [wasm.memory, plain.memory]) {
      memory.fill(0, ptr / size, (ptr + bytes) / size);
    }
  }
  const before = BEFORE[dtype];
  before.set(plain.memory);
  call(wasm.kernels);
  call(plain.kernels);
  for (const { ptr, bytes } of ignore) {
    for (const memory of [wasm.memory, plain.memory]) {
      memory.fill(0, ptr / size, (ptr + bytes) / size);
    }
  }
  const written = differences(plain.memory, before);
  if (written.length === 0) throw new Error(`${what}: the twin has written nothing`);
  const largest = written.reduce((max, i) => {
    const magnitude = Math.abs(plain.memory[i]!); // in bounds, here and below
    return magnitude < 1e20 ? Math.max(max, magnitude) : max; // not the -1e30 of padding
  }, scale);
  const tolerance = 2 * terms * largest * (dtype === "f64" ? 2 ** -53 : 2 ** -24);
  const lanes = 16 / size;
  const touched = new Set(written.map((i) => i - i % lanes)); // where vectors begin
  for (const i of differences(wasm.memory, plain.memory)) {
    const found = wasm.memory[i]!, expected = plain.memory[i]!;
    if (Object.is(found, expected)) continue; // NaN of other bits
    const room = touched.has(i - i % lanes) ? tolerance : 0;
    if (!(Math.abs(found - expected) <= room)) {
      throw new Error(
        `${what}: at byte ${i * size} there is ${found}, not ${expected}, before it was ` +
          `${before[i]}: at most ${room} is allowed`,
      );
    }
  }
}

/** The indices at which numbers differ in a bit, by words of 32 of them, which is fast. */
function differences(a: RealArray, b: RealArray): number[] {
  const [x, y] = [new Int32Array(a.buffer), new Int32Array(b.buffer)];
  const words = a.BYTES_PER_ELEMENT / 4;
  const found: number[] = [];
  for (let w = 0; w < x.length; w++) { // as long as y
    if (x[w] === y[w]) continue;
    const i = Math.floor(w / words);
    if (found.at(-1) !== i) found.push(i);
  }
  return found;
}

const SEEDED = newRandom("the memory of the kernels' tests");
const NORMAL = {
  f64: new Float64Array(BYTES / 8).map(() => SEEDED.gauss()),
  f32: new Float32Array(BYTES / 4).map(() => SEEDED.gauss()),
};
const BEFORE = { f64: NORMAL.f64.slice(), f32: NORMAL.f32.slice() };

const ROWS = [1, 2, 3, 7, 16];
const WIDTHS = [64, 128, 192, 320]; // one panel, two, three and five
const EXTRA = [0, 64, 192]; // what a stride has more than the width

/** Sets rows to integers: a token, a target, a position for each. */
function setIntegers(integers: Int32Array, ptr: number, values: readonly number[]): void {
  integers.set(values, ptr / 4);
}

/** The positions of `n` rows, in which one document of some `length` follows on the other. */
function randomPositions(random: Random, n: number, length = 4): number[] {
  const positions = [0];
  while (positions.length < n) {
    positions.push(random.randbelow(length) === 0 ? 0 : positions.at(-1)! + 1); // there is one
  }
  return positions;
}

for (const dtype of DTYPES) {
  for (const hasRelaxedMadd of [false, true]) {
    runKernelTests(dtype, hasRelaxedMadd);
  }
}

function runKernelTests(dtype: Dtype, hasRelaxedMadd: boolean): void {
  const isMissing = hasRelaxedMadd && !relaxedMadd;
  const how = `${dtype}, ${hasRelaxedMadd ? "with" : "without"} relaxed madd`;
  const reason = isMissing ? " (this platform has no relaxed SIMD)" : "";
  const size = dtype === "f64" ? 8 : 4;
  const anyShape = shapeOf(size, 4, 4, 16);
  const twins = isMissing ? undefined : newTwins(dtype, hasRelaxedMadd, anyShape);

  const test = (name: string, body: (twins: Twins, random: Random) => void) =>
    Deno.test({
      name: `${name}: ${how}${reason}`,
      ignore: twins === undefined,
      fn: () => body(twins!, newRandom(`${name}, ${how}`)), // ignored otherwise
    });

  for (const kernel of ["linear", "linearBackward"] as const) {
    for (const [name, epilogue] of Object.entries(EPILOGUE)) {
      test(`${kernel} with epilogue ${name} is its twin`, (twins, random) => {
        for (const n of ROWS) {
          for (const depth of WIDTHS) {
            for (const width of WIDTHS) {
              const [xStride, yStride, eStride] = [depth, width, width]
                .map((w) => w + EXTRA[random.randbelow(3)]!) as [number, number, number]; // one each
              const pieces = new Pieces();
              const x = pieces.take((n + 1) * xStride), y = pieces.take((n + 1) * yStride);
              const e = pieces.take((n + 1) * eStride), w = pieces.take(width / size * depth);
              compare(twins, random, {
                what: `n ${n}, depth ${depth}, width ${width}, strides ${[
                  xStride,
                  yStride,
                  eStride,
                ]}`,
                call: (k) =>
                  k[kernel]({
                    y: rows(y, yStride),
                    x: rows(x, xStride),
                    w,
                    e: rows(e, eStride),
                    n,
                    depth,
                    width,
                    epilogue,
                  }),
                terms: depth / size + 2,
                scale: Math.sqrt(depth / size), // sums of so many products of normal numbers
                ignore: n % 2 === 1 ? [{ ptr: y + n * yStride, bytes: width }] : [],
              });
            }
          }
        }
      });
    }

    test(`${kernel} reads one row of E for all if its stride is 0`, (twins, random) => {
      const n = 5, depth = 128, width = 192;
      const pieces = new Pieces();
      const x = pieces.take(6 * depth), y = pieces.take(6 * width);
      const e = pieces.take(width), w = pieces.take(width / size * depth);
      compare(twins, random, {
        what: kernel,
        call: (k) =>
          k[kernel]({
            y: rows(y, width),
            x: rows(x, depth),
            w,
            e: rows(e, 0),
            n,
            depth,
            width,
            epilogue: EPILOGUE.add,
          }),
        terms: depth / size + 2,
        ignore: [{ ptr: y + n * width, bytes: width }],
      });
    });

    test(`${kernel} with epilogues relu and mask at 0, -0, infinity and NaN`, (twins, random) => {
      const width = 64, pieces = new Pieces();
      const x = pieces.take(3 * width), y = pieces.take(3 * width);
      const e = pieces.take(3 * width), w = pieces.take(width / size * width);
      const special = [0, -0, 1e-30, -1e-30, Infinity, -Infinity, 5, -5];
      for (const epilogue of [EPILOGUE.relu, EPILOGUE.mask]) {
        compare(twins, random, {
          what: `epilogue ${epilogue}`,
          prepare: (memory) => {
            const N = width / size;
            memory.fill(0, x / size, x / size + 2 * N);
            memory[x / size] = 1;
            memory.fill(0, w / size, w / size + N * N);
            if (epilogue === EPILOGUE.relu) {
              // y = w[.][0] forwards, w[0][.] backwards: finite, for 0 · Infinity is NaN
              for (let j = 0; j < N; j++) {
                const at = kernel === "linear" ? j * N : j;
                memory[w / size + at] = [0, -0, 1e-30, -1e-30, 3, -3][j % 6]!; // 6 of them
              }
            } else {
              for (let j = 0; j < N; j++) {
                const at = kernel === "linear" ? j * N : j;
                memory[w / size + at] = 1 + j;
                for (let row = 0; row < 2; row++) memory[e / size + row * N + j] = special[j % 8]!; // 8 of them
              }
            }
          },
          call: (k) => {
            const [Y, X, E] = [rows(y, width), rows(x, width), rows(e, width)];
            k[kernel]({ y: Y, x: X, w, e: E, n: 2, depth: width, width, epilogue });
          },
          terms: 0,
        });
      }
    });
  }

  for (const isUpdate of [true, false]) {
    const what = isUpdate ? "updating" : "adding up";
    const step = isUpdate ? { scale: 0.01, offset: 0.5 } : NO_STEP;
    test(`gradient is its twin, ${what}`, (twins, random) => {
      for (const n of ROWS) {
        for (const out of WIDTHS) {
          for (const in_ of WIDTHS) compareGradient(twins, random, n, out, in_, step);
        }
      }
    });

    test(`gradient is its twin, ${what}, where it packs rows`, (_, random) => {
      const twins = newTwins(dtype, hasRelaxedMadd, anyShape, ["gradient"], true);
      for (const n of [1, 63, 64, 65]) { // packed from 64 on
        for (const [out, in_] of [[64, 64], [320, 192], [1024, 64], [1088, 64]] as const) { // 1,024 at a time
          compareGradient(twins, random, n, out, in_, step);
        }
      }
    });
  }

  test("adam is its twin, and sets gradients to 0", (twins, random) => {
    for (const length of [16, 32, 48, 64, 80, 1024, 10_000]) {
      const pieces = new Pieces();
      const [w, m, v, g] = Array.from({ length: 4 }, () => pieces.take(length)) as [
        number,
        number,
        number,
        number,
      ]; // four of them
      compare(twins, random, {
        what: `${length} bytes`,
        prepare: (memory) => {
          for (let i = v / size; i < (v + length) / size; i++) memory[i] = 1 + Math.abs(memory[i]!); // in bounds
        },
        call: (k) => k.adam({ w, m, v, g, length, step: { scale: 0.01, offset: 0.5 } }),
        terms: 10,
      });
      const grads = twins.wasm.memory.subarray(g / size, (g + length) / size);
      assertEquals(grads.every((grad) => grad === 0), true);
    }
  });

  test("rmsnorm is its twin", (twins, random) => {
    for (const n of ROWS) {
      for (const width of WIDTHS) {
        for (const extra of EXTRA) {
          const stride = width + extra;
          const pieces = new Pieces();
          const x = pieces.take(n * stride),
            y = pieces.take(n * stride),
            scales = pieces.take(n * 16);
          const c = width / size - random.randbelow(width / size); // the rest is padding
          compare(twins, random, {
            what: `n ${n}, width ${width}, stride ${stride}, c ${c}`,
            call: (k) => k.rmsnorm({ y, x, scales, stride, n, width, c }),
            terms: width / size + 5,
          });
        }
      }
    }
  });

  test("rmsnormBackward is its twin", (twins, random) => {
    for (const n of ROWS) {
      for (const width of WIDTHS) {
        for (const extra of EXTRA) {
          const stride = width + extra;
          const pieces = new Pieces();
          const take = () => pieces.take(n * stride);
          const dx = take(), dy = take(), y = take(), scales = pieces.take(n * 16);
          const eStride = random.randbelow(3) === 0 ? 0 : width + EXTRA[random.randbelow(3)]!; // 3 of them
          const e = pieces.take(n * Math.max(eStride, width));
          const c = width / size - random.randbelow(width / size);
          compare(twins, random, {
            what: `n ${n}, width ${width}, strides ${[stride, eStride]}, c ${c}`,
            prepare: (memory) => { // a scale is the same in all lanes
              for (let row = 0; row < n; row++) {
                const at = (scales + 16 * row) / size;
                memory.fill(memory[at]!, at, at + 16 / size); // in bounds
              }
            },
            call: (k) =>
              k.rmsnormBackward({ dx, dy, y, scales, e: rows(e, eStride), stride, n, width, c }),
            terms: 2 * width / size + 5,
          });
        }
      }
    }
  });

  for (const kernel of ["embed", "embedBackward"] as const) {
    test(`${kernel} is its twin to the bit`, (twins, random) => {
      for (const n of ROWS) {
        for (const width of WIDTHS) {
          for (const extra of EXTRA) {
            const stride = width + extra, vocabSize = 1 + random.randbelow(9);
            const pieces = new Pieces();
            const x = pieces.take(n * stride);
            const wte = pieces.take(vocabSize * width), wpe = pieces.take(n * width);
            const tokens = pieces.take(n * 4), positions = pieces.take(n * 4);
            const indices = (below: number) =>
              Array.from({ length: n }, () => random.randbelow(below));
            compare(twins, random, {
              what: `n ${n}, width ${width}, stride ${stride}, vocabulary ${vocabSize}`,
              prepare: (_, integers) => {
                setIntegers(integers, tokens, indices(vocabSize));
                setIntegers(integers, positions, indices(n));
              },
              call: (k) => k[kernel]({ x: rows(x, stride), wte, wpe, tokens, positions, n, width }),
              terms: 0,
            });
          }
        }
      }
    });
  }

  test("softmax is its twin, and leaves padding at 0", (twins, random) => {
    for (const n of ROWS) {
      for (const width of WIDTHS) {
        for (const extra of EXTRA) {
          const stride = width + extra;
          const vocabSize = width / size - random.randbelow(64 / size);
          const pieces = new Pieces();
          const logits = pieces.take(n * stride), targets = pieces.take(n * 4);
          const weights = pieces.take(n * size), parts = pieces.take(n * 2 * size);
          const starts = Array.from({ length: n }, (_, row) => (logits + row * stride) / size);
          const spread = [0.01, 1, 30, 1000][random.randbelow(4)]!; // 4 of them
          compare(twins, random, {
            what: `n ${n}, width ${width}, stride ${stride}, vocabulary ${vocabSize}, * ${spread}`,
            prepare: (memory, integers) => {
              for (const row of starts) {
                for (let i = 0; i < vocabSize; i++) memory[row + i]! *= spread; // in bounds
                memory.fill(NO_LOGIT, row + vocabSize, row + width / size);
              }
              setIntegers(integers, targets, starts.map(() => random.randbelow(vocabSize)));
            },
            call: (k) =>
              k.softmax({ logits: rows(logits, stride), targets, weights, parts, n, width }),
            terms: width / size + 8,
          });
          for (const row of starts) {
            const padding = twins.wasm.memory.subarray(row + vocabSize, row + width / size);
            assertEquals(padding.every((x) => x === 0), true);
          }
        }
      }
    }
  });

  test("softmax tells of a logit that is NaN", (twins) => {
    const width = 128, count = width / size;
    const pieces = new Pieces();
    const logits = pieces.take(width), targets = pieces.take(4), weights = pieces.take(size);
    const parts = pieces.take(2 * size);
    for (let i = 0; i < count; i++) {
      for (const { memory, kernels } of [twins.plain, twins.wasm]) {
        memory.fill(0.5, logits / size, logits / size + count);
        memory[logits / size + i] = NaN;
        setIntegers(new Int32Array(memory.buffer), targets, [1]);
        kernels.softmax({ logits: rows(logits, width), targets, weights, parts, n: 1, width });
        const loss = Math.log(memory[parts / size]!) - memory[parts / size + 1]!; // in bounds
        assertEquals(loss, NaN, `logit ${i}`);
      }
    }
  });

  test("padding stays 0 in all kernels that write parameters or activations", (twins, random) => {
    const n = 3, width = 128, count = width / size, used = count - 5;
    const { memory, kernels } = twins.wasm;
    const pieces = new Pieces();
    const matrix = () => rows(pieces.take((n + 1) * width), width);
    const [x, y, dx, dy, e] = [matrix(), matrix(), matrix(), matrix(), matrix()];
    const region = count * width, scratch = 0;
    const w = pieces.take(4 * region), m = w + region, v = m + region;
    const scales = pieces.take(n * 16);
    const P = 64 / size;
    const place = (o: number, i: number) => (i - i % P) * count + o * P + i % P;
    const real = () => random.gauss();
    const isPadding = (o: number, i: number) => o >= used || i >= used;
    for (const { ptr } of [x, y, dx, dy, e]) {
      for (let row = 0; row <= n; row++) {
        for (let i = 0; i < count; i++) {
          memory[ptr / size + row * count + i] = i < used ? real() : 0;
        }
      }
    }
    for (const ptr of [w, m, v]) {
      for (let o = 0; o < count; o++) {
        for (let i = 0; i < count; i++) {
          const value = isPadding(o, i) ? 0 : ptr === v ? 1 + Math.abs(real()) : real();
          memory[ptr / size + place(o, i)] = value;
        }
      }
    }
    const assertRows = ({ ptr }: Strided, what: string, mayBeZero = false) => {
      for (let row = 0; row < n; row++) {
        const at = ptr / size + row * count;
        const padding = memory.subarray(at + used, at + count);
        assertEquals(padding.every((x) => x === 0), true, what);
        const isZero = memory.subarray(at, at + used).every((x) => x === 0);
        assert(mayBeZero || !isZero, `${what}: row ${row} is 0`);
      }
    };
    for (const [name, epilogue] of Object.entries(EPILOGUE)) {
      const mayBeZero = name === "relu" || name === "mask"; // one row in 2,048 of f64
      kernels.linear({ y, x, w, e, n, depth: width, width, epilogue });
      assertRows(y, `linear ${name}`, mayBeZero);
      kernels.linearBackward({ y: dx, x: dy, w, e, n, depth: width, width, epilogue });
      assertRows(dx, `linearBackward ${name}`, mayBeZero);
    }
    const normalized = { scales, stride: width, n, width, c: used };
    kernels.rmsnorm({ y: y.ptr, x: x.ptr, ...normalized });
    assertRows(y, "rmsnorm");
    kernels.rmsnormBackward({ dx: dx.ptr, dy: dy.ptr, y: y.ptr, e, ...normalized });
    assertRows(dx, "rmsnormBackward");
    const step = { scale: 0.01, offset: 0.5 };
    kernels.gradient({ w, region, dy, x, n, outBytes: width, inBytes: width, scratch, step });
    for (const ptr of [w, m, v]) {
      let nonZero = 0;
      for (let o = 0; o < count; o++) {
        for (let i = 0; i < count; i++) {
          const isZero = memory[ptr / size + place(o, i)] === 0;
          assert(isZero || !isPadding(o, i), `gradient: ${o}, ${i}`);
          if (!isZero) nonZero++;
        }
      }
      // Not all: in f32 a gradient cancels a moment now and then.
      assert(nonZero > used ** 2 / 2, `gradient: ${nonZero} are not 0`);
    }
  });

  for (const headDim of [1, 2, 3, 4, 5, 6, 7, 8, 16, 24]) {
    test(
      `attention and attentionBackward with heads of ${headDim} are their twins`,
      (_, random) => {
        for (let heads = 1; heads <= 8; heads++) {
          for (const blockSize of BLOCK_SIZES) {
            const shape = shapeOf(size, heads, headDim, blockSize);
            const twins = newTwins(dtype, hasRelaxedMadd, shape, ATTENTION);
            for (const n of ROWS) {
              const what = `${heads} heads of ${headDim}`;
              compareAttention(twins, random, shape, what, n, headDim);
            }
          }
        }
      },
    );
  }

  test("attention computes rows together as one by one, bit for bit", (_, random) => {
    for (const [heads, headDim] of [[1, 5], [3, 3], [4, 4], [2, 16], [5, 24]] as const) {
      const shape = shapeOf(size, heads, headDim, Math.max(...BLOCK_SIZES));
      assert(shape.tile > 1);
      const newKernels = (shape: AttentionShape) =>
        newTwins(dtype, hasRelaxedMadd, shape, ATTENTION).wasm;
      const together = newKernels(shape), oneByOne = newKernels({ ...shape, tile: 1 });
      for (const n of ROWS) {
        const calls = attentionCalls(random, shape, n);
        for (let i = 0; i < together.memory.length; i++) together.memory[i] = random.gauss();
        setIntegers(new Int32Array(together.memory.buffer), calls.positions, calls.documents);
        oneByOne.memory.set(together.memory);
        for (const { memory, kernels } of [together, oneByOne]) {
          calls.forward(kernels, 0);
          calls.backward(kernels);
          memory.fill(
            0,
            calls.scratch.ptr / size,
            (calls.scratch.ptr + calls.scratch.bytes) / size,
          );
        }
        const what = `${heads} heads of ${headDim}, positions ${calls.documents}`;
        assertEquals(differences(together.memory, oneByOne.memory), [], what);
      }
    }
  });
}

/** Compares the kernel `gradient` with its twin, for n rows of `out` and `in_` bytes. */
function compareGradient(
  twins: Twins,
  random: Random,
  n: number,
  out: number,
  in_: number,
  step: AdamStep,
): void {
  const { size } = twins;
  const dyStride = out + EXTRA[random.randbelow(3)]!; // 3 of them, here and below
  const xStride = in_ + EXTRA[random.randbelow(3)]!;
  const pieces = new Pieces();
  const dy = pieces.take(n * dyStride), x = pieces.take(n * xStride);
  const weights = out / size * in_, region = weights + 64;
  const w = pieces.take(4 * region), v = w + 2 * region;
  const packed = n * (64 + Math.min(out, 1024)), scratch = pieces.take(packed);
  compare(twins, random, {
    what: `n ${n}, out ${out}, in ${in_}, strides ${[dyStride, xStride]}`,
    // v is a mean of squares; far from 0, where Adam's division makes much of little.
    prepare: (memory) => {
      for (let i = v / size; i < (v + weights) / size; i++) {
        memory[i] = 1 + Math.abs(memory[i]!); // in bounds
      }
    },
    call: (k) =>
      k.gradient({
        w,
        region,
        dy: rows(dy, dyStride),
        x: rows(x, xStride),
        n,
        outBytes: out,
        inBytes: in_,
        scratch,
        step,
      }),
    terms: step === NO_STEP ? n + 2 : 2 * n + 10,
    ignore: [{ ptr: scratch, bytes: packed }],
  });
}

const ATTENTION = ["attention", "attentionBackward"] as const;

/** Of short documents, whose rows are computed one by one, and of long ones. */
const BLOCK_SIZES = [16, 64];

/** Calls of attention for n rows of random documents, from memory that they take. */
function attentionCalls(random: Random, shape: AttentionShape, n: number) {
  const { qkvStride, outStride, weightsStride, tile } = shape;
  const pieces = new Pieces();
  const qkv = pieces.take(n * qkvStride), dqkv = pieces.take(n * qkvStride);
  const out = pieces.take(n * outStride), weights = pieces.take(n * weightsStride);
  const positions = pieces.take(n * 4);
  const scratchBytes = n * tile * 16, scratch = pieces.take(scratchBytes);
  return {
    documents: randomPositions(random, n, tile === 1 ? 4 : 12),
    positions,
    weights,
    scratch: { ptr: scratch, bytes: scratchBytes },
    /** From a row on; those before are in memory. */
    forward: (kernels: Kernels, from: number) =>
      kernels.attention({
        qkv: qkv + from * qkvStride,
        weights: weights + from * weightsStride,
        out: out + from * outStride,
        positions: positions + from * 4,
        n: n - from,
      }),
    backward: (kernels: Kernels) =>
      kernels.attentionBackward({ dqkv, dout: out, qkv, weights, positions, scratch, n }),
  };
}

/** Compares both kernels of attention with their twins, on n rows. */
function compareAttention(
  twins: Twins,
  random: Random,
  shape: AttentionShape,
  heads: string,
  n: number,
  headDim: number,
): void {
  const { size } = twins;
  const { documents, positions, weights, scratch, forward, backward } = attentionCalls(
    random,
    shape,
    n,
  );
  const what = `${heads}, positions ${documents}`, from = random.randbelow(n);
  const prepare = (memory: RealArray, integers: Int32Array) => {
    setIntegers(integers, positions, documents);
    for (let i = 0; i < n * shape.weightsStride / size; i++) { // they are probabilities
      memory[weights / size + i] = Math.abs(memory[weights / size + i]!) / n; // in bounds
    }
  };
  compare(twins, random, {
    what: `${what}, from ${from}`,
    prepare,
    call: (kernels) => forward(kernels, from),
    terms: 4 * (n + headDim) + 16,
  });
  compare(twins, random, {
    what: `${what}, backward`,
    prepare,
    call: backward,
    terms: 8 * (n + headDim) + 16,
    // The kernel leaves there what its last vector of heads needed.
    ignore: [scratch],
  });
}
