/**
 * The programs of a model as lists of kernel calls: `gpt()`, `loss.backward()` and the update of
 * microgpt.py, for all positions of all documents at once. Programs are data: `machine.ts` turns
 * each into a function of WebAssembly, or interprets it.
 *
 * @module
 */

import type { Params } from "./kernels/kernel.ts";
import type { KernelName, ParamsOf } from "./kernels/kernels.ts";
import { EPILOGUE } from "./kernels/matmul.ts";
import type { MemoryLayout } from "./memory/layout.ts";
import type { Weights } from "./memory/parameters.ts";
import type { Bytes, Count, Norm, Place, Rows } from "./memory/place.ts";

/** The variables of programs: what differs from one run to the next. */
export type Variable = "from" | "n" | "length" | "step";

/**
 * The arguments of calls, by the kind of parameter. A place is its address in row `from` of the
 * layer.
 */
interface InProgram {
  readonly rows: Rows;
  readonly ptr: Place;
  readonly bytes: Bytes | "length";
  readonly count: Count | "n";
  readonly choice: number;
  readonly factor: number;
  readonly step: "step";
}

/** An argument of a call. */
export type Argument = InProgram[keyof InProgram];

/** The arguments of a call, by the names of the kernel's parameters. */
type CallArgs<P extends Params> = { readonly [K in keyof P]: InProgram[P[K]] };

/** A call of a kernel. */
export interface Call {
  readonly kernel: KernelName;
  readonly args: Readonly<Record<string, Argument>>;
}

/** Calls that are made for each layer. */
export interface ForEachLayer {
  readonly order: "first to last" | "last to first";
  readonly calls: readonly Call[];
}

/** A list of calls, and the variables in their arguments. */
export interface Program {
  readonly params: readonly Variable[];
  readonly steps: readonly (Call | ForEachLayer)[];
}

/** Calls a kernel; its arguments are checked by the compiler. */
export function call<K extends KernelName>(kernel: K, args: CallArgs<ParamsOf<K>>): Call {
  return { kernel, args: args as Call["args"] }; // each of a kind
}

/** A call of a kernel that is known, with the arguments that it has. */
export type CallOf<K extends KernelName> = Call & { readonly args: CallArgs<ParamsOf<K>> };

/** Tells if a call is one of a kernel. */
export function isCallOf<K extends KernelName>(kernel: K, call: Call): call is CallOf<K> {
  return call.kernel === kernel;
}

/** Writes the programs of the model whose memory is laid out. */
export function programs(memory: MemoryLayout) {
  return {
    forward: forward(memory),
    loss: loss(memory),
    backward: backward(memory),
    update: update(memory),
  };
}

/** Writes the program for rows `from` to `from + n`, from tokens to logits. */
function forward(memory: MemoryLayout): Program {
  const { parameters, tokens, positions, embedded, start, layer, end, logits, logitsBias } = memory;
  const { wte, wpe, layer: w, lmHead } = parameters;
  const { attnNorm, qkv, attnWeights, attnOut, middle, mlpNorm, hidden } = layer;
  const { width } = embedded, n = "n";
  const rmsnorm = ({ y, scales }: Norm, x: Rows) =>
    call("rmsnorm", { y, x, scales, stride: y.stride, n, width, c: memory.config.nEmbd });
  return {
    params: ["from", "n"],
    steps: [
      call("embed", { x: embedded, wte, wpe, tokens, positions, n, width }),
      rmsnorm(start, embedded),
      {
        order: "first to last",
        calls: [
          rmsnorm(attnNorm, layer.start),
          linear(qkv, attnNorm.y, w.qkv),
          call("attention", { qkv, weights: attnWeights, out: attnOut, positions, n }),
          linear(middle, attnOut, w.out, EPILOGUE.add, layer.start),
          rmsnorm(mlpNorm, middle),
          linear(hidden, mlpNorm.y, w.fc1, EPILOGUE.relu),
          linear(layer.end, hidden, w.fc2, EPILOGUE.add, middle),
        ],
      },
      linear(logits, end, lmHead, EPILOGUE.add, logitsBias),
    ],
  };
}

/**
 * Writes the program from the logits of n rows to their gradients, and to the parts of the loss.
 */
function loss({ logits, targets, rowWeights, lossParts }: MemoryLayout): Program {
  const { width } = logits;
  return {
    params: ["n"],
    steps: [
      call("softmax", { logits, targets, weights: rowWeights, parts: lossParts, n: "n", width }),
    ],
  };
}

/**
 * Writes the program from the gradients of logits to those of the parameters, see `gradient.ts`.
 */
function backward(memory: MemoryLayout): Program {
  const { parameters, tokens, positions, start, layer, end, logits, zeros, d } = memory;
  const { wte, wpe, layer: w, lmHead } = parameters;
  const { attnNorm, qkv, attnWeights: weights, attnOut, mlpNorm, hidden } = layer;
  const n = "n", step = "step";
  const gradient = (w: Weights, dy: Rows, x: Rows) => {
    const { outBytes, inBytes } = w, region = parameters.length, scratch = memory.packed;
    return call("gradient", { w, region, dy, x, n, outBytes, inBytes, scratch, step });
  };
  /** The gradient of what was normalized; e is the one through the residual connection. */
  const rmsnormBackward = (dx: Rows, dy: Rows, { y, scales }: Norm, e: Rows) => {
    const { stride, width } = y, c = memory.config.nEmbd;
    return call("rmsnormBackward", { dx, dy, y, scales, e, stride, n, width, c });
  };
  const inGrads = (table: Weights): Place => ({ ...table, ptr: memory.grads.ptr + table.ptr });
  const lastEnd = ofLayer(d.end, memory.config.nLayer - 1);
  return {
    params: ["n", "step"],
    steps: [
      linearBackward(lastEnd, logits, lmHead),
      gradient(lmHead, logits, end),
      {
        order: "last to first",
        calls: [
          linearBackward(d.hidden, d.end, w.fc2, hidden),
          gradient(w.fc2, d.end, hidden),
          linearBackward(d.norm, d.hidden, w.fc1),
          gradient(w.fc1, d.hidden, mlpNorm.y),
          rmsnormBackward(d.middle, d.norm, mlpNorm, d.end),
          linearBackward(d.attnOut, d.middle, w.out),
          gradient(w.out, d.middle, attnOut),
          call("attentionBackward", {
            dqkv: d.qkv,
            dout: d.attnOut,
            qkv,
            weights,
            positions,
            scratch: memory.scratch,
            n,
          }),
          linearBackward(d.norm, d.qkv, w.qkv),
          gradient(w.qkv, d.qkv, attnNorm.y),
          rmsnormBackward(d.start, d.norm, attnNorm, d.middle),
        ],
      },
      rmsnormBackward(d.norm, ofLayer(d.start, 0), start, zeros),
      call("embedBackward", {
        x: d.norm,
        wte: inGrads(wte),
        wpe: inGrads(wpe),
        tokens,
        positions,
        n,
        width: d.norm.width,
      }),
    ],
  };
}

/** Writes the program of Adam for gradients that have been added up. */
function update({ params: w, m, v, grads: g }: MemoryLayout): Program {
  const length = "length", step = "step";
  return { params: [length, step], steps: [call("adam", { w, m, v, g, length, step })] };
}

/** Returns the matrix of one layer, whichever layer is being computed. */
function ofLayer(rows: Rows, layer: number): Rows {
  return { ...rows, ptr: rows.ptr + layer * rows.layerStride, layerStride: 0 };
}

/** y = w · x, and the epilogue with e. */
function linear(y: Rows, x: Rows, w: Weights, epilogue: number = EPILOGUE.none, e = y): Call {
  return call("linear", { y, x, w, e, n: "n", depth: w.inBytes, width: w.outBytes, epilogue });
}

/** dx = wᵀ · dy; if x came out of a ReLU, without the gradient of what that has cut off. */
function linearBackward(dx: Rows, dy: Rows, w: Weights, relu?: Rows): Call {
  const { outBytes: depth, inBytes: width } = w, e = relu ?? dx;
  const epilogue = relu === undefined ? EPILOGUE.none : EPILOGUE.mask;
  return call("linearBackward", { y: dx, x: dy, w, e, n: "n", depth, width, epilogue });
}
