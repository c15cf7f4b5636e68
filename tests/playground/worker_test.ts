/** The worker's side of the page, without a browser: it answers calls through a port. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { History } from "../../lib/playground/page/history.ts";
import { WorkerClient } from "../../lib/playground/page/worker_client.ts";
import type { Progress } from "../../lib/playground/shared/protocol.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";
import { answerCalls } from "../../lib/playground/worker/answer.ts";
import { ROOT } from "../helpers/paths.ts";
import { resultsOf } from "../helpers/tool.ts";

const LIST = "datasets/english_names.txt";
const BYTES = await Deno.readFile(`${ROOT}/${LIST}`);

/** Settings that are not the original's, in as little time. */
const SETTINGS: Settings = {
  ...ORIGINAL,
  numSteps: 60,
  nEmbd: 8,
  batchSize: 2,
  valFraction: 0.1,
  seed: 7n,
};
const OPTIONS = "--num-steps 60 --n-embd 8 --batch-size 2 --val-fraction 0.1 --seed 7".split(" ");

/** Serves one side of a channel for as long as a test takes. */
async function withWorker(use: (client: WorkerClient) => Promise<void>): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  answerCalls(port2);
  try {
    await use(new WorkerClient(port1));
  } finally {
    port1.close();
    port2.close();
  }
}

/** Resolves with the first report in which training does not go on. */
function stopped(client: WorkerClient): Promise<Progress> {
  return new Promise((resolve) =>
    client.progress.on((progress) => {
      if (progress.state !== "training") resolve(progress);
    })
  );
}

/** The lines that the command line prints for a run. */
function linesOf({ losses, validations, numSteps }: History): string[] {
  const line = (step: number, what: string, loss: number) =>
    `step ${`${step}`.padStart(4)} / ${`${numSteps}`.padStart(4)} | ${what} ${loss.toFixed(4)}`;
  return Array.from(losses.values, (loss, i) => {
    const validation = validations.find(({ step }) => step === i + 1);
    const lines = [line(i + 1, "loss", loss)];
    return validation ? [...lines, line(i + 1, "validation", validation.loss)] : lines;
  }).flat();
}

/** The step lines of the command line. */
async function commandLine(options: readonly string[]): Promise<string[]> {
  const argv = [...options, "--log-every", "1", "--num-samples", "0", `${ROOT}/${LIST}`];
  return (await resultsOf(argv)).split("\n").filter((line) => line.startsWith("step "));
}

Deno.test("the losses and validations of the page are those of the command line, all of them", async () => {
  const cases: readonly [Settings, readonly string[]][] = [[ORIGINAL, []], [SETTINGS, OPTIONS]];
  for (const [settings, options] of cases) {
    await withWorker(async (client) => {
      const run = new History(settings, await client.call("open", BYTES, settings));
      client.progress.on((progress) => run.add(progress));
      const end = stopped(client);
      await client.call("train", settings.numSteps, settings.numSteps, "full");
      assertEquals((await end).state, "ended");
      const lines = await commandLine(options);
      assert(lines.length >= settings.numSteps);
      assertEquals(linesOf(run), lines);
    });
  }
});

Deno.test("a run that is paused, made longer and begun anew takes the same steps", async () => {
  await withWorker(async (client) => {
    const start = await client.call("open", BYTES, SETTINGS);
    const losses = async (...untils: readonly number[]) => {
      const run = new History(SETTINGS, start);
      client.progress.on((progress) => run.add(progress));
      for (const until of untils) {
        const end = stopped(client);
        await client.call("train", until, SETTINGS.numSteps, "full");
        assertEquals((await end).state, until === SETTINGS.numSteps ? "ended" : "paused");
      }
      return [...run.losses.values];
    };
    const once = await losses(60);
    await client.call("restart");
    const inParts = await losses(1, 2, 12, 60);
    assertEquals(once.length, 60);
    assertEquals(inParts, once);
    const end = stopped(client);
    await client.call("train", 80, 80, "full");
    const { state, step, numSteps } = await end;
    assertEquals([state, step, numSteps], ["ended", 80, 80]);
  });
});

Deno.test("babble is kept at its steps, and the list knows its own names", async () => {
  await withWorker(async (client) => {
    const run = new History(SETTINGS, await client.call("open", BYTES, SETTINGS));
    client.progress.on((progress) => run.add(progress));
    const end = stopped(client);
    await client.call("train", 60, 60, "full");
    await end;
    assertEquals(run.babble.map(({ step }) => step), [
      0,
      1,
      2,
      6,
      12,
      18,
      24,
      30,
      36,
      42,
      48,
      54,
      60,
    ]);
    const names = new Set(new TextDecoder().decode(BYTES).split("\n"));
    for (const { texts } of run.babble) {
      assertEquals(texts.length, 5);
      for (const { text, isKnown } of texts) assertEquals(isKnown, names.has(text), text);
    }
  });
});

Deno.test("a pause stops training at once, and nothing is lost", async () => {
  await withWorker(async (client) => {
    const settings = { ...ORIGINAL, numSteps: 100_000 };
    const run = new History(settings, await client.call("open", BYTES, settings));
    let reported = 0;
    client.progress.on((progress) => {
      run.add(progress);
      reported = progress.step;
    });
    await client.call("train", 100_000, 100_000, "full");
    await client.call("pause");
    assertEquals(run.state, "paused");
    assert(run.step > 0 && run.step < 100_000, `${run.step}`);
    assertEquals(run.step, reported);
  });
});

Deno.test("training that diverges says where, and keeps the weights of the step before", async () => {
  await withWorker(async (client) => {
    const settings = { ...ORIGINAL, learningRate: 10, nLayer: 2, dtype: "f32" } as const;
    await client.call("open", BYTES, settings);
    const end = stopped(client);
    await client.call("train", 1000, 1000, "full");
    const { state, step, problem } = await end;
    assertEquals(state, "diverged");
    assertEquals(
      problem,
      `Training diverged at step ${step + 1}. The model is as after step ${step}. ` +
        "Lower the learning rate and start anew.",
    );
  });
});

Deno.test("what cannot be trained on is refused, and the run before it stays", async () => {
  await withWorker(async (client) => {
    await assertRejects(() => client.call("baselines"), Error, "no run has been opened");
    await client.call("open", BYTES, SETTINGS);
    const nothing = new Uint8Array();
    await assertRejects(() => client.call("open", nothing, SETTINGS), Error, "no documents");
    const baselines = await client.call("baselines");
    assertEquals(
      baselines.map(({ name }) => name).join(),
      "uniform,1-gram,2-gram,3-gram,4-gram,5-gram",
    );
  });
});
