/**
 * What carries out the programs of a model: a module of WebAssembly, in which
 * each is a function, or plain TypeScript. Both work on one memory with the same
 * addresses.
 *
 * @module
 */

import {
  type Code,
  type I32,
  i32,
  loop,
  type Operand,
  type ValueType,
  type Void,
} from "./asm/code.ts";
import { addKernels, type Kernels, plainKernels } from "./kernels/kernels.ts";
import { lanes, probeFeatures } from "./asm/lanes.ts";
import type { MemoryLayout } from "./memory/layout.ts";
import { ModuleBuilder } from "./asm/module.ts";
import type { Place } from "./memory/place.ts";
import { type Argument, type Call, Model, type Program } from "./program.ts";

/** The programs of a {@linkcode Model} as functions of their variables, and their memory. */
export interface Machine {
  readonly memory: ArrayBufferLike;
  readonly forward: (from: number, n: number) => void;
  readonly loss: (n: number) => void;
  readonly backward: (n: number, scale: number, offset: number) => void;
  readonly update: (length: number, scale: number, offset: number) => void;
}

const PROGRAMS = ["forward", "loss", "backward", "update"] as const;

/** The size of a page of WebAssembly's memory, in bytes. */
const PAGE = 65_536;

/** The types of variables in WebAssembly. */
const TYPES = { from: "i32", n: "i32", length: "i32", scale: "f64", offset: "f64" } as const;

/**
 * Writes the module with all kernels and programs.
 *
 * @param layout The memory of the model.
 * @param hasRelaxedMadd Whether to multiply and add in one instruction.
 */
export function emitMachine(
  layout: MemoryLayout,
  hasRelaxedMadd: boolean,
): Uint8Array<ArrayBuffer> {
  const { dtype, attention, bytes, config: { nLayer } } = layout;
  const module = new ModuleBuilder();
  addKernels(module, lanes(dtype, hasRelaxedMadd), attention);
  const model = new Model(layout);
  for (const name of PROGRAMS) addProgram(module, name, model[name](), nLayer);
  return module.toBytes(Math.ceil(bytes / PAGE));
}

/** Adds a program to a module, as a function of its variables. */
function addProgram(module: ModuleBuilder, name: string, program: Program, nLayer: number): void {
  const params = Object.fromEntries(program.params.map((param) => [param, TYPES[param]]));
  module.function(name, params, (variables, local) => {
    const layer = local("i32"), i = local("i32"), from = variables["from"];
    const times = (variable: Code<ValueType> | undefined, stride: number) =>
      variable && stride > 0 ? [i32.mul(variable as I32, stride)] : []; // not `scale`
    const address = ({ ptr, stride, layerStride }: Place) =>
      [
        ptr,
        ...times(from, stride),
        ...nLayer > 1 ? times(layer, layerStride) : [],
      ].reduce(i32.add);
    const value = memoised((arg: Argument): Operand<ValueType> => {
      if (typeof arg === "number") return arg;
      if (typeof arg === "string") return variables[arg]!; // a program's own
      return address(arg);
    });
    const call = ({ kernel, args }: Call): Void => module.call(kernel, args.map(value));
    return program.steps.map((step) => {
      if ("kernel" in step) return call(step);
      const isUp = step.order === "first to last";
      return loop(i, 0, nLayer, 1, [
        layer.set(isUp ? i : i32.sub(nLayer - 1, i)),
        ...step.calls.map(call),
      ]);
    });
  });
}

/** Most arguments are used more than once: this halves the time that a program takes to be written. */
function memoised<K, V>(compute: (key: K) => V): (key: K) => V {
  const values = new Map<K, V>();
  return (key) => {
    let value = values.get(key);
    if (value === undefined) values.set(key, value = compute(key));
    return value;
  };
}

/**
 * The machine as WebAssembly.
 *
 * @param layout The memory of the model.
 * @throws {RangeError} If the computer does not have so much memory to give.
 * @throws {Error} If the platform has no vector instructions.
 */
export function wasmMachine(layout: MemoryLayout): Machine {
  const { simd, relaxedMadd } = probeFeatures();
  if (!simd) throw new Error("Cannot create the engine: this platform has no WebAssembly SIMD");
  const { exports } = instantiate(emitMachine(layout, relaxedMadd), layout.bytes);
  const memory = exports["memory"] as WebAssembly.Memory; // which emitMachine() exports
  return { ...exports as unknown as Machine, memory: memory.buffer }; // likewise
}

function instantiate(code: Uint8Array<ArrayBuffer>, bytes: number): WebAssembly.Instance {
  const module = new WebAssembly.Module(code);
  try {
    return new WebAssembly.Instance(module);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(
      `Cannot create the model: it needs ${(bytes / 2 ** 30).toFixed(1)} GB: ` +
        `this machine does not have as much to give`,
    );
  }
}

/** The machine in plain TypeScript; the parameter is that of {@linkcode wasmMachine}. */
export function plainMachine(layout: MemoryLayout): Machine {
  const { dtype, attention, bytes, config: { nLayer } } = layout;
  const memory = new ArrayBuffer(Math.ceil(bytes / PAGE) * PAGE);
  const reals = dtype === "f64" ? new Float64Array(memory) : new Float32Array(memory);
  const kernels = plainKernels(reals, attention);
  const model = new Model(layout);
  const run = (name: typeof PROGRAMS[number]) => interpreted(model[name](), kernels, nLayer);
  return {
    memory,
    forward: run("forward"),
    loss: run("loss"),
    backward: run("backward"),
    update: run("update"),
  };
}

/** A program as a function of its variables which carries it out. */
function interpreted(program: Program, kernels: Kernels, nLayer: number) {
  return (...values: readonly number[]): void => {
    const variables = new Map(program.params.map((param, i) => [param, values[i]!])); // one for each
    const from = variables.get("from") ?? 0;
    const run = ({ kernel, args }: Call, layer: number) => {
      const numbers = args.map((arg) => {
        if (typeof arg === "number") return arg;
        if (typeof arg === "string") return variables.get(arg)!; // a program's own
        return arg.ptr + from * arg.stride + layer * arg.layerStride;
      });
      (kernels[kernel] as (...args: readonly number[]) => void)(...numbers); // as many as it takes
    };
    for (const step of program.steps) {
      if ("kernel" in step) run(step, 0);
      else {
        const layers = Array.from({ length: nLayer }, (_, layer) => layer);
        if (step.order === "last to first") layers.reverse();
        for (const layer of layers) step.calls.forEach((call) => run(call, layer));
      }
    }
  };
}
