import { assertEquals } from "@std/assert";
import { commandOf, runOptions } from "../../lib/playground/shared/command.ts";
import { optionsOf, settingsOf } from "../../lib/playground/shared/options.ts";
import { ORIGINAL, type Settings } from "../../lib/playground/shared/settings.ts";

const OTHERS: Settings = {
  numSteps: 500,
  nEmbd: 24,
  learningRate: 0.003,
  seed: 123456789012345678901234567890n,
  nLayer: 2,
  nHead: 3,
  blockSize: 9,
  batchSize: 4,
  valFraction: 0.25,
  tokenizer: "byte",
  dtype: "f32",
  normalize: "nfd",
  lowercase: true,
  temperature: 0.7,
};

Deno.test("settings become options of the command line, and settings again", () => {
  assertEquals([...optionsOf(ORIGINAL)], []);
  assertEquals(optionsOf({ ...ORIGINAL, seed: 7n, lowercase: true }).get("lowercase"), "");
  for (const settings of [ORIGINAL, OTHERS]) {
    assertEquals(settingsOf(optionsOf(settings)), { settings, problems: [] });
  }
});

Deno.test("settingsOf() says what is wrong, and what is used instead", () => {
  const { settings, problems } = settingsOf(
    new Map([["n-embd", "99999"], ["seed", "x".repeat(99)], ["num-steps", "5"], ["prompt", "a"]]),
  );
  assertEquals(settings, { ...ORIGINAL, numSteps: 5 });
  assertEquals(problems, [
    "n embd 99999: n embd must be a whole number from 1 to 256. 16 is used.",
    `seed ${"x".repeat(40)}…: seed must be a whole number of at most 100 digits. 42 is used.`,
  ]);
  assertEquals(settingsOf(new Map([["n-embd", "10"]])), {
    settings: ORIGINAL,
    problems: ["n head must divide n embd (10): 1, 2, 5 or 10. 16 and 4 are used."],
  });
});

Deno.test("commandOf() gives the command of a run", () => {
  const file = { name: "my names.txt", preset: undefined };
  const preset = { blockSize: 12, nEmbd: 32, batchSize: 8, numSteps: 2000, temperature: 0.6 };
  const english = { name: "english", preset };
  const suggested = { ...ORIGINAL, ...preset, valFraction: 0.1 };
  const cases: readonly [command: string, wanted: string][] = [
    [commandOf(file, ORIGINAL, [1000]), "microgpt --log-every 1 'my names.txt'"],
    [
      commandOf({ ...file, name: "-it's" }, ORIGINAL, [1000]),
      `microgpt --log-every 1 './-it'\\''s'`,
    ],
    [
      commandOf(english, suggested, [2000]),
      "microgpt --preset english --val-fraction 0.1 --log-every 1",
    ],
    [
      commandOf(english, { ...suggested, nEmbd: 16 }, [2000, 3000]),
      "microgpt --preset english --n-embd 16 --val-fraction 0.1 --save model.safetensors " +
      "--log-every 1 && microgpt --resume model.safetensors --num-steps 3000 --log-every 1",
    ],
  ];
  for (const [command, wanted] of cases) assertEquals(command, wanted);
});

Deno.test("runOptions() are those that --save keeps", () => {
  const preset = { blockSize: 12, nEmbd: 16, batchSize: 8, numSteps: 1000, temperature: 0.6 };
  assertEquals(
    Object.fromEntries(runOptions({ name: "english", preset }, { ...ORIGINAL, ...preset })),
    {
      "preset": "english",
      "block-size": "12",
      "n-embd": "16",
      "batch-size": "8",
      "num-steps": "1000",
      "temperature": "0.6",
    },
  );
});
