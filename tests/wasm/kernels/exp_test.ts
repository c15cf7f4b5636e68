import { assert, assertEquals } from "@std/assert";
import { type Dtype, DTYPES } from "../../../lib/engine.ts";
import { loop, v128 } from "../../../lib/wasm/asm/code.ts";
import { exponential } from "../../../lib/wasm/kernels/exp.ts";
import { lanes, newConstants, probeFeatures } from "../../../lib/wasm/asm/lanes.ts";
import type { RealArray } from "../../../lib/wasm/memory/views.ts";
import { runFunction } from "../../helpers/run_wasm.ts";

const PAGES = 256;

/** Makes a function that replaces numbers by their exponentials. */
function newExp(
  dtype: Dtype,
  hasRelaxedMadd: boolean,
): (x: readonly number[] | RealArray) => RealArray {
  const { view, call } = runFunction({ end: "i32" }, (p, local) => {
    const r = lanes(dtype, hasRelaxedMadd);
    const exp = exponential({ r, local, constant: newConstants(r, local) });
    const ptr = local("i32"), result = local("v128");
    return [
      loop(ptr, 0, p.end, 16, [
        exp(result, v128.load(ptr)),
        v128.store(ptr, result),
      ]),
    ];
  }, PAGES);
  const memory = dtype === "f64" ? new Float64Array(view.buffer) : new Float32Array(view.buffer);
  return (x) => {
    memory.fill(0, 0, x.length + 4);
    memory.set(x);
    call("run", Math.ceil(x.length * memory.BYTES_PER_ELEMENT / 16) * 16);
    return memory.slice(0, x.length);
  };
}

const FLOAT = new Float64Array(1), BITS = new Uint32Array(FLOAT.buffer);

/** The distance between numbers of the size of `x`, which is above 0. */
function ulp(x: number, dtype: Dtype): number {
  FLOAT[0] = x;
  const exponent = (BITS[1]! >>> 20) - 1023; // the upper half of two
  const [digits, lowest] = dtype === "f64" ? [52, -1022] : [23, -126];
  return 2 ** (Math.max(exponent, lowest) - digits);
}

/** The range that is gone through, and below what the result is taken to be 0. */
const RANGES = {
  f64: { start: -750, lowest: -708 },
  f32: { start: -110, lowest: -87 },
} as const;

/** By how many units in the last place it differs from Math.exp, whose own error is below 1. */
const BOUND = 1;

const MILLIONS = 2;

for (const dtype of DTYPES) {
  for (const hasRelaxedMadd of [true, false]) {
    const isMissing = hasRelaxedMadd && !probeFeatures().relaxedMadd;
    const { start, lowest } = RANGES[dtype];
    const how = hasRelaxedMadd ? "rounding once" : "rounding twice";
    const title = (what: string) =>
      `exponential() of ${dtype}, ${how}, ${what}${
        isMissing ? " (this platform has no relaxed SIMD)" : ""
      }`;
    const reference = dtype === "f64" ? Math.exp : (x: number) => Math.fround(Math.exp(x));
    const round = dtype === "f64" ? (x: number) => x : Math.fround;

    Deno.test({
      name: title(`is off by at most ${BOUND} unit in the last place from ${start} to 0`),
      ignore: isMissing,
      fn: () => {
        const exp = newExp(dtype, hasRelaxedMadd);
        const CHUNK = 1 << 20;
        const total = MILLIONS * CHUNK;
        let worst = 0, worstAt = 0;
        for (let c = 0; c < MILLIONS; c++) {
          const x = new Float64Array(CHUNK);
          for (let i = 0; i < CHUNK; i++) x[i] = round(start * (1 - (c * CHUNK + i) / (total - 1)));
          const results = exp(x);
          for (let i = 0; i < CHUNK; i++) { // as many as results
            const at = x[i]!, found = results[i]!;
            if (at === lowest) continue; // the largest to be 0, or the smallest not to be
            if (at < lowest) {
              if (!Object.is(found, 0)) throw new Error(`The exponential of ${at} is ${found}`);
              continue;
            }
            const expected = reference(at);
            const error = Math.abs(found - expected) / ulp(expected, dtype);
            if (!(error <= BOUND)) throw new Error(`exp(${at}) is ${found}, not ${expected}`);
            if (error > worst) [worst, worstAt] = [error, at];
          }
        }
        console.log(`worst: ${worst} units in the last place, at ${worstAt}`);
      },
    });

    Deno.test({
      name: title("is as exact close to 0, where most of a softmax is"),
      ignore: isMissing,
      fn: () => {
        const exp = newExp(dtype, hasRelaxedMadd);
        const x = Float64Array.from(
          { length: 1 << 19 },
          (_, i) => round(-(2 ** (-60 + 66 * i / (1 << 19)))),
        );
        exp(x).forEach((found, i) => {
          const expected = reference(x[i]!); // as many as found
          const error = Math.abs(found - expected) / ulp(expected, dtype);
          if (!(error <= BOUND)) throw new Error(`exp(${x[i]}) is ${found}, not ${expected}`);
        });
      },
    });

    Deno.test({
      name: title("is 1 at 0 and 0 where it would be subnormal"),
      ignore: isMissing,
      fn: () => {
        const exp = newExp(dtype, hasRelaxedMadd);
        const zeros = [
          lowest - 2 ** -10,
          lowest - 0.5,
          lowest - 3,
          -745,
          -800,
          -1e10,
          -1e30,
          -Infinity,
        ];
        const tiny = [-5e-324, -(2 ** -150), -(2 ** -60)];
        const table: [number, number][] = [
          [0, 1],
          [-0, 1],
          ...tiny.map((x): [number, number] => [x, 1]),
          ...zeros.map((x): [number, number] => [x, 0]),
        ];
        const found = exp(table.map(([x]) => x));
        assertEquals([...found], table.map(([, expected]) => expected));
        const [last = NaN] = exp([lowest + 2 ** -10]);
        assert(last > 0, "the smallest that is not 0");
      },
    });

    Deno.test({
      name: title("is NaN for NaN"),
      ignore: isMissing,
      fn: () =>
        assertEquals([...newExp(dtype, hasRelaxedMadd)([NaN, -1])].map(isNaN), [true, false]),
    });

    Deno.test({
      name: title("never falls as its argument rises, but for its error"),
      ignore: isMissing,
      fn: () => {
        const exp = newExp(dtype, hasRelaxedMadd);
        const x = Float64Array.from({ length: 1 << 19 }, (_, i) => round(-i / 2 ** 13));
        const found = exp(x);
        for (let i = 1; i < found.length; i++) {
          const room = 2 * BOUND * ulp(found[i]! || Number.MIN_VALUE, dtype); // i < length
          if (!(found[i - 1]! >= found[i]! - room)) throw new Error(`exp falls at ${x[i]}`);
        }
      },
    });
  }
}
