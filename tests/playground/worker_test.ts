/** The worker's side of the page, without a browser: it answers calls through a port. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/checkpoint/mod.ts";
import { History } from "../../lib/playground/page/history.ts";
import { newList } from "../../lib/playground/page/lists.ts";
import type { WorkerClient } from "../../lib/playground/page/worker_client.ts";
import type { RunStart } from "../../lib/playground/shared/protocol.ts";
import { runOptions } from "../../lib/playground/shared/command.ts";
import { settingsOf } from "../../lib/playground/shared/options.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";
import { newCheckpoint } from "../helpers/checkpoints.ts";
import { ROOT } from "../helpers/paths.ts";
import { resultsOf } from "../helpers/tool.ts";
import { stopped, withWorker } from "../helpers/playground_worker.ts";

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

/** The history of a run that has just been opened. */
function newHistory(settings: Settings, start: RunStart): History {
  return new History({ list: newList(LIST, BYTES), settings, copy: 0 }, start, settings);
}

/** Opens a run, and adds to its history what the worker reports. */
async function openRun(client: WorkerClient, settings: Settings): Promise<History> {
  const run = newHistory(settings, await client.call("open", BYTES, settings));
  client.progress.on((progress) => run.add(progress));
  return run;
}

/** Trains up to a step of a run of 60. */
async function trainUntil(client: WorkerClient, until: number): Promise<void> {
  const end = stopped(client);
  await client.call("train", until, 60, "full");
  await end;
}

/** The lines that the command line prints for a run. */
function linesOf({ losses, validations, numSteps }: History): string[] {
  const { stepsBefore } = losses;
  const line = (step: number, what: string, loss: number) =>
    `step ${`${step}`.padStart(4)} / ${`${numSteps}`.padStart(4)} | ${what} ${loss.toFixed(4)}`;
  return Array.from(losses.values, (loss, i) => {
    const step = stepsBefore + i + 1;
    const validation = validations.find((validation) => validation.step === step);
    const lines = [line(step, "loss", loss)];
    return validation ? [...lines, line(step, "validation", validation.loss)] : lines;
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
      const run = await openRun(client, settings);
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
      const run = newHistory(SETTINGS, start);
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
    const run = await openRun(client, SETTINGS);
    await trainUntil(client, 60);
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
    const run = newHistory(settings, await client.call("open", BYTES, settings));
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
    await assertRejects(() => client.call("babble"), Error, "no run has been opened");
    await client.call("open", BYTES, SETTINGS);
    const nothing = new Uint8Array();
    await assertRejects(() => client.call("open", nothing, SETTINGS), Error, "no documents");
    await trainUntil(client, 1);
  });
});

Deno.test("references are measured on what is held out, beside the run", async () => {
  await withWorker(async (client) => {
    const { baselines, untrainedLoss } = await client.call("references", BYTES, SETTINGS);
    assert(untrainedLoss !== undefined && untrainedLoss > 3 && untrainedLoss < 4);
    assertEquals(await client.call("references", BYTES, ORIGINAL), {
      baselines: [],
      untrainedLoss: undefined,
    });
    assertEquals(
      baselines.map(({ name }) => name).join(),
      "uniform,1-gram,2-gram,3-gram,4-gram,5-gram",
    );
  });
});

Deno.test("the gradient norm is computed now and then at full speed, each time at a speed to watch", async () => {
  await withWorker(async (client) => {
    const run = await openRun(client, SETTINGS);
    await trainUntil(client, 20);
    const steps = [...run.gradNorms.values.keys()].map((i) => i + 1);
    const measured = steps.filter((step) => !Number.isNaN(run.gradNorms.at(step)));
    assertEquals(measured, [8, 16, 20]);
    assertEquals(run.gradNormAt(15), run.gradNorms.at(8));
    assertEquals(run.gradNormAt(7), undefined);
    const end = stopped(client);
    await client.call("train", 24, 60, "watch");
    await end;
    assert(run.gradNorms.values.subarray(20).every((norm) => norm > 0));
  });
});

Deno.test("a run goes on from a snapshot, in another worker, as if nothing had happened", async () => {
  let whole: number[] = [], rest: number[] = [];
  const snapshot = await withWorker(async (client) => {
    const run = await openRun(client, SETTINGS);
    await trainUntil(client, 25);
    const snapshot = await client.call("snapshot");
    assertEquals(snapshot.state.steps, 25);
    await trainUntil(client, 60);
    whole = [...run.losses.values, ...run.validations.map(({ loss }) => loss)];
    return snapshot;
  });
  await withWorker(async (client) => {
    const start = await client.call("open", BYTES, SETTINGS, snapshot);
    const plan = { list: newList(LIST, BYTES), settings: SETTINGS, copy: 0 };
    const run = new History(plan, start, SETTINGS, snapshot);
    assertEquals([run.step, run.numSteps, run.state], [25, 60, "paused"]);
    client.progress.on((progress) => run.add(progress));
    await trainUntil(client, 60);
    assertEquals(run.step, 60);
    assertEquals(run.losses.at(26), whole[25]);
    assertEquals(run.losses.at(25), undefined);
    rest = [...run.losses.values, ...run.validations.slice(1).map(({ loss }) => loss)];
  });
  assertEquals(rest, [...whole.slice(25, 60), ...whole.slice(-6)]);
});

Deno.test("a model's file is the command line's, but for the order of its settings", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.remove(path);
    await resultsOf([...OPTIONS, "--num-samples", "0", "--save", path, `${ROOT}/${LIST}`]);
    const { run: theirRun, ...theirs } = decodeCheckpoint(await Deno.readFile(path));
    await withWorker(async (client) => {
      await openRun(client, SETTINGS);
      await trainUntil(client, 60);
      const { sha256 } = newList(LIST, BYTES);
      const options = runOptions({ name: LIST, preset: undefined }, SETTINGS);
      const dataset = { path: `${ROOT}/${LIST}`, sha256 };
      const program = theirs.program ?? "";
      const ours = await client.call("encodeModel", { options, dataset, program });
      const { run, ...model } = decodeCheckpoint(ours);
      const settings = new Map(theirRun?.settings);
      settings.delete("num-samples"); // the page has no such setting
      assertEquals(model, theirs);
      assertEquals(run, theirRun && { ...theirRun, settings });
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a model of the command line goes on in the page with the losses of --resume", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.remove(path);
    await resultsOf([...OPTIONS, "--save", path, `${ROOT}/${LIST}`]);
    const bytes = await Deno.readFile(path);
    const more = ["--resume", path, "--num-steps", "90", "--log-every", "1", "--num-samples", "0"];
    const lines = (await resultsOf(more)).split("\n").filter((line) => line.startsWith("step "));
    await withWorker(async (client) => {
      const file = await client.call("decodeModel", bytes);
      assertEquals(file.dataset.path, `${ROOT}/${LIST}`);
      const { settings, problems } = settingsOf(file.options);
      assertEquals([settings, problems], [SETTINGS, []]);
      const start = await client.call("open", BYTES, settings, file.snapshot);
      const plan = { list: newList(LIST, BYTES), settings, copy: 0 };
      const run = new History(plan, start, settings, file.snapshot);
      run.validations.length = 0;
      client.progress.on((progress) => run.add(progress));
      const end = stopped(client);
      await client.call("train", 90, 90, "full");
      await end;
      run.setLength(90);
      assertEquals(linesOf(run), lines);
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("the page goes on from the averaged weights of a file, which it does not average", async () => {
  const checkpoint = newCheckpoint({ hasAverage: true });
  const { average, ...state } = checkpoint.run!.state; // it is resumable
  await withWorker(async (client) => {
    const { snapshot } = await client.call("decodeModel", encodeCheckpoint(checkpoint));
    assertEquals(snapshot.state, { ...state, weights: average! }); // it has one
    assertEquals(snapshot.best, checkpoint.best);
  });
});

Deno.test("a damaged file of a model is refused, and the run stays", async () => {
  await withWorker(async (client) => {
    await openRun(client, SETTINGS);
    const options = runOptions({ name: LIST, preset: undefined }, SETTINGS);
    const dataset = { path: LIST, sha256: newList(LIST, BYTES).sha256 };
    const file = await client.call("encodeModel", { options, dataset, program: "" });
    for (const bytes of [file.slice(0, 100), file.slice(0, -1), new Uint8Array(9)]) {
      await assertRejects(() => client.call("decodeModel", bytes), Error, "Cannot");
    }
    await trainUntil(client, 1);
  });
});
