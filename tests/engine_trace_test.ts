/** The inner life of all engines, against the formulas in plain numbers. */

import { assertEquals } from "@std/assert";
import { type GptConfig, initWeights, numParams } from "../lib/config.ts";
import type { Trace } from "../lib/engine.ts";
import { Random } from "../lib/random.ts";
import { WasmEngine } from "../lib/wasm/wasm_engine.ts";
import { assertFails, assertRelative } from "./helpers/assert.ts";
import { CASES, forEachEngine } from "./helpers/engines.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";
import { SHAPES, traceAt } from "./helpers/reference.ts";

/** Tokens that fill the block, or less of it. */
function tokensFor({ vocabSize, blockSize }: GptConfig, random: Random): number[] {
  const length = 1 + random.randbelow(Math.min(blockSize, 20));
  return Array.from({ length }, () => random.randbelow(vocabSize));
}

/** Fails unless two traces have the same form, and the same numbers but for rounding. */
function assertSameTrace(found: Trace, expected: Trace, tolerance: number, what: string): void {
  const rows = ({ logits, attention, stream }: Trace) => ({
    logits,
    attention: attention.flat(2),
    stream: stream.flat(),
  });
  const shape = (trace: Trace) => [
    trace.attention.map((heads) => heads.map((rows) => rows.length)),
    trace.stream.map((rows) => rows.length),
  ];
  assertEquals(shape(found), shape(expected), what);
  const [ours, theirs] = [rows(found), rows(expected)];
  for (const name of ["logits", "attention", "stream"] as const) {
    assertEquals(ours[name].length, theirs[name].length, `${what}: ${name}`);
    ours[name].forEach((row, i) =>
      assertRelative(row, theirs[name][i]!, tolerance, `${what}: ${name} ${i}`) // as many
    );
  }
}

const RANDOM_CASES = 25;

/** Sizes of which none is a multiple of another, but by chance. */
function randomConfig(random: Random): GptConfig {
  const nHead = 1 + random.randbelow(7);
  return {
    vocabSize: 2 + random.randbelow(40),
    nLayer: 1 + random.randbelow(4),
    nEmbd: nHead * (1 + random.randbelow(Math.ceil(18 / nHead))),
    nHead,
    blockSize: 1 + random.randbelow(18),
  };
}

forEachEngine(({ engineName, newEngine, title }) => {
  Deno.test(
    title("trace() has the logits, attention weights and residual stream of the formulas"),
    () => {
      const random = newRandom(`${engineName}, trace`);
      const configs = [
        ...CASES.map(({ config }) => config),
        ...Array.from({ length: RANDOM_CASES }, () => randomConfig(random)),
      ];
      for (const config of configs) {
        const weights = gaussVector(random, numParams(config), 0.3);
        const tokens = tokensFor(config, random);
        const expected = traceAt(config, weights, tokens);
        const what = JSON.stringify({ ...config, tokens });
        assertSameTrace(newEngine(config, weights).trace(tokens), expected, 1e-10, what);
      }
    },
  );

  Deno.test(title("trace() has the logits of a sequence, and disturbs none"), () => {
    for (const { config } of SHAPES) {
      const weights = gaussVector(new Random(1), numParams(config), 0.3);
      const engine = newEngine(config, weights), undisturbed = newEngine(config, weights);
      const tokens = Array.from({ length: config.blockSize }, (_, t) => t % config.vocabSize);
      const before = engine.state();
      const open = engine.sequence(), expected = undisturbed.sequence();
      tokens.forEach((token, t) => {
        const logits = open.append(token).slice();
        assertEquals(logits, expected.append(token));
        const other = tokens.map((token) => config.vocabSize - 1 - token);
        engine.trace(other);
        assertRelative(engine.trace(tokens).logits[t]!, logits, 1e-12, "logits"); // t < length
      });
      assertEquals(engine.state(), before);
    }
  });

  Deno.test(title("trace() takes tokens in a typed array, and hands out copies"), () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const first = engine.trace([6, 0, 3]), copy = structuredClone(first);
    assertEquals(engine.trace(Int32Array.of(6, 0, 3)), first);
    engine.trace([1, 1, 1, 1]);
    engine.step([[6, 1, 2, 6]], 0.1);
    assertEquals(first, copy);
  });

  Deno.test(title("trace() throws on tokens that are none, too many or unknown"), () => {
    const { config } = SHAPES[2]!; // a vocabulary of 7, a block of 4
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const cannot = (token: number, position: number) =>
      `Cannot run the model: token ${token} at position ${position}: ` +
      "tokens are 0 to 6, positions 0 to 3";
    const table: [number[], string][] = [
      [[], "Cannot run the model: there is no token"],
      [[6, 0, 0, 0, 1], cannot(1, 4)],
      [[6, 7], cannot(7, 1)],
      [[6, 0.5], cannot(0.5, 1)],
    ];
    for (const [tokens, message] of table) {
      assertFails(() => engine.trace(tokens), RangeError, message);
    }
  });
});

Deno.test("trace() in f32 has the numbers of the formulas, to f32", () => {
  const random = newRandom("f32, trace");
  for (let round = 0; round < RANDOM_CASES; round++) {
    const config = randomConfig(random);
    const weights = gaussVector(random, numParams(config), 0.3).map(Math.fround);
    const tokens = tokensFor(config, random);
    for (const kernels of ["wasm", "plain"] as const) {
      const engine = new WasmEngine(config, weights, { dtype: "f32", kernels });
      const expected = traceAt(config, weights, tokens);
      const what = `${kernels}, ${JSON.stringify({ ...config, tokens })}`;
      assertSameTrace(engine.trace(tokens), expected, 2e-4, what);
    }
  }
});
