/**
 * A kernel: one operation of the model. It is declared once, as the names and kinds of its
 * parameters, a twin in plain TypeScript that says what it computes, and the code of a WebAssembly
 * function that computes the same. Programs, twin and code all use those names, so arguments
 * cannot change places.
 *
 * @module
 */

import type { Local, ValueType, Void } from "../asm/code.ts";
import { Constants, type Lanes } from "../asm/lanes.ts";
import type { ModuleBuilder, NewLocal } from "../asm/module.ts";
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

/** The kinds of parameters, and the arguments that a twin gets for them. */
interface InTwin {
  /** A matrix of rows. */
  readonly rows: Strided;
  /** Anything else in memory. */
  readonly ptr: Address;
  readonly bytes: Bytes;
  readonly count: Count;
  /** One of the numbers of an enumeration. */
  readonly choice: number;
  readonly step: AdamStep;
}

type Kind = keyof InTwin;

/** The kinds of parameters as variables of the code. */
type InCode = {
  readonly [K in Kind]: K extends "rows" ? Readonly<Record<"ptr" | "stride", Local<"i32">>>
    : K extends "step" ? Readonly<Record<keyof AdamStep, Local<"f64">>>
    : Local<"i32">;
};

/** The parameters of a kernel, in order. */
export type Params = Readonly<Record<string, Kind>>;

/** The arguments of a kernel's twin. */
export type TwinArgs<P extends Params> = { readonly [K in keyof P]: InTwin[P[K]] };

/** The parameters as variables of a kernel's code. */
export type Variables<P extends Params> = { readonly [K in keyof P]: InCode[P[K]] };

/** The means of a kernel's code. */
export interface Emitter {
  readonly r: Lanes;
  readonly local: NewLocal;
  readonly constants: Constants;
  readonly attention: AttentionShape;
}

/** An operation of the model. */
export interface Kernel<P extends Params = Params> {
  readonly params: P;
  /** Computes it on memory, where attention's rows lie as `shape` says. */
  twin(args: TwinArgs<P>, memory: Views, shape: AttentionShape): void;
  /** Returns the body of the WebAssembly function. */
  code(params: Variables<P>, emitter: Emitter): readonly Void[];
}

/** Declares a kernel: its twin and its code get the types of its parameters. */
export function kernel<const P extends Params>(definition: Kernel<P>): Kernel<P> {
  return definition;
}

/** The fields of a kind that takes two parameters of the WebAssembly function. */
const FIELDS = { rows: ["ptr", "stride"], step: ["scale", "offset"] } as const;

const fieldsOf = (kind: Kind): readonly string[] | undefined =>
  kind === "rows" || kind === "step" ? FIELDS[kind] : undefined;

/** Lists arguments in the order of the WebAssembly function's parameters. */
export function inOrder<T>(
  params: Params,
  args: Readonly<Record<string, T | Readonly<Record<string, T>>>>,
): T[] {
  return Object.entries(params).flatMap(([name, kind]) => {
    const arg = args[name]; // its form is that of its kind
    return fieldsOf(kind)?.map((field) => (arg as Readonly<Record<string, T>>)[field]!) ?? arg as T;
  });
}

/** Adds a kernel to a module, as the function `name`. */
export function addKernel(
  module: ModuleBuilder,
  name: string,
  { params, code }: Kernel,
  r: Lanes,
  attention: AttentionShape,
): void {
  const entries = Object.entries(params);
  const types = entries.flatMap(([name, kind]): [string, ValueType][] => {
    const type = kind === "step" ? "f64" : "i32";
    return fieldsOf(kind)?.map((field) => [`${name}.${field}`, type]) ?? [[name, type]];
  });
  module.function(name, Object.fromEntries(types), (locals, local) => {
    const variables = entries.map(([name, kind]) => {
      const fields = fieldsOf(kind)?.map((field) => [field, locals[`${name}.${field}`]] as const);
      return [name, fields ? Object.fromEntries(fields) : locals[name]] as const;
    });
    const p = Object.fromEntries(variables) as Variables<Params>; // of their kinds
    return code(p, { r, local, constants: new Constants(r, local), attention });
  });
}
