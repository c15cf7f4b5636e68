/** The end of threads that fail, and of processes that have threads. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { initWeights } from "../../../lib/config.ts";
import { Random } from "../../../lib/random.ts";
import { WasmEngine } from "../../../lib/wasm/wasm_engine.ts";
import { workerSource } from "../../../lib/wasm/threads/worker.ts";
import { ROOT } from "../../helpers/paths.ts";
import { newThreaded } from "../../helpers/threads.ts";
import { CONFIG } from "../../helpers/tiny.ts";

const WEIGHTS = initWeights(CONFIG, new Random(1));

const BATCH = [[2, 0, 1, 2], [2, 1, 2], [2, 0, 0, 1, 2], [2, 2]];

/** Fails unless a step throws, and the next one again: a thread may be at work still. */
function assertFailsForGood(engine: WasmEngine): string {
  const { message } = assertThrows(() => engine.step(BATCH, 0.01), Error);
  const start = performance.now();
  assertEquals(assertThrows(() => engine.step(BATCH, 0.01), Error).message, message);
  assert(performance.now() - start < 1000, "without waiting again");
  return message;
}

Deno.test("a thread that throws is an error with its message, for good", async () => {
  const source = workerSource("() => { throw new RangeError('out of luck €') }");
  using many = await newThreaded(CONFIG, WEIGHTS, "f64", 3, { source });
  assertEquals(
    assertFailsForGood(many.engine),
    "Cannot go on with training: a thread has failed: RangeError: out of luck €",
  );
  assertEquals(many.together, 1);
});

Deno.test("a thread that dies without a word is an error, after a while", async () => {
  const source = `const perform = undefined, work = ({ control, word }, _, onReady) => {
    Atomics.add(new Int32Array(control), word.ready, 1);
    onReady();
  };`;
  using many = await newThreaded(CONFIG, WEIGHTS, "f64", 3, { source, patience: 1 });
  assertMatch(
    assertFailsForGood(many.engine),
    /^Cannot go on with training: 2 of 2 threads have not answered for \d+ seconds: try 1 thread$/,
  );
});

Deno.test("an engine whose threads cannot start has one", async () => {
  const source = "const perform = 0, work = () => { throw new Error('no room'); };";
  using many = await newThreaded(CONFIG, WEIGHTS, "f64", 3, { source });
  const one = new WasmEngine(CONFIG, WEIGHTS);
  assertEquals(many.engine.step(BATCH, 0.01), one.step(BATCH, 0.01));
  assertEquals([many.engine.state(), many.together], [one.state(), 0]);
});

Deno.test("an engine has one thread where workers are not allowed", async () => {
  const { Worker } = globalThis;
  let many;
  try {
    Object.assign(globalThis, {
      Worker: class {
        constructor() {
          throw new DOMException("Not allowed", "SecurityError");
        }
      },
    });
    many = await newThreaded(CONFIG, WEIGHTS, "f64", 3);
  } finally {
    Object.assign(globalThis, { Worker });
  }
  using _ = many;
  const one = new WasmEngine(CONFIG, WEIGHTS);
  assertEquals(many.engine.step(BATCH, 0.01), one.step(BATCH, 0.01));
  assertEquals(many.together, 0);
});

/** Runs a script with an engine of three threads, `engine`, that has taken steps. */
async function runSteps(rest: string) {
  const module = new URL("lib/create_engine.ts", `file://${ROOT}/`).href;
  const script = `
    import { createEngine } from ${JSON.stringify(module)};
    const config = ${JSON.stringify(CONFIG)}, weights = ${JSON.stringify([...WEIGHTS])};
    const engine = await createEngine("wasm", config, weights, "f64", { threads: 3 });
    for (let i = 0; i < 10; i++) engine.step(${JSON.stringify(BATCH)}, 0.01);
    ${rest}`;
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
    signal: AbortSignal.timeout(60_000),
  });
  const { code, signal, stderr } = await child.output();
  const time = performance.now() - start;
  return { code, signal, stderr: new TextDecoder().decode(stderr), time };
}

Deno.test("a process with threads ends: by itself, after an error, and when it is killed", async () => {
  const ended = await runSteps("");
  assertEquals([ended.code, ended.stderr], [0, ""]);
  const failed = await runSteps("throw new Error('enough');");
  assertEquals(failed.code, 1);
  assertMatch(failed.stderr, /enough/);
  const disposed = await runSteps("engine[Symbol.dispose](); engine.step([[2, 2]], 0.01);");
  assertEquals([disposed.code, disposed.stderr], [0, ""]);
  const killed = await runSteps("Deno.kill(Deno.pid, 'SIGKILL');");
  assertEquals(killed.signal, "SIGKILL");
  const interrupted = await runSteps(
    "setInterval(() => engine.step([[2, 2]], 0.01), 1); Deno.kill(Deno.pid, 'SIGINT');",
  );
  assertEquals(interrupted.signal, "SIGINT");
  assert([ended, failed, disposed, killed, interrupted].every(({ time }) => time < 30_000));
});
