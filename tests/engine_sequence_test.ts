/** The sequences of all engines: what generates a text, token by token. */

import { assert, assertEquals } from "@std/assert";
import { initWeights, numParams } from "../lib/config.ts";
import type { Sequence } from "../lib/engine.ts";
import { Gpt } from "../lib/model.ts";
import { Random } from "../lib/random.ts";
import { assertAllClose, assertClose, assertFails, assertRelative } from "./helpers/assert.ts";
import { forEachEngine } from "./helpers/engines.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";
import { documentFor, emptyCache, lossOf, SHAPES } from "./helpers/reference.ts";

forEachEngine(({ engineName, newEngine, title }) => {
  Deno.test(title("sequence() gives the logits of a fresh pass for each prefix"), () => {
    for (const { name, config } of SHAPES) {
      const weights = gaussVector(newRandom(`${engineName}, ${name}`), numParams(config), 0.3);
      const gpt = new Gpt(config, weights);
      const engine = newEngine(config, weights);
      const tokens = documentFor(config, config.blockSize).slice(0, config.blockSize);
      const sequence = engine.sequence();
      tokens.forEach((token, posId) => {
        const logits = Float64Array.from(sequence.append(token));
        const { keys, values } = emptyCache(config);
        let fresh: number[] = [];
        for (let t = 0; t <= posId; t++) {
          fresh = gpt.forward(tokens[t]!, t, keys, values).map(({ data }) => data); // t < length
        }
        assertAllClose(logits, fresh, 1e-12, `${name}, position ${posId}`);
        const again = engine.sequence();
        let last = new Float64Array();
        for (const token of tokens.slice(0, posId + 1)) {
          last = Float64Array.from(again.append(token));
        }
        assertEquals(last, logits, "a second sequence gives the same");
      });
    }
  });

  Deno.test(title("sequence() gives the logits of the weights as they are after training"), () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    for (let i = 0; i < 3; i++) engine.step([documentFor(config, 4)], 0.05);
    const gpt = new Gpt(config, engine.weights());
    const { keys, values } = emptyCache(config);
    const expected = gpt.forward(3, 0, keys, values).map(({ data }) => data);
    assertAllClose(engine.sequence().append(3), expected, 1e-12, "logits");
  });

  Deno.test(title("sequences are independent of each other"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const run = (tokens: number[]) => {
      const sequence = engine.sequence();
      return tokens.map((token) => [...sequence.append(token)]);
    };
    const one = [4, 0, 1, 2, 3], other = [0, 0, 4, 1, 1];
    const expected = [run(one), run(other)];
    const a = engine.sequence(), b = engine.sequence();
    const found: [number[][], number[][]] = [[], []];
    one.forEach((token, i) => {
      found[0].push([...a.append(token)]);
      found[1].push([...b.append(other[i]!)]); // as long as one
    });
    assertEquals(found, expected);
    assert(String(expected[0]) !== String(expected[1]), "the two differ at all");
  });

  Deno.test(title("sequence() throws past blockSize, every time"), () => {
    for (const { config } of SHAPES) {
      const { vocabSize, blockSize } = config;
      const sequence = newEngine(config, initWeights(config, new Random(1))).sequence();
      for (let i = 0; i < blockSize; i++) sequence.append(0);
      for (let again = 0; again < 2; again++) {
        assertFails(
          () => sequence.append(0),
          RangeError,
          `Cannot run the model: token 0 at position ${blockSize}: ` +
            `tokens are 0 to ${vocabSize - 1}, positions 0 to ${blockSize - 1}`,
        );
      }
    }
  });

  Deno.test(title("sequence() with a start is one to which the start has been appended"), () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const tokens = documentFor(config, config.blockSize).slice(0, config.blockSize);
    const run = (sequence: Sequence, from: number) =>
      tokens.slice(from).map((token) => sequence.append(token));
    const expected = run(engine.sequence(), 0);
    for (let from = 0; from <= config.blockSize; from++) {
      engine.sequence().append(tokens.at(-1)!); // so that memory has another one
      const start = Int32Array.from(tokens.slice(0, from));
      const sequence = engine.sequence(start);
      start.fill(0); // which is the caller's
      assertEquals(run(sequence, from), expected.slice(from), `from ${from} on`);
    }
    assertFails(
      () => engine.sequence([...tokens, 0]),
      RangeError,
      `Cannot run the model: token 0 at position ${config.blockSize}: ` +
        `tokens are 0 to ${config.vocabSize - 1}, positions 0 to ${config.blockSize - 1}`,
    );
  });

  Deno.test(title("sequences with a common beginning are independent of each other"), () => {
    const { config } = SHAPES[1]!;
    const weights = gaussVector(new Random(1), numParams(config), 0.3);
    const engine = newEngine(config, weights), other = newEngine(config, weights);
    const texts = [[4, 0, 1, 2, 3], [4, 0, 1, 0, 0], [4, 0], [4, 0, 1, 2, 3, 1], [4], [4, 3, 1]];
    for (const tokens of texts) {
      const sequence = other.sequence(); // all of it is computed anew
      other.trace([0]);
      const expected = tokens.map((token) => sequence.append(token)).at(-1);
      assertEquals(engine.sequence(tokens.slice(0, -1)).append(tokens.at(-1)!), expected);
    }
  });

  Deno.test(title("append() writes logits into an array that is given"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const logits = new Float64Array(5).fill(NaN);
    const sequence = engine.sequence();
    assertEquals(sequence.append(4, logits), engine.sequence().append(4));
    assert(sequence.append(0, logits) === logits);
    assertEquals(logits, engine.sequence([4]).append(0));
    for (const length of [0, 4, 6]) {
      assertFails(
        () => sequence.append(1, new Float64Array(length)),
        TypeError,
        `Cannot run the model: its logits are 5 numbers: the array for them has ${length}`,
      );
    }
    assertEquals(sequence.append(1), engine.sequence([4, 0]).append(1), "as if it had not been");
  });

  Deno.test(title("sequence() throws on a token that does not exist"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    for (const token of [-1, config.vocabSize, 1.5, NaN]) {
      assertFails(
        () => engine.sequence().append(token),
        RangeError,
        `Cannot run the model: token ${token} at position 0: tokens are 0 to 4, positions 0 to 6`,
      );
    }
  });

  Deno.test(
    title("sequence() goes on after a token that does not exist as if it had not been"),
    () => {
      const { config } = SHAPES[1]!;
      const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
      const clean = engine.sequence(), disturbed = engine.sequence();
      for (const token of [4, 0, 1]) {
        const expected = Float64Array.from(clean.append(token));
        assertFails(
          () => disturbed.append(99),
          RangeError,
          `Cannot run the model: token 99 at position ${[4, 0, 1].indexOf(token)}: ` +
            `tokens are 0 to 4, positions 0 to 6`,
        );
        assertEquals(Float64Array.from(disturbed.append(token)), expected);
      }
    },
  );

  Deno.test(
    title("sequences are what they are whatever is trained, asked or written between"),
    () => {
      const { config } = SHAPES[2]!;
      const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
      const random = newRandom(`${engineName}, interleaved`);
      let gpt = new Gpt(config, engine.weights());
      const fresh = () => ({ sequence: engine.sequence(), cache: emptyCache(config), length: 0 });
      let open = [fresh(), fresh(), fresh()];
      for (let i = 0; i < 200; i++) {
        if (random.randbelow(6) === 0) {
          const tokens = documentFor(config, 1 + random.randbelow(6));
          const expected = lossOf(gpt, tokens).data;
          assertClose(engine.step([tokens], 0.01), expected, 1e-12, `loss ${i}`);
          gpt = new Gpt(config, engine.weights());
          open = open.map(fresh); // what a sequence is that outlives a step is tested below
        }
        if (random.randbelow(6) === 0) { // which is no step: open sequences go on
          const tokens = documentFor(config, 1 + random.randbelow(6));
          assertClose(engine.loss(tokens), lossOf(gpt, tokens).data, 1e-12, `loss() ${i}`);
        }
        const at = random.randbelow(open.length);
        if (open[at]!.length === config.blockSize) open[at] = fresh(); // at < length, here and below
        const one = open[at]!;
        const token = random.randbelow(config.vocabSize);
        const { keys, values } = one.cache;
        const expected = gpt.forward(token, one.length, keys, values).map(({ data }) => data);
        assertRelative(one.sequence.append(token), expected, 1e-12, `logits ${i}`);
        one.length++;
      }
    },
  );

  Deno.test(title("a sequence goes on after a step as if it had begun after it"), () => {
    const { config } = SHAPES[2]!;
    const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
    const old = engine.sequence();
    old.append(6);
    old.append(1);
    engine.step([documentFor(config, 3)], 0.1);
    const fresh = engine.sequence();
    fresh.append(6);
    fresh.append(1);
    const expected = Float64Array.from(fresh.append(2));
    assertRelative(old.append(2), expected, 1e-12, "logits");
  });

  Deno.test(
    title("the logits of a sequence are a copy: they stay when it goes on or training does"),
    () => {
      const { config } = SHAPES[2]!;
      const engine = newEngine(config, gaussVector(new Random(1), numParams(config), 0.3));
      const sequence = engine.sequence();
      const logits = sequence.append(0);
      const before = logits.slice();
      logits.fill(7);
      const next = sequence.append(1).slice();
      const again = engine.sequence();
      assertEquals(again.append(0), before);
      engine.step([documentFor(config, 3)], 0);
      assertRelative(again.append(1), next, 1e-12, "logits after another sequence and a step");
    },
  );
});
