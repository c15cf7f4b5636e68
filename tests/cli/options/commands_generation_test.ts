/** The options that steer what is written, of the two commands that write. */

import { assertEquals, assertThrows } from "@std/assert";
import { GENERATION_OPTIONS, type GenerationSettings } from "../../../lib/cli/options/tables.ts";
import {
  assertRange,
  assertRefused,
  assertUnderstood,
  assertValueRefused,
  GENERATION,
  type Range,
  understood,
} from "../../helpers/command_line.ts";

/** The commands, and the operands that they need. */
const COMMANDS = [
  { name: "training", command: [], operands: [] },
  { name: "microgpt sample", command: ["sample"], operands: ["model.st"] },
] as const;

const TABLE: readonly [argv: string[], changed: Partial<GenerationSettings>][] = [
  [["--num-samples", "0"], { numSamples: 0 }],
  [["--num-samples", "7"], { numSamples: 7 }],
  [["--num-samples", "1e9"], { numSamples: 1e9 }],
  [["--temperature", "0"], { temperature: 0 }],
  [["--temperature", "1.5"], { temperature: 1.5 }],
  [["--temperature", "1000"], { temperature: 1000 }],
  [["--top-k", "1"], { topK: 1 }],
  [["--top-k", "1000000000"], { topK: 1e9 }],
  [["--top-p", "0.9"], { topP: 0.9 }],
  [["--top-p", "1"], { topP: 1 }],
  [["--top-p", "1e-300"], { topP: 1e-300 }],
  [["--prompt", "jo"], { prompt: "jo" }],
  [["--prompt", "-"], { prompt: "-" }],
  [["--prompt", "a=b"], { prompt: "a=b" }],
  [["--prompt", "-x"], { prompt: "-x" }],
  [["--prompt=--x"], { prompt: "--x" }],
  [["--prompt", " "], { prompt: " " }],
  [["--prompt", "007"], { prompt: "007" }],
  [["--prompt", "a\nb"], { prompt: "a\nb" }],
  [["--starts-with", "민"], { startsWith: "민" }],
  [["--ends-with", "a"], { endsWith: "a" }],
  [["--contains", "nn"], { contains: "nn" }],
  [["--match", "^a.*a$"], { match: /^a.*a$/u }],
  [["--match", "\\p{Lu}=+"], { match: /\p{Lu}=+/u }],
  [["--min-length", "0"], { minLength: 0 }],
  [["--min-length", "3"], { minLength: 3 }],
  [["--max-length", "0"], { maxLength: 0 }],
  [["--max-length", "5"], { maxLength: 5 }],
  [["--min-length", "5", "--max-length", "5"], { minLength: 5, maxLength: 5 }],
  [["--unique"], { unique: true }],
  [["--new"], { new: true }],
  [["--exclude", "old.txt"], { exclude: "old.txt" }],
  [["--exclude", "-"], { exclude: "-" }],
];

const LENGTH = { range: "an integer from 0 to 1000000000", tooLarge: "1e10", zero: true };

const RANGES: Readonly<Record<string, Range>> = {
  "num-samples": LENGTH,
  "temperature": { range: "a number from 0 to 1000", tooLarge: "1000.5", zero: true },
  "top-k": { range: "an integer from 1 to 1000000000", tooLarge: "1e10", zero: false },
  "top-p": { range: "a number above 0, at most 1", tooLarge: "1.01", zero: false },
  "min-length": LENGTH,
  "max-length": LENGTH,
};

Deno.test("the table of this test leaves no option out", () => {
  const tried = TABLE.flatMap(([argv]) => argv).map((arg) => /^--([\w-]+)/.exec(arg)?.[1]);
  const names = new Set(tried.filter((name) => name !== undefined));
  assertEquals([...names].sort(), Object.keys(GENERATION_OPTIONS).sort());
});

for (const { name, command, operands } of COMMANDS) {
  Deno.test(`parseCommand() understands each option of writing: ${name}`, () => {
    const byDefault = understood([...command, ...operands]);
    assertEquals(byDefault, { ...byDefault, generation: GENERATION });
    const table = TABLE.map(([argv, changed]) =>
      [argv, { ...byDefault, generation: { ...GENERATION, ...changed } }] as const
    );
    assertUnderstood(table, command, operands);
  });

  for (const [option, range] of Object.entries(RANGES)) {
    Deno.test(`parseCommand() refuses a value that --${option} cannot have: ${name}`, () => {
      assertRange(command, option, range, operands);
    });
  }

  Deno.test(`parseCommand() refuses empty texts: ${name}`, () => {
    for (const option of ["prompt", "starts-with", "ends-with", "contains", "match", "exclude"]) {
      const message = `--${option} must not be empty`;
      assertValueRefused(command, option, "", message, operands);
    }
  });

  Deno.test(`parseCommand() refuses a pattern that is none, and says why: ${name}`, () => {
    for (const pattern of ["(", "[a", "a**", "\\", "\\p{Nonsense}", "\\-"]) {
      const { message } = assertThrows(() => new RegExp(pattern, "u"), SyntaxError); // V8's words
      const why = message.replace("Invalid regular expression: ", "");
      const expected = `--match must be a JavaScript regular expression: ${why}`;
      assertValueRefused(command, "match", pattern, expected, operands);
    }
  });

  Deno.test(`parseCommand() refuses a length from more to less: ${name}`, () => {
    const message = "--min-length must not be above --max-length: " +
      "--min-length is 5, --max-length is 4";
    assertRefused([...command, "--min-length=5", "--max-length=4", ...operands], message);
  });
}
