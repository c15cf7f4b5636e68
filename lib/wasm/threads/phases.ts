/**
 * The phases of a step that several threads take together, as programs. They are made of the calls
 * of the programs of one thread, in the same order:
 *
 *     rows       forward, loss and backward without the gradients of weights: each thread for
 *                rows of its own
 *     weights    the gradients of weights, from all rows: each thread for weights of its own
 *     range      Adam for gradients that have been added up: each thread for a range of its own
 *
 * Every thread computes a row by the same instructions. The thread that has a weight adds up its
 * gradient over all rows, in their order. So no number depends on the number of threads.
 *
 * @module
 */

import { VECTOR_BYTES } from "../asm/code.ts";
import type { MemoryLayout } from "../memory/layout.ts";
import { PANEL } from "../memory/panel.ts";
import type { Bytes, Count, Place } from "../memory/place.ts";
import { type Call, call, type CallOf, isCallOf, type Program, programs } from "../program.ts";
import { shareOf } from "./shares.ts";

/** Writes the programs of a model for several threads, with those of one thread among them. */
export function phases(layout: MemoryLayout, threads: Count): Record<string, Program> {
  const ofOne = programs(layout);
  const all: Record<string, Program> = { ...ofOne, rows: rows(ofOne), range: range(layout) };
  for (let thread = 0; thread < threads; thread++) {
    all[`weights${thread}`] = weights(ofOne.backward, layout, thread, threads);
  }
  return all;
}

/** Writes the program of rows `from` to `from + n`, from tokens to gradients of all activations. */
function rows({ forward, loss, backward }: ReturnType<typeof programs>): Program {
  const isOfWeights = (call: Call) => isCallOf("gradient", call) || isCallOf("embedBackward", call);
  const { steps } = eachCall(backward, (call) => isOfWeights(call) ? [] : [call]);
  return { params: ["from", "n"], steps: [...forward.steps, ...loss.steps, ...steps] };
}

/** Writes that of a thread's weights: gradients from all n rows; the last thread has the tables. */
function weights(
  backward: Program,
  { size, packed, rowsWithGaps }: MemoryLayout,
  thread: Count,
  threads: Count,
): Program {
  return eachCall(backward, (call) => {
    if (isCallOf("embedBackward", call)) return thread === threads - 1 ? [call] : [];
    if (!isCallOf("gradient", call)) return [];
    const { outs, panels } = sizesOf(call, size), unit = VECTOR_BYTES / size;
    const [from, to] = shareOf(panels * outs / unit, thread, threads);
    const scratch = moved(packed, thread * rowsWithGaps * packed.stride / threads);
    const own = { ...call, args: { ...call.args, scratch } };
    return [...slices(own, from * unit, to * unit, size)];
  });
}

/** Counts the rows of a panel of W, and its panels. */
function sizesOf({ args: { outBytes, inBytes } }: CallOf<"gradient">, size: Bytes) {
  if (outBytes === "length" || inBytes === "length") throw new Error("The matrix has no size");
  return { outs: outBytes / size, panels: inBytes / PANEL };
}

/** Puts other calls in the place of each call of a program. */
function eachCall({ params, steps }: Program, others: (call: Call) => readonly Call[]): Program {
  return {
    params,
    steps: steps.flatMap((step): readonly Program["steps"][number][] => {
      if ("kernel" in step) return others(step);
      const calls = step.calls.flatMap(others);
      return calls.length === 0 ? [] : [{ ...step, calls }];
    }),
  };
}

/**
 * Cuts a gradient out: that of lines `from` to `to` of W in panels, where a line is a row of a
 * panel. These are rows of one panel, whole panels, and rows of one panel again.
 */
function* slices(
  gradient: CallOf<"gradient">,
  from: Count,
  to: Count,
  size: Bytes,
): Generator<Call> {
  const { args, args: { w, dy, x } } = gradient;
  const { outs } = sizesOf(gradient, size);
  for (let line = from; line < to;) {
    const row = line % outs, panel = (line - row) / outs;
    const panels = row === 0 ? Math.floor((to - line) / outs) : 0;
    const rows = panels > 0 ? outs : Math.min(outs - row, to - line);
    yield call("gradient", {
      ...args,
      w: moved(w, line * PANEL),
      dy: moved(dy, row * size),
      x: moved(x, panel * PANEL),
      outBytes: rows * size,
      inBytes: Math.max(1, panels) * PANEL,
    });
    line += Math.max(1, panels) * rows;
  }
}

/** Returns a place a number of bytes further on. */
function moved<P extends Place>(place: P, by: Bytes): P {
  return { ...place, ptr: place.ptr + by };
}

/**
 * Writes the program of Adam for a range of all parameters: `from` lines of the cache on, `length`
 * bytes.
 */
function range({ params, m, v, grads }: MemoryLayout): Program {
  const lines = (region: Place): Place => ({ ...region, stride: PANEL });
  const length = "length", step = "step";
  const regions = { w: lines(params), m: lines(m), v: lines(v), g: lines(grads) };
  return { params: ["from", length, step], steps: [call("adam", { ...regions, length, step })] };
}
