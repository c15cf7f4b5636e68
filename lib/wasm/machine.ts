/**
 * Runs a model's programs: compiled to one WebAssembly module, or interpreted in plain TypeScript.
 * Both work on one memory with the same addresses.
 *
 * @module
 */

import { type I32, i32, loop, type Operand, type ValueType, type Void } from "./asm/code.ts";
import { lanes, probeFeatures } from "./asm/lanes.ts";
import { ModuleBuilder } from "./asm/module.ts";
import { add, approach, type Copies, NUM_COPIES } from "./kernels/copies.ts";
import { type AdamStep, addKernel, type Params } from "./kernels/kernel.ts";
import { addKernels, KERNELS, type Kernels, plainKernels } from "./kernels/kernels.ts";
import { type MemoryLayout, tooLarge } from "./memory/layout.ts";
import type { Bytes, Count, Place } from "./memory/place.ts";
import { Views } from "./memory/views.ts";
import { type Call, type Program, programs } from "./program.ts";

/** The programs of a model as functions of their variables, and their memory. */
export interface Machine {
  readonly memory: Views;
  readonly forward: (from: Count, n: Count) => void;
  readonly loss: (n: Count) => void;
  readonly backward: (n: Count, step: AdamStep) => void;
  readonly update: (length: Bytes, step: AdamStep) => void;
  /** Makes room for copies of the parameters, and what computes with them. */
  readonly newCopies: () => Copies;
  /** The threads that may take a step together; without them, one takes all. */
  readonly crew?: Crew;
}

/** Rows of a step that one thread computes: whole documents. */
export interface Part {
  /** The first row: an even number, as kernels take rows in pairs. */
  readonly from: Count;
  /** The number of rows. */
  readonly n: Count;
}

/**
 * A group of threads that take steps together. The results are those of one thread, bit for bit.
 */
export interface Crew extends Disposable {
  /**
   * Begins a step.
   *
   * @param rows The number of its rows.
   * @returns True if the crew takes it; otherwise the machine does, as usual.
   * @throws {Error} If a thread has failed before.
   */
  begin(rows: Count): boolean;
  /**
   * Shares documents out in their order.
   *
   * @param lengths The number of rows of each.
   * @returns The number of documents of each share, of which a thread has one at most.
   */
  shares(lengths: readonly Count[]): Count[];
  /** Computes forward, loss and the gradients of all activations; each thread has a part. */
  rows(parts: readonly Part[]): void;
  /**
   * Computes the gradients of weights from all n rows, and updates, unless the step is `NO_STEP`.
   */
  backward(n: Count, step: AdamStep): void;
  /** Updates the first `length` bytes of the parameters from gradients in memory. */
  update(length: Bytes, step: AdamStep): void;
  /** Ends a step, even if it has failed. */
  end(): void;
}

/** Makes a machine whose steps several threads take together. */
export interface Threads {
  /** The maximum number of threads. */
  readonly count: Count;
  /** Creates the machine, like {@linkcode wasmMachine}. */
  machine(layout: MemoryLayout): Machine;
}

/** The size of a page of WebAssembly's memory, in bytes. */
const PAGE = 65_536;

/** The variables of programs as parameters of WebAssembly functions. */
const VARIABLES = {
  from: "i32",
  n: "i32",
  length: "i32",
  step: { scale: "f64", offset: "f64" },
} as const;

/** A value, or a group of them: a matrix, or a step of Adam. */
type Evaluated<T> = T | Readonly<Record<string, T>>;

/** The arguments of {@linkcode emitMachine} that depend on threads. */
export interface Threading {
  /** The programs to write; those of one thread, unless they are given. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** True if threads share the memory, which is imported then. */
  readonly isShared?: boolean;
}

/** Evaluates the arguments of a call. */
function evaluated<T>(
  { kernel, args }: Call,
  variables: Readonly<Record<string, Evaluated<T>>>,
  address: (place: Place) => T,
): Record<string, Evaluated<T | number>> {
  const values: Record<string, Evaluated<T | number>> = {};
  const kinds: Params = KERNELS[kernel].params;
  for (const name in kinds) {
    const arg = args[name]!; // call() has checked that it is there
    if (typeof arg === "number") values[name] = arg;
    else if (typeof arg === "string") values[name] = variables[arg]!; // a program's own
    else if (kinds[name] === "rows") values[name] = { ptr: address(arg), stride: arg.stride };
    else values[name] = address(arg);
  }
  return values;
}

/**
 * Writes the module with all kernels and programs.
 *
 * @param layout The memory of the model.
 * @param hasRelaxedMadd True to multiply and add in one instruction.
 */
export function emitMachine(
  layout: MemoryLayout,
  hasRelaxedMadd: boolean,
  { programs: all = programs(layout), isShared = false }: Threading = {},
): Uint8Array<ArrayBuffer> {
  const { dtype, config: { nLayer } } = layout;
  const module = new ModuleBuilder();
  addKernels(module, lanes(dtype, hasRelaxedMadd), layout);
  for (const [name, program] of Object.entries<Program>(all)) {
    addProgram(module, name, program, nLayer);
  }
  return module.toBytes(pagesOf(layout), isShared);
}

/** Adds a program to a module, as a function of its variables. */
function addProgram(module: ModuleBuilder, name: string, program: Program, nLayer: number): void {
  const params = Object.fromEntries(program.params.map((name) => [name, VARIABLES[name]] as const));
  module.function(name, params, (variables, local) => {
    const layer = local("i32"), i = local("i32"), from = variables["from"] as I32 | undefined;
    const address = ({ ptr, stride, layerStride }: Place) => {
      let address: Operand<"i32"> = ptr;
      if (from && stride > 0) address = i32.add(address, i32.mul(from, stride));
      if (nLayer > 1 && layerStride > 0) address = i32.add(address, i32.mul(layer, layerStride));
      return address;
    };
    const run = (call: Call): Void =>
      module.call(call.kernel, evaluated<Operand<ValueType>>(call, variables, address));
    return program.steps.map((step) => {
      if ("kernel" in step) return run(step);
      const isUp = step.order === "first to last";
      return loop(i, 0, nLayer, 1, [
        layer.set(isUp ? i : i32.sub(nLayer - 1, i)),
        step.calls.map(run),
      ]);
    });
  });
}

/** An error: this platform has no WebAssembly, or does not allow it here. */
export class NoWasmError extends Error {
  /** The name of the class. */
  override name = "NoWasmError";
  /** The reason, as a clause. */
  readonly reason: string;

  /**
   * Creates the error.
   *
   * @param reason The reason, as a clause.
   */
  constructor(reason: string) {
    super(
      `Cannot create the engine: ${reason}: use engine: "scalar", which is slow but needs none`,
    );
    this.reason = reason;
  }
}

/**
 * Creates the machine as WebAssembly.
 *
 * @param layout The memory of the model.
 * @throws {RangeError} If the computer does not have so much memory to give.
 * @throws {NoWasmError} If the platform has no vector instructions, or does not compile here.
 */
export function wasmMachine(layout: MemoryLayout): Machine {
  const module = compileMachine(layout);
  const { exports } = withMemory(layout, () => new WebAssembly.Instance(module));
  const { memory } = exports as { readonly memory: WebAssembly.Memory };
  return machineOf(layout, memory, exports);
}

/** The functions of the module that {@linkcode emitMachine} writes. */
type Functions = Readonly<Record<keyof ReturnType<typeof programs>, (...args: number[]) => void>>;

/** Makes a machine of an instance of {@linkcode compileMachine} and its memory. */
export function machineOf(
  layout: MemoryLayout,
  { buffer }: WebAssembly.Memory,
  exports: WebAssembly.Exports,
): Machine {
  const { forward, loss, backward, update } = exports as Functions;
  return {
    memory: new Views(buffer, layout.dtype),
    newCopies: () => wasmCopies(layout),
    forward,
    loss,
    backward: (n, { scale, offset }) => backward(n, scale, offset),
    update: (length, { scale, offset }) => update(length, scale, offset),
  };
}

/**
 * Compiles the module of {@linkcode emitMachine} for this platform.
 *
 * @throws {NoWasmError} If it has no vector instructions, or does not compile here.
 */
export function compileMachine(layout: MemoryLayout, threading?: Threading): WebAssembly.Module {
  const { simd, relaxedMadd } = probeFeatures();
  if (!simd) {
    const what = typeof WebAssembly === "undefined" ? "WebAssembly" : "WebAssembly SIMD";
    throw new NoWasmError(`this platform has no ${what}`);
  }
  return compile(emitMachine(layout, relaxedMadd, threading));
}

/** Returns the number of pages of a memory. */
export function pagesOf({ bytes }: Pick<MemoryLayout, "bytes">): Count {
  return Math.ceil(bytes / PAGE);
}

/**
 * Does what allocates the memory of a model.
 *
 * @throws {RangeError} If the computer does not have so much to give.
 */
export function withMemory<T>({ bytes }: Pick<MemoryLayout, "bytes">, allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tooLarge(bytes, "this machine does not have as much to give");
  }
}

/**
 * Compiles a module. A page may forbid that (a Content-Security-Policy without
 * `wasm-unsafe-eval`), and old browsers allow 4 KB outside of a worker, which a probe does not
 * show.
 */
function compile(code: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(code);
  } catch (error) {
    if (!WebAssembly.validate(code)) throw error; // the code is at fault, not the platform
    const { message } = error as Error; // of a CompileError or RangeError
    throw new NoWasmError(`WebAssembly cannot be compiled here (${message})`);
  }
}

/** Creates the machine in plain TypeScript; the parameter is that of {@linkcode wasmMachine}. */
export function plainMachine(layout: MemoryLayout): Machine {
  const { dtype, attention, config: { nLayer } } = layout;
  const memory = new Views(new ArrayBuffer(pagesOf(layout) * PAGE), dtype);
  const kernels = plainKernels(memory, attention);
  const { forward, loss, backward, update } = programs(layout);
  const run = (program: Program, variables: Variables) =>
    interpret(program, variables, kernels, nLayer);
  return {
    memory,
    newCopies: () => plainCopies(layout),
    forward: (from, n) => run(forward, { from, n }),
    loss: (n) => run(loss, { n }),
    backward: (n, step) => run(backward, { n, step }),
    update: (length, step) => run(update, { length, step }),
  };
}

/** Returns the size of the memory of {@linkcode Copies}. */
function copiesSize({ parameters: { length } }: MemoryLayout): { readonly bytes: Bytes } {
  return { bytes: NUM_COPIES * length };
}

/** Makes copies of parameters, with kernels of WebAssembly. */
function wasmCopies(layout: MemoryLayout): Copies {
  const { dtype } = layout, size = copiesSize(layout);
  const module = new ModuleBuilder(), r = lanes(dtype, probeFeatures().relaxedMadd);
  addKernel(module, "add", add, r, layout);
  addKernel(module, "approach", approach, r, layout);
  const compiled = compile(module.toBytes(pagesOf(size)));
  const { exports } = withMemory(size, () => new WebAssembly.Instance(compiled));
  const { memory, ...functions } = exports as unknown as CopiesExports; // which have been added
  return {
    memory: new Views(memory.buffer, dtype),
    add: ({ y, x, length, factor }) => functions.add(y, x, length, factor),
    approach: ({ y, x, length, factor }) => functions.approach(y, x, length, factor),
  };
}

/** The exports of the module of {@linkcode wasmCopies}. */
interface CopiesExports extends Record<"add" | "approach", (...args: number[]) => void> {
  readonly memory: WebAssembly.Memory;
}

/** Makes copies of parameters, with the twins of the kernels. */
function plainCopies(layout: MemoryLayout): Copies {
  const { dtype, attention } = layout;
  const memory = new Views(new ArrayBuffer(copiesSize(layout).bytes), dtype);
  return {
    memory,
    add: (args) => add.twin(args, memory, attention),
    approach: (args) => approach.twin(args, memory, attention),
  };
}

/** The values of a program's variables. */
type Variables = Readonly<Record<string, number | AdamStep>>;

/** Runs a program with the twins of its kernels. */
function interpret(program: Program, variables: Variables, kernels: Kernels, nLayer: Count): void {
  const from = variables["from"] as Count | undefined ?? 0;
  const run = (call: Call, layer: number) => {
    const address = (place: Place) => place.ptr + from * place.stride + layer * place.layerStride;
    const args = evaluated(call, variables, address);
    (kernels[call.kernel] as (args: unknown) => void)(args); // its own, as call() has checked
  };
  const layers = Array.from({ length: nLayer }, (_, layer) => layer);
  for (const step of program.steps) {
    if ("kernel" in step) run(step, 0);
    else {
      for (const layer of step.order === "last to first" ? layers.toReversed() : layers) {
        step.calls.forEach((call) => run(call, layer));
      }
    }
  }
}
