/** Weights and the state of training, as all engines hand them out and take them over. */

import { assert, assertEquals } from "@std/assert";
import { initWeights, numParams } from "../lib/config.ts";
import { createEngine } from "../lib/create_engine.ts";
import { type Engine, moments } from "../lib/engine.ts";
import { ADAM_DEFAULTS } from "../lib/optim.ts";
import { Random } from "../lib/random.ts";
import { assertFails, assertRelative } from "./helpers/assert.ts";
import { forEachEngine } from "./helpers/engines.ts";
import { documentFor, gradientOf, SHAPES } from "./helpers/reference.ts";

forEachEngine(({ engineName, newEngine, title }) => {
  Deno.test(title("weights() is a copy of the parameters in the order of layout()"), () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(3));
    const given = weights.slice();
    const engine = newEngine(config, given);
    assertEquals(engine.config, config);
    assertEquals(engine.weights(), weights);
    engine.weights().fill(0);
    given.fill(0);
    assertEquals(engine.weights(), weights, "nobody else's array is the engine's");
  });

  Deno.test(title("state() has copies of the weights and of Adam's buffers, 0 at first"), () => {
    const { config } = SHAPES[1]!;
    const zeros = new Float64Array(numParams(config));
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    assertEquals(moments(engine.state()), { m: zeros, v: zeros });
    assertEquals(engine.state().weights, weights);
    const tokens = documentFor(config, 5);
    const gradient = gradientOf(config, weights, tokens);
    engine.step([tokens], 0.01);
    const state = engine.state();
    const { m, v } = moments(state);
    const { beta1, beta2 } = ADAM_DEFAULTS;
    assertRelative(m, gradient.map((g) => (1 - beta1) * g), 1e-12, "m");
    assertRelative(v, gradient.map((g) => (1 - beta2) * g ** 2), 1e-12, "v");
    assertEquals(state.steps, 1);
    for (const numbers of [state.weights, state.m, state.v]) numbers.fill(1);
    assertRelative(moments(engine.state()).m, m, 1e-12, "m");
    assert(engine.weights().every((weight) => weight !== 1));
  });

  Deno.test(title("restore() goes on bit for bit, over what has been before"), () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const engine = newEngine(config, weights);
    const train = (engine: Engine, from: number, to: number) => {
      for (let i = from; i < to; i++) engine.step([documentFor(config, i % 7)], 0.01);
    };
    train(engine, 0, 8);
    const state = engine.state();
    train(engine, 8, 16);
    const other = newEngine(config, weights.map((weight) => -weight));
    train(other, 0, 3);
    other.restore(state);
    assertEquals(other.state(), state);
    train(other, 8, 16);
    assertEquals(other.state(), engine.state());
  });

  Deno.test(title("restore() takes over the state of another engine"), () => {
    const { config } = SHAPES[2]!;
    const weights = initWeights(config, new Random(1));
    const other = createEngine(engineName === "scalar" ? "wasm" : "scalar", config, weights);
    const engine = newEngine(config, weights);
    for (let i = 0; i < 5; i++) other.step([documentFor(config, i)], 0.01);
    engine.restore(other.state());
    const { m, v } = moments(engine.state()), expected = moments(other.state());
    assertEquals(engine.weights(), other.weights());
    assertRelative(m, expected.m, 1e-15, "m");
    assertRelative(v, expected.v, 1e-15, "v");
    const loss = engine.step([documentFor(config, 5)], 0.01);
    assertRelative([loss], [other.step([documentFor(config, 5)], 0.01)], 1e-12, "loss");
    assertRelative(engine.weights(), other.weights(), 1e-9, "weights");
  });

  Deno.test(title("restore() begins sequences anew with the other weights"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const other = newEngine(config, initWeights(config, new Random(2)));
    const sequence = engine.sequence(), expected = other.sequence();
    sequence.append(0);
    expected.append(0);
    engine.restore(other.state());
    assertEquals(sequence.append(1), expected.append(1));
  });

  Deno.test(title("restore() throws on the state of another model, and changes nothing"), () => {
    const { config } = SHAPES[1]!;
    const engine = newEngine(config, initWeights(config, new Random(1)));
    const before = engine.state(), n = numParams(config);
    for (const name of ["weights", "m", "v"] as const) {
      assertFails(
        () => engine.restore({ ...before, [name]: new Float64Array(n - 1) }),
        TypeError,
        `Cannot restore the state: the model has ${n} parameters: ${name} has ${n - 1} numbers`,
      );
    }
    for (const wrong of [{ steps: -1 }, { steps: 0.5 }, { mScale: 0 }, { vScale: NaN }]) {
      const { steps, mScale, vScale } = { ...before, ...wrong };
      assertFails(
        () => engine.restore({ ...before, ...wrong }),
        RangeError,
        "Cannot restore the state: steps must be an integer from 0 on, and scales above 0: " +
          `steps is ${steps}, mScale is ${mScale}, vScale is ${vScale}`,
      );
    }
    assertEquals(engine.state(), before);
  });

  Deno.test(title("step() stops between the parts of a batch, and has then done nothing"), () => {
    const { config } = SHAPES[1]!;
    const weights = initWeights(config, new Random(1));
    const length = config.blockSize;
    // More rows than fit at once, twice.
    const batch = Array.from(
      { length: Math.ceil(600 / length) },
      () => documentFor(config, length),
    );
    const stopped = newEngine(config, weights), whole = newEngine(config, weights);
    for (const engine of [stopped, whole]) engine.step(batch, 0.01);
    const before = stopped.state();
    for (const parts of [0, 1, 2]) {
      let asked = 0;
      const stop = {
        get aborted() {
          return asked++ >= parts;
        },
        throwIfAborted() {
          throw new Error("enough");
        },
      };
      assertFails(() => stopped.step(batch, 0.01, { gradNorm: 0 }, stop), Error, "enough");
      assertEquals(asked, parts + 1);
      assertEquals(stopped.state(), before);
    }
    const never = { aborted: false, throwIfAborted: () => {} };
    assertEquals(stopped.step(batch, 0.01, undefined, never), whole.step(batch, 0.01));
    assertEquals(stopped.state(), whole.state(), "the gradients of what was stopped are forgotten");
  });
});
