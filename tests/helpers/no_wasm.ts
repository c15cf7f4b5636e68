/** Places that forbid WebAssembly to be compiled. */

/** The error that compiling throws there, and the size of a module from which on it does. */
export const FORBIDDEN: readonly { name: string; minSize: number; error: Error }[] = [
  {
    name: "a page without wasm-unsafe-eval",
    minSize: 0,
    error: new WebAssembly.CompileError("Wasm code generation disallowed by embedder"),
  },
  {
    name: "an old browser, outside of a worker",
    minSize: 4097,
    error: new RangeError("WebAssembly.Compile is disallowed on the main thread"),
  },
];

/** Calls `body` where modules of a size, or larger, cannot be compiled. */
export function withoutCompiler<T>(
  { minSize, error }: (typeof FORBIDDEN)[number],
  body: () => T,
): T {
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(code: BufferSource) {
      if (code.byteLength >= minSize) throw error;
      super(code);
    }
  };
  try {
    return body();
  } finally {
    WebAssembly.Module = Module;
  }
}
