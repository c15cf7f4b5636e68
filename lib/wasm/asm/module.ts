/**
 * A WebAssembly module in the making: functions and one memory go in, bytes come out.
 *
 * @module
 */

import { byte, list, name, sized, toBytes, u32 } from "./bytes.ts";
import type { Codes, Operand, ValueType, Void } from "./code.ts";
import { call, Local, sequence, VALUE_TYPES } from "./code.ts";
import { OPCODES } from "./opcodes.ts";

/** A value of a type for each name, or a group of them. */
type Named<T> = Readonly<Record<string, T | Readonly<Record<string, T>>>>;

/** The types of a function's parameters, by name, in order. */
export type Params = Named<ValueType>;

/** A function's parameters as variables. */
export type ParamLocals<P extends Params> = { readonly [K in keyof P]: LocalsOf<P[K]> };

/** A variable for a type, and a group for a group; for one of several, one of theirs. */
type LocalsOf<T> = T extends ValueType ? Local<T>
  : { readonly [F in keyof T]: T[F] extends ValueType ? Local<T[F]> : never };

/** Makes a new variable of a function; a value given here is set before the body runs. */
export type NewLocal = <T extends ValueType>(type: T, value?: Operand<T>) => Local<T>;

interface FunctionEntry {
  readonly name: string;
  readonly params: Params;
  readonly locals: readonly ValueType[];
  readonly body: Void;
}

const MAGIC_AND_VERSION = "\0asm\x01\0\0\0";
const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10 };
const KIND = { function: 0, memory: 2 };
/** The limits of a memory: it has a maximum, for it never grows; and threads may share it. */
const LIMITS = { maximum: 1, shared: 2 };
const FUNCTION_TYPE = 0x60;

/** Collects functions; all of them are exported, and return nothing. */
export class ModuleBuilder {
  readonly #functions: FunctionEntry[] = [];

  /**
   * Adds a function.
   *
   * @param name Its name as an export.
   * @param params The types of its parameters.
   * @param body Called with the parameters and a function that makes more variables.
   */
  function<P extends Params>(
    name: string,
    params: P,
    body: (params: ParamLocals<P>, local: NewLocal) => Codes,
  ): void {
    let count = 0;
    const locals: ValueType[] = [], start: Void[] = [];
    const newParam = (type: ValueType) => new Local(type, count++);
    const variables: Record<string, Local<ValueType> | Record<string, Local<ValueType>>> = {};
    for (const [name, type] of Object.entries(params)) {
      if (typeof type === "string") variables[name] = newParam(type);
      else {
        const fields = Object.entries(type).map(([field, type]) =>
          [field, newParam(type)] as const
        );
        variables[name] = Object.fromEntries(fields);
      }
    }
    const newLocal: NewLocal = (type, value) => {
      locals.push(type);
      const local = new Local(type, count++);
      if (value !== undefined) start.push(local.set(value));
      return local;
    };
    const codes = body(variables as ParamLocals<P>, newLocal); // one of its type for each
    this.#functions.push({ name, params, locals, body: sequence(start, codes) });
  }

  /**
   * Calls a function that has been added.
   *
   * @param name Its name as an export.
   * @param args Values for its parameters.
   */
  call(name: string, args: Named<Operand<ValueType>>): Void {
    const index = this.#functions.findIndex((entry) => entry.name === name);
    return call(index, inOrder(this.#functions[index]!.params, args)); // it has been added
  }

  /**
   * Writes the module.
   *
   * @param pages The size of the memory, in pages of 64 kB.
   * @param isShared True if threads share the memory. It is then imported, as `memory` of the
   * module `""`; otherwise it is exported as `memory`.
   */
  toBytes(pages: number, isShared = false): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const exports = functions.map((f, i) => name(f.name) + byte(KIND.function) + u32(i));
    const flags = LIMITS.maximum + (isShared ? LIMITS.shared : 0);
    const limits = byte(flags) + u32(pages) + u32(pages);
    const imported = name("") + name("memory") + byte(KIND.memory) + limits;
    if (!isShared) exports.push(name("memory") + byte(KIND.memory) + u32(0));
    return toBytes(
      MAGIC_AND_VERSION +
        section(SECTION.type, functions.map(typeOf)) +
        (isShared ? section(SECTION.import, [imported]) : "") +
        section(SECTION.function, functions.map((_, i) => u32(i))) +
        (isShared ? "" : section(SECTION.memory, [limits])) +
        section(SECTION.export, exports) +
        section(SECTION.code, functions.map(codeOf)),
    );
  }
}

/** Lists values in the order of parameters. */
export function inOrder<T>(params: Params, values: Named<T>): T[] {
  const list: T[] = [];
  for (const name in params) {
    const param = params[name]!, value = values[name]; // one for each, a group for a group
    if (typeof param === "string") list.push(value as T);
    else for (const field in param) list.push((value as Readonly<Record<string, T>>)[field]!);
  }
  return list;
}

/** Writes a section: its number, its size, and a list of entries. */
function section(id: number, entries: readonly string[]): string {
  return byte(id) + sized(list(entries));
}

/** Writes the type of a function: its parameters, and no results. */
function typeOf({ params }: FunctionEntry): string {
  const types = inOrder(params, params).map((type) => byte(VALUE_TYPES[type]));
  return byte(FUNCTION_TYPE) + list(types) + list([]);
}

/** Writes a function's variables, each as a group of one, and its body. */
function codeOf({ locals, body }: FunctionEntry): string {
  const variables = list(locals.map((type) => u32(1) + byte(VALUE_TYPES[type])));
  return sized(variables + body.bytes + byte(OPCODES.end));
}
