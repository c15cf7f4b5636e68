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

/** A place that forbids it. */
type Place = (typeof FORBIDDEN)[number];

/** Calls `body` where modules of a size, or larger, cannot be compiled. */
export function withoutCompiler<T>(place: Place, body: () => T): T {
  const allow = forbid(place);
  try {
    return body();
  } finally {
    allow();
  }
}

/** The same for what takes its time. */
export async function awaitWithoutCompiler<T>(place: Place, body: () => Promise<T>): Promise<T> {
  const allow = forbid(place);
  try {
    return await body();
  } finally {
    allow();
  }
}

function forbid({ minSize, error }: Place): () => void {
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(code: BufferSource) {
      if (code.byteLength >= minSize) throw error;
      super(code);
    }
  };
  return () => {
    WebAssembly.Module = Module;
  };
}
