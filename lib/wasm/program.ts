/**
 * What a model does with the rows in memory, as lists of calls of kernels:
 * `gpt()`, `loss.backward()` and the update of microgpt.py, for all positions of
 * all documents at once. Programs are data: `machine.ts` makes a function of
 * WebAssembly out of each, or carries them out as they are.
 *
 * @module
 */

import type { Kernels } from "./kernels/kernels.ts";
import type { MemoryLayout } from "./memory/layout.ts";
import { EPILOGUE } from "./kernels/matmul.ts";
import type { Weights } from "./memory/parameters.ts";
import type { Norm, Place, Rows } from "./memory/place.ts";

/** What differs from one run of a program to the next. */
export type Variable = "from" | "n" | "length" | "scale" | "offset";

/** What a kernel is called with; a place stands for its address in row `from` of the layer. */
export type Argument = number | Variable | Place;

/** A call of a kernel. */
export interface Call {
  readonly kernel: keyof Kernels;
  readonly args: readonly Argument[];
}

/** Calls that are made for each layer. */
export interface ForEachLayer {
  readonly order: "first to last" | "last to first";
  readonly calls: readonly Call[];
}

/** What is done, one after the other. */
export interface Program {
  readonly params: readonly Variable[];
  readonly steps: readonly (Call | ForEachLayer)[];
}

/** As many arguments as parameters. */
type Arguments<P extends readonly unknown[]> = { readonly [I in keyof P]: Argument };

function call<K extends keyof Kernels>(
  kernel: K,
  ...args: Arguments<Parameters<Kernels[K]>>
): Call {
  return { kernel, args };
}

/** The programs of a model. */
export class Model {
  readonly #memory: MemoryLayout;

  /** Takes a model whose memory is laid out. */
  constructor(memory: MemoryLayout) {
    this.#memory = memory;
  }

  /** Rows `from` to `from + n`, from tokens to logits. */
  forward(): Program {
    const { parameters, tokens, positions, embedded, start, layer, end } = this.#memory;
    const { wte, wpe, layer: w, lmHead } = parameters;
    const { attnNorm, qkv, attnWeights, attnOut, middle, mlpNorm, hidden } = layer;
    const { logits, logitsBias } = this.#memory;
    return {
      params: ["from", "n"],
      steps: [
        call("embed", embedded, embedded.stride, wte, wpe, tokens, positions, "n", embedded.width),
        this.#rmsnorm(start, embedded),
        {
          order: "first to last",
          calls: [
            this.#rmsnorm(attnNorm, layer.start),
            linear(qkv, attnNorm.y, w.qkv),
            call("attention", qkv, attnWeights, attnOut, positions, "n"),
            linear(middle, attnOut, w.out, EPILOGUE.add, layer.start),
            this.#rmsnorm(mlpNorm, middle),
            linear(hidden, mlpNorm.y, w.fc1, EPILOGUE.relu),
            linear(layer.end, hidden, w.fc2, EPILOGUE.add, middle),
          ],
        },
        linear(logits, end, lmHead, EPILOGUE.add, logitsBias),
      ],
    };
  }

  /** From the logits of n rows to their gradients, and to the parts of the loss. */
  loss(): Program {
    const { logits, targets, rowWeights, lossParts } = this.#memory;
    const { stride, width } = logits;
    const softmax = call("softmax", logits, stride, targets, rowWeights, lossParts, "n", width);
    return { params: ["n"], steps: [softmax] };
  }

  /** From the gradients of the logits back to those of the parameters, see `Gradient`. */
  backward(): Program {
    const { parameters, tokens, positions, start, layer, end, logits, zeros } = this.#memory;
    const { d, grads, scratch } = this.#memory;
    const { wte, wpe, layer: w, lmHead } = parameters;
    const { attnNorm, qkv, attnWeights, attnOut, mlpNorm, hidden } = layer;
    const { stride, width } = d.norm;
    const dWte = moved(wte, grads), dWpe = moved(wpe, grads);
    return {
      params: ["n", "scale", "offset"],
      steps: [
        linearBackward(d.end, logits, lmHead),
        this.#gradient(lmHead, logits, end),
        {
          order: "last to first",
          calls: [
            linearBackward(d.hidden, d.end, w.fc2, hidden),
            this.#gradient(w.fc2, d.end, hidden),
            linearBackward(d.norm, d.hidden, w.fc1),
            this.#gradient(w.fc1, d.hidden, mlpNorm.y),
            this.#rmsnormBackward(d.middle, d.norm, mlpNorm, d.end),
            linearBackward(d.attnOut, d.middle, w.out),
            this.#gradient(w.out, d.middle, attnOut),
            call("attentionBackward", d.qkv, d.attnOut, qkv, attnWeights, positions, scratch, "n"),
            linearBackward(d.norm, d.qkv, w.qkv),
            this.#gradient(w.qkv, d.qkv, attnNorm.y),
            this.#rmsnormBackward(d.end, d.norm, attnNorm, d.middle),
          ],
        },
        this.#rmsnormBackward(d.norm, d.end, start, zeros),
        call("embedBackward", d.norm, stride, dWte, dWpe, tokens, positions, "n", width),
      ],
    };
  }

  /** Adam, from the gradients that have been added up. */
  update(): Program {
    const { params, m, v, grads } = this.#memory;
    const adam = call("adam", params, m, v, grads, "length", "scale", "offset");
    return { params: ["length", "scale", "offset"], steps: [adam] };
  }

  #rmsnorm({ y, scales }: Norm, x: Rows): Call {
    const { nEmbd } = this.#memory.config;
    return call("rmsnorm", y, x, scales, y.stride, "n", y.width, nEmbd);
  }

  /** dw = dyᵀ · x, see `Gradient` */
  #gradient(w: Weights, dy: Rows, x: Rows): Call {
    const { length } = this.#memory.parameters;
    const { out, in: in_ } = w, { stride } = dy;
    return call("gradient", w, length, dy, stride, x, x.stride, "n", out, in_, "scale", "offset");
  }

  /** The gradient of what was normalised, and e: what comes through the residual connection. */
  #rmsnormBackward(dx: Rows, dy: Rows, { y, scales }: Norm, e: Rows): Call {
    const { nEmbd } = this.#memory.config;
    return call("rmsnormBackward", dx, dy, y, scales, e, e.stride, y.stride, "n", y.width, nEmbd);
  }
}

/** y = w · x, and the epilogue with e. */
function linear(y: Rows, x: Rows, w: Weights, epilogue: number = EPILOGUE.none, e = y): Call {
  return call("linear", y, y.stride, x, x.stride, w, e, e.stride, "n", w.in, w.out, epilogue);
}

/** dx = wᵀ · dy; where x came out of a ReLU, no gradient for what it has cut off. */
function linearBackward(dx: Rows, dy: Rows, w: Weights, relu?: Rows): Call {
  const epilogue = relu === undefined ? EPILOGUE.none : EPILOGUE.mask;
  const { out, in: in_ } = w, { stride } = dx, e = relu ?? dx;
  return call("linearBackward", dx, stride, dy, dy.stride, w, e, e.stride, "n", out, in_, epilogue);
}

/** The same place in another region. */
function moved(weights: Weights, region: number): Place {
  return { ...weights, ptr: weights.ptr + region };
}
