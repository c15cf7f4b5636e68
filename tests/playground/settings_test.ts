import { assertEquals } from "@std/assert";
import {
  conflictOf,
  ORIGINAL,
  SETTING_KEYS,
  SETTINGS,
  textOf,
  withSetting,
} from "../../lib/playground/shared/settings.ts";

Deno.test("every setting of microgpt.py is read as it is written", () => {
  for (const key of SETTING_KEYS) {
    assertEquals(withSetting(ORIGINAL, key, ` ${textOf(ORIGINAL, key)} `), ORIGINAL, key);
  }
});

Deno.test("every setting has a hint, and takes its choices", () => {
  for (const key of SETTING_KEYS) {
    const { hint, choices = [], parse } = SETTINGS[key];
    assertEquals(hint(ORIGINAL).length > 0, true, key);
    for (const choice of choices) assertEquals(parse(choice) === undefined, false, choice);
  }
  assertEquals(SETTINGS.numSteps.hint({ ...ORIGINAL, batchSize: 8 }), "8 documents each; from 1");
});

Deno.test("withSetting() changes one setting, or says what it must be", () => {
  assertEquals(withSetting(ORIGINAL, "nEmbd", "8"), { ...ORIGINAL, nEmbd: 8 });
  assertEquals(withSetting(ORIGINAL, "learningRate", "1e-2"), ORIGINAL);
  assertEquals(withSetting(ORIGINAL, "lowercase", "yes"), { ...ORIGINAL, lowercase: true });
  const refused: readonly [keyof typeof ORIGINAL, string, string][] = [
    ["nEmbd", "99999", "n embd must be a whole number from 1 to 256."],
    ["nEmbd", "0", "n embd must be a whole number from 1 to 256."],
    ["nEmbd", "1.5", "n embd must be a whole number from 1 to 256."],
    ["numSteps", "1000001", "num steps must be a whole number from 1 to 1,000,000."],
    ["learningRate", "0", "learning rate must be a number above 0, at most 10."],
    ["learningRate", "NaN", "learning rate must be a number above 0, at most 10."],
    ["learningRate", "1.2.3", "learning rate must be a number above 0, at most 10."],
    ["valFraction", "0.6", "val fraction must be a number from 0 to 0.5."],
    ["seed", "-1", "seed must be a whole number of at most 100 digits."],
    ["seed", "1".repeat(101), "seed must be a whole number of at most 100 digits."],
    ["tokenizer", "word", "tokenizer must be char or byte."],
    ["normalize", "nfkc", "normalize must be none, nfc or nfd."],
    ["lowercase", "true", "lowercase must be no or yes."],
    ["temperature", "", "temperature must be a number from 0 to 1,000."],
  ];
  for (const [key, text, message] of refused) {
    assertEquals(withSetting(ORIGINAL, key, text), { key, message }, text);
  }
});

Deno.test("conflictOf() names the numbers of heads that are possible", () => {
  assertEquals(conflictOf(ORIGINAL), undefined);
  assertEquals(conflictOf({ ...ORIGINAL, nHead: 3 }), {
    key: "nHead",
    message: "n head must divide n embd (16): 1, 2, 4, 8 or 16.",
  });
});
