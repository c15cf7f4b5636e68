/** The room Write without a browser: its worker writes what the command line writes. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { WorkerClient } from "../../lib/playground/page/worker_client.ts";
import { candidatesOf } from "../../lib/playground/rooms/candidates.ts";
import type { WrittenText } from "../../lib/playground/shared/protocol.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";
import { parseNumber, type Wish } from "../../lib/playground/shared/wish.ts";
import { assertClose } from "../helpers/assert.ts";
import { ROOT } from "../helpers/paths.ts";
import { stopped, withWorker } from "../helpers/playground_worker.ts";
import { resultsOf } from "../helpers/tool.ts";

const LIST = "datasets/english_names.txt";
const BYTES = await Deno.readFile(`${ROOT}/${LIST}`);

/** A run whose best weights are not its last ones. */
const SETTINGS: Settings = {
  ...ORIGINAL,
  numSteps: 10,
  nEmbd: 8,
  learningRate: 0.2,
  valFraction: 0.1,
};
const OPTIONS = "--num-steps 10 --n-embd 8 --learning-rate 0.2 --val-fraction 0.1".split(" ");

const WISH: Wish = {
  numSamples: 20,
  temperature: 0.5,
  topK: undefined,
  topP: undefined,
  new: false,
  unique: false,
};

async function trained(client: WorkerClient, settings = SETTINGS): Promise<void> {
  await client.call("open", BYTES, settings);
  const end = stopped(client);
  await client.call("train", settings.numSteps, settings.numSteps, "full");
  await end;
}

/** Asks until nothing more comes. */
async function written(client: WorkerClient, wish: Wish) {
  let answer = await client.call("write", wish);
  const texts: WrittenText[] = [...answer.texts];
  while (answer.end === undefined) {
    answer = await client.call("writeOn");
    texts.push(...answer.texts);
  }
  return { ...answer, texts };
}

Deno.test("what the page writes is what the command line writes, with all that it says of it", async () => {
  const cases: readonly [Partial<Wish>, string][] = [
    [{}, ""],
    [{ new: true, unique: true, topK: 9, numSamples: 50 }, "--new --unique --top-k 9"],
    [
      { startsWith: "ka", endsWith: "a", maxLength: 6, topP: 0.9 },
      "--starts-with ka --ends-with a --max-length 6 --top-p 0.9",
    ],
    [
      { prompt: "m", contains: "ar", minLength: 5, temperature: 1 },
      "--prompt m --contains ar --min-length 5 --temperature 1",
    ],
  ];
  await withWorker(async (client) => {
    await trained(client);
    for (const [wish, options] of cases) {
      const { texts, end, step } = await written(client, { ...WISH, ...wish });
      const argv = [...OPTIONS, ...options.split(" ").filter(Boolean), "--json"];
      const lines = await resultsOf([
        ...argv,
        "--num-samples",
        `${wish.numSamples ?? 20}`,
        `${ROOT}/${LIST}`,
      ]);
      const events = lines.trim().split("\n").map((line) => JSON.parse(line));
      const samples = events.filter(({ type }) => type === "sample");
      assertEquals(end, "found");
      assert(step < SETTINGS.numSteps, "the best weights are the last ones: this tests nothing");
      assertEquals(
        texts.map(({ isKnown, ...text }) => ({ ...text, inTrainingList: isKnown })),
        samples.map(({ type: _, length: __, ...sample }) => sample),
      );
    }
  });
});

Deno.test("the same wish goes on, another one begins with the first dice again", async () => {
  await withWorker(async (client) => {
    await trained(client);
    const textsOf = async (wish: Wish) =>
      (await written(client, wish)).texts.map(({ text }) => text);
    const first = await textsOf(WISH);
    const second = await textsOf(WISH);
    await textsOf({ ...WISH, topK: 2 });
    assertEquals(await textsOf({ ...WISH, numSamples: 40 }), [...first, ...second]);
  });
});

Deno.test("it writes with one model although another one is trained meanwhile", async () => {
  await withWorker(async (client) => {
    const settings = { ...ORIGINAL, numSteps: 1_000_000 };
    const wish = { ...WISH, numSamples: 1000 };
    const train = (until: number) => client.call("train", until, settings.numSteps, "full");
    await client.call("open", BYTES, settings);
    await train(settings.numSteps);
    await written(client, WISH);
    const moving = await written(client, wish);
    const end = stopped(client);
    await client.call("pause");
    assert((await end).step > moving.step && moving.step > 0);
    await client.call("open", BYTES, settings);
    const there = stopped(client);
    await train(moving.step);
    await there;
    assertEquals(await written(client, wish), moving);
  });
});

Deno.test("it says why it cannot write, and how far it came", async () => {
  await withWorker(async (client) => {
    await trained(client);
    const impossible = { ...WISH, startsWith: "katharina", maxLength: 4 };
    const message = 'no text can start with "katharina" and have at most 4 characters';
    await assertRejects(() => client.call("write", impossible), Error, message);
    await assertRejects(() => client.call("next", impossible, []), Error, message);
    const unknown = { ...WISH, contains: "ß" };
    await assertRejects(() => client.call("write", unknown), Error, "not in the vocabulary");
    const same = await written(client, { ...WISH, temperature: 0, unique: true });
    assertEquals([same.texts.length, same.end], [1, "exhausted"]);
    const few = await written(client, { ...WISH, maxLength: 1, unique: true, numSamples: 1000 });
    assertEquals(few.end, "tries");
    assert(few.texts.length <= 27 && few.numTries > 10_000);
  });
});

Deno.test("letter by letter it comes to the same odds, up to the end", async () => {
  await withWorker(async (client) => {
    await trained(client);
    const wish = { ...WISH, startsWith: "an", maxLength: 4, topK: 3 };
    const { symbols } = await client.call("open", BYTES, SETTINGS);
    const start = await client.call("next", wish, []);
    assertEquals(start.text, "an");
    assert(start.choice !== undefined);
    const { all, numKept, numInTopK, numAllowed } = candidatesOf(start.choice, wish, symbols);
    assertEquals([all.length, numKept, numInTopK, numAllowed], [27, 3, 3, 27]);
    assertClose(all.reduce((sum, { odds }) => sum + odds, 0), 1, 1e-12, "sum");
    assert(all[0]!.odds > all[1]!.odds && all[0]!.odds > all[0]!.plainOdds);
    const n = symbols.indexOf("n");
    const after = await client.call("next", wish, [n, n]);
    assert(after.choice !== undefined);
    const full = candidatesOf(after.choice, { ...wish, temperature: 0 }, symbols);
    assertEquals([full.numAllowed, full.numKept], [1, 1]);
    assertEquals(full.all[0]?.name, undefined); // the end
    const end = await client.call("next", wish, [n, n, 26]);
    assertEquals([end.choice, end.whole?.text], [undefined, "annn"]);
    assertEquals(end.whole?.isKnown, false);
    await assertRejects(() => client.call("next", wish, [n, n, n]), Error, "do not allow it");
  });
});

Deno.test("parseNumber() takes what the fields say they take", () => {
  assertEquals(parseNumber("topK", " 12 "), 12);
  assertEquals(parseNumber("topP", ".5"), 0.5);
  assertEquals(parseNumber("minLength", ""), undefined);
  for (
    const [key, text] of [["topK", "0"], ["topP", "1.1"], ["maxLength", "-1"], ["numSamples", ""], [
      "numSamples",
      "1e9",
    ], ["topK", "1.5"]] as const
  ) {
    try {
      parseNumber(key, text);
    } catch (error) {
      assert(error instanceof RangeError && / must be /.test(error.message));
      continue;
    }
    throw new Error(`${key} takes ${text}`);
  }
});

Deno.test("parseNumber() refuses a text of any length at once", () => {
  const start = performance.now();
  assertThrows(() => parseNumber("topP", `${"1".repeat(100_000)}x`), RangeError, "top p must be");
  const time = performance.now() - start; // 20 s with a pattern that tries all ways to split it
  assert(time < 2000, `${time} ms`);
});
