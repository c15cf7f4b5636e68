/**
 * A WebAssembly module in the making: functions and one memory go in, bytes
 * come out.
 *
 * @module
 */

import { Bytes } from "./bytes.ts";
import { type Code, Local, sequence, VALUE_TYPES, type ValueType, type Void } from "./code.ts";
import { OPCODES } from "./opcodes.ts";

/** The types of a function's parameters, by name, in order. */
export type Params = Readonly<Record<string, ValueType>>;

/** A function's parameters as variables. */
export type ParamLocals<P extends Params> = { readonly [K in keyof P]: Local<P[K]> };

/** Makes a new variable of a function. */
export type NewLocal = <T extends ValueType>(type: T) => Local<T>;

interface FunctionEntry {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Void;
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
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
    const locals: ValueType[] = [];
    const newLocal: NewLocal = (type) => new Local(type, types.length + locals.push(type) - 1);
    const paramLocals = Object.fromEntries(
      Object.entries(params).map(([key, type], i) => [key, new Local(type, i)]),
    ) as ParamLocals<P>; // the same keys, each with a variable of its type
    const codes = body(paramLocals, newLocal);
    this.#functions.push({
      name,
      params: types,
      locals,
      body: sequence(...codes),
    });
  }

  /**
   * Writes the module.
   *
   * @param pages The size of the memory, in pages of 64 kB, exported as `memory`.
   */
  toBytes(pages: number): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    const functions = this.#functions;
    out.all(Uint8Array.from(MAGIC_AND_VERSION));
    section(out, SECTION.type, functions, (bytes, { params }) => {
      bytes.byte(FUNCTION_TYPE);
      types(bytes, params);
      types(bytes, []); // no results
    });
    section(out, SECTION.function, functions, (bytes, _, i) => bytes.u32(i));
    section(out, SECTION.memory, [pages], (bytes) => {
      bytes.byte(1); // a maximum is given: it never grows
      bytes.u32(pages);
      bytes.u32(pages);
    });
    const exports = functions.map(({ name }, index) => ({
      name,
      kind: EXPORT_KIND.function,
      index,
    }));
    exports.push({ name: "memory", kind: EXPORT_KIND.memory, index: 0 });
    section(out, SECTION.export, exports, (bytes, { name, kind, index }) => {
      bytes.name(name);
      bytes.byte(kind);
      bytes.u32(index);
    });
    section(out, SECTION.code, functions, (bytes, { locals, body }) => {
      const code = new Bytes();
      code.u32(locals.length);
      for (const type of locals) {
        code.u32(1); // one of this type
        code.byte(VALUE_TYPES[type]);
      }
      body.emit(code);
      code.byte(OPCODES.end);
      bytes.sized(code.view());
    });
    return out.view();
  }
}

/** Writes a section: its number, its size, and a list of entries. */
function section<T>(
  out: Bytes,
  id: number,
  entries: readonly T[],
  write: (bytes: Bytes, entry: T, i: number) => void,
): void {
  const bytes = new Bytes();
  bytes.u32(entries.length);
  entries.forEach((entry, i) => write(bytes, entry, i));
  out.byte(id);
  out.sized(bytes.view());
}

function types(bytes: Bytes, types: readonly ValueType[]): void {
  bytes.u32(types.length);
  for (const type of types) bytes.byte(VALUE_TYPES[type]);
}
