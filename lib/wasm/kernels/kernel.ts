/**
 * A kernel: one operation of the model. It is declared once, as the names and kinds of its
 * parameters, a twin in plain TypeScript that says what it computes, and the code of a WebAssembly
 * function that computes the same. Programs, twin and code all use those names, so arguments
 * cannot change places.
 *
 * @module
 */

import type { Codes } from "../asm/code.ts";
import { type Constants, type Lanes, newConstants } from "../asm/lanes.ts";
import type { ModuleBuilder, NewLocal, ParamLocals } from "../asm/module.ts";
import type { AttentionShape } from "../memory/attention_shape.ts";
import type { Address, Bytes, Count, Strided } from "../memory/place.ts";
import type { Views } from "../memory/views.ts";

/** The two numbers of a step of Adam, the same for all parameters, see `adam.ts`. */
export interface AdamStep {
  /** The factor of sqrt(V). */
  readonly scale: number;
  /** The summand after that: eps / rate. */
  readonly offset: number;
}

/** The kinds of parameters, as parameters of the WebAssembly function. */
const KINDS = {
  /** A matrix of rows. */
  rows: { ptr: "i32", stride: "i32" },
  /** Anything else in memory. */
  ptr: "i32",
  bytes: "i32",
  count: "i32",
  /** One of the numbers of an enumeration. */
  choice: "i32",
  factor: "f64",
  step: { scale: "f64", offset: "f64" },
} as const;

/** The kinds of parameters, as arguments of the twin. */
interface InTwin {
  readonly rows: Strided;
  readonly ptr: Address;
  readonly bytes: Bytes;
  readonly count: Count;
  readonly choice: number;
  readonly factor: number;
  readonly step: AdamStep;
}

/** The parameters of a kernel: the kind of each, in order. */
export type Params = Readonly<Record<string, keyof typeof KINDS>>;

/** The arguments of a kernel's twin. */
export type TwinArgs<P extends Params> = { readonly [K in keyof P]: InTwin[P[K]] };

/** The parameters of a kernel's WebAssembly function. */
type Types<P extends Params> = { readonly [K in keyof P]: (typeof KINDS)[P[K]] };

/** The parameters of a kernel as variables of its code. */
export type Variables<P extends Params> = ParamLocals<Types<P>>;

/** The properties of a model's memory that code depends on. */
export interface ModelShape {
  readonly attention: AttentionShape;
  /** True if the kernel `gradient` can pack rows, see `walk.ts`. */
  readonly packsRows: boolean;
}

/** The means of a kernel's code. */
export interface Emitter extends ModelShape {
  readonly r: Lanes;
  readonly local: NewLocal;
  readonly constant: Constants;
}

/** An operation of the model. */
export interface Kernel<P extends Params = Params> {
  readonly params: P;
  /** Computes it on memory, where attention's rows lie as `shape` says. */
  twin(args: TwinArgs<P>, memory: Views, shape: AttentionShape): void;
  /** Returns the body of the WebAssembly function. */
  code(params: Variables<P>, emitter: Emitter): Codes;
}

/** Declares a kernel: its twin and its code get the types of its parameters. */
export function kernel<const P extends Params>(definition: Kernel<P>): Kernel<P> {
  return definition;
}

/** Returns the parameters of a kernel's WebAssembly function. */
export function paramTypes<P extends Params>(params: P): Types<P> {
  const types = Object.entries(params).map(([name, kind]) => [name, KINDS[kind]] as const);
  return Object.fromEntries(types) as Types<P>; // one for each
}

/** Adds a kernel to a module, as the function `name`. */
export function addKernel(
  module: ModuleBuilder,
  name: string,
  { params, code }: Kernel,
  r: Lanes,
  { attention, packsRows }: ModelShape,
): void {
  module.function(
    name,
    paramTypes(params),
    (p, local) => code(p, { r, local, constant: newConstants(r, local), attention, packsRows }),
  );
}
