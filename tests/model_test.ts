import { assert, assertEquals } from "@std/assert";
import {
  assertConfig,
  DEFAULT_SIZES,
  type GptConfig,
  initWeights,
  layout,
  numParams,
} from "../lib/config.ts";
import { Gpt, linear, rmsnorm, softmax } from "../lib/model.ts";
import { Random } from "../lib/random.ts";
import { Value } from "../lib/value.ts";
import { assertAllClose, assertClose, assertFails } from "./helpers/assert.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";
import { documentFor, emptyCache, gradientOf, lossAt, SHAPES } from "./helpers/reference.ts";

const CONFIG: GptConfig = { vocabSize: 27, ...DEFAULT_SIZES };
const values = (numbers: readonly number[]) => numbers.map((x) => new Value(x));
const numbers = (values: readonly Value[]) => values.map(({ data }) => data);

Deno.test("DEFAULT_SIZES are those of microgpt.py", () => {
  assertEquals(DEFAULT_SIZES, { nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 });
});

Deno.test("layout() has the names, shapes and order of microgpt.py's state dict", () => {
  const config = { vocabSize: 5, nLayer: 2, nEmbd: 6, nHead: 3, blockSize: 7 };
  assertEquals(layout(config), [
    { name: "wte", nout: 5, nin: 6, offset: 0 },
    { name: "wpe", nout: 7, nin: 6, offset: 30 },
    { name: "lm_head", nout: 5, nin: 6, offset: 72 },
    { name: "layer0.attn_wq", nout: 6, nin: 6, offset: 102 },
    { name: "layer0.attn_wk", nout: 6, nin: 6, offset: 138 },
    { name: "layer0.attn_wv", nout: 6, nin: 6, offset: 174 },
    { name: "layer0.attn_wo", nout: 6, nin: 6, offset: 210 },
    { name: "layer0.mlp_fc1", nout: 24, nin: 6, offset: 246 },
    { name: "layer0.mlp_fc2", nout: 6, nin: 24, offset: 390 },
    { name: "layer1.attn_wq", nout: 6, nin: 6, offset: 534 },
    { name: "layer1.attn_wk", nout: 6, nin: 6, offset: 570 },
    { name: "layer1.attn_wv", nout: 6, nin: 6, offset: 606 },
    { name: "layer1.attn_wo", nout: 6, nin: 6, offset: 642 },
    { name: "layer1.mlp_fc1", nout: 24, nin: 6, offset: 678 },
    { name: "layer1.mlp_fc2", nout: 6, nin: 24, offset: 822 },
  ]);
});

Deno.test("layout() leaves no gap, and numParams() is its sum", () => {
  for (const { name, config } of [...SHAPES, { name: "microgpt.py's", config: CONFIG }]) {
    let end = 0;
    for (const { nout, nin, offset } of layout(config)) {
      assertEquals(offset, end, name);
      end += nout * nin;
    }
    assertEquals(numParams(config), end, name);
  }
});

Deno.test("numParams() is what microgpt.py prints", () => {
  assertEquals(numParams(CONFIG), 4192);
  assertEquals(numParams({ ...CONFIG, nLayer: 2 }), 7264);
  assertEquals(numParams({ ...CONFIG, vocabSize: 58 }), 5184);
});

for (const name of ["vocabSize", "nLayer", "nEmbd", "nHead", "blockSize"] as const) {
  Deno.test(`assertConfig() throws if ${name} is not a positive integer`, () => {
    for (const value of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
      const config = { ...CONFIG, [name]: value };
      const message =
        `Cannot create the model: ${name} must be a positive integer: ${name} is ${value}`;
      for (const call of [assertConfig, layout, numParams]) {
        assertFails(() => call(config), RangeError, message);
      }
      assertFails(() => initWeights(config, new Random(1)), RangeError, message);
      assertFails(() => new Gpt(config, []), RangeError, message);
    }
  });
}

Deno.test("assertConfig() throws if nEmbd is not divisible by nHead", () => {
  for (const [nEmbd, nHead] of [[10, 4], [1, 2], [16, 3]] as const) {
    assertFails(
      () => assertConfig({ ...CONFIG, nEmbd, nHead }),
      RangeError,
      `Cannot create the model: nEmbd must be divisible by nHead: nEmbd is ${nEmbd}, nHead is ${nHead}`,
    );
  }
});

Deno.test("initWeights() draws none that no engine can hold", () => {
  const config = { vocabSize: 27, nLayer: 1, nEmbd: 1e9, nHead: 4, blockSize: 16 };
  assertFails(
    () => initWeights(config, new Random(1)),
    RangeError,
    "Cannot create the model: it has 12000000070000000000 parameters: " +
      "there can be at most 536870912: lower nEmbd, nLayer or blockSize",
  );
});

Deno.test("initWeights() draws gauss(0, 0.08) for each parameter, in order", () => {
  const config = SHAPES[1]!.config;
  const weights = initWeights(config, new Random(7));
  const random = new Random(7);
  assertEquals(weights, new Float64Array(numParams(config)).map(() => random.gauss(0, 0.08)));
});

Deno.test("Gpt() puts the weights into its matrices row by row", () => {
  const config = SHAPES[2]!.config;
  const weights = Array.from({ length: numParams(config) }, (_, i) => i);
  const gpt = new Gpt(config, weights);
  assertEquals(numbers(gpt.params), weights);
  assertEquals([...gpt.stateDict.keys()], layout(config).map(({ name }) => name));
  for (const { name, nout, nin, offset } of layout(config)) {
    const matrix = gpt.stateDict.get(name)!;
    assertEquals([matrix.length, ...new Set(matrix.map((row) => row.length))], [nout, nin], name);
    assertEquals(
      matrix.flatMap((row) => numbers(row)),
      weights.slice(offset, offset + nout * nin),
      name,
    );
    assert(matrix[0]![0] === gpt.params[offset], "the matrices hold the parameters themselves");
  }
});

Deno.test("Gpt() throws on another number of weights", () => {
  for (const n of [0, 4191, 4193]) {
    assertFails(
      () => new Gpt(CONFIG, new Float64Array(n)),
      TypeError,
      `Cannot create the model: it has 4192 parameters: ${n} weights are given`,
    );
  }
});

Deno.test("Gpt.forward() gives a logit for each token, and remembers the position", () => {
  for (const { name, config } of SHAPES) {
    const gpt = new Gpt(config, initWeights(config, new Random(1)));
    const { keys, values } = emptyCache(config);
    for (let posId = 0; posId < config.blockSize; posId++) {
      const logits = gpt.forward(posId % config.vocabSize, posId, keys, values);
      assertEquals(logits.length, config.vocabSize, name);
      assert(logits.every(({ data }) => Number.isFinite(data)), name);
      for (const cache of [...keys, ...values]) {
        assertEquals(cache.length, posId + 1, name);
        assertEquals(cache[posId]!.length, config.nEmbd, name);
      }
    }
  }
});

Deno.test("Gpt.forward() throws on a token or a position that does not exist", () => {
  const gpt = new Gpt(CONFIG, new Float64Array(4192));
  for (const [tokenId, posId] of [[27, 0], [-1, 0], [0.5, 0], [0, 16], [0, -1], [NaN, NaN]]) {
    assertFails(
      () => gpt.forward(tokenId!, posId!, [[]], [[]]),
      RangeError,
      `Cannot run the model: token ${tokenId} at position ${posId}: tokens are 0 to 26, positions 0 to 15`,
    );
  }
});

/**
 * `gpt()` of microgpt.py on plain numbers, for a whole sequence; no caches, no Values.
 *
 * @param onRelu Called with the input of each relu.
 * @param onNorm Called with the mean square of each rmsnorm's input.
 */
function plainLogits(
  config: GptConfig,
  weights: Float64Array,
  tokens: readonly number[],
  onRelu: (x: number) => void = () => {},
  onNorm: (ms: number) => void = () => {},
): number[][] {
  const { nLayer, nEmbd, nHead } = config;
  const headDim = nEmbd / nHead;
  const places = new Map(layout(config).map((place) => [place.name, place]));
  const row = (name: string, o: number) => {
    const { nin, offset } = places.get(name)!;
    return [...weights.subarray(offset + o * nin, offset + (o + 1) * nin)];
  };
  const times = (name: string, x: number[]) =>
    Array.from(
      { length: places.get(name)!.nout },
      (_, o) => row(name, o).reduce((total, w, i) => total + w * x[i]!, 0),
    );
  const norm = (x: number[]) => {
    const ms = x.reduce((total, xi) => total + xi * xi, 0) / x.length;
    onNorm(ms);
    return x.map((xi) => xi / Math.sqrt(ms + 1e-5));
  };
  const plus = (a: number[], b: number[]) => a.map((ai, i) => ai + b[i]!);
  let xs = tokens.map((token, t) => norm(plus(row("wte", token), row("wpe", t))));
  for (let layer = 0; layer < nLayer; layer++) {
    const name = (matrix: string) => `layer${layer}.${matrix}`;
    const normed = xs.map(norm);
    const q = normed.map((x) => times(name("attn_wq"), x));
    const k = normed.map((x) => times(name("attn_wk"), x));
    const v = normed.map((x) => times(name("attn_wv"), x));
    xs = xs.map((x, t) => {
      const out = new Array<number>(nEmbd).fill(0);
      for (let h = 0; h < nHead; h++) {
        const scores = [];
        for (let s = 0; s <= t; s++) {
          let score = 0;
          for (let j = h * headDim; j < (h + 1) * headDim; j++) score += q[t]![j]! * k[s]![j]!;
          scores.push(Math.exp(score / Math.sqrt(headDim)));
        }
        const total = scores.reduce((a, b) => a + b, 0);
        for (let j = h * headDim; j < (h + 1) * headDim; j++) {
          scores.forEach((score, s) => out[j]! += score / total * v[s]![j]!);
        }
      }
      return plus(times(name("attn_wo"), out), x);
    });
    xs = xs.map((x) => {
      const hidden = times(name("mlp_fc1"), norm(x));
      hidden.forEach(onRelu);
      return plus(times(name("mlp_fc2"), hidden.map((xi) => Math.max(0, xi))), x);
    });
  }
  return xs.map((x) => times("lm_head", x));
}

for (const { name, config } of SHAPES) {
  Deno.test(`Gpt.forward() agrees with plain arithmetic: ${name}`, () => {
    const weights = gaussVector(newRandom(`forward, ${name}`), numParams(config), 0.3);
    const gpt = new Gpt(config, weights);
    const tokens = documentFor(config, config.blockSize).slice(0, config.blockSize);
    const { keys, values } = emptyCache(config);
    plainLogits(config, weights, tokens).forEach((expected, posId) => {
      const logits = numbers(gpt.forward(tokens[posId]!, posId, keys, values));
      // Some hundred additions of numbers of size 1 to 10, in another order here and there.
      assertAllClose(logits, expected, 1e-12, `logits at position ${posId}`);
    });
  });
}

Deno.test("linear() multiplies each row with the vector", () => {
  const w = [[1, 2, 3], [-1, 0, 0.5]].map(values);
  assertEquals(numbers(linear(values([10, 20, 30]), w)), [140, 5]);
  assertEquals(linear([], []), []);
});

Deno.test("softmax() gives probabilities in the order of the logits", () => {
  const random = newRandom("softmax");
  for (let round = 0; round < 200; round++) {
    const logits = [...gaussVector(random, 1 + random.randbelow(20), 10 ** random.randbelow(4))];
    const probs = numbers(softmax(values(logits)));
    assert(probs.every((p) => p >= 0 && p <= 1));
    // Each of the n quotients and sums is off by ε/2 at most.
    const total = probs.reduce((a, b) => a + b, 0);
    assertClose(total, 1, logits.length * Number.EPSILON, "sum");
    logits.forEach((a, i) =>
      logits.forEach((b, k) => assert(a <= b ? probs[i]! <= probs[k]! : probs[i]! >= probs[k]!))
    );
  }
});

Deno.test("softmax() has the values of the formula, and does not overflow", () => {
  const table: [number[], number[]][] = [
    [[0], [1]],
    [[5, 5], [0.5, 0.5]],
    [[0, Math.log(3)], [0.25, 0.75]],
    [[1000, 1000 + Math.log(3)], [0.25, 0.75]],
    [[-1e308, 1e308], [0, 1]],
    [[-1e5, -1e5], [0.5, 0.5]],
  ];
  for (const [logits, expected] of table) {
    // 1000 + ln 3 is rounded to a multiple of 2⁻⁴³.
    assertAllClose(numbers(softmax(values(logits))), expected, 2 ** -43, `softmax(${logits})`);
  }
});

Deno.test("softmax() does not change when all logits are shifted, nor do its gradients", () => {
  const gradients = (shift: number) => {
    const logits = values([1 + shift, 2 + shift, -1 + shift]);
    softmax(logits)[1]!.log().backward();
    return logits.map(({ grad }) => grad);
  };
  const expected = gradients(0);
  assertAllClose(gradients(64), expected, 1e-13, "gradients"); // 1 + 64 etc. are exact
  assertClose(expected.reduce((a, b) => a + b, 0), 0, 1e-15, "sum of the gradients");
});

Deno.test("rmsnorm() scales to a root mean square of 1", () => {
  const random = newRandom("rmsnorm");
  for (const n of [1, 2, 3, 16, 100]) {
    const x = [...gaussVector(random, n, 5)];
    const ms = x.reduce((total, xi) => total + xi * xi, 0) / n;
    const scaled = numbers(rmsnorm(values(x)));
    assertAllClose(
      scaled,
      x.map((xi) => xi / Math.sqrt(ms + 1e-5)),
      1e-14 * Math.sqrt(n),
      `n ${n}`,
    );
    const scaledMs = scaled.reduce((total, xi) => total + xi * xi, 0) / n;
    assertClose(scaledMs, ms / (ms + 1e-5), 1e-14, `mean square, n ${n}`);
  }
});

Deno.test("rmsnorm() keeps a vector of zeros", () => {
  assertEquals(numbers(rmsnorm(values([0, 0, 0]))), [0, 0, 0]);
});

for (const { name, config } of SHAPES) {
  const { blockSize } = config;
  for (const [what, length] of [["short", 1], ["longer than the block", blockSize + 3]] as const) {
    Deno.test(`Gpt has the gradient of its loss in random directions: ${name}, ${what}`, () => {
      const random = newRandom(`direction, ${name}, ${what}`);
      const tokens = documentFor(config, length);
      const n = numParams(config);
      for (let done = 0; done < 3;) {
        const weights = gaussVector(random, n, 0.3);
        const direction = gaussVector(random, n);
        const norm = Math.hypot(...direction);
        const u = direction.map((d) => d / norm);
        const at = (h: number) => weights.map((w, i) => w + h * u[i]!); // u as long as weights
        if (!isSmooth(config, tokens, at)) continue;
        const analytic = gradientOf(config, weights, tokens)
          .reduce((total, g, i) => total + g * u[i]!, 0); // as above
        assertDerivative(analytic, (h) => lossAt(config, at(h), tokens), `direction ${done}`);
        done++;
      }
    });
  }

  Deno.test(`Gpt has the gradient of its loss for single parameters: ${name}`, () => {
    const random = newRandom(`single parameters, ${name}`);
    const tokens = documentFor(config, blockSize);
    const draw = () => gaussVector(random, numParams(config), 0.3);
    let weights = draw();
    while (!isSmooth(config, tokens, () => weights)) weights = draw();
    const gradient = gradientOf(config, weights, tokens);
    for (const { name: matrix, nout, nin, offset } of layout(config)) {
      for (let k = 0; k < 3; k++) {
        const i = offset + random.randbelow(nout * nin);
        const at = (h: number) => weights.with(i, weights[i]! + h); // i < length, here and below
        if (!isSmooth(config, tokens, at)) continue;
        const what = `${matrix}, parameter ${i}`;
        assertDerivative(gradient[i]!, (h) => lossAt(config, at(h), tokens), what);
      }
    }
  });
}

/** The distance that weights are moved for a difference. */
const H = 1e-4;

/**
 * True if the loss has no kink on the way, nor what looks like one from a distance of H: an input
 * of relu that changes its sign; a vector so small that rmsnorm, x / sqrt(x² + 1e-5), turns it
 * round. A single random number (nEmbd 1) is that small in one model out of some hundred.
 */
function isSmooth(
  config: GptConfig,
  tokens: readonly number[],
  at: (h: number) => Float64Array,
): boolean {
  const inputs = tokens.slice(0, Math.min(config.blockSize, tokens.length - 1));
  let smallest = Infinity;
  const signs = (h: number) => {
    const signs: boolean[] = [];
    plainLogits(
      config,
      at(h),
      inputs,
      (x) => signs.push(x > 0),
      (ms) => smallest = Math.min(smallest, ms),
    );
    return signs.join();
  };
  return signs(-H) === signs(H) && smallest > 0.01;
}

/**
 * Fails unless `derivative` is that of f at 0.
 *
 * With D(h) = (f(h) - f(-h)) / 2h, the error of D(h) is c h² + rounding. Richardson's
 * (4 D(h/2) - D(h)) / 3 takes the c h² away; as long as f is smooth, what is left is smaller
 * than what it takes away, or than rounding. Rounding: f is off by some hundred ε, divided by h.
 */
function assertDerivative(derivative: number, f: (h: number) => number, what: string): void {
  const d = (h: number) => (f(h) - f(-h)) / (2 * h);
  const coarse = d(H), fine = d(H / 2);
  const correction = (fine - coarse) / 3;
  const rounding = 100 * Number.EPSILON * Math.max(1, Math.abs(f(0))) / H;
  assertClose(derivative, fine + correction, Math.abs(correction) + rounding, what);
}
