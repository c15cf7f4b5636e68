/** `microgpt sample` and `microgpt info`, but for the options of writing. */

import { assertEquals } from "@std/assert";
import type { InfoCommand, SampleCommand } from "../../../lib/cli/options/commands.ts";
import { COMMAND_OPTIONS, GENERATION_OPTIONS } from "../../../lib/cli/options/tables.ts";
import {
  assertRefused,
  assertUnderstood,
  assertValueRefused,
  COMMON,
  GENERATION,
} from "../../helpers/command_line.ts";

const SAMPLE = {
  kind: "sample",
  model: "a.st",
  generation: GENERATION,
  seed: undefined,
  engine: "wasm",
  ...COMMON,
};

const INFO = { kind: "info", file: "a.st", preset: undefined, column: undefined, ...COMMON };

Deno.test("parseCommand() understands microgpt sample and its options", () => {
  const table: [string[], Partial<SampleCommand>][] = [
    [["--seed", "7"], { seed: 7n }],
    [["--engine", "scalar"], { engine: "scalar" }],
    [["--json"], { json: true }],
    [["--quiet"], { quiet: true }],
    [["--color", "always"], { color: "always" }],
  ];
  const tried = table.map(([argv]) => argv[0]?.slice(2) ?? "");
  const all = [...tried, "help", "version", ...Object.keys(GENERATION_OPTIONS)];
  assertEquals(all.sort(), Object.keys(COMMAND_OPTIONS.sample).sort(), "none is left out");
  const expected = table.map(([argv, changed]) => [argv, { ...SAMPLE, ...changed }] as const);
  assertUnderstood([[[], SAMPLE], ...expected], ["sample"], ["a.st"]);
});

Deno.test("parseCommand() understands microgpt info and its options", () => {
  const table: [string[], Partial<InfoCommand>][] = [
    [[], {}],
    [["--column", "name"], { column: "name" }],
    [["--json"], { json: true }],
    [["--quiet"], { quiet: true }],
    [["--color", "never"], { color: "never" }],
  ];
  assertUnderstood(
    table.map(([argv, changed]) => [argv, { ...INFO, ...changed }]),
    ["info"],
    ["a.st"],
  );
});

Deno.test("parseCommand() understands options and a file in any order", () => {
  const seed = { ...SAMPLE, seed: 1n };
  assertUnderstood([
    [["sample", "a.st", "--seed", "1"], seed],
    [["sample", "--", "a.st"], SAMPLE],
    [["sample", "sample"], { ...SAMPLE, model: "sample" }],
    [["sample", "--", "-x"], { ...SAMPLE, model: "-x" }],
    [["info", "a.st", "--json"], { ...INFO, json: true }],
    [["info", "info"], { ...INFO, file: "info" }],
    [["info", "-"], { ...INFO, file: "-" }],
    [["info", "007"], { ...INFO, file: "007" }],
    [["info", "--preset", "birds"], { ...INFO, file: undefined, preset: "birds" }],
  ]);
});

Deno.test("parseCommand() refuses sample and info without just one file", () => {
  const model = "The command sample needs a model, which is a file written by --save";
  const file = "The command info needs a file, which is a model or a data set";
  const table: [string[], string][] = [
    [["sample"], `${model}: there is none`],
    [["sample", "--new"], `${model}: there is none`],
    [["sample", "a", "b c", "d"], `${model}, and no more: there are 3, the second is "b c"`],
    [["sample", "-"], "The command sample needs a file: it cannot read a model from stdin"],
    [["info"], `${file}: there is none`],
    [["info", "--"], `${file}: there is none`],
    [
      ["info", "--preset", "birds", "a"],
      "--preset birds is a data set: a is another one",
    ],
    [
      ["info", "--preset", "birds", "--column", "1"],
      "--column is for tables: --preset birds is none",
    ],
    [["info", "a", "b"], `${file}, and no more: there are 2, the second is b`],
  ];
  for (const [argv, message] of table) assertRefused(argv, message);
});

Deno.test("parseCommand() says which option has taken a file for its value", () => {
  const command = (name: string, what: string) => `The command ${name} needs ${what}: `;
  const model = command("sample", "a model, which is a file written by --save");
  const taken = (file: string, option: string) => `${file} was taken as the value of --${option}`;
  const table: [line: string, message: string][] = [
    ["sample --starts-with a.safetensors", model + taken("a.safetensors", "starts-with")],
    ["sample --contains=../m/a.st --new", model + taken("../m/a.st", "contains")],
    ["sample --contains a", `${model}there is none`],
    ["sample --top-p 0.9", `${model}there is none`],
    ["sample --contains ...", `${model}there is none`],
    [
      "eval --column a.st",
      command("eval", "a model, a file written by --save") + taken("a.st", "column"),
    ],
    [
      "explain --color a.st",
      command("explain", "a model, a file written by --save") + taken("a.st", "color"),
    ],
    ["--color a.st", '--color must be auto, always or never: "a.st" was taken as its value'],
    [
      "--num-steps b/a.txt",
      '--num-steps must be an integer from 1 to 1000000000: "b/a.txt" was taken as its value',
    ],
    ["--num-steps 1.5", '--num-steps must be an integer from 1 to 1000000000: it is "1.5"'],
  ];
  for (const [line, message] of table) assertRefused(line.split(" "), message);
});

Deno.test("parseCommand() refuses an engine and a color that sample and info do not have", () => {
  const table: [string, string, string, string][] = [
    ["sample", "engine", "wsm", 'wasm or scalar: it is "wsm": did you mean wasm?'],
    ["sample", "color", "red", 'auto, always or never: it is "red"'],
    ["info", "color", "nver", 'auto, always or never: it is "nver": did you mean never?'],
  ];
  for (const [command, name, value, rest] of table) {
    assertValueRefused([command], name, value, `--${name} must be ${rest}`, ["a.st"]);
  }
});
