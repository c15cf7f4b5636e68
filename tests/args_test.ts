import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Command,
  FLAGS,
  OPTIONS,
  parseCommand,
  type TrainCommand,
  UsageError,
} from "../lib/cli/args.ts";
import { helpText } from "../lib/cli/help.ts";
import { assertFails } from "./_assert.ts";

/** What microgpt.py does. */
const DEFAULTS: TrainCommand = {
  kind: "train",
  dataset: undefined,
  nLayer: 1,
  nEmbd: 16,
  nHead: 4,
  blockSize: 16,
  numSteps: 1000,
  learningRate: 0.01,
  seed: 42n,
  temperature: 0.5,
  numSamples: 20,
  tokenizer: "char",
  engine: "scalar",
  logEvery: undefined,
  quiet: false,
};

Deno.test("parseCommand() has the defaults of microgpt.py", () => {
  assertEquals(parseCommand([]), DEFAULTS);
});

Deno.test("parseCommand() understands each option", () => {
  const table: [string[], Partial<TrainCommand>][] = [
    [["--n-layer", "3"], { nLayer: 3 }],
    [["--n-embd", "32"], { nEmbd: 32 }],
    [["--n-head", "8"], { nHead: 8 }],
    [["--block-size", "8"], { blockSize: 8 }],
    [["--num-steps", "1"], { numSteps: 1 }],
    [["--num-steps", "1e3"], { numSteps: 1000 }],
    [["--num-steps", "1000000000"], { numSteps: 1e9 }],
    [["--learning-rate", "0.5"], { learningRate: 0.5 }],
    [["--learning-rate", ".5"], { learningRate: 0.5 }],
    [["--learning-rate", "1e-3"], { learningRate: 0.001 }],
    [["--learning-rate", "10"], { learningRate: 10 }],
    [["--seed", "0"], { seed: 0n }],
    [["--seed", "1099511627783"], { seed: 1099511627783n }],
    [["--seed", "9".repeat(100)], { seed: 10n ** 100n - 1n }],
    [["--temperature", "0"], { temperature: 0 }],
    [["--temperature", "1.5"], { temperature: 1.5 }],
    [["--temperature", "1000"], { temperature: 1000 }],
    [["--num-samples", "0"], { numSamples: 0 }],
    [["--num-samples", "7"], { numSamples: 7 }],
    [["--tokenizer", "char"], { tokenizer: "char" }],
    [["--tokenizer", "byte"], { tokenizer: "byte" }],
    [["--engine", "scalar"], { engine: "scalar" }],
    [["--log-every", "1"], { logEvery: 1 }],
    [["--quiet"], { quiet: true }],
  ];
  const tried = new Set(table.map(([argv]) => argv[0]!.slice(2)));
  assertEquals([...tried].sort(), [...Object.keys(OPTIONS), "quiet"].sort(), "none is left out");
  for (const [argv, expected] of table) {
    assertEquals(parseCommand(argv), { ...DEFAULTS, ...expected }, argv.join(" "));
    const joined = argv.length === 2 ? [argv.join("=")] : argv;
    assertEquals(parseCommand(joined), { ...DEFAULTS, ...expected }, joined.join(" "));
  }
});

Deno.test("parseCommand() understands options and a data set in any order", () => {
  const table: [string[], Partial<TrainCommand>][] = [
    [["names.txt"], { dataset: "names.txt" }],
    [["names.txt", "--quiet"], { dataset: "names.txt", quiet: true }],
    [["--quiet", "names.txt"], { dataset: "names.txt", quiet: true }],
    [["--n-embd", "8", "a b.txt", "--n-head=2"], { dataset: "a b.txt", nEmbd: 8, nHead: 2 }],
    [["--n-layer", "2", "--n-layer", "3"], { nLayer: 3 }],
    [["--", "names.txt"], { dataset: "names.txt" }],
    [["--quiet", "--", "--n-layer"], { dataset: "--n-layer", quiet: true }],
    [["--", "--"], { dataset: "--" }],
    [["--"], {}],
    [["-"], { dataset: "-" }],
    [["2024"], { dataset: "2024" }],
    [["--", "007"], { dataset: "007" }],
    [["./-x"], { dataset: "./-x" }],
  ];
  for (const [argv, expected] of table) {
    assertEquals(parseCommand(argv), { ...DEFAULTS, ...expected }, argv.join(" "));
  }
});

Deno.test("parseCommand() keeps the name of a data set that looks like a number", () => {
  for (const name of ["007", "1e3", "0x10", "1.0", "+5", "0"]) {
    assertEquals(parseCommand([name]), { ...DEFAULTS, dataset: name });
  }
});

Deno.test("parseCommand() understands help and version before anything else", () => {
  const table: [string[], Command][] = [
    [["-h"], { kind: "help" }],
    [["--help"], { kind: "help" }],
    [["--version"], { kind: "version" }],
    [["--help", "--version"], { kind: "help" }],
    [["--n-layer", "x", "--help"], { kind: "help" }],
    [["a.txt", "b.txt", "--version"], { kind: "version" }],
  ];
  for (const [argv, expected] of table) assertEquals(parseCommand(argv), expected, argv.join(" "));
});

/** What an option takes, in the words of its error message. */
const RANGES: Record<string, { range: string; tooLarge: string; zero: boolean }> = {
  "n-layer": { range: "an integer from 1 to 1000", tooLarge: "1001", zero: false },
  "n-embd": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "n-head": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "block-size": { range: "an integer from 1 to 1000000", tooLarge: "1000001", zero: false },
  "num-steps": { range: "an integer from 1 to 1000000000", tooLarge: "1000000001", zero: false },
  "learning-rate": { range: "a number above 0, at most 10", tooLarge: "10.1", zero: false },
  "temperature": { range: "a number from 0 to 1000", tooLarge: "1000.5", zero: true },
  "num-samples": { range: "an integer from 0 to 1000000000", tooLarge: "1e10", zero: true },
  "log-every": { range: "an integer from 1 to 1000000000", tooLarge: "1e300", zero: false },
};

/** Fails unless the value is refused with the message, whichever way it is written. */
function assertRefused(name: string, value: string, message: string): void {
  assertFails(() => parseCommand([`--${name}=${value}`]), UsageError, message);
  if (value.startsWith("--")) return; // looks like the next option
  assertFails(() => parseCommand([`--${name}`, value]), UsageError, message);
}

for (const [name, { range, tooLarge, zero }] of Object.entries(RANGES)) {
  Deno.test(`parseCommand() refuses a value that --${name} cannot have`, () => {
    const bad = ["", " ", "x", "-1", "-0.5", "--5", "NaN", "Infinity", "-Infinity", "0x10", "0b1"];
    bad.push("1_000", "1,5", "1 2", "१", "1e", "1e999", "4n", "true", tooLarge);
    if (!zero) bad.push("0", "0.0");
    if (range.startsWith("an integer")) bad.push("1.5", "1e-1");
    for (const value of bad) {
      assertRefused(name, value, `--${name} must be ${range}: it is ${JSON.stringify(value)}`);
    }
  });
}

Deno.test("parseCommand() refuses a seed that is not an integer of 0 or above", () => {
  const bad = ["", "x", "-1", "1.5", "1e3", "0x10", "NaN", "Infinity", "1 2", "9".repeat(1001)];
  for (const value of bad) {
    const message = `--seed must be an integer, 0 or above: it is ${JSON.stringify(value)}`;
    assertRefused("seed", value, message);
  }
});

Deno.test("parseCommand() refuses a tokenizer that does not exist, and names the nearest", () => {
  const table: [string, string][] = [
    ["chars", '--tokenizer must be char or byte: it is "chars": did you mean char?'],
    ["bytes", '--tokenizer must be char or byte: it is "bytes": did you mean byte?'],
    ["Byte", '--tokenizer must be char or byte: it is "Byte": did you mean byte?'],
    ["sentencepiece", '--tokenizer must be char or byte: it is "sentencepiece"'],
    ["", '--tokenizer must be char or byte: it is ""'],
  ];
  for (const [value, message] of table) assertRefused("tokenizer", value, message);
});

Deno.test("parseCommand() refuses an engine that does not exist, and names the nearest", () => {
  assertStringIncludes(message(["--engine", "scalr"]), "--engine must be scalar");
  assertStringIncludes(message(["--engine", "scalr"]), ': it is "scalr": did you mean scalar?');
  assertStringIncludes(message(["--engine", ""]), ': it is ""');
});

function message(argv: string[]): string {
  try {
    parseCommand(argv);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

for (const name of Object.keys(OPTIONS)) {
  Deno.test(`parseCommand() refuses --${name} without a value`, () => {
    const message = `The option --${name} needs a value: there is none`;
    for (const rest of [[], ["--quiet"], ["--"], ["--n-layer", "2"]]) {
      assertFails(() => parseCommand([`--${name}`, ...rest]), UsageError, message);
    }
  });
}

Deno.test("parseCommand() refuses an unknown option, and names the nearest", () => {
  const table: [string[], string][] = [
    [["--num-step", "5"], "There is no option --num-step: did you mean --num-steps?"],
    [["--num-step=5"], "There is no option --num-step: did you mean --num-steps?"],
    [["--n-embed", "5"], "There is no option --n-embed: did you mean --n-embd?"],
    [["--n_embd", "5"], "There is no option --n_embd: did you mean --n-embd?"],
    [["--temprature=1"], "There is no option --temprature: did you mean --temperature?"],
    [["--hlep"], "There is no option --hlep: did you mean --help?"],
    [["--versoin"], "There is no option --versoin: did you mean --version?"],
    [["--Quiet"], "There is no option --Quiet: did you mean --quiet?"],
    [["--no-quiet"], "There is no option --no-quiet: did you mean --quiet?"],
    [["--learning-rte", "1"], "There is no option --learning-rte: did you mean --learning-rate?"],
    [["--xyzzy"], "There is no option --xyzzy"],
    [["-x"], "There is no option -x"],
    [["-hx"], "There is no option -hx"],
    [["-1"], "There is no option -1"],
    [["names.txt", "--xyzzy", "1"], "There is no option --xyzzy"],
  ];
  for (const [argv, message] of table) {
    assertFails(() => parseCommand(argv), UsageError, message);
  }
});

Deno.test("parseCommand() refuses two data sets", () => {
  const table: [string[], string][] = [
    [["a.txt", "b.txt"], "One data set is enough: there are 2: a.txt, b.txt"],
    [
      ["a.txt", "--quiet", "b.txt", "c.txt"],
      "One data set is enough: there are 3: a.txt, b.txt, c.txt",
    ],
    [["a.txt", "--", "--b"], "One data set is enough: there are 2: a.txt, --b"],
  ];
  for (const [argv, message] of table) assertFails(() => parseCommand(argv), UsageError, message);
});

Deno.test("parseCommand() refuses heads that do not divide the embedding", () => {
  const table: [string[], string][] = [
    [["--n-embd", "10", "--n-head", "4"], "nEmbd is 10, nHead is 4"],
    [["--n-embd", "2"], "nEmbd is 2, nHead is 4"],
    [["--n-head", "32"], "nEmbd is 16, nHead is 32"],
  ];
  for (const [argv, found] of table) {
    assertFails(
      () => parseCommand(argv),
      UsageError,
      `Cannot create the model: nEmbd must be divisible by nHead: ${found}`,
    );
  }
});

Deno.test("parseCommand() leaves its arguments as they are", () => {
  const argv = Object.freeze(["--n-layer", "2", "a.txt"]);
  parseCommand(argv);
  assertEquals([...argv], ["--n-layer", "2", "a.txt"]);
});

Deno.test("helpText() has every option, with its default", () => {
  const lines = helpText().split("\n");
  for (const [name, { value, help }] of Object.entries(OPTIONS)) {
    const line = lines.find((line) => line.startsWith(`  --${name} ${value} `)) ?? "";
    assertStringIncludes(line, help);
  }
  for (const [name, help] of Object.entries(FLAGS)) {
    const line = lines.find((line) => new RegExp(`^  (-h, )?--${name} `).test(line)) ?? "";
    assertStringIncludes(line, help);
  }
  const text = helpText();
  for (const value of ["(1)", "(16)", "(4)", "(1000)", "(0.01)", "(42)", "(0.5)", "(20)"]) {
    assertStringIncludes(text, value);
  }
  assertStringIncludes(text, "-h, --help");
  assertStringIncludes(text, "Usage: microgpt [options] [dataset]");
});

Deno.test("helpText() fits a terminal of 100 columns and ends with one line break", () => {
  const text = helpText();
  assertEquals(text.split("\n").filter((line) => line.length > 100 || /\s$/.test(line)), []);
  assertEquals(text.endsWith("\n") && !text.endsWith("\n\n"), true);
});
