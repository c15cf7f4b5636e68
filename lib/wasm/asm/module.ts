/**
 * A WebAssembly module in the making: functions and one memory go in, bytes
 * come out.
 *
 * @module
 */

import {
  call,
  type Code,
  Local,
  type Operand,
  sequence,
  VALUE_TYPES,
  type ValueType,
  type Void,
} from "./code.ts";
import { byte, list, name, sized, toBytes, u32 } from "./bytes.ts";
import { OPCODES } from "./opcodes.ts";

/** The types of a function's parameters, by name, in order. */
export type Params = Readonly<Record<string, ValueType>>;

/** A function's parameters as variables. */
export type ParamLocals<P extends Params> = { readonly [K in keyof P]: Local<P[K]> };

/** Makes a new variable of a function; with a value, it has that before all the code is run. */
export type NewLocal = <T extends ValueType>(type: T, value?: Operand<T>) => Local<T>;

interface FunctionEntry {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Void;
}

const MAGIC_AND_VERSION = "\0asm\x01\0\0\0";
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10 };
const EXPORT_KIND = { function: 0, memory: 2 };
const FUNCTION_TYPE = 0x60;

/** Collects functions; all of them are exported, and return nothing. */
export class ModuleBuilder {
  readonly #functions: FunctionEntry[] = [];

  /**
   * Adds a function.
   *
   * @param name The name it is exported by.
   * @param params The types of its parameters.
   * @param body Called with its parameters and with what makes more variables.
   */
  function<P extends Params>(
    name: string,
    params: P,
    body: (params: ParamLocals<P>, local: NewLocal) => readonly Code<"void">[],
  ): void {
    const types = Object.values(params);
    const locals: ValueType[] = [], start: Void[] = [];
    const newLocal: NewLocal = (type, value) => {
      const local = new Local(type, types.length + locals.push(type) - 1);
      if (value !== undefined) start.push(local.set(value));
      return local;
    };
    const paramLocals = Object.fromEntries(
      Object.entries(params).map(([key, type], i) => [key, new Local(type, i)]),
    ) as ParamLocals<P>; // the same keys, each with a variable of its type
    const codes = body(paramLocals, newLocal);
    this.#functions.push({
      name,
      params: types,
      locals,
      body: sequence(...start, ...codes),
    });
  }

  /**
   * Calls a function that has been added.
   *
   * @param name The name it is exported by.
   * @param args Values for its parameters, in order.
   */
  call(name: string, args: readonly Operand<ValueType>[]): Void {
    return call(this.#functions.findIndex((entry) => entry.name === name), args);
  }

  /**
   * Writes the module.
   *
   * @param pages The size of the memory, in pages of 64 kB, exported as `memory`.
   */
  toBytes(pages: number): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const exports = functions.map((f, i) => name(f.name) + byte(EXPORT_KIND.function) + u32(i));
    exports.push(name("memory") + byte(EXPORT_KIND.memory) + u32(0));
    const hasMaximum = byte(1); // it never grows
    return toBytes(
      MAGIC_AND_VERSION +
        section(SECTION.type, functions.map(({ params }) => typeOf(params))) +
        section(SECTION.function, functions.map((_, i) => u32(i))) +
        section(SECTION.memory, [hasMaximum + u32(pages) + u32(pages)]) +
        section(SECTION.export, exports) +
        section(SECTION.code, functions.map(codeOf)),
    );
  }
}

/** A section: its number, its size, and a list of entries. */
function section(id: number, entries: readonly string[]): string {
  return byte(id) + sized(list(entries));
}

/** The type of a function: its parameters, and no results. */
function typeOf(params: readonly ValueType[]): string {
  return byte(FUNCTION_TYPE) + list(params.map((type) => byte(VALUE_TYPES[type]))) + list([]);
}

/** Its variables, one of a type at a time, and what it does. */
function codeOf({ locals, body }: FunctionEntry): string {
  const variables = list(locals.map((type) => u32(1) + byte(VALUE_TYPES[type])));
  return sized(variables + body.bytes + byte(OPCODES.end));
}
